"""Which of a visitor's clips can be learned from: each is heard once, before anything is trained.

A clip that can't be read, is silent or too short is left out and told by name, as long as enough remain. The same
recording twice in a class counts once, or its copy could test what it taught; in two classes it counts for neither.
"""

from collections import Counter
from collections.abc import Callable

from pecmae.audio.clips import ClipLimits, format_duration, read_clip
from pecmae.errors import AudioError, DatasetError
from pecmae.files import sha256
from pecmae.server.intake import ReceivedClip, check_counts, left_out

MAX_SOUND_S = 3600.0


def screen_clips(
    clips: list[ReceivedClip],
    limits: ClipLimits,
    *,
    notes: tuple[str, ...] = (),
    max_sound_s: float = MAX_SOUND_S,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[ReceivedClip], tuple[str, ...]]:
    """Choose the clips to learn from.

    Args:
        clips: What was received.
        limits: Which clips can be read.
        notes: What was left out before.
        max_sound_s: Longest sound of all clips together.
        on_progress: Told how many clips of how many are heard.

    Returns:
        The clips that remain, and `notes` with what was left out here.

    Raises:
        DatasetError: Too few clips or classes remain, or they are too long together.
    """
    unique, copies = _without_copies(clips)
    kept: list[ReceivedClip] = []
    unread: list[str] = []
    sound_s = 0.0
    for number, clip in enumerate(unique):
        on_progress(number, len(unique))
        try:
            sound_s += read_clip(clip.path, name=clip.name, limits=limits).duration_s
        except AudioError as error:
            unread.append(f"Left out of {clip.label!r}: {error.message}")
            continue
        kept.append(clip)
        if sound_s > max_sound_s:
            raise DatasetError(
                "too_much_sound",
                f"The clips last longer than {format_duration(max_sound_s)} together, which is the most that is taken "
                "here; give fewer or shorter clips.",
            )
    notes += (*copies, *unread)
    n_clips = Counter({clip.label: 0 for clip in clips})
    n_clips.update(clip.label for clip in kept)
    check_counts(n_clips, notes)
    return kept, notes


def _without_copies(clips: list[ReceivedClip]) -> tuple[list[ReceivedClip], list[str]]:
    """The clips whose recording is there once, or for the first time in its only class; and sentences on the others."""
    same: dict[str, list[ReceivedClip]] = {}
    for clip in clips:
        same.setdefault(sha256(clip.path), []).append(clip)
    torn = [copies for copies in same.values() if len({clip.label for clip in copies}) > 1]
    repeated = [clip.shown for copies in same.values() if copies not in torn for clip in copies[1:]]
    in_several = {clip.path for copies in torn for clip in copies}
    notes = [
        f"The same recording is in several classes and was left out: {' and '.join(clip.shown for clip in copies)}."
        for copies in torn
    ]
    notes += left_out("that repeats another of its class", "that repeat others of their class", repeated)
    firsts = {copies[0].path for copies in same.values()}
    kept = [clip for clip in clips if clip.path in firsts and clip.path not in in_several]
    return kept, notes

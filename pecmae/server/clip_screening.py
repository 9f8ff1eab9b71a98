"""Choose the clips of a visitor's collection that can be used for training; the worker process calls it first.

Every clip is decoded once. Clips that can't be read, are silent or are too short are left out, as long as enough
remain. Of two copies of a recording in one class only the first is kept, because the same recording must not be in two
splits. A recording that is in two classes is left out of both.
"""

from collections import Counter
from collections.abc import Callable

from pecmae.audio.reading import format_duration, read_clip
from pecmae.errors import AudioError, DatasetError
from pecmae.files import sha256
from pecmae.server.settings import UploadLimits
from pecmae.server.uploaded_clips import UploadedClip, check_counts, left_out_note


def screen_clips(
    clips: list[UploadedClip],
    limits: UploadLimits,
    *,
    notes: tuple[str, ...] = (),
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[list[UploadedClip], tuple[str, ...]]:
    """Choose the clips that can be used for training.

    Args:
        clips: The received clips.
        limits: Limits on each clip and on all clips together.
        notes: Sentences on what was left out before.
        on_progress: Called with the number of decoded clips and the number of all clips.

    Returns:
        The clips that remain, and `notes` with further sentences on what was left out.

    Raises:
        DatasetError: Too few clips or classes remain, or the clips are too long together.
    """
    unique, copies = _without_copies(clips)
    kept: list[UploadedClip] = []
    unreadable: list[str] = []
    total_s = 0.0
    for number, clip in enumerate(unique):
        on_progress(number, len(unique))
        try:
            total_s += read_clip(clip.path, name=clip.name, limits=limits.clip).duration_s
        except AudioError as error:
            unreadable.append(f"Left out of {clip.label!r}: {error.message}")
            continue
        kept.append(clip)
        if total_s > limits.max_total_s:
            raise DatasetError(
                "too_much_audio",
                f"The clips are longer than {format_duration(limits.max_total_s)} in total, which is the most that "
                "this server accepts; give fewer or shorter clips.",
            )
    notes += (*copies, *unreadable)
    n_clips = Counter({clip.label: 0 for clip in clips})
    n_clips.update(clip.label for clip in kept)
    check_counts(n_clips, limits, notes)
    return kept, notes


def _without_copies(clips: list[UploadedClip]) -> tuple[list[UploadedClip], list[str]]:
    """The clips without copies of a recording, and sentences on those that were left out."""
    by_digest: dict[str, list[UploadedClip]] = {}
    for clip in clips:
        by_digest.setdefault(sha256(clip.path), []).append(clip)
    kept: list[UploadedClip] = []
    repeated: list[str] = []
    notes: list[str] = []
    for copies in by_digest.values():
        if len({clip.label for clip in copies}) > 1:
            listed = " and ".join(clip.described for clip in copies)
            notes.append(f"The same recording is in several classes and was left out: {listed}.")
        else:
            kept.append(copies[0])
            repeated += [clip.described for clip in copies[1:]]
    notes += left_out_note("that repeats another of its class", "that repeat others of their class", repeated)
    return kept, notes

"""A visitor's zip becomes clips of classes: one folder a class, limits on size and number, all else left out and told.

Only names and sizes are looked at here; `screening` listens to the clips, in the worker process.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pecmae.audio.clips import display_name
from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.errors import DatasetError, first_few
from pecmae.server.archives import Entry, entries, extract, opened

MIN_CLASSES, MAX_CLASSES = 2, 20
MIN_CLIPS = 5
"""Of a class: three to learn from, one to choose by, one to test with."""
MAX_CLIPS = 400
MAX_UNPACKED_RATIO = 2
"""How much larger than the limit on the zip its contents may be; recordings hardly shrink in a zip."""


@dataclass(frozen=True)
class ReceivedClip:
    """A clip that lies on this server: its class as the visitor calls it, its name there, and its file here."""

    label: str
    name: str
    path: Path

    @property
    def shown(self) -> str:
        return f"{self.label}/{self.name}"


def receive_clips(
    archive_path: Path, archive_name: str, folder: Path, *, max_clip_bytes: int, max_bytes: int
) -> tuple[list[ReceivedClip], tuple[str, ...]]:
    """Take the clips out of a zip with one folder a class.

    A folder that holds all others is passed over; folders in a class's folder belong to the class.

    Args:
        archive_path: The zip.
        archive_name: What its owner calls it.
        folder: Where to put the clips, under names of our own.
        max_clip_bytes: Largest clip; a larger one is left out.
        max_bytes: Largest zip; its contents may have twice as much.

    Returns:
        The clips, and sentences on what was left out.

    Raises:
        DatasetError: The zip can't be read, or holds too few or too many classes or clips.
    """
    clips: list[ReceivedClip] = []
    too_large: list[str] = []
    with opened(archive_path, archive_name) as archive:
        files = entries(archive)
        others = [entry.shown for entry in files if _suffix(entry) not in AUDIO_SUFFIXES]
        labelled, loose = _by_class([entry for entry in files if _suffix(entry) in AUDIO_SUFFIXES])
        notes = (
            *left_out("that isn't sound", "that aren't sound", others, "file"),
            *left_out("that lies in no class's folder", "that lie in no class's folder", loose),
        )
        check_counts(Counter(label for label, _ in labelled), notes)
        left_bytes = MAX_UNPACKED_RATIO * max_bytes
        for number, (label, entry) in enumerate(labelled):
            if entry.info.file_size > max_clip_bytes:
                too_large.append(entry.shown)
                continue
            path = folder / f"{number:04d}{_suffix(entry)}"
            left_bytes -= extract(archive, entry, path, min(left_bytes, max_clip_bytes))
            clips.append(ReceivedClip(label, display_name(entry.parts[-1]), path))
    larger = f"larger than {max_clip_bytes / 2**20:.3g} MB"
    notes += left_out(larger, larger, too_large)
    check_counts(Counter(clip.label for clip in clips), notes)
    return clips, notes


def check_counts(n_clips: Counter[str], notes: tuple[str, ...] = ()) -> None:
    """Check that there are neither too few nor too many classes and clips.

    Args:
        n_clips: Number of clips of every class.
        notes: What was left out before; the error's sentence tells it too.

    Raises:
        DatasetError: `too_few_classes`, `too_many_classes`, `too_few_clips` or `too_many_clips`.
    """
    because = f" {' '.join(notes)}" if notes else ""
    if len(n_clips) < MIN_CLASSES:
        found = f"only the class {next(iter(n_clips))!r}" if n_clips else "no class with clips"
        raise DatasetError(
            "too_few_classes",
            f"There is {found}; at least {MIN_CLASSES} classes are needed, each a folder of recordings.{because}",
        )
    if len(n_clips) > MAX_CLASSES:
        raise DatasetError(
            "too_many_classes", f"There are {len(n_clips)} classes; up to {MAX_CLASSES} can be learned here."
        )
    if n_clips.total() > MAX_CLIPS:
        raise DatasetError(
            "too_many_clips",
            f"There are {n_clips.total()} clips; up to {MAX_CLIPS} are taken here, so give fewer of each class.",
        )
    small = {label: count for label, count in n_clips.items() if count < MIN_CLIPS}
    if small:
        listed = ", ".join(f"{label!r} has {count}" for label, count in small.items())
        raise DatasetError(
            "too_few_clips",
            f"Every class needs at least {MIN_CLIPS} clips, and {listed}; add some or leave the class out.{because}",
        )


def left_out(one: str, many: str, names: list[str], what: str = "clip") -> tuple[str, ...]:
    """A sentence on the files that were left out for a reason, the first of them by name; none if there are none.

    Args:
        one: The reason, as said of one file, such as "that isn't sound".
        many: The same of several.
        names: The files.
        what: What a file is called.
    """
    if not names:
        return ()
    listed = first_few(names)
    if len(names) == 1:
        return (f"1 {what} {one} was left out: {listed}.",)
    return (f"{len(names)} {what}s {many} were left out: {listed}.",)


def _suffix(entry: Entry) -> str:
    return PurePosixPath(entry.parts[-1]).suffix.lower()


def _by_class(sounds: list[Entry]) -> tuple[list[tuple[str, Entry]], list[str]]:
    """Each sound with its class's name, and those outside any class's folder."""
    depth = 0
    tops = {entry.parts[0] for entry in sounds}
    if len(tops) == 1 and any(len(entry.parts) > 2 for entry in sounds):
        depth = 1  # one folder around all classes
    labelled = [(display_name(entry.parts[depth]), entry) for entry in sounds if len(entry.parts) > depth + 1]
    return labelled, [entry.shown for entry in sounds if len(entry.parts) <= depth + 1]

"""Extract the clips of a visitor's collection from a zip: one folder per class, within limits on sizes and numbers.

Only names and sizes are checked here. `clip_screening` decodes the clips, in the worker process.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.audio.reading import display_name
from pecmae.errors import DatasetError, first_few
from pecmae.server.settings import UploadLimits
from pecmae.server.zips import ZipEntry, extract, list_entries, open_zip

_SEPARATORS = r"[\s._()\[\]-]"
_NAME = re.compile(rf"(\d+{_SEPARATORS}+)?(?P<label>[^\d]*[^\d\s._()\[\]-])")


class UploadedClip(BaseModel):
    """A clip of a visitor's collection on this server.

    Args:
        label: The visitor's name for its class.
        name: The visitor's name for the file.
        path: The file on this server.
    """

    model_config = ConfigDict(frozen=True)

    label: str
    name: str
    path: Path

    @property
    def described(self) -> str:
        """Class and name, for messages."""
        return f"{self.label}/{self.name}"


def receive_clips(
    archive_path: Path, archive_name: str, folder: Path, limits: UploadLimits
) -> tuple[list[UploadedClip], tuple[str, ...]]:
    """Extract the clips from a zip with one folder per class.

    The class folders may be inside one common folder. Clips in subfolders of a class folder belong to that class.

    Args:
        archive_path: The zip.
        archive_name: The visitor's name for it.
        folder: Folder to write the clips to, under numbered names.
        limits: Limits on the clips and on the zip.

    Returns:
        The clips, and sentences that say which files were left out.

    Raises:
        DatasetError: The zip can't be read, or it contains too few or too many classes or clips.
    """
    with open_zip(archive_path, archive_name) as archive:
        entries = list_entries(archive)
        labels, notes = sort_into_classes([entry.parts for entry in entries])
        check_counts(Counter(labels.values()), limits, notes)
        labelled = [(label, entries[number]) for number, label in labels.items()]
        clips, large = extract_clips(archive, labelled, folder, limits)
    notes += large
    check_counts(Counter(clip.label for clip in clips), limits, notes)
    return clips, notes


def extract_clips(
    archive: zipfile.ZipFile, labelled: Sequence[tuple[str, ZipEntry]], folder: Path, limits: UploadLimits
) -> tuple[list[UploadedClip], tuple[str, ...]]:
    """Extract clips from a zip.

    Args:
        archive: The zip.
        labelled: Pairs of class and clip.
        folder: Folder to write the clips to, under numbered names.
        limits: Limits on the clips and on the zip.

    Returns:
        The clips, and sentences that say which were left out.

    Raises:
        DatasetError: `unpacked_too_large` or `damaged_zip`.
    """
    clips: list[UploadedClip] = []
    large: list[str] = []
    left_bytes = limits.max_unpacked_bytes
    for number, (label, entry) in enumerate(labelled):
        if entry.info.file_size > limits.clip.max_bytes:
            large.append(entry.path)
            continue
        path = folder / f"{number:04d}{_suffix(entry.parts)}"
        left_bytes -= extract(archive, entry, path, min(left_bytes, limits.clip.max_bytes))
        clips.append(UploadedClip(label=label, name=display_name(entry.parts[-1]), path=path))
    return clips, large_note(large, limits)


def large_note(names: list[str], limits: UploadLimits) -> tuple[str, ...]:
    """Write a sentence that says which clips were left out because of their size; nothing if there are none."""
    reason = f"larger than {limits.clip.max_bytes / 2**20:.3g} MB"
    return left_out_note(reason, reason, names)


def sort_into_classes(
    paths: Sequence[tuple[str, ...]], *, or_by_name: bool = False
) -> tuple[dict[int, str], tuple[str, ...]]:
    """Find the recordings among files, and the class of each.

    A class is a folder. The class folders may be inside one common folder, and may have subfolders.

    Args:
        paths: The parts of the files' paths.
        or_by_name: If no recording is in a class folder, the names of the files tell the classes (`label_in_name`).

    Returns:
        The class of each recording by its place in `paths`, and sentences that say which files were left out.
    """
    audio = {number: parts for number, parts in enumerate(paths) if _suffix(parts) in AUDIO_SUFFIXES}
    outermost = {parts[0] for parts in audio.values()}
    is_around = len(outermost) == 1 and any(len(parts) > 2 for parts in audio.values())
    depth = 1 if is_around else 0
    labels = {number: display_name(parts[depth]) for number, parts in audio.items() if len(parts) > depth + 1}
    if or_by_name and not labels:
        labels = {number: label_in_name(parts[-1]) for number, parts in audio.items()}
    others = ["/".join(parts) for number, parts in enumerate(paths) if number not in audio]
    loose = ["/".join(parts) for number, parts in audio.items() if number not in labels]
    return labels, (
        *left_out_note("that isn't audio", "that aren't audio", others, "file"),
        *left_out_note("outside the class folders", "outside the class folders", loose),
    )


def label_in_name(name: str) -> str:
    """The beginning of a file's name, up to its first number; a number at the very beginning is skipped.

    Example:
        >>> label_in_name("flute-01.wav"), label_in_name("03 rain (2).ogg"), label_in_name("7.mp3")
        ('flute', 'rain', '')
    """
    match = _NAME.match(PurePosixPath(name).stem)
    return display_name(match["label"]) if match else ""


def check_counts(n_clips: Counter[str], limits: UploadLimits, notes: tuple[str, ...] = ()) -> None:
    """Check the numbers of classes and clips.

    Args:
        n_clips: Number of clips of every class.
        limits: The limits.
        notes: Sentences on what was left out, which are added to the error's sentence.

    Raises:
        DatasetError: `too_few_classes`, `too_many_classes`, `too_few_clips` or `too_many_clips`.
    """
    left_out = f" {' '.join(notes)}" if notes else ""
    if len(n_clips) < limits.min_classes:
        found = f"only the class {next(iter(n_clips))!r}" if n_clips else "no class with clips"
        raise DatasetError(
            "too_few_classes",
            f"The zip contains {found}; give at least {limits.min_classes} classes, each as a folder of recordings."
            f"{left_out}",
        )
    if len(n_clips) > limits.max_classes:
        raise DatasetError(
            "too_many_classes",
            f"The zip contains {len(n_clips)} classes; give at most {limits.max_classes} classes.",
        )
    if n_clips.total() > limits.max_clips:
        raise DatasetError(
            "too_many_clips",
            f"The zip contains {n_clips.total()} clips; give at most {limits.max_clips} clips.",
        )
    small = {label: count for label, count in n_clips.items() if count < limits.min_clips_per_class}
    if small:
        listed = ", ".join(f"{label!r} has {count}" for label, count in small.items())
        raise DatasetError(
            "too_few_clips",
            f"Every class needs at least {limits.min_clips_per_class} clips, but {listed}; add clips or leave the "
            f"class out.{left_out}",
        )


def left_out_note(one: str, many: str, names: list[str], noun: str = "clip") -> tuple[str, ...]:
    """Write a sentence that says which files were left out for a reason.

    Args:
        one: The reason, as a description of one file, such as "that isn't audio".
        many: The same as a description of several files.
        names: The files; the first few are named.
        noun: Name for a file.

    Returns:
        The sentence; nothing if there are no files.
    """
    if not names:
        return ()
    listed = first_few(names)
    if len(names) == 1:
        return (f"1 {noun} {one} was left out: {listed}.",)
    return (f"{len(names)} {noun}s {many} were left out: {listed}.",)


def _suffix(parts: tuple[str, ...]) -> str:
    return PurePosixPath(parts[-1]).suffix.lower()

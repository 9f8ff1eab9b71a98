"""Extract the clips of a visitor's collection from a zip: one folder per class, within limits on sizes and numbers.

Only names and sizes are checked here. `clip_screening` decodes the clips, in the worker process.
"""

from collections import Counter
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.audio.reading import display_name
from pecmae.errors import DatasetError, first_few
from pecmae.server.settings import UploadLimits
from pecmae.server.zips import ZipEntry, extract, list_entries, open_zip


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
    clips: list[UploadedClip] = []
    too_large: list[str] = []
    max_clip_bytes = limits.clip.max_bytes
    with open_zip(archive_path, archive_name) as archive:
        entries = list_entries(archive)
        others = [entry.path for entry in entries if _suffix(entry) not in AUDIO_SUFFIXES]
        labelled, loose = _by_class([entry for entry in entries if _suffix(entry) in AUDIO_SUFFIXES])
        notes = (
            *left_out_note("that isn't audio", "that aren't audio", others, "file"),
            *left_out_note("outside the class folders", "outside the class folders", loose),
        )
        check_counts(Counter(label for label, _ in labelled), limits, notes)
        left_bytes = limits.max_unpacked_bytes
        for number, (label, entry) in enumerate(labelled):
            if entry.info.file_size > max_clip_bytes:
                too_large.append(entry.path)
                continue
            path = folder / f"{number:04d}{_suffix(entry)}"
            left_bytes -= extract(archive, entry, path, min(left_bytes, max_clip_bytes))
            clips.append(UploadedClip(label=label, name=display_name(entry.parts[-1]), path=path))
    larger = f"larger than {max_clip_bytes / 2**20:.3g} MB"
    notes += left_out_note(larger, larger, too_large)
    check_counts(Counter(clip.label for clip in clips), limits, notes)
    return clips, notes


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


def _suffix(entry: ZipEntry) -> str:
    return PurePosixPath(entry.parts[-1]).suffix.lower()


def _by_class(audio: list[ZipEntry]) -> tuple[list[tuple[str, ZipEntry]], list[str]]:
    """Pairs of class and file, and the paths of files that are in no class's folder."""
    depth = 0
    outermost = {entry.parts[0] for entry in audio}
    if len(outermost) == 1 and any(len(entry.parts) > 2 for entry in audio):
        depth = 1  # one folder around all classes
    labelled = [(display_name(entry.parts[depth]), entry) for entry in audio if len(entry.parts) > depth + 1]
    return labelled, [entry.path for entry in audio if len(entry.parts) <= depth + 1]

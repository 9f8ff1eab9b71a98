"""Read a user's own recordings: a folder with one subfolder per class, a folder of named files, or a CSV list.

- Folder with subfolders: each subfolder is a class, and its name is the label. Folders inside it are groups, such as
  albums.
- Folder without subfolders: the file names give the class, as in `flute-2.wav` or `3-flute-2.wav`: an optional number,
  the class, a serial number.
- CSV: see `recording_list`.

Where no splits are given, `splitting.make_splits` makes them. Nothing is written beside the recordings.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import Dataset, DatasetDescription, Track
from pecmae.datasets.recording_list import Recording, given_splits, read_list
from pecmae.datasets.splitting import make_splits
from pecmae.errors import DatasetError, first_few
from pecmae.files import sha256

FILE_NAME = re.compile(r"(?:\d+-)?(?P<label>.+)-\d+")
"""The stem of a file name that gives the class."""
KIND = "folder"
ATTRIBUTION = (
    "Recordings of the person who built this bundle. The excerpts in it belong to the owners of the recordings: pass "
    "it on only if you may pass on the recordings."
)
_MAX_NAME_LENGTH = 80


def read_folder(path: Path, *, name: str = "", seed: int = 0) -> Dataset:
    """Read a folder or a list of recordings, without decoding their audio.

    Args:
        path: The folder, or a `.csv` file.
        name: Name of the dataset; by default that of the folder or list.
        seed: Seed of the splits, where none are given.

    Returns:
        The dataset. Its classes are sorted by label and keep their labels; their ids are safe in file names.

    Raises:
        DatasetError: `no_dataset`, `no_classes`, `empty_class`, `bad_csv`, `missing_audio`, `duplicate_recording`,
            `leaking_group` or `class_too_small`, with a message that names the file, line or class.
    """
    if path.is_file():
        recordings = read_list(path)
    elif path.is_dir():
        recordings = _find_recordings(path)
    else:
        raise DatasetError(
            "no_dataset", f"There is no folder or list {str(path)!r}; give a folder of recordings or a CSV."
        )
    labels = sorted({recording.label for recording in recordings}, key=lambda label: (label.casefold(), label))
    if len(labels) < 2:
        raise DatasetError("no_classes", f"{path} has only one class, {labels[0]!r}; a classifier needs at least two.")
    splits = given_splits(recordings, path)
    digests = _digests(recordings)
    _check_duplicates(recordings, digests)
    splits = splits or make_splits(
        [recording.label for recording in recordings],
        [f"group {r.group}" if r.group else f"file {digest}" for r, digest in zip(recordings, digests, strict=True)],
        seed,
    )
    class_ids = dict(zip(labels, _safe_names(labels, "class"), strict=True))
    track_ids = _safe_names([_track_name(r.title, class_ids[r.label]) for r in recordings], "track")
    tracks = [
        Track(
            id=track_id,
            class_id=class_ids[recording.label],
            split=split,
            audio=recording.audio,
            title=recording.title,
        )
        for track_id, recording, split in zip(track_ids, recordings, splits, strict=True)
    ]
    description = DatasetDescription(
        name=name or (path.resolve().stem if path.is_file() else path.resolve().name),
        kind=KIND,
        classes=tuple(ClassInfo(id=class_ids[label], label=label) for label in labels),
        attribution=ATTRIBUTION,
    )
    return Dataset(path, description, tuple(sorted(tracks, key=lambda track: track.id)), keeps_embeddings=False)


def is_audio(path: Path) -> bool:
    """Whether a file is taken for audio, judged by its suffix."""
    return path.suffix.lower() in AUDIO_SUFFIXES


def _find_recordings(folder: Path) -> list[Recording]:
    """The recordings of a folder, sorted by path."""
    beside = [path for path in _visible(folder) if path.is_file() and is_audio(path)]
    subfolders = [path for path in _visible(folder) if path.is_dir()]
    if beside and subfolders:
        raise DatasetError(
            "no_classes",
            f"{folder} holds recordings both in subfolders and beside them ({first_few(p.name for p in beside)}); move "
            "each into the subfolder of its class.",
        )
    if beside:
        return [_from_file_name(path) for path in beside]
    if not subfolders:
        raise DatasetError(
            "no_classes", f"{folder} holds no audio; make one subfolder per class, or give a CSV of paths and labels."
        )
    recordings = []
    for subfolder in subfolders:
        files = sorted(path for path in _walk(subfolder) if is_audio(path))
        if not files:
            raise DatasetError(
                "empty_class",
                f"The subfolder {subfolder.name!r} of {folder} holds no audio; add recordings or move it elsewhere.",
            )
        for path in files:
            place = path.relative_to(folder)
            group = str(place.parent) if len(place.parts) > 2 else None
            title = str(place.relative_to(subfolder.name).with_suffix(""))
            recordings.append(Recording(path, subfolder.name, title, None, group, str(place)))
    return recordings


def _from_file_name(path: Path) -> Recording:
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        raise DatasetError(
            "no_classes",
            f"The file name {path.name!r} gives no class; name files like flute-2.wav or 3-flute-2.wav, make one "
            "subfolder per class, or give a CSV of paths and labels.",
        )
    return Recording(path, match["label"], path.stem, None, None, path.name)


def _digests(recordings: Sequence[Recording]) -> list[str]:
    """The SHA-256 of every file."""
    digests, unreadable = [], []
    for recording in recordings:
        try:
            digests.append(sha256(recording.audio))
        except OSError as error:
            unreadable.append(f"{recording.where}: {recording.audio.name} ({error.strerror})")
    if unreadable:
        raise DatasetError(
            "missing_audio",
            f"{len(unreadable)} of {len(recordings)} recordings can't be read: {first_few(unreadable, '; ')}. "
            "Restore them or leave them out.",
        )
    return digests


def _check_duplicates(recordings: Sequence[Recording], digests: Sequence[str]) -> None:
    by_digest: dict[str, list[Recording]] = defaultdict(list)
    for recording, digest in zip(recordings, digests, strict=True):
        by_digest[digest].append(recording)
    repeated = [same for same in by_digest.values() if len(same) > 1]
    if repeated:
        pairs = first_few((" and ".join(f"{r.where} ({r.label})" for r in same[:2]) for same in repeated), "; ")
        raise DatasetError(
            "duplicate_recording",
            f"Recordings occur more than once: {pairs}. Keep one of each, so that nothing tested was trained on.",
        )


def _track_name(title: str, class_id: str) -> str:
    """The title, preceded by the class id unless it contains it."""
    return title if class_id in title.lower() else f"{class_id}-{title}"


def _safe_names(texts: Sequence[str], fallback: str) -> list[str]:
    """Make ids from texts: lower-case ASCII, safe in file names and web addresses, all different."""
    taken: set[str] = set()
    names = []
    for text in texts:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        base = re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:_MAX_NAME_LENGTH] or fallback
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def _visible(folder: Path) -> list[Path]:
    """The contents of a folder, sorted, without what operating systems hide there (`.DS_Store`, `__MACOSX`)."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__")))


def _walk(folder: Path) -> Iterable[Path]:
    for path in _visible(folder):
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path

"""One's own recordings as a dataset: a folder with one subfolder a class, or a CSV list.

- Folder: every subfolder is a class and its name the label. Folders inside it are groups, such as albums.
- Folder without subfolders: names tell the class, as `flute-2.wav` or `3-flute-2.wav` do: an optional number, the
  class, a serial number.
- CSV (UTF-8, a comma between fields, a header): `path` and `label`; optionally `split` (train, valid or test, for every
  recording) and `group` (an artist, an album: what must not lie in two splits). Paths are relative to the list.

Where no splits are given, `splitting.make_splits` makes them. Nothing is ever written beside the recordings.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import Dataset, Track
from pecmae.datasets.recording_list import Recording, given_splits, read_list
from pecmae.datasets.splitting import make_splits
from pecmae.errors import DatasetError, first_few
from pecmae.files import sha256

FILE_NAME = re.compile(r"(?:\d+-)?(?P<label>.+)-\d+")
"""The stem of a file whose name tells its class."""
KIND = "folder"
FACTS = {
    "licence": "not stated",
    "attribution": "Recordings of whoever built this bundle. The excerpts in it are parts of them, and belong to whom "
    "the recordings belong: pass it on only if you may pass these on.",
}
_MAX_NAME_LENGTH = 80


def read_folder(path: Path, *, name: str = "", seed: int = 0) -> Dataset:
    """Read a folder of recordings, or a list of them; their sound isn't decoded yet.

    Args:
        path: The folder, or a `.csv` file.
        name: What to call the dataset; by default the folder's or the list's name.
        seed: Seed of the splits, where none are given.

    Returns:
        The dataset: classes sorted by label, labels as they were written, ids made safe.

    Raises:
        DatasetError: `no_dataset`, `no_classes`, `empty_class`, `bad_csv`, `missing_audio`,
            `duplicate_recording`, `leaking_group` or `class_too_small`, with a sentence that names file, line or class.
    """
    if path.is_file():
        recordings = read_list(path)
    elif path.is_dir():
        recordings = _found(path)
    else:
        raise DatasetError(
            "no_dataset", f"There is no folder {str(path)!r} and no such list; give a folder of recordings or a CSV."
        )
    labels = sorted({recording.label for recording in recordings}, key=lambda label: (label.casefold(), label))
    if len(labels) < 2:
        raise DatasetError("no_classes", f"{path} has one class only, {labels[0]!r}; a classifier needs at least two.")
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
        Track(track_id, class_ids[recording.label], split, False, recording.audio, recording.title, {})
        for track_id, recording, split in zip(track_ids, recordings, splits, strict=True)
    ]
    return Dataset(
        path,
        name or (path.resolve().stem if path.is_file() else path.resolve().name),
        KIND,
        tuple(ClassInfo(class_ids[label], label) for label in labels),
        tuple(sorted(tracks, key=lambda track: track.id)),
        FACTS,
        keeps_embeddings=False,
    )


def _found(folder: Path) -> list[Recording]:
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
        return [_named(path) for path in beside]
    if not subfolders:
        raise DatasetError(
            "no_classes", f"{folder} holds no audio; make a subfolder a class, or give a CSV of paths and labels."
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


def _named(path: Path) -> Recording:
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        raise DatasetError(
            "no_classes",
            f"The name of {path.name!r} tells no class as flute-2.wav or 3-flute-2.wav does; rename it so, make a "
            "subfolder a class, or give a CSV of paths and labels.",
        )
    return Recording(path, match["label"], path.stem, None, None, path.name)


def _digests(recordings: Sequence[Recording]) -> list[str]:
    """SHA-256 of every file."""
    digests, missing = [], []
    for recording in recordings:
        try:
            digests.append(sha256(recording.audio))
        except OSError as error:
            missing.append(f"{recording.where}: {recording.audio.name} ({error.strerror})")
    if missing:
        raise DatasetError(
            "missing_audio",
            f"{len(missing)} of {len(recordings)} recordings can't be read: {first_few(missing, '; ')}. "
            "Restore them or leave them out.",
        )
    return digests


def _check_duplicates(recordings: Sequence[Recording], digests: Sequence[str]) -> None:
    same: dict[str, list[Recording]] = defaultdict(list)
    for recording, digest in zip(recordings, digests, strict=True):
        same[digest].append(recording)
    twice = [found for found in same.values() if len(found) > 1]
    if twice:
        pairs = first_few((" and ".join(map(_described, found[:2])) for found in twice), "; ")
        raise DatasetError(
            "duplicate_recording",
            f"The same recording is there more than once: {pairs}. Keep one of each, or the test would know what was "
            "trained on.",
        )


def _described(recording: Recording) -> str:
    return f"{recording.where} ({recording.label})"


def _track_name(title: str, class_id: str) -> str:
    """A title with its class, where it doesn't tell that already."""
    return title if class_id in title.lower() else f"{class_id}-{title}"


def _safe_names(texts: Sequence[str], fallback: str) -> list[str]:
    """Ids for texts: ASCII, lower case, safe in file names and addresses, none twice even where case doesn't count."""
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


def is_audio(path: Path) -> bool:
    """Whether a file's name says that it is audio."""
    return path.suffix.lower() in AUDIO_SUFFIXES


def _visible(folder: Path) -> list[Path]:
    """What is in a folder, sorted, without what systems hide there (`.DS_Store`, `__MACOSX`)."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__")))


def _walk(folder: Path) -> Iterable[Path]:
    for path in _visible(folder):
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path

"""Labelled audio, and the folder that `render` makes of it: `dataset.json`, `index.jsonl` and the audio files.

`index.jsonl` holds one track a line, sorted by id; paths in it are relative to the folder. Other datasets (`folder`,
`gtzan`, `medley_solos_db`) are read from where their audio lies, and nothing is written there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pecmae.bundles.manifest import ClassInfo
from pecmae.errors import DatasetError
from pecmae.files import write_at_once

SCHEMA = "pecmae.dataset/1"
RECORDED_NOTES = "recorded notes"
"""Stands in the index in place of a soundfont's name."""
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class Track:
    """One labelled recording; `metadata` is its whole line of the index."""

    id: str
    class_id: str
    split: str
    unseen_soundfont: bool
    audio: Path
    title: str
    metadata: dict[str, Any]

    @property
    def shippable(self) -> bool:
        """Whether its sound may be passed on, in a bundle or as an example."""
        return bool(self.metadata.get("shippable", True))


@dataclass(frozen=True)
class Dataset:
    """A dataset's facts and tracks, sorted by id.

    Args:
        path: Its folder, or the list that names its files.
        name: What it's called.
        kind: What its classes are, such as "genres", or "folder" for somebody's own.
        classes: In the order of the class indices.
        tracks: Sorted by id.
        facts: What a bundle repeats, where it is known: `licence`, `attribution`, `seed`, `unseen_soundfont`.
        keeps_embeddings: Whether embeddings are kept in its folder; into other people's folders nothing is written.
    """

    path: Path
    name: str
    kind: str
    classes: tuple[ClassInfo, ...]
    tracks: tuple[Track, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    keeps_embeddings: bool = True


def load_dataset(path: Path) -> Dataset:
    """Read a dataset's description and index, not its audio.

    Args:
        path: The dataset's folder.

    Returns:
        The dataset.

    Raises:
        DatasetError: `no_dataset`, `bad_dataset` or `missing_audio`.
    """
    if not (path / "dataset.json").is_file() or not (path / "index.jsonl").is_file():
        raise DatasetError(
            "no_dataset", f"{path} holds no dataset: make one with `python -m pecmae render genres --out {path}`."
        )
    try:
        description = json.loads((path / "dataset.json").read_text(encoding="utf-8"))
        rows = read_index(path)
        if description["schema"] != SCHEMA:
            raise DatasetError("bad_dataset", f"{path} is a {description['schema']}, this program reads {SCHEMA}.")
        classes = tuple(ClassInfo(entry["id"], entry["label"]) for entry in description["classes"])
        tracks = tuple(_track(path, row) for row in rows)
        dataset = Dataset(path, description["name"], description["kind"], classes, tracks, description)
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError("bad_dataset", f"{path} can't be read ({error!r}): render it again.") from error
    known = {entry.id for entry in classes}
    for track in tracks:
        if track.class_id not in known or track.split not in SPLITS:
            said = f"{track.id} has class {track.class_id!r} and split {track.split!r}"
            raise DatasetError("bad_dataset", f"In {path}, {said}: render the dataset again.")
        if not track.audio.is_file():
            raise DatasetError("missing_audio", f"{track.audio} is missing: render the dataset again.")
    return dataset


def read_index(path: Path) -> list[dict[str, Any]]:
    """The index's lines, in order; empty if there's no index yet."""
    index = path / "index.jsonl"
    if not index.is_file():
        return []
    return [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines() if line.strip()]


def write_index(path: Path, rows: list[dict[str, Any]]) -> None:
    """Replace the index by these rows, sorted by id, at once."""
    lines = [json.dumps(row, ensure_ascii=False) for row in sorted(rows, key=lambda row: row["id"])]
    write_at_once(path / "index.jsonl", "".join(line + "\n" for line in lines).encode())


def _track(path: Path, row: dict[str, Any]) -> Track:
    return Track(
        row["id"], row["class"], row["split"], bool(row["unseen_soundfont"]), path / row["audio"], row["title"], row
    )

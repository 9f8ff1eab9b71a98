"""Labelled audio: its data model, and the folder format that `render` writes.

A rendered dataset is a folder with `dataset.json` (a `DatasetDescription`), `index.jsonl` (one `Track` per line, sorted
by id, with paths relative to the folder) and the audio files. The other sources (`folder`, `gtzan`, `medley_solos_db`)
make the same objects from audio that stays where it is.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pecmae.bundles.manifest import ClassInfo
from pecmae.errors import DatasetError, first_fault
from pecmae.files import write_at_once

DESCRIPTION_FILE, INDEX_FILE = "dataset.json", "index.jsonl"
SCHEMA: Literal["pecmae.dataset/1"] = "pecmae.dataset/1"
RECORDED_NOTES = "recorded notes"
"""The value of `Track.soundfont` where recorded notes play instead of a soundfont."""
Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_MODEL = ConfigDict(frozen=True, validate_by_name=True, validate_by_alias=True)


class DatasetDescription(BaseModel):
    """What is known of a dataset as a whole: the contents of `dataset.json`.

    Attributes:
        schema_version: Version of the folder format.
        name: Name of the dataset.
        kind: What the classes are, such as "genres"; "folder" for a user's own recordings.
        classes: The classes, in the order of the class indices.
        licence: Licence of the recordings.
        attribution: Whom to credit for them.
        shareable: Whether excerpts may be passed on in a bundle; None where each track decides by itself.
        seed: The seed that the music was rendered from.
        unseen_soundfont: The soundfont that plays in test tracks only.
        tracks_per_class: The number of tracks that was asked for when rendering.
        sample_rate: Samples per second of the rendered audio.
    """

    model_config = _MODEL

    schema_version: Literal["pecmae.dataset/1"] = Field(
        default=SCHEMA, validation_alias="schema", serialization_alias="schema"
    )
    name: str
    kind: str
    classes: tuple[ClassInfo, ...]
    licence: str = "not stated"
    attribution: str = ""
    shareable: bool | None = None
    seed: int | None = None
    unseen_soundfont: str | None = None
    tracks_per_class: int | None = None
    sample_rate: int | None = None


class Track(BaseModel):
    """One labelled recording: a line of `index.jsonl`.

    Attributes:
        id: Unique within the dataset; safe in file names and web addresses.
        class_id: Id of its class.
        split: Which split it belongs to.
        audio: The audio file; relative to the dataset's folder in the index, otherwise absolute.
        title: A title for people.
        unseen_soundfont: Whether it is rendered with the soundfont that no training track uses.
        shippable: Whether its audio may be passed on, in a bundle or as an example.
        soundfont: Name of its soundfont, or `RECORDED_NOTES`; empty for recordings.
        duration_s: Its duration, where it is known without reading the audio.
        block: Tracks of a block are held out together when a dataset is cross-validated; a track without one always
            trains.
    """

    model_config = _MODEL

    id: str
    class_id: str = Field(validation_alias="class", serialization_alias="class")
    split: Split
    audio: Path
    title: str
    unseen_soundfont: bool = False
    shippable: bool = True
    soundfont: str = ""
    duration_s: float | None = None
    block: str = ""


TrackType = TypeVar("TrackType", bound=Track)


@dataclass(frozen=True)
class Dataset:
    """A dataset whose audio isn't read yet.

    Attributes:
        path: Its folder, or the list that names its files.
        description: What is known of it as a whole.
        tracks: Its tracks, sorted by id.
        keeps_embeddings: Whether embeddings are cached in its folder. Nothing is written into folders of others.
    """

    path: Path
    description: DatasetDescription
    tracks: tuple[Track, ...]
    keeps_embeddings: bool = True

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.description.name

    @property
    def kind(self) -> str:
        """The dataset's kind."""
        return self.description.kind

    @property
    def classes(self) -> tuple[ClassInfo, ...]:
        """The classes, in order."""
        return self.description.classes

    @property
    def has_blocks(self) -> bool:
        """Whether it is cross-validated by blocks."""
        return any(track.block for track in self.tracks)


def load_dataset(path: Path) -> Dataset:
    """Read the description and the index of a rendered dataset, not its audio.

    Args:
        path: The dataset's folder.

    Returns:
        The dataset.

    Raises:
        DatasetError: `no_dataset`, `bad_dataset` or `missing_audio`.
    """
    if not (path / DESCRIPTION_FILE).is_file() or not (path / INDEX_FILE).is_file():
        raise DatasetError(
            "no_dataset", f"{path} holds no dataset: render one with `python -m pecmae render genres --out {path}`."
        )
    description = read_description(path)
    class_ids = {item.id for item in description.classes}
    tracks = []
    for track in read_index(path, Track):
        if track.class_id not in class_ids:
            raise DatasetError(
                "bad_dataset", f"In {path}, {track.id} has the unknown class {track.class_id!r}: render it again."
            )
        audio = path / track.audio
        if not audio.is_file():
            raise DatasetError("missing_audio", f"{audio} is missing: render the dataset again.")
        tracks.append(track.model_copy(update={"audio": audio}))
    return Dataset(path, description, tuple(tracks))


def read_description(folder: Path) -> DatasetDescription:
    """Read `dataset.json`.

    Args:
        folder: The dataset's folder.

    Returns:
        The description.

    Raises:
        DatasetError: `bad_dataset`: the file isn't a description of this version.
    """
    try:
        return DatasetDescription.model_validate_json((folder / DESCRIPTION_FILE).read_bytes())
    except ValidationError as error:
        raise _unreadable(folder / DESCRIPTION_FILE, error) from error


def write_description(folder: Path, description: DatasetDescription) -> None:
    """Write `dataset.json`.

    Args:
        folder: The dataset's folder.
        description: What is known of the dataset.
    """
    text = description.model_dump_json(by_alias=True, exclude_none=True, indent=2)
    write_at_once(folder / DESCRIPTION_FILE, f"{text}\n".encode())


def read_index(folder: Path, model: type[TrackType]) -> list[TrackType]:
    """Read the tracks of `index.jsonl` in their order.

    Args:
        folder: The dataset's folder.
        model: The model of a line.

    Returns:
        The tracks; none if there is no index yet.

    Raises:
        DatasetError: `bad_dataset`: a line isn't a track.
    """
    index = folder / INDEX_FILE
    if not index.is_file():
        return []
    try:
        return [model.model_validate_json(line) for line in index.read_bytes().splitlines() if line.strip()]
    except ValidationError as error:
        raise _unreadable(index, error) from error


def write_index(folder: Path, tracks: Iterable[Track]) -> None:
    """Replace `index.jsonl` by these tracks, sorted by id.

    Args:
        folder: The dataset's folder.
        tracks: The tracks, with paths relative to the folder.
    """
    rows = (track.model_dump(mode="json", by_alias=True) for track in sorted(tracks, key=lambda track: track.id))
    write_at_once(folder / INDEX_FILE, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


def _unreadable(file: Path, error: ValidationError) -> DatasetError:
    return DatasetError("bad_dataset", f"{file} can't be read ({first_fault(error)}): render the dataset again.")

"""Make the page's examples: excerpts of rendered test tracks, with their explanations baked ahead.

One track a class, from the test split and from soundfonts whose licence lets the sound be passed on (those of the
training split; the unseen soundfont is for measurement only). Tracks are taken in the order of their ids, without
looking at what the bundle hears in them.

An examples' folder holds `index.json` ({"examples": [{"id", "title", "bundle", "licence"}, ...]}), `<id>.ogg` and
`<bundle>/<id>.json`, a `pecmae.explanation/1`.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pecmae.audio import read_clip, write_audio
from pecmae.autoencoder import GenerativeAutoencoder
from pecmae.bundle import Bundle
from pecmae.collections.collection import Collection, Track
from pecmae.config import SAMPLE_RATE, SEGMENT_S
from pecmae.errors import CollectionError
from pecmae.explain import explain

INDEX_FILE = "index.json"
N_SEGMENTS = 3
_DECIMALS = 6
"""Of the numbers in a baked explanation: contributions still sum to their logits within 1e-4."""


@dataclass(frozen=True)
class ExampleEntry:
    """A row of the index; the title is the track's beginning: "Jump blues" of "Jump blues in G major, 168 BPM"."""

    id: str
    title: str
    bundle: str
    licence: str


def choose_tracks(collection: Collection) -> tuple[Track, ...]:
    """The first track of each class that may be an example, in the order of the classes.

    Raises:
        CollectionError: `no_example`, if a class has none.
    """
    chosen = []
    for item in collection.classes:
        tracks = (track for track in collection.tracks if track.class_id == item.id)
        track = next((track for track in tracks if track.split == "test" and not track.unseen_soundfont), None)
        if track is None:
            raise CollectionError(
                "no_example",
                f"{collection.path} has no test track of {item.label!r} to show; render more.",
            )
        chosen.append(track)
    return tuple(chosen)


def loudest_excerpt(waveform: np.ndarray, n_segments: int = N_SEGMENTS) -> np.ndarray:
    """The part of so many segments with the most energy, from the beginning of a segment on; all of a shorter sound.

    Shape: (n_samples,) -> (at most n_segments * segment,)
    """
    step = round(SEGMENT_S * SAMPLE_RATE)
    starts = range(0, max(1, len(waveform) - n_segments * step + 1), step)
    best = max(starts, key=lambda start: float(np.sum(np.square(waveform[start : start + n_segments * step]))))
    return waveform[best : best + n_segments * step]


def bake_examples(
    collection: Collection, bundle: Bundle, autoencoder: GenerativeAutoencoder, folder: Path
) -> Iterator[ExampleEntry]:
    """Write the excerpts and explanations of one collection, one after the other.

    Args:
        collection: Where the tracks come from.
        bundle: Explains them.
        autoencoder: The bundle's.
        folder: The examples' folder; it is made if it isn't there.

    Yields:
        The entry of each example when its files are written.
    """
    name = bundle.manifest.name
    licence = str(json.loads((collection.path / "collection.json").read_text(encoding="utf-8"))["licence"])
    (folder / name).mkdir(parents=True, exist_ok=True)
    for track in choose_tracks(collection):
        audio = folder / f"{track.id}.ogg"
        write_audio(audio, loudest_excerpt(read_clip(track.audio).waveform))
        explanation = explain(read_clip(audio), bundle, autoencoder).to_json()
        text = json.dumps(_rounded(explanation), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        (folder / name / f"{track.id}.json").write_text(text + "\n", encoding="utf-8")
        yield ExampleEntry(track.id, track.title.split(" in ")[0], name, licence)


def write_index(folder: Path, entries: list[ExampleEntry]) -> None:
    """Replace the index, and remove the files of examples that the old one named and the new one doesn't."""
    index = folder / INDEX_FILE
    if index.is_file():
        kept = {entry.id for entry in entries}
        for row in json.loads(index.read_text(encoding="utf-8"))["examples"]:
            if row["id"] not in kept:
                (folder / f"{row['id']}.ogg").unlink(missing_ok=True)
                (folder / row["bundle"] / f"{row['id']}.json").unlink(missing_ok=True)
    data = {"examples": [asdict(entry) for entry in entries]}
    index.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return {key: _rounded(item) for key, item in value.items()} if isinstance(value, dict) else value

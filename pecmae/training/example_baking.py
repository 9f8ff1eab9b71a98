"""Make the page's examples: excerpts of rendered test tracks with their explanations and tags.

There is one track per class, from the test split, among those whose sound may be passed on. Tracks are chosen in the
order of their ids, without regard to what the bundle says about them; only which one comes first depends on that.
`pecmae.explain.examples` describes the format.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from pecmae.audio.conventions import SEGMENT_SAMPLES
from pecmae.audio.encoding import write_audio
from pecmae.audio.reading import read_clip
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import Dataset, Track
from pecmae.errors import DatasetError
from pecmae.explain.examples import INDEX_FILE, Example
from pecmae.explain.explaining import explain
from pecmae.explain.explanation import Explanation
from pecmae.explain.tagging import tag_waveform
from pecmae.networks.autoencoder import Embedder
from pecmae.networks.musicnn import MusicnnEncoder

N_SEGMENTS = 3
_DECIMALS = 6
"""Precision of the stored explanations; contributions still sum to their logits within 1e-4."""


def choose_tracks(dataset: Dataset) -> tuple[Track, ...]:
    """Choose the track of each class that becomes an example.

    Args:
        dataset: The rendered dataset.

    Returns:
        One track per class, in the order of the classes.

    Raises:
        DatasetError: `no_example`: a class has no suitable track.
    """
    chosen = []
    for item in dataset.classes:
        tracks = (track for track in dataset.tracks if track.class_id == item.id)
        track = next((track for track in tracks if _is_suitable(track)), None)
        if track is None:
            raise DatasetError(
                "no_example",
                f"{dataset.path} has no suitable test track of {item.label!r}; render more tracks.",
            )
        chosen.append(track)
    return tuple(chosen)


def _is_suitable(track: Track) -> bool:
    return track.split == "test" and track.shippable and not track.unseen_soundfont


def loudest_excerpt(waveform: np.ndarray, n_segments: int = N_SEGMENTS) -> np.ndarray:
    """Cut out the part of a waveform with the most energy.

    Args:
        waveform: The waveform.
        n_segments: Length of the excerpt in segments.

    Returns:
        The excerpt, which starts at a multiple of a segment's length; a shorter waveform is returned whole.

    Shape:
        `(n_samples,)` to `(min(n_samples, n_segments * SEGMENT_SAMPLES),)`.
    """
    length = n_segments * SEGMENT_SAMPLES
    starts = range(0, max(1, len(waveform) - length + 1), SEGMENT_SAMPLES)
    best = max(starts, key=lambda start: float(np.sum(np.square(waveform[start : start + length]))))
    return waveform[best : best + length]


def bake_examples(
    dataset: Dataset, bundle: Bundle, autoencoder: Embedder, tagger: MusicnnEncoder, folder: Path
) -> Iterator[Example]:
    """Write the excerpts of one dataset, their explanations and tags.

    Args:
        dataset: The dataset that the tracks come from.
        bundle: The bundle that explains them.
        autoencoder: The bundle's autoencoder.
        tagger: MusiCNN with its weights.
        folder: The examples' folder; made if it doesn't exist.

    Yields:
        Each example, after its files are written.
    """
    name = bundle.manifest.name
    (folder / name).mkdir(parents=True, exist_ok=True)
    for track in choose_tracks(dataset):
        example = Example(track.id, track.title.split(" in ")[0], name, dataset.description.licence, track.class_id)
        audio = folder / example.audio_file
        write_audio(audio, loudest_excerpt(read_clip(track.audio).waveform))
        clip = read_clip(audio)
        _write_rounded(explain(clip, bundle, autoencoder).model_dump_json(), folder / example.explanation_file)
        tags = {"tags": [asdict(tag) for tag in tag_waveform(clip.waveform, tagger)]}
        _write_rounded(json.dumps(tags), folder / example.tags_file)
        yield example


def _write_rounded(text: str, path: Path) -> None:
    rounded = json.loads(text, parse_float=lambda number: round(float(number), _DECIMALS))
    text = json.dumps(rounded, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def clearest_first(folder: Path, entries: list[Example]) -> list[Example]:
    """Move one example of each bundle to the front: the one whose own class wins by the largest margin.

    The page opens with it, so that the first thing that a visitor sees isn't a wrong prediction. The others keep their
    order, and say nothing about how often the bundle is right.

    Args:
        folder: The examples' folder.
        entries: All examples, whose files are written.

    Returns:
        The same examples.
    """
    margins = {}
    for entry in entries:
        explanation = Explanation.model_validate_json((folder / entry.explanation_file).read_bytes())
        scores = dict(zip(explanation.classes, explanation.scores, strict=True))
        own = scores.pop(entry.class_id)
        margins[entry] = own - max(scores.values(), default=0.0)
    bundles = dict.fromkeys(entry.bundle for entry in entries)
    first = [max((entry for entry in entries if entry.bundle == name), key=margins.__getitem__) for name in bundles]
    return first + [entry for entry in entries if entry not in first]


def write_index(folder: Path, entries: list[Example]) -> None:
    """Replace the index, and remove the files of examples that are no longer in it.

    Args:
        folder: The examples' folder.
        entries: All examples.
    """
    index = folder / INDEX_FILE
    if index.is_file():
        kept = {entry.id for entry in entries}
        for old in (Example(**row) for row in json.loads(index.read_text(encoding="utf-8"))["examples"]):
            if old not in entries:
                (folder / old.explanation_file).unlink(missing_ok=True)
            if old.id not in kept:
                (folder / old.audio_file).unlink(missing_ok=True)
                (folder / old.tags_file).unlink(missing_ok=True)
    data = {"examples": [asdict(entry) for entry in entries]}
    index.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

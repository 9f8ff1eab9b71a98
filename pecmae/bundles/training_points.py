"""The training segments that a bundle carries: embeddings, with labels, tracks, times, beats and map coordinates.

`training.safetensors` holds the arrays; the tracks that they refer to by position are listed in the manifest.

Conventions: N training segments, M prototypes, C classes, D dimensions of the embedding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from pecmae.bundles.manifest import Manifest, TrackInfo
from pecmae.errors import BundleError

TRAINING_FILE = "training.safetensors"
_TYPES = {
    "embeddings": (np.float16, np.float32),
    "labels": (np.int32, np.int64),
    "track_index": (np.int32, np.int64),
    "start_s": (np.float32, np.float32),
    "beat_period_s": (np.float32, np.float32),
    "beat_strength": (np.float32, np.float32),
    "coordinates": (np.float32, np.float32),
    "prototype_coordinates": (np.float32, np.float32),
}
"""Types of the arrays in the file and in memory."""


@dataclass(frozen=True)
class TrainingPoint:
    """One training segment: `start_s` seconds into its track. The id is such as `blues-0007@8`."""

    id: str
    track: str
    title: str
    start_s: float


@dataclass(frozen=True, eq=False)
class TrainingPoints:
    """The training segments that a bundle carries; row i of every array belongs to the id i of `ids`.

    Which of them have sound, `Bundle.has_audio` says.

    Args:
        tracks: The tracks that they come from.

    Shape:
        embeddings: (N, D) float32, raw
        labels: (N,) int64, positions in the manifest's classes
        track_index: (N,) int64, positions in `tracks`
        start_s: (N,) float32
        beat_period_s: (N,) float32, seconds from one beat to the next
        beat_strength: (N,) float32, as `audio.rhythm.Rhythm.strength`
        coordinates: (N, 2) float32, on the map
        prototype_coordinates: (M, 2) float32, on the map
    """

    tracks: tuple[TrackInfo, ...]
    embeddings: np.ndarray
    labels: np.ndarray
    track_index: np.ndarray
    start_s: np.ndarray
    beat_period_s: np.ndarray
    beat_strength: np.ndarray
    coordinates: np.ndarray
    prototype_coordinates: np.ndarray

    def __len__(self) -> int:
        return len(self.embeddings)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Id of each segment, such as `blues-0007@8`."""
        rows = zip(self.track_index, self.start_s, strict=True)
        return tuple(point_id(self.tracks[track].id, start_s) for track, start_s in rows)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Row of each segment by its id."""
        return {name: row for row, name in enumerate(self.ids)}

    @cached_property
    def points(self) -> tuple[TrainingPoint, ...]:
        """The segments with their tracks' titles."""
        tracks = [self.tracks[place] for place in self.track_index]
        rows = zip(self.ids, tracks, self.start_s.tolist(), strict=True)
        return tuple(TrainingPoint(name, track.id, track.title, start_s) for name, track, start_s in rows)


def point_id(track_id: str, start_s: float) -> str:
    """Id of the training segment that begins `start_s` seconds into a track."""
    return f"{track_id}@{start_s:g}"


def load_training(folder: Path, manifest: Manifest) -> TrainingPoints:
    """Read `training.safetensors` of a bundle's folder and check that it fits the manifest.

    Raises:
        BundleError: `bad_bundle`; the sentence names the file.
    """
    path = folder / TRAINING_FILE
    try:
        stored = load_file(path)
        arrays = {name: stored[name].astype(in_memory) for name, (_, in_memory) in _TYPES.items()}
    except (SafetensorError, KeyError) as error:
        raise BundleError("bad_bundle", f"{path} is broken: {error!r}; fetch or build the bundle again.") from error
    training = TrainingPoints(manifest.tracks, **arrays)
    _check(path, manifest, training)
    return training


def encode_training(training: TrainingPoints) -> bytes:
    """Contents of `training.safetensors`; embeddings in half precision."""
    return save({name: np.ascontiguousarray(getattr(training, name), stored) for name, (stored, _) in _TYPES.items()})


def _check(path: Path, manifest: Manifest, training: TrainingPoints) -> None:
    n_segments, n_classes, n_prototypes = len(training), len(manifest.classes), manifest.n_prototypes
    shapes = {
        "embeddings": (n_segments, training.embeddings.shape[-1]),
        "labels": (n_segments,),
        "track_index": (n_segments,),
        "start_s": (n_segments,),
        "beat_period_s": (n_segments,),
        "beat_strength": (n_segments,),
        "coordinates": (n_segments, 2),
        "prototype_coordinates": (n_prototypes, 2),
    }
    for name, shape in shapes.items():
        found = getattr(training, name)
        if found.shape != shape or not np.isfinite(found).all():
            raise BundleError("bad_bundle", f"{path}: {name} is {found.shape}, and finite {shape} was expected.")
    if set(np.unique(training.labels)) != set(range(n_classes)):
        raise BundleError("bad_bundle", f"{path} needs a segment of each of the {n_classes} classes, and no others.")
    if training.track_index.min() < 0 or training.track_index.max() >= len(manifest.tracks):
        raise BundleError("bad_bundle", f"{path} refers to a track that the manifest doesn't list.")
    if training.start_s.min() < 0 or len(training.index) != n_segments:
        raise BundleError("bad_bundle", f"{path} has a segment twice, or one that begins before its track.")

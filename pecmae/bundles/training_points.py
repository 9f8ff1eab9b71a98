"""The training segments that a bundle carries, what is known of its prototypes, and both as files.

`training.safetensors` holds the arrays, `points.json` the ids, titles and facts.

Conventions: N training points, M prototypes, C classes, D dimensions of the embedding.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from pecmae.bundles.manifest import NAME_PATTERN, Manifest
from pecmae.errors import BundleError

TRAINING_FILE = "training.safetensors"
POINTS_FILE = "points.json"


@dataclass(frozen=True)
class TrainingPoint:
    """One training segment on the map: `start_s` seconds into its track. The id is such as `blues-0007@8`."""

    id: str
    track: str
    title: str
    start_s: float


@dataclass(frozen=True)
class PrototypeInfo:
    """What is known of one prototype beside its weights.

    Args:
        id: Such as `reggae-2`.
        class_id: The class it speaks for.
        index: Its number in its class.
        share: Share of its class's training segments whose nearest prototype of the class it is; sums to 1 in a class.
        comes_back_as: Class that its sonification is heard as, None before `sonify`.
        comes_back_score: Score of that class, None before `sonify`.
        nearest: Ids of the three training points nearest to it, of whatever class, nearest first.
        farthest: Id of the training point of its own class farthest from it.
    """

    id: str
    class_id: str
    index: int
    share: float
    comes_back_as: str | None
    comes_back_score: float | None
    nearest: tuple[str, ...]
    farthest: str


@dataclass(frozen=True, eq=False)
class TrainingPoints:
    """The training segments that a bundle carries.

    Shape:
        embeddings (N, D) float32 raw, labels (N,) int64, coordinates (N, 2) and prototype_coordinates (M, 2) float32 on
        the map, distance_quantiles (C, 101) float32: percentiles 0..100, over all training segments of a class, of the
        distance to the nearest prototype of that class.
    """

    points: tuple[TrainingPoint, ...]
    embeddings: np.ndarray
    labels: np.ndarray
    coordinates: np.ndarray
    prototype_coordinates: np.ndarray
    distance_quantiles: np.ndarray

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Row of each point by its id."""
        return {point.id: row for row, point in enumerate(self.points)}


def load_training(folder: Path, manifest: Manifest) -> tuple[TrainingPoints, tuple[PrototypeInfo, ...]]:
    """Read both files of a bundle's folder and check that they fit each other and the manifest.

    Raises:
        BundleError: If they don't; the sentence names the file.
    """
    try:
        texts = json.loads((folder / POINTS_FILE).read_text(encoding="utf-8"))
        arrays = load_file(folder / TRAINING_FILE)
        training = TrainingPoints(
            points=tuple(
                TrainingPoint(item["id"], item["track"], item["title"], float(item["start_s"]))
                for item in texts["points"]
            ),
            embeddings=arrays["embeddings"].astype(np.float32),
            labels=arrays["labels"].astype(np.int64),
            coordinates=arrays["coordinates"],
            prototype_coordinates=arrays["prototype_coordinates"],
            distance_quantiles=arrays["distance_quantiles"],
        )
        prototypes = tuple(_prototype_from_json(item) for item in texts["prototypes"])
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BundleError("bad_bundle", f"{folder}: {TRAINING_FILE} or {POINTS_FILE} is broken: {error!r}") from error
    _check(folder, manifest, training, prototypes)
    return training, prototypes


def encode_training(training: TrainingPoints) -> bytes:
    """Contents of `training.safetensors`; embeddings in half precision."""
    arrays = {
        "embeddings": training.embeddings.astype(np.float16),
        "labels": training.labels.astype(np.int64),
        "coordinates": training.coordinates.astype(np.float32),
        "prototype_coordinates": training.prototype_coordinates.astype(np.float32),
        "distance_quantiles": training.distance_quantiles.astype(np.float32),
    }
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def points_to_json(points: Sequence[TrainingPoint], prototypes: Sequence[PrototypeInfo]) -> dict[str, Any]:
    """Contents of `points.json`; a prototype's `class_id` is `class` there."""
    described = [asdict(prototype) for prototype in prototypes]
    return {
        "points": [asdict(point) for point in points],
        "prototypes": [{"class" if key == "class_id" else key: item[key] for key in item} for item in described],
    }


def _prototype_from_json(item: dict[str, Any]) -> PrototypeInfo:
    return PrototypeInfo(
        id=item["id"],
        class_id=item["class"],
        index=item["index"],
        share=item["share"],
        comes_back_as=item["comes_back_as"],
        comes_back_score=item["comes_back_score"],
        nearest=tuple(item["nearest"]),
        farthest=item["farthest"],
    )


def _check(folder: Path, manifest: Manifest, training: TrainingPoints, prototypes: tuple[PrototypeInfo, ...]) -> None:
    n_points, n_classes, n_prototypes = len(training.points), len(manifest.classes), len(manifest.prototype_ids)
    shapes = {
        "embeddings": (n_points, training.embeddings.shape[-1]),
        "labels": (n_points,),
        "coordinates": (n_points, 2),
        "prototype_coordinates": (n_prototypes, 2),
        "distance_quantiles": (n_classes, 101),
    }
    for name, shape in shapes.items():
        found = getattr(training, name)
        if found.shape != shape or not np.isfinite(found).all():
            raise BundleError(
                "bad_bundle", f"{folder / TRAINING_FILE}: {name} is {found.shape}, finite {shape} was expected."
            )
    if n_points == 0 or training.labels.min() < 0 or training.labels.max() >= n_classes:
        raise BundleError("bad_bundle", f"{folder / TRAINING_FILE} needs points with labels below {n_classes}.")
    if tuple(item.id for item in prototypes) != manifest.prototype_ids:
        raise BundleError("bad_bundle", f"{folder / POINTS_FILE} lists other prototypes than the manifest.")
    ids = [point.id for point in training.points]
    if len(set(ids)) != n_points or not all(NAME_PATTERN.fullmatch(item) for item in ids):
        raise BundleError("bad_bundle", f"{folder / POINTS_FILE} has an id twice, or one that isn't a safe name.")
    if not all(isinstance(text, str) for point in training.points for text in (point.track, point.title)):
        raise BundleError("bad_bundle", f"{folder / POINTS_FILE} has a track or title that isn't text.")
    if not all(math.isfinite(point.start_s) and point.start_s >= 0 for point in training.points):
        raise BundleError("bad_bundle", f"{folder / POINTS_FILE} has a point that starts nowhere in its track.")
    if not {name for item in prototypes for name in (*item.nearest, item.farthest)} <= set(ids):
        raise BundleError("bad_bundle", f"{folder / POINTS_FILE}: a prototype names a point that isn't there.")

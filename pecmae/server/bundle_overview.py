"""What the page of a bundle shows beside its prototypes: confusion, distances between classes, near duplicates, card.

A bundle holds the embeddings of its training segments and no other predictions, so the confusion whose tracks can be
listed is that of the training segments. The metrics of a `BundleSummary` hold the counts of held-out tracks.
"""

import re
from collections import defaultdict

from pydantic import Field

from pecmae.bundles.bundle import MODEL_CARD_FILE, Bundle
from pecmae.bundles.neighbourhoods import class_distances, nearest_pairs
from pecmae.server.schemas import ApiModel, ClassId

N_PAIRS = 10
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class ConfusedTrack(ApiModel):
    """A training track, as far as it is in one cell of the confusion matrix."""

    id: str
    title: str
    n_segments: int
    """Number of its segments in the cell."""
    points: tuple[str, ...]
    """Ids of those of them that have sound."""


class ConfusionCell(ApiModel):
    """The training segments of one class to which the model gives one class."""

    class_id: ClassId
    predicted: str
    """Id of the class that the model gives to them."""
    n_segments: int
    tracks: tuple[ConfusedTrack, ...]


class NearPair(ApiModel):
    """Two prototypes that are near each other."""

    ids: tuple[str, str]
    distance: float
    nearest_segment: float
    """Distance of the training segment that is nearest to either of them."""
    is_near_duplicate: bool
    """Whether they are nearer to each other than any training segment is to either of them."""


class BundleOverview(ApiModel):
    """A bundle as a whole."""

    name: str
    version: str
    training_confusion: tuple[ConfusionCell, ...]
    """Cells that aren't empty, of the training segments, which the model has seen; by class, then predicted class."""
    class_distances: tuple[tuple[float, ...], ...]
    """Mean distance of the training segments of a row's class to the nearest prototype of a column's class."""
    n_pairs: int
    """Number of pairs of prototypes."""
    n_near_duplicates: int
    """Number of pairs that are near duplicates."""
    nearest_pairs: tuple[NearPair, ...] = Field(description=f"The {N_PAIRS} nearest pairs of prototypes.")
    model_card: str | None
    """The model card in Markdown, without its front matter; null if the bundle has none."""


def describe_bundle(bundle: Bundle) -> BundleOverview:
    """Describe a bundle as a whole."""
    manifest, training = bundle.manifest, bundle.training
    pairs = nearest_pairs(manifest.prototype_ids, bundle.prototype_distances, bundle.training_distances)
    between = class_distances(bundle.training_distances, training.labels, manifest.prototypes_per_class)
    return BundleOverview(
        name=manifest.name,
        version=manifest.version,
        training_confusion=_training_confusion(bundle),
        class_distances=tuple(tuple(row) for row in between.tolist()),
        n_pairs=len(pairs),
        n_near_duplicates=sum(pair.is_near_duplicate for pair in pairs),
        nearest_pairs=tuple(NearPair.model_validate(pair, from_attributes=True) for pair in pairs[:N_PAIRS]),
        model_card=_model_card(bundle),
    )


def _training_confusion(bundle: Bundle) -> tuple[ConfusionCell, ...]:
    training, class_ids = bundle.training, bundle.manifest.class_ids
    cells: dict[tuple[int, int], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    columns = (training.labels.tolist(), bundle.training_classes.tolist(), training.track_index.tolist())
    for row, (label, predicted, track) in enumerate(zip(*columns, strict=True)):
        cells[label, predicted][track].append(row)
    return tuple(
        ConfusionCell(
            class_id=class_ids[label],
            predicted=class_ids[predicted],
            n_segments=sum(map(len, tracks.values())),
            tracks=tuple(
                ConfusedTrack(
                    id=training.tracks[track].id,
                    title=training.tracks[track].title,
                    n_segments=len(rows),
                    points=tuple(training.ids[row] for row in rows if bundle.has_audio[row]),
                )
                for track, rows in tracks.items()
            ),
        )
        for (label, predicted), tracks in sorted(cells.items())
    )


def _model_card(bundle: Bundle) -> str | None:
    if MODEL_CARD_FILE not in bundle.manifest.files:
        return None
    text = (bundle.path / MODEL_CARD_FILE).read_text(encoding="utf-8", errors="replace")
    return _FRONT_MATTER.sub("", text).strip()

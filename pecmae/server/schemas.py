"""Schemas of the HTTP API, except the explanation's, which is `explain.explanation.Explanation`.

Addresses of sounds contain the beginning of the file's hash, so that browsers may cache them for good.
"""

from dataclasses import asdict
from typing import Annotated, Literal, Self
from urllib.parse import quote

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pecmae.bundles.bundle import Bundle, point_audio_file, prototype_audio_file
from pecmae.bundles.manifest import ClassInfo, PointSounds, TrackInfo
from pecmae.bundles.measurements import Metrics
from pecmae.errors import PecmaeError
from pecmae.explain.tagging import Tag

API = "/api/v1"
_HASH_LENGTH = 12
_MAP_DECIMALS = 5  # the map is 2 wide
ClassId = Annotated[str, Field(serialization_alias="class", description="Id of the class.")]
MapPlace = Annotated[tuple[float, float], Field(description="Place on the map. Distances on the map mean nothing.")]
SoundAddress = Annotated[str | None, Field(description="Address of the sound; null if the bundle has none.")]


class ApiModel(BaseModel):
    """Base of the schemas: frozen, without infinity and NaN; attribute docstrings become descriptions."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class ErrorDetail(ApiModel):
    """What is wrong."""

    code: str
    """Stable identifier for programs."""
    message: str
    """One sentence for people: what is wrong and what to do."""

    @classmethod
    def of(cls, error: PecmaeError) -> Self:
        """The same of an exception."""
        return cls(code=error.code, message=error.message)


class ErrorResponse(ApiModel):
    """The body of every error."""

    error: ErrorDetail


class Download(ApiModel):
    """A download of pretrained weights that is under way."""

    name: str
    """`musicnn`, or the autoencoder that needs the weights."""
    received_bytes: int
    """Received of the current file."""
    total_bytes: int
    """Size of the current file; 0 while it is unknown."""


class Health(ApiModel):
    """Whether the server can explain."""

    status: Literal["ok", "loading", "unavailable"]
    """`unavailable` because of `error`."""
    version: str
    bundles: tuple[str, ...]
    error: ErrorDetail | None
    download: Download | None
    """The weights that are being fetched; explaining may have to wait for them."""


class TagList(ApiModel):
    """What MusiCNN, trained on the Million Song Dataset, hears in a clip, independently of any bundle."""

    tags: tuple[Tag, ...]
    """All 50 tags, the most probable first."""


class BundleSummary(ApiModel):
    """A bundle."""

    name: str
    version: str
    title: str
    licence: str
    trained_on: str
    """One sentence on the training data."""
    caution: str
    """One sentence on how far the scores can be trusted on other music."""
    classes: tuple[ClassInfo, ...]
    """The classes, in the order of all lists over classes."""
    prototypes_per_class: int
    segment_s: float
    adaptor: bool
    point_sounds: PointSounds
    """Whether the sounds of training segments are recorded or decoded from their embeddings."""
    metrics: Metrics


class BundleProblem(ErrorDetail):
    """A bundle that can't be used."""

    name: str


class BundleList(ApiModel):
    """All bundles on offer."""

    default: str | None
    """The bundle that explains where a request names none."""
    bundles: tuple[BundleSummary, ...]
    problems: tuple[BundleProblem, ...]


class PrototypeDetails(ApiModel):
    """A prototype."""

    id: str
    class_id: ClassId
    index: int
    """Number of the prototype within its class."""
    segment_ratio: float
    """Ratio of its class's training segments to which it is the nearest prototype of the class."""
    decoded_class: str | None
    """Class that the bundle assigns to its decoded sound."""
    decoded_score: float | None
    """Score of that class."""
    nearest: tuple[str, ...]
    """Ids of the nearest training segments with sound, nearest first."""
    nearest_distances: tuple[float, ...]
    """Their distances."""
    farthest: str | None
    """Id of the farthest training segment with sound of its class."""
    farthest_distance: float | None
    """Its distance."""
    class_distances: tuple[float, ...]
    """Distance to each prototype of its class, in their order; 0 to itself."""
    weights: tuple[float, ...]
    """Weight of its similarity for each class."""
    map: MapPlace
    audio: SoundAddress


class PrototypeList(ApiModel):
    """All prototypes of a bundle, in its order."""

    bundle: str
    version: str
    prototypes: tuple[PrototypeDetails, ...]


class PointColumns(ApiModel):
    """Training segments by column: the entries at one position of all lists belong to one segment."""

    ids: tuple[str, ...]
    class_index: tuple[int, ...]
    """Positions of their classes in the bundle's `classes`."""
    track_index: tuple[int, ...]
    """Positions of their tracks in `tracks`."""
    start_s: tuple[float, ...]
    map: tuple[MapPlace, ...]
    audio: tuple[SoundAddress, ...]


class BundleMap(BundleSummary):
    """A bundle with its prototypes and those training segments that have sound, or all of them if none has."""

    tracks: tuple[TrackInfo, ...]
    """The tracks of these training segments."""
    points: PointColumns
    prototypes: tuple[PrototypeDetails, ...]


class Progress(ApiModel):
    """Progress of a build."""

    stage: str | None = None
    """Current stage of the build."""
    done: int = 0
    """Units of the stage that are done."""
    total: int = 0
    """Units of the stage."""
    remaining_s: float | None = None
    """Estimated time until the bundle is ready."""


class CollectionStatus(Progress):
    """A visitor's collection at this moment."""

    id: str
    """Secret: whoever has it can see, use and remove the collection. It is also the bundle's name."""
    title: str
    state: Literal["waiting", "building", "ready", "failed"]
    place: int
    """Number of builds before this one."""
    notes: tuple[str, ...]
    """Sentences that say what was left out."""
    error: ErrorDetail | None
    bundle: BundleSummary | None
    """The bundle, once it is ready."""


def summarise(bundle: Bundle) -> BundleSummary:
    """Describe a bundle."""
    return BundleSummary.model_validate(bundle.manifest, from_attributes=True)


def list_prototypes(bundle: Bundle) -> PrototypeList:
    """Describe the prototypes of a bundle."""
    return PrototypeList(bundle=bundle.manifest.name, version=bundle.manifest.version, prototypes=_prototypes(bundle))


def draw_map(bundle: Bundle) -> BundleMap:
    """Describe a bundle with its prototypes and those training segments that have sound, or all of them if none has."""
    training = bundle.training
    rows = np.flatnonzero(bundle.has_audio) if bundle.has_audio.any() else np.arange(len(training))
    tracks, track_index = np.unique(training.track_index[rows], return_inverse=True)
    ids = tuple(training.ids[row] for row in rows)
    points = PointColumns(
        ids=ids,
        class_index=tuple(training.labels[rows].tolist()),
        track_index=tuple(track_index.tolist()),
        start_s=tuple(training.start_s[rows].tolist()),
        map=tuple((round(x, _MAP_DECIMALS), round(y, _MAP_DECIMALS)) for x, y in training.coordinates[rows].tolist()),
        audio=tuple(_address(bundle, "points", name, point_audio_file(name)) for name in ids),
    )
    return BundleMap(
        **dict(summarise(bundle)),
        tracks=tuple(training.tracks[track] for track in tracks),
        points=points,
        prototypes=_prototypes(bundle),
    )


def _prototypes(bundle: Bundle) -> tuple[PrototypeDetails, ...]:
    weights = bundle.network.linear.weight.detach().T.tolist()  # (M, C)
    places = bundle.training.prototype_coordinates.tolist()  # (M, 2)
    return tuple(
        PrototypeDetails(
            **asdict(info),
            weights=tuple(row),
            map=tuple(place),
            audio=_address(bundle, "prototypes", info.id, prototype_audio_file(info.id)),
        )
        for info, row, place in zip(bundle.prototypes, weights, places, strict=True)
    )


def _address(bundle: Bundle, kind: str, sound_id: str, file: str) -> str | None:
    if file not in bundle.manifest.files:
        return None
    version = bundle.manifest.files[file][:_HASH_LENGTH]
    return f"{API}/bundles/{quote(bundle.manifest.name)}/{kind}/{quote(sound_id)}/audio?v={version}"

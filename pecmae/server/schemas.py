"""What the HTTP API tells of bundles, as the models of its JSON.

Addresses of sounds carry the beginning of the file's hash, so that a browser may keep them for good.
"""

from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from pecmae.bundles.bundle import Bundle, point_audio_file, prototype_audio_file
from pecmae.bundles.measurements import Metrics
from pecmae.errors import PecmaeError

API = "/api/v1"
_HASH_LENGTH = 12
ClassId = Annotated[str, Field(serialization_alias="class", description="Id of the class.")]
OnMap = Annotated[tuple[float, float], Field(description="Place on the map; distances there mean nothing.")]
Address = Annotated[str | None, Field(description="Where the sound is, null if the bundle has none.")]


class Facts(BaseModel):
    """Base of all: frozen."""

    model_config = ConfigDict(frozen=True)


class ErrorDetail(Facts):
    """What is wrong: a stable code for programs, and a sentence for people that says what to do."""

    code: str
    message: str

    @classmethod
    def of(cls, error: PecmaeError) -> Self:
        """The same of an exception."""
        return cls(code=error.code, message=error.message)


class ErrorResponse(Facts):
    """The body of every error."""

    error: ErrorDetail


class Health(Facts):
    """Whether the server can explain: `ok`, still `loading`, or `unavailable` because of `error`."""

    status: Literal["ok", "loading", "unavailable"]
    version: str
    bundles: tuple[str, ...]
    error: ErrorDetail | None


class ClassFacts(Facts):
    """A class."""

    id: str
    label: str


class BundleSummary(Facts):
    """What a bundle is and what its scores are worth."""

    name: str
    version: str
    title: str
    licence: str
    trained_on: Annotated[str, Field(description="One sentence: what the prototypes were learned from.")]
    caution: Annotated[str, Field(description="One sentence: what the scores are worth on other music.")]
    classes: Annotated[tuple[ClassFacts, ...], Field(description="In the order of all lists over classes.")]
    prototypes_per_class: int
    segment_s: float
    adaptor: bool
    metrics: Metrics


class BundleProblem(ErrorDetail):
    """A bundle that can't be used."""

    name: str


class BundleList(Facts):
    """All installed bundles."""

    default: Annotated[str | None, Field(description="The bundle that explains where none is named.")]
    bundles: tuple[BundleSummary, ...]
    problems: tuple[BundleProblem, ...]


class PrototypeFacts(Facts):
    """A prototype."""

    id: str
    class_id: ClassId
    index: int
    segment_ratio: Annotated[
        float,
        Field(description="Ratio of its class's training segments to which it is the nearest prototype of the class."),
    ]
    decoded_class: Annotated[str | None, Field(description="Class that the bundle assigns to its decoded sound.")]
    decoded_score: Annotated[float | None, Field(description="Score of that class.")]
    nearest: Annotated[tuple[str, ...], Field(description="Ids of the nearest training segments with sound.")]
    farthest: Annotated[str | None, Field(description="Id of the farthest such segment of its class.")]
    weights: Annotated[tuple[float, ...], Field(description="What its similarity counts for each class.")]
    map: OnMap
    audio: Address


class PrototypeList(Facts):
    """All prototypes of a bundle."""

    bundle: str
    version: str
    prototypes: tuple[PrototypeFacts, ...]


class PointFacts(Facts):
    """A training segment."""

    id: str
    class_id: ClassId
    track: str
    title: str
    start_s: float
    map: OnMap
    audio: Address


class BundleMap(BundleSummary):
    """Everything that a drawing of a bundle needs."""

    points: tuple[PointFacts, ...]
    prototypes: tuple[PrototypeFacts, ...]


class Progress(Facts):
    """Progress of a build."""

    stage: Annotated[str | None, Field(description="Current stage of the build.")] = None
    done: Annotated[int, Field(description="Units of the stage that are done.")] = 0
    total: Annotated[int, Field(description="Units of the stage.")] = 0
    remaining_s: Annotated[float | None, Field(description="Estimated time until the bundle is ready.")] = None


class CollectionStatus(Progress):
    """A visitor's collection at this moment."""

    id: Annotated[
        str,
        Field(description="Secret: whoever has it can see, use and remove the collection. Also the bundle's name."),
    ]
    title: str
    state: Literal["waiting", "building", "ready", "failed"]
    place: Annotated[int, Field(description="Number of builds before this one.")]
    notes: Annotated[tuple[str, ...], Field(description="Sentences that say what was left out.")]
    error: ErrorDetail | None
    bundle: Annotated[BundleSummary | None, Field(description="The bundle, once it is ready.")]


def summarise(bundle: Bundle) -> BundleSummary:
    """What a bundle is."""
    return BundleSummary(**_summary(bundle))


def list_prototypes(bundle: Bundle) -> PrototypeList:
    """The prototypes of a bundle, in its order."""
    return PrototypeList(bundle=bundle.manifest.name, version=bundle.manifest.version, prototypes=_prototypes(bundle))


def draw_map(bundle: Bundle) -> BundleMap:
    """The map of a bundle with all that stands on it: the prototypes, and the training segments that have sound."""
    training, class_ids = bundle.training, bundle.manifest.class_ids
    audible = [(training.points[row], row) for row in bundle.has_audio.nonzero()[0]]
    points = tuple(
        PointFacts(
            id=point.id,
            class_id=class_ids[training.labels[row]],
            track=point.track,
            title=point.title,
            start_s=point.start_s,
            map=tuple(training.coordinates[row].tolist()),
            audio=_address(bundle, "points", point.id, point_audio_file(point.id)),
        )
        for point, row in audible
    )
    return BundleMap(**_summary(bundle), points=points, prototypes=_prototypes(bundle))


def _summary(bundle: Bundle) -> dict[str, Any]:
    manifest = bundle.manifest
    classes = tuple(ClassFacts(id=item.id, label=item.label) for item in manifest.classes)
    names = set(BundleSummary.model_fields) - {"classes"}
    return {**{name: getattr(manifest, name) for name in names}, "classes": classes}


def _prototypes(bundle: Bundle) -> tuple[PrototypeFacts, ...]:
    weights = bundle.network.linear.weight.detach().T.tolist()  # (M, C)
    places = bundle.training.prototype_coordinates.tolist()  # (M, 2)
    return tuple(
        PrototypeFacts(
            id=info.id,
            class_id=info.class_id,
            index=info.index,
            segment_ratio=info.segment_ratio,
            decoded_class=info.decoded_class,
            decoded_score=info.decoded_score,
            nearest=info.nearest,
            farthest=info.farthest,
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

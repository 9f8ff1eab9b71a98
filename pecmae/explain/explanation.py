"""The `Explanation`: what the classifier says of a clip and why, as data; `pecmae.explain.explaining` makes it.

One frozen dataclass and one JSON schema, `pecmae.explanation/1`, for the command line, the HTTP API and the page.

Conventions: C classes, always in the bundle's order. Times are seconds from the start of the clip. Distances are means
over the dimensions of the normalised embedding space of squared differences, never distances on the map. `map` is a
place on the bundle's map.
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

SCHEMA_NAME = "pecmae.explanation/1"


@dataclass(frozen=True)
class BundleFacts:
    """Which bundle explained."""

    name: str
    version: str


@dataclass(frozen=True)
class ClipFacts:
    """What was heard; `sample_rate` and `channels` are the original file's, `notes` say what was done to it."""

    name: str
    duration_s: float
    sample_rate: int
    channels: int
    analysed_s: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PrototypeEvidence:
    """How near the clip is to a prototype, and what that adds to each class's logit; means over segments."""

    id: str
    class_id: str
    index: int
    distance: float
    similarity: float
    contributions: tuple[float, ...]


@dataclass(frozen=True)
class SegmentExplanation:
    """One segment: its own logits and scores, its nearest prototype, its place on the map."""

    start_s: float
    end_s: float
    logits: tuple[float, ...]
    scores: tuple[float, ...]
    nearest: str
    map: tuple[float, float]


@dataclass(frozen=True)
class Neighbour:
    """A training point near the clip."""

    id: str
    class_id: str
    distance: float
    map: tuple[float, float]


@dataclass(frozen=True)
class Novelty:
    """How far the clip is from the nearest prototype of the predicted class, against that class's training segments.

    A percentile of 97 says that 97 % of the class's training segments lie nearer to theirs.
    """

    distance: float
    percentile: float
    class_id: str


@dataclass(frozen=True)
class Explanation:
    """Why a clip is heard as it is.

    For every class, the sum of the prototypes' contributions plus its bias is its logit, to 1e-4.

    Args:
        bundle: The bundle that explained.
        clip: The clip.
        classes: Class ids.
        logits: Mean over segments.
        scores: Softmax of `logits`.
        bias: Bias of each class.
        prototypes: Every prototype, in the bundle's order.
        segments: Every analysed segment, in order of time.
        neighbours: The nearest training points, nearest first.
        map: Place of the clip's mean embedding.
        novelty: How unusual the clip is for its predicted class.
    """

    bundle: BundleFacts
    clip: ClipFacts
    classes: tuple[str, ...]
    logits: tuple[float, ...]
    scores: tuple[float, ...]
    bias: tuple[float, ...]
    prototypes: tuple[PrototypeEvidence, ...]
    segments: tuple[SegmentExplanation, ...]
    neighbours: tuple[Neighbour, ...]
    map: tuple[float, float]
    novelty: Novelty

    @property
    def predicted(self) -> int:
        """Index of the class with the highest score."""
        return max(range(len(self.scores)), key=self.scores.__getitem__)

    def to_json(self) -> dict[str, Any]:
        """The explanation in plain types, valid under `EXPLANATION_SCHEMA`."""
        return {"schema": SCHEMA_NAME, **_plain(self)}


def _plain(value: Any) -> Any:
    """Dataclasses to dicts (`class_id` is `class` in JSON) and tuples to lists."""
    if is_dataclass(value):
        return {
            "class" if item.name == "class_id" else item.name: _plain(getattr(value, item.name))
            for item in fields(value)
        }
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: dict[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **limits}


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_NUMBER: dict[str, Any] = {"type": "number"}
_POSITIVE: dict[str, Any] = {"type": "number", "minimum": 0}
_SHARE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
_MAP = _list(_NUMBER, minItems=2, maxItems=2)

EXPLANATION_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Explanation",
    "description": "Why a clip is heard as it is; lists over classes are in the order of `classes`.",
    **_object(
        schema={"const": SCHEMA_NAME},
        bundle=_object(name=_TEXT, version=_TEXT),
        clip=_object(
            name={"type": "string"},
            duration_s=_POSITIVE,
            sample_rate={"type": "integer", "minimum": 1},
            channels={"type": "integer", "minimum": 1},
            analysed_s=_POSITIVE,
            notes=_list(_TEXT),
        ),
        classes=_list(_TEXT, minItems=1),
        logits=_list(_NUMBER, minItems=1),
        scores=_list(_SHARE, minItems=1),
        bias=_list(_NUMBER, minItems=1),
        prototypes=_list(
            _object(
                id=_TEXT,
                **{"class": _TEXT},
                index={"type": "integer", "minimum": 0},
                distance=_POSITIVE,
                similarity=_SHARE,
                contributions=_list(_NUMBER, minItems=1),
            ),
            minItems=1,
        ),
        segments=_list(
            _object(
                start_s=_POSITIVE,
                end_s=_POSITIVE,
                logits=_list(_NUMBER, minItems=1),
                scores=_list(_SHARE, minItems=1),
                nearest=_TEXT,
                map=_MAP,
            ),
            minItems=1,
        ),
        neighbours=_list(_object(id=_TEXT, **{"class": _TEXT}, distance=_POSITIVE, map=_MAP), minItems=1),
        map=_MAP,
        novelty=_object(
            distance=_POSITIVE, percentile={"type": "number", "minimum": 0, "maximum": 100}, **{"class": _TEXT}
        ),
    ),
}

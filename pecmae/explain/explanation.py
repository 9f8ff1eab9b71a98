"""The `Explanation`: the classifier's decision on a clip and the reasons for it, as data.

`pecmae.explain.explaining` computes it. The command line, the HTTP API and the page share this model. Its JSON schema
is `Explanation.model_json_schema(mode="serialization")`.

Conventions: C classes and M prototypes, both in the bundle's order. Times are seconds from the start of the clip. A
`map` is a place on the bundle's map.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

SCHEMA_NAME: Literal["pecmae.explanation/2"] = "pecmae.explanation/2"
NOVEL = "This track is unlike the music that the model was trained on. The scores only say which class comes closest."
"""What is said of a clip before any class if its `novelty.is_novel`."""

Text = Annotated[str, Field(min_length=1)]
NonNegative = Annotated[float, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
Numbers = Annotated[tuple[float, ...], Field(min_length=1)]
MapPlace = tuple[float, float]


class _Model(BaseModel):
    """Frozen; attribute docstrings become the descriptions of the JSON schema."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class BundleVersion(_Model):
    """The bundle that explained the clip."""

    name: Text
    version: Text


class ClipSummary(_Model):
    """The clip that was explained."""

    name: str
    duration_s: NonNegative
    sample_rate: Annotated[int, Field(ge=1)]
    """Sample rate of the original file, in Hz."""
    channels: Annotated[int, Field(ge=1)]
    """Number of channels of the original file, which are averaged."""
    analysed_s: NonNegative
    """Length of the part that was analysed."""
    notes: tuple[Text, ...]
    """Sentences on how the clip was treated, such as silence that was left out."""


class PrototypeEvidence(_Model):
    """How similar the clip is to a prototype, and what that contributes to the logit of each class."""

    id: Text
    class_id: Text
    index: Annotated[int, Field(ge=0)]
    """Number of the prototype within its class."""
    distance: NonNegative
    """-ln(similarity)."""
    similarity: Probability
    """Mean over the voting segments of exp(-d), where d is the distance of a segment."""
    contributions: Numbers
    """Similarity times the prototype's weight, for each class."""


class SegmentExplanation(_Model):
    """One segment by itself. The values of a silent segment have no influence on those of the clip."""

    start_s: NonNegative
    end_s: NonNegative
    is_silent: bool
    """Whether the level is below -60 dBFS (root mean square); such a segment doesn't vote."""
    logits: Numbers
    scores: Annotated[tuple[Probability, ...], Field(min_length=1)]
    distances: Annotated[tuple[NonNegative, ...], Field(min_length=1)]
    """Distance to each prototype: the mean over dimensions of the squared difference of normalised embeddings."""
    nearest: Text
    """Id of the nearest prototype."""
    map: MapPlace


class Neighbour(_Model):
    """A training segment near the clip."""

    id: Text
    class_id: Text
    title: str
    """Title of its track."""
    start_s: NonNegative
    """Where in its track it begins."""
    distance: NonNegative
    """Mean over the voting segments of the squared distance."""
    map: MapPlace
    has_audio: bool
    """Whether the bundle contains its sound."""


class Novelty(_Model):
    """Whether the clip is unlike all music that the bundle learned from, and how far it is from its own prototypes."""

    is_novel: bool = False
    """Whether `score` is above 1. If so, the classes' scores only say which class comes closest."""
    score: float | None = None
    """0 for the median of held-out music of the bundle's kind, novel above 1. Null if the bundle isn't calibrated."""
    distance: NonNegative
    """Mean over the voting segments of the distance to the nearest prototype of the predicted class."""
    percentile: Annotated[float, Field(ge=0, le=100)]
    """Percentage of the class's training segments that are nearer to their nearest prototype."""
    class_id: Text


class Explanation(_Model):
    """The classifier's decision on a clip and the reasons for it.

    Lists over classes are in the order of `classes`. For every class, the sum of the prototypes' contributions plus the
    bias is the logit, to 1e-4.
    """

    schema_name: Annotated[Literal["pecmae.explanation/2"], Field(alias="schema")] = SCHEMA_NAME
    bundle: BundleVersion
    clip: ClipSummary
    classes: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Ids of the classes."""
    logits: Numbers
    """Mean over the voting segments."""
    scores: Annotated[tuple[Probability, ...], Field(min_length=1)]
    """Softmax of the logits."""
    bias: Numbers
    prototypes: Annotated[tuple[PrototypeEvidence, ...], Field(min_length=1)]
    """Every prototype, in the bundle's order."""
    segments: Annotated[tuple[SegmentExplanation, ...], Field(min_length=1)]
    """Segments that cover the whole clip, in order of time; the last one may overlap the one before."""
    neighbours: tuple[Neighbour, ...]
    """The nearest training segments, nearest first."""
    map: MapPlace
    """Place of the mean embedding of the voting segments."""
    novelty: Novelty
    _prototype_audio: dict[str, Path] = PrivateAttr(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Explanations are equal if their values are; the sounds for notebooks don't matter."""
        return isinstance(other, Explanation) and self.__dict__ == other.__dict__

    @property
    def predicted(self) -> int:
        """Position of the class with the highest score."""
        return max(range(len(self.scores)), key=self.scores.__getitem__)

    def to_json(self) -> dict[str, Any]:
        """The explanation in JSON's own types, as the schema describes them."""
        return self.model_dump(mode="json")

    def with_audio(self, prototype_audio: dict[str, Path]) -> Self:
        """The explanation with the prototypes' Ogg files by their ids, for the players in notebooks."""
        copy = self.model_copy()
        copy._prototype_audio = prototype_audio
        return copy

    def _repr_html_(self) -> str:
        from pecmae.explain.explanation_html import to_html

        return to_html(self, self._prototype_audio)

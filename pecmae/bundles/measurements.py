"""What was measured of a bundle, as its manifest holds it."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PlainSerializer, PositiveInt

Ratio = Annotated[float, Field(ge=0, le=1)]
RoundedRatio = Annotated[Ratio, PlainSerializer(lambda value: round(value, 6), return_type=float)]
"""A ratio that is stored with six decimals."""


class _Measurement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClassifierMetrics(_Measurement):
    """How well one classifier does on one part of the test split.

    Attributes:
        balanced_accuracy: Of tracks: the mean recall of the classes.
        balanced_accuracy_low: Lower end of its 95 % interval by bootstrap over tracks; None if it wasn't computed.
        balanced_accuracy_high: Upper end.
        segment_balanced_accuracy: Of single segments.
        recall: Of tracks, by class id; None for a class without tracks.
        confusion: Counts of tracks, with a row per true class.
        n_tracks: Number of tracks.
        n_segments: Number of segments.
    """

    balanced_accuracy: RoundedRatio
    balanced_accuracy_low: RoundedRatio | None = None
    balanced_accuracy_high: RoundedRatio | None = None
    segment_balanced_accuracy: RoundedRatio
    recall: dict[str, RoundedRatio | None]
    confusion: tuple[tuple[NonNegativeInt, ...], ...]
    n_tracks: NonNegativeInt
    n_segments: NonNegativeInt


class Recognition(_Measurement):
    """How many decoded prototypes are assigned their own class, over several seeds of the sampler's noise.

    Attributes:
        n_right: Number of sounds that are assigned the class of their prototype.
        n_total: Number of sounds: prototypes times seeds.
        seeds: Every seed that was run.
        low: Lower end of the Wilson 95 % interval of the ratio.
        high: Upper end.
    """

    n_right: NonNegativeInt
    n_total: PositiveInt
    seeds: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]
    low: Ratio
    high: Ratio

    @property
    def ratio(self) -> float:
        """Ratio of right sounds."""
        return self.n_right / self.n_total


class ListenerRecognition(Recognition):
    """The same by an independent listener, which no part of the model learns from.

    Attributes:
        accuracy_on_recordings: Its accuracy on segments as recorded: what it can reach at all.
        accuracy_on_decoded: Its accuracy on the same segments, decoded from their embeddings.
        n_recordings: Number of those segments.
    """

    accuracy_on_recordings: Ratio
    accuracy_on_decoded: Ratio | None = None
    n_recordings: PositiveInt


class MapTrustworthiness(_Measurement):
    """Whether neighbours on the map are neighbours in the model's space too.

    Attributes:
        value: Trustworthiness (Venna and Kaski, 2001). It is 1 if the nearest neighbours of every training segment on
            the map are also its nearest in the model's space, and about 0.5 if the map is drawn at random.
        n_neighbours: Number of nearest neighbours.
        n_segments: Number of training segments that were compared.
    """

    value: RoundedRatio
    n_neighbours: PositiveInt
    n_segments: PositiveInt


class Metrics(_Measurement):
    """All results; what wasn't measured is empty or None.

    Attributes:
        balanced_accuracy: Balanced accuracy of tracks, by part of the test split, then by classifier.
        n_neighbours: k of the kNN classifier, chosen on the validation split.
        evaluations: Details of the same.
        cycle_consistency: How the bundle's own classifier recognises its decoded prototypes.
        listener: How an independent classifier recognises them.
        map_trustworthiness: How far neighbourhoods on the map can be trusted.
        evaluation: Sections of the report of `pecmae evaluate`.
    """

    balanced_accuracy: dict[str, dict[str, Ratio]] = {}
    n_neighbours: PositiveInt | None = None
    evaluations: dict[str, dict[str, ClassifierMetrics]] = {}
    cycle_consistency: Recognition | None = None
    listener: ListenerRecognition | None = None
    map_trustworthiness: MapTrustworthiness | None = None
    evaluation: dict[str, Any] = {}

"""Cycle consistency and the independent listener's figure, as a manifest states them."""

from collections.abc import Sequence

from pecmae.bundles.measurements import ListenerRecognition, Recognition
from pecmae.evaluation.intervals import wilson
from pecmae.evaluation.listener import ListenerFigures
from pecmae.explain.sonification import Sonification


def recognition(n_right: int, n_total: int, seeds: Sequence[int]) -> Recognition:
    """A count of right sounds with the Wilson 95 % interval of its ratio."""
    counted = wilson(n_right, n_total).model_dump(exclude={"value"})
    return Recognition(**counted, seeds=tuple(seeds))


def cycle_consistency(results: Sequence[Sonification]) -> Recognition:
    """Cycle consistency over several seeds of the sampler's noise, none of them left out."""
    return recognition(
        sum(result.n_right for result in results),
        sum(len(result.waveforms) for result in results),
        [result.settings.seed for result in results],
    )


def listener_recognition(figures: ListenerFigures) -> ListenerRecognition:
    """The independent listener's count for a bundle's prototypes, with what it reaches on segments."""
    return ListenerRecognition(
        **recognition(figures.prototypes.n_right, figures.prototypes.n_total, figures.seeds).model_dump(),
        accuracy_on_recordings=figures.recorded.value,
        accuracy_on_decoded=figures.decoded.value,
        n_recordings=figures.n_segments,
    )

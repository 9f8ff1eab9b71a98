"""How far a build is, and about how long it will take.

The stage that runs is measured by its own pace; those to come by what they usually take on two cores with the compact
autoencoder, made longer where a segment takes longer to embed than usual.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

STAGES = ("embed", "train", "evaluate", "pack", "sonify", "map")
STEP_S = 0.0015
EVALUATION_S = 0.0005
POINT_S = 0.01
SEGMENT_EMBEDDING_S = 0.006
DECODING_SEGMENTS = 60
MAP_S, MAP_POINT_S = 6.0, 0.01


@dataclass(frozen=True)
class BuildProgress:
    """How many units of a stage (one of `STAGES`) are done, and the seconds left for the whole build, if known."""

    stage: str
    done: int
    total: int
    remaining_s: float | None


@dataclass(frozen=True)
class BuildSize:
    """What the length of a build depends on: embeddings, steps of the head, prototypes and points of the bundle."""

    n_embeddings: int
    n_steps: int
    n_prototypes: int
    n_points: int


OnProgress = Callable[[BuildProgress], None]


class BuildClock:
    """Turns what stages tell into `BuildProgress`.

    Args:
        size: What is to be done, as far as it is known.
        on_progress: Whom to tell.
    """

    def __init__(self, size: BuildSize, on_progress: OnProgress) -> None:
        self.size, self.on_progress = size, on_progress
        self.segment_s = SEGMENT_EMBEDDING_S
        self._stage, self._started_s, self._first = "", 0.0, 0

    def stage(self, name: str) -> Callable[[int, int], None]:
        """What a stage calls with what is done, and how much there is in all."""
        self._stage = ""

        def tell(done: int, total: int) -> None:
            if self._stage != name:
                self._stage, self._started_s, self._first = name, time.monotonic(), done
            self.on_progress(BuildProgress(name, done, total, self._remaining_s(name, done, total)))

        return tell

    def _remaining_s(self, stage: str, done: int, total: int) -> float | None:
        later = sum(self._usual_s(name) for name in STAGES[STAGES.index(stage) + 1 :])
        if done >= total:
            return later
        if done == self._first:
            return None if stage == "embed" else later + self._usual_s(stage) * (total - done) / total
        pace_s = (time.monotonic() - self._started_s) / (done - self._first)
        return later + pace_s * (total - done)

    def _usual_s(self, stage: str) -> float:
        size = self.size
        usual_s = {
            "embed": self.segment_s * size.n_embeddings,
            "train": STEP_S * size.n_steps,
            "evaluate": EVALUATION_S * size.n_embeddings,
            "pack": POINT_S * size.n_points,
            "sonify": self.segment_s * DECODING_SEGMENTS * size.n_prototypes,
            "map": MAP_S + MAP_POINT_S * size.n_points,
        }
        return usual_s[stage]

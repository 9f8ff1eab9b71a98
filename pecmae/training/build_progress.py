"""How far a build is, and about how long it will take.

The running stage is extrapolated from its own pace. Later stages are estimated by what they usually take on two idle
cores and, where the autoencoder works, by how long it takes to embed a segment on this machine; then by how much longer
than usual the stages took that are done.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.networks.autoencoder import Embedder
from pecmae.training.mapping import FEW_POINTS
from pecmae.training.prototype_training import PrototypeSettings, default_steps

USUAL_SEGMENTS = 6
READING_S = 0.03
DECODED_SEGMENTS = 50
"""Decoding a prototype takes as long as embedding this number of segments."""
STEP_S, EVALUATION_S, BEAT_S, POINT_S = 0.001, 0.0005, 0.02, 0.02
VALIDATION_S = 300.0
SMALL_MAP_S, MAP_S, MAP_POINT_S = 0.5, 15.0, 0.02


@dataclass(frozen=True)
class BuildProgress:
    """How many units of a stage are done, and the seconds left for the whole build, or None if they aren't known."""

    stage: str
    done: int
    total: int
    remaining_s: float | None


@dataclass(frozen=True)
class BuildSize:
    """The numbers that the duration of a build depends on; points are excerpts of training segments."""

    n_embeddings: int
    n_steps: int
    n_prototypes: int
    n_points: int


def estimate_size(dataset: Dataset, n_steps: int | None, prototypes_per_class: int, points_per_class: int) -> BuildSize:
    """The size before the lengths of the tracks are known."""
    n_train = sum(track.split == "train" for track in dataset.tracks) * USUAL_SEGMENTS
    return BuildSize(
        len(dataset.tracks) * USUAL_SEGMENTS,
        n_steps or default_steps(n_train),
        len(dataset.classes) * prototypes_per_class,
        min(n_train, len(dataset.classes) * points_per_class),
    )


def measure_size(embedded: EmbeddedDataset, head: PrototypeSettings, points_per_class: int) -> BuildSize:
    """The size once all tracks are embedded."""
    n_classes = len(embedded.classes)
    n_points = min(len(embedded.part("train")), n_classes * points_per_class)
    return BuildSize(len(embedded), head.n_steps, n_classes * head.prototypes_per_class, n_points)


OnProgress = Callable[[BuildProgress], None]


class BuildClock:
    """Turns the reports of stages into `BuildProgress`.

    Args:
        stages: Names of the stages of the build, in order.
        size: The size of the build, as far as it is known.
        embedding_s: Seconds that embedding a segment takes on this machine.
        on_progress: Called with the progress.
    """

    def __init__(self, stages: Sequence[str], size: BuildSize, embedding_s: float, on_progress: OnProgress) -> None:
        self.stages, self.size, self.embedding_s, self.on_progress = stages, size, embedding_s, on_progress
        self._stage, self._started_s, self._first = "", 0.0, 0
        self._measured_s, self._expected_s = 0.0, 0.0  # of the stages that are done

    def stage(self, name: str) -> Callable[[int, int], None]:
        """The function that a stage calls with the number of units that are done and the number of all."""
        self._stage = ""

        def report(done: int, total: int) -> None:
            if self._stage != name:
                self._stage, self._started_s, self._first = name, time.monotonic(), done
            if done >= total > self._first:
                self._measured_s += time.monotonic() - self._started_s
                self._expected_s += self._usual_s(name) * (total - self._first) / total
                self._first = total
            self.on_progress(BuildProgress(name, done, total, self._remaining_s(name, done, total)))

        return report

    def _remaining_s(self, stage: str, done: int, total: int) -> float | None:
        later_s = sum(self._usual_s(name) for name in self.stages[self.stages.index(stage) + 1 :])
        measured_s, expected_s = self._measured_s, self._expected_s
        left_s = 0.0
        if self._first < done < total:
            elapsed_s = time.monotonic() - self._started_s
            left_s = elapsed_s * (total - done) / (done - self._first)
            measured_s += elapsed_s
            expected_s += self._usual_s(stage) * (done - self._first) / total
        slowness = measured_s / expected_s if expected_s > 0 else 1.0
        if done == self._first and done < total:
            if stage == "embed":
                return None
            left_s = slowness * self._usual_s(stage) * (total - done) / total
        return left_s + slowness * later_s

    def _usual_s(self, stage: str) -> float:
        size = self.size
        n_on_map = size.n_embeddings + size.n_prototypes
        usual_s = {
            "embed": (READING_S + self.embedding_s) * size.n_embeddings,
            "validate": VALIDATION_S,
            "train": STEP_S * size.n_steps,
            "evaluate": EVALUATION_S * size.n_embeddings,
            "beats": BEAT_S * size.n_embeddings,
            "pack": POINT_S * size.n_points,
            "sonify": self.embedding_s * DECODED_SEGMENTS * size.n_prototypes,
            "map": SMALL_MAP_S if n_on_map < FEW_POINTS else MAP_S + MAP_POINT_S * n_on_map,
        }
        return usual_s[stage]


@torch.inference_mode()
def embedding_pace_s(autoencoder: Embedder, device: str) -> float:
    """Seconds that embedding a segment takes once the autoencoder has warmed up."""
    silence = torch.zeros(1, round(autoencoder.config.segment_s * SAMPLE_RATE), device=device)
    autoencoder.embed(silence)
    started_s = time.perf_counter()
    autoencoder.embed(silence).cpu()
    return time.perf_counter() - started_s

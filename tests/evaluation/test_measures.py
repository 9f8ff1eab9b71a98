"""What `evaluate` measures, on points and sounds whose answers are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from clusters import make_clusters

from pecmae.audio.conventions import SEGMENT_SAMPLES
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.segment_sampling import sample_segments
from pecmae.evaluation.decoding_measures import DecodedSounds, measure_decoding
from pecmae.networks.configuration import SamplerSettings

SAMPLER = SamplerSettings("ddim", 2, 0.0)


class Scripted:
    """Embeds a sound as the point whose number is its first sample, moved by `offset`."""

    def __init__(self, points: torch.Tensor, offset: float = 0.0) -> None:
        self.points = points + offset

    def decode(self, z: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        return torch.zeros(len(z), SEGMENT_SAMPLES)

    def embed(self, waveforms: torch.Tensor) -> torch.Tensor:
        return self.points[waveforms[:, 0].long()]


def measure_scripted(bundle: Bundle, offset: float = 0.0) -> dict[str, Any]:
    """Segments and prototypes, from two seeds, whose sounds are embedded as the points themselves."""
    n_segments, n_prototypes = len(bundle.training.labels), bundle.network.n_prototypes
    numbers = torch.arange(n_segments + n_prototypes)[:, None].float()
    segments = replace(
        make_clusters(4),
        embeddings=bundle.training.embeddings,
        labels=bundle.training.labels,
        track_index=np.arange(n_segments),
    )
    of_segments, of_prototypes = numbers[:n_segments], numbers[n_segments:]
    sounds = DecodedSounds(segments, of_segments, of_segments, {3: of_prototypes, 5: of_prototypes.flip(0)})
    points = torch.cat([torch.from_numpy(segments.embeddings), bundle.network.decodable_prototypes().detach()])
    return measure_decoding(bundle.network, Scripted(points, offset), sounds, SAMPLER)  # type: ignore[arg-type]


def test_the_sample_has_as_many_segments_of_every_class() -> None:
    embedded = make_clusters()
    few = embedded.select((embedded.labels != 1) | (np.arange(len(embedded)) < 5))
    chosen = sample_segments(few, 30, seed=0)
    n_rare = int((few.labels == 1).sum())
    counts = np.bincount(chosen.labels)
    assert counts.sum() == 30 and counts[1] == n_rare and abs(counts[0] - counts[2]) <= 1
    assert not np.array_equal(sample_segments(few, 30, seed=1).embeddings, chosen.embeddings)
    assert len(sample_segments(few, 10_000, seed=0)) == len(few)


def test_sounds_that_are_embedded_as_their_points_lose_nothing(bundle: Bundle) -> None:
    result = measure_scripted(bundle)
    assert result["class_kept"]["value"] == 1 and result["segment_distance"]["value"] == pytest.approx(0, abs=1e-6)
    # Of the second seed, prototypes in reverse order: every one sounds like another, of another class or not.
    labels = bundle.network.prototype_labels()
    n_right = len(labels) + int((labels == labels.flip(0)).sum())
    assert (result["cycle_consistency"]["n_right"], result["seeds"]) == (n_right, [3, 5])
    assert result["prototype_distance"] > 0


def test_the_distance_is_that_of_the_normalised_space(bundle: Bundle) -> None:
    expected = float((0.1 / bundle.network.std).square().mean())
    assert measure_scripted(bundle, 0.1)["segment_distance"]["value"] == pytest.approx(expected, rel=1e-3)
    assert measure_scripted(bundle, 1e3)["class_kept"]["value"] < 1

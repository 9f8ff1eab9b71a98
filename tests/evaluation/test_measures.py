"""What `evaluate` measures, on points and sounds whose answers are known."""

from dataclasses import replace
from pathlib import Path
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
from pecmae.training.head_measures import measure_classification
from pecmae.training.heads import Head, HeadGrid, HeadStore, diversity

SAMPLER = SamplerSettings("ddim", 2, 0.0)


class Scripted:
    """Embeds a sound as the point whose number is its first sample, moved by `offset`."""

    def __init__(self, points: torch.Tensor, offset: float = 0.0) -> None:
        self.points = points + offset

    def decode(self, z: torch.Tensor, sampler: SamplerSettings, *, generator: torch.Generator) -> torch.Tensor:
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


def test_the_shipped_head_comes_first_and_none_twice() -> None:
    heads = HeadGrid((1, 5), (False, True), (0.25, 0.9)).heads(Head(5, True, 0.25))
    assert [head.name for head in heads] == [
        "5-adaptor-lambda0.25",
        "1-lambda0.25",
        "5-lambda0.25",
        "1-adaptor-lambda0.25",
        "5-adaptor-lambda0.9",
    ]


def test_diversity_is_the_mean_distance_within_a_class() -> None:
    points = torch.tensor([[0.0, 0], [2, 0], [100, 100], [100, 104], [100, 100]])
    labels = torch.tensor([0, 0, 1, 1, 1])
    expected = (2.0 + 8 + 0 + 8) / 4  # means of squares over two dimensions
    assert diversity(points, labels) == pytest.approx(expected, abs=1e-2)
    assert diversity(points[[0, 2]], labels[[0, 2]]) is None


def test_a_head_is_trained_once(tmp_path: Path) -> None:
    embedded = make_clusters()
    train, valid, head = embedded.part("train"), embedded.part("valid"), Head(1, True, 0.5)
    first = HeadStore(tmp_path, train, valid, 3).network(head)
    (stored,) = tmp_path.rglob("*.safetensors")
    again = HeadStore(tmp_path, train, valid, 3).network(head)
    z = torch.from_numpy(train.embeddings)
    torch.testing.assert_close(again(z).logits, first(z).logits)
    assert stored.stat().st_mtime_ns == next(tmp_path.rglob("*.safetensors")).stat().st_mtime_ns
    moved = replace(train, embeddings=train.embeddings + 1)
    HeadStore(tmp_path, moved, valid, 3).network(head)
    assert len(list(tmp_path.rglob("*.safetensors"))) == 2  # another autoencoder's head is another file


def test_clusters_are_told_apart_on_every_part(tmp_path: Path) -> None:
    embedded = make_clusters()
    store = HeadStore(tmp_path, embedded.part("train"), embedded.part("valid"), 400)
    heads = (Head(2, False, 0.25), Head(1, False, 0.25))
    result = measure_classification(embedded, store.network(heads[0]), store, heads)
    assert set(result["n_tracks"]) == {"valid", "test", "seen", "unseen"}
    assert set(result["balanced_accuracy"]) == {"pecmae", "mlp", "knn"}
    for by_part in result["balanced_accuracy"].values():
        assert set(by_part) == set(result["n_tracks"])
        assert all(interval["low"] > 0.6 and interval["value"] > 0.9 for interval in by_part.values())
    two, one = result["heads"]
    assert two["valid"] == result["balanced_accuracy"]["pecmae"]["valid"]
    assert "test" not in two  # settings are compared on the validation split alone
    assert one["diversity"] is None
    assert 0.3 < two["diversity"] / result["diversity_of_segments"] < 3


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

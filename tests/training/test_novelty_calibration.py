"""Calibration of the novelty detector on music, noise and speech whose places are known."""

from pathlib import Path

import numpy as np
import pytest
from clusters import DIM, make_clusters
from safetensors.numpy import save_file

from pecmae.bundles.novelty_detector import NoveltyDetector
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.training.novelty_calibration import MIN_HELD_OUT, NON_MUSIC_FILE, fit_novelty, load_non_music

LEFT = np.r_[np.ones(DIM // 2), -np.ones(DIM // 2)].astype(np.float32)


@pytest.fixture(scope="module")
def clusters() -> EmbeddedDataset:
    return make_clusters()


@pytest.fixture(scope="module")
def non_music(clusters: EmbeddedDataset) -> dict[str, np.ndarray]:
    """Two kinds far away on opposite sides, and speech in a narrow place between the clusters of music."""
    rng = np.random.default_rng(1)
    spread = rng.standard_normal((3, 40, DIM)).astype(np.float32)
    return {
        "hiss": 50 + 300 * LEFT + 20 * spread[0],
        "hum": 50 - 250 * LEFT + 20 * spread[1],
        "speech": clusters.part("train").embeddings.mean(axis=0) + 12 * LEFT + spread[2],
    }


@pytest.fixture(scope="module")
def detector(clusters: EmbeddedDataset, non_music: dict[str, np.ndarray]) -> NoveltyDetector:
    found = fit_novelty(clusters.part("train"), clusters.part("valid"), non_music)
    assert found is not None
    return found


def flagged(detector: NoveltyDetector, embeddings: np.ndarray) -> float:
    return float(np.mean([detector.score(z[None]) > 1 for z in embeddings]))


def test_sounds_are_flagged_and_held_out_music_is_not(
    detector: NoveltyDetector, clusters: EmbeddedDataset, non_music: dict[str, np.ndarray]
) -> None:
    assert flagged(detector, clusters.part("test").embeddings) <= 0.05
    for kind, embeddings in non_music.items():
        assert flagged(detector, embeddings) >= 0.95, kind
    held_out = clusters.part("valid").embeddings
    assert np.median([detector.score(z[None]) for z in held_out]) == pytest.approx(0.2, abs=0.3)


def test_a_kind_that_was_never_calibrated_is_flagged(detector: NoveltyDetector) -> None:
    elsewhere = 50 + 300 * np.roll(LEFT, DIM // 4)
    assert detector.score(elsewhere[None]) > 1


def test_only_its_own_measure_notices_speech(detector: NoveltyDetector, non_music: dict[str, np.ndarray]) -> None:
    noticed = (detector.measures(non_music["speech"]) > detector.limits).mean(axis=0)
    assert noticed[:-1].max() < 0.2 and noticed[-1] > 0.95


def test_where_kinds_overlap_with_music_few_held_out_segments_are_flagged(
    clusters: EmbeddedDataset, non_music: dict[str, np.ndarray]
) -> None:
    music = clusters.part("test").embeddings
    found = fit_novelty(clusters.part("train"), clusters.part("valid"), {**non_music, "hiss": music, "speech": music})
    assert found is not None
    assert flagged(found, clusters.part("valid").embeddings) <= 0.1


def test_too_little_to_calibrate(clusters: EmbeddedDataset, non_music: dict[str, np.ndarray]) -> None:
    valid = clusters.part("valid")
    few = valid.select(np.arange(len(valid)) < MIN_HELD_OUT - 1)
    assert fit_novelty(clusters.part("train"), few, non_music) is None
    assert fit_novelty(clusters.part("train"), valid, {}) is None


def test_sounds_beside_the_autoencoder(tmp_path: Path, non_music: dict[str, np.ndarray]) -> None:
    assert load_non_music(tmp_path) == {}
    save_file(non_music, tmp_path / NON_MUSIC_FILE)
    assert {kind: z.shape for kind, z in load_non_music(tmp_path).items()} == {
        kind: z.shape for kind, z in non_music.items()
    }

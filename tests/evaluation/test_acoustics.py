"""Acoustic measures on signals whose values are known."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.evaluation.acoustics import (
    beat_regularity,
    compare_acoustics,
    frame_correlation,
    frechet_distance,
    harmonic_peaks_db,
    measure_sounds,
)

TIME_S = np.arange(SEGMENT_SAMPLES) / SAMPLE_RATE
BIN_HZ = SAMPLE_RATE / 2048


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(SEGMENT_SAMPLES)


def clicks(interval_s: float) -> np.ndarray:
    return (np.arange(SEGMENT_SAMPLES) % round(interval_s * SAMPLE_RATE) == 480).astype(float)


def tones(n_tones: int) -> np.ndarray:
    return np.sum([np.sin(2 * np.pi * 300 * k * TIME_S) for k in range(1, n_tones + 1)], axis=0)


def measured(sound: np.ndarray) -> dict[str, float]:
    return {name: float(v[0]) for name, v in measure_sounds(torch.from_numpy(sound.astype(np.float32))[None]).items()}


def test_clicks_are_regular_and_noise_is_not() -> None:
    assert measured(clicks(0.4))["beat_regularity"] > 0.95
    assert measured(clicks(1.8))["beat_regularity"] < 0.1  # slower than the slowest beat that counts
    assert measured(noise())["beat_regularity"] < 0.35
    # A frame that rises in every fifth frame: the coefficient at a lag of 15 frames is 1.
    frames = np.repeat(np.arange(200)[:, None] % 5 == 0, 3, axis=1).astype(float)
    assert beat_regularity(frames, 50) == pytest.approx(1)


def test_tones_stand_out_of_noise() -> None:
    # Each bin of noise is exponentially distributed in power; neighbouring bins of a Hann window are correlated.
    powers = np.random.default_rng(1).exponential(size=(2000, 422))
    expected = 10 * np.log10(np.sort(powers, axis=1)[:, -8:] / np.log(2)).mean()
    assert measured(noise())["harmonic_peaks_db"] == pytest.approx(expected, abs=0.5)
    assert measured(tones(8) + noise())["harmonic_peaks_db"] > measured(tones(1) + noise())["harmonic_peaks_db"] + 10
    magnitudes = np.full((1025, 3), 0.01)
    magnitudes[50:450:50] = 1  # eight bins below 5 kHz
    magnitudes[900:] = 1
    assert harmonic_peaks_db(magnitudes, BIN_HZ) == pytest.approx(40)


def test_frames_correlate_as_they_were_made_to() -> None:
    rng = np.random.default_rng(0)
    frames = rng.standard_normal((2000, 40))
    for earlier, frame in pairwise(frames):
        frame += 0.8 * earlier  # an autoregression: neighbours correlate by 0.8
    assert frame_correlation(frames + rng.standard_normal(40) * 100) == pytest.approx(0.8, abs=0.01)
    assert abs(frame_correlation(rng.standard_normal((2000, 40)))) < 0.02


def test_silence_and_level_change_nothing() -> None:
    assert measured(np.zeros(SEGMENT_SAMPLES)) == {
        "beat_regularity": 0,
        "harmonic_peaks_db": 0,
        "frame_correlation": 0,
    }
    assert measured(0.01 * tones(3) * clicks(0.5)) == pytest.approx(measured(tones(3) * clicks(0.5)), rel=1e-3)


def test_frechet_distance_of_normal_distributions() -> None:
    points = np.random.default_rng(0).standard_normal((4000, 3))
    few = points[:2]
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(points, points + np.array([1, 2, 0])) == pytest.approx(5)
    assert frechet_distance(points, 3 * points) == pytest.approx(4 * 3, rel=0.05)  # (3 - 1)^2 in each dimension


def test_classes_are_compared_by_their_medians() -> None:
    recorded = torch.from_numpy(np.stack([clicks(0.4), clicks(0.5), noise(1), noise(2)]).astype(np.float32))
    same = compare_acoustics(recorded, 0.3 * recorded, np.array([0, 0, 2, 2]), ("beat", "absent", "noise"))
    assert same.n_segments == 4 and set(same.measures["beat_regularity"]) == {"beat", "noise"}
    assert all(result.ratio == pytest.approx(1, rel=0.01) for result in same.measures["frame_correlation"].values())
    swapped = compare_acoustics(recorded, recorded.roll(2, dims=0), np.array([0, 0, 2, 2]), ("beat", "absent", "noise"))
    beat = swapped.measures["beat_regularity"]["beat"]
    assert beat.recorded[1] > 0.9 and beat.decoded[1] < 0.4 and not beat.is_near
    assert same.measures["harmonic_peaks_db"]["beat"].ratio is None  # clicks have no peaks
    assert beat.decoded[0] <= beat.decoded[1] <= beat.decoded[2]

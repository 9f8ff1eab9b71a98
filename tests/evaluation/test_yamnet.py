"""YAMNet: the spectrum, the weights file, and golden values of the original."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from pecmae.errors import BundleError
from pecmae.evaluation.yamnet import (
    F_MAX_HZ,
    F_MIN_HZ,
    N_CLASSES,
    N_MELS,
    PATCH,
    SAMPLE_RATE,
    WEIGHTS_FILE,
    Yamnet,
    YamnetSpectrum,
    load_yamnet,
)
from pecmae.paths import REPOSITORY

TIME_S = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE


def chord() -> np.ndarray:
    return np.sum([np.sin(2 * np.pi * 220 * k * TIME_S) / k for k in range(1, 6)], axis=0) * np.exp(-3 * (TIME_S % 0.5))


def noise() -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal(len(TIME_S))


def sweep() -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * (300 * TIME_S + 400 * TIME_S**2))


GOLDEN = (
    (chord, {132: 0.935, 133: 0.074, 456: 0.066}),
    (noise, {514: 0.754, 507: 0.671, 515: 0.329}),
    (sweep, {495: 0.368, 497: 0.293, 208: 0.212}),
)
"""The three highest mean scores that ai-edge-litert 2.3.0 gives for a sound; its arithmetic has 8 bits."""


@pytest.fixture(scope="module")
def weights() -> Path:
    path = REPOSITORY.parent / "shared" / "reference" / "yamnet" / WEIGHTS_FILE
    if not path.is_file():
        if os.environ.get("PECMAE_REQUIRE_SHARED") == "1":
            pytest.fail(f"PECMAE_REQUIRE_SHARED=1, but {path} is missing.")
        pytest.skip(f"{WEIGHTS_FILE} isn't beside this repository")
    return path


def test_a_tone_peaks_at_its_band() -> None:
    patches = YamnetSpectrum()(torch.sin(2 * torch.pi * 1000 * torch.from_numpy(TIME_S).float())[None])
    assert patches.shape == (1, 3, PATCH, N_MELS)  # 201 frames, every 48th begins a patch of 96
    mels = 1127 * np.log1p(np.array([F_MIN_HZ, 1000, F_MAX_HZ]) / 700)
    assert patches[0, 0, 50].argmax() == round((N_MELS + 1) * (mels[1] - mels[0]) / (mels[2] - mels[0])) - 1
    assert YamnetSpectrum()(torch.zeros(1, SAMPLE_RATE)).numpy() == pytest.approx(np.log(1e-3))


def test_clips_of_any_rate_have_one_row_each() -> None:
    scores = Yamnet().eval().mean_scores(np.zeros((2, 24_000), np.float32), 24_000)
    assert scores.shape == (2, N_CLASSES) and np.array_equal(scores[0], scores[1])


@pytest.mark.parametrize(("sound", "expected"), GOLDEN)
def test_it_hears_what_the_original_hears(weights: Path, sound, expected: dict[int, float]) -> None:  # type: ignore[no-untyped-def]
    scores = load_yamnet(weights).mean_scores((0.3 * sound()).astype(np.float32)[None], SAMPLE_RATE)[0]
    assert set(np.argsort(-scores)[:3]) == set(expected)
    assert {index: float(scores[index]) for index in expected} == pytest.approx(expected, abs=0.015)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"doesn't exist: .* github\.com/google-coral/coralmicro"):
        load_yamnet(tmp_path / WEIGHTS_FILE)
    (tmp_path / WEIGHTS_FILE).write_bytes(b"TFL3")
    with pytest.raises(BundleError, match="isn't the file that was tested"):
        load_yamnet(tmp_path / WEIGHTS_FILE)


def test_a_missing_reader_is_named(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tflite.Model", None)
    with pytest.raises(BundleError, match=r"pecmae-explorer\[listen\]"):
        load_yamnet(weights)

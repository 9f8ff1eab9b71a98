"""The log-mel analysis: its filters, its levels, and where a sine lies in it."""

import math

import pytest
import torch

from pecmae.audio.log_mel import LOG_FLOOR, LogMelConfig, MelAnalysis, mel_filterbank

CONFIG = LogMelConfig()


def sine(frequency_hz: float, n_samples: int = CONFIG.sample_rate) -> torch.Tensor:
    time_s = torch.arange(n_samples) / CONFIG.sample_rate
    return torch.sin(2 * math.pi * frequency_hz * time_s)[None]


def test_filters_have_area_one_and_none_is_empty() -> None:
    filters = mel_filterbank(CONFIG)
    torch.testing.assert_close(filters.sum(dim=0), torch.ones(CONFIG.n_mels))
    assert (filters >= 0).all()


@pytest.mark.parametrize("frequency_hz", [220.0, 1_000.0, 6_000.0])
def test_a_sine_is_loudest_in_the_band_that_holds_its_frequency(frequency_hz: float) -> None:
    log_mel = MelAnalysis(CONFIG)(sine(frequency_hz))[0, 10:-10].mean(dim=0)
    filters = mel_filterbank(CONFIG)
    bins_hz = torch.linspace(0, CONFIG.sample_rate / 2, len(filters))
    centres_hz = (filters * bins_hz[:, None]).sum(dim=0)
    loudest = centres_hz[log_mel.argmax()]
    assert abs(loudest / frequency_hz - 1) < 0.08


def test_level_is_an_offset_and_silence_is_the_floor() -> None:
    analysis = MelAnalysis(CONFIG)
    loud, soft = analysis(sine(1_000.0)), analysis(0.1 * sine(1_000.0))
    band = loud[0, 20].argmax()
    assert (loud - soft)[0, 10:-10, band].mean().item() == pytest.approx(math.log(10), abs=1e-3)
    assert torch.equal(analysis(torch.zeros(1, 4_800)), torch.full((1, 10, CONFIG.n_mels), math.log(LOG_FLOOR)))


def test_level_is_told_from_magnitudes_within_a_few_decibels() -> None:
    analysis = MelAnalysis(CONFIG)
    noise = 0.05 * torch.randn(1, 48_000, generator=torch.Generator().manual_seed(0))
    chord = 0.1 * (sine(220.0, 48_000) + sine(277.2, 48_000) + sine(329.6, 48_000))
    for sound in (noise, chord, 0.03 * chord):
        level_dbfs = 10 * sound.square().mean().log10()
        assert abs(analysis.level_dbfs(analysis(sound)) - level_dbfs) < 3

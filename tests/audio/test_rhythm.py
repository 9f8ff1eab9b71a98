"""Rhythm: clicks at known places are found, and the curves return with them."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pecmae.audio.rhythm import N_CURVES, Rhythm, beat_curves, measure_rhythm, onset_strength

N_FRAMES, FRAMES_PER_S = 200, 50.0


def clicks(period: float, offset: float) -> Tensor:
    """A click that decays over five frames, at every beat; shape (1, N_FRAMES, 80)."""
    log_mel = torch.full((1, N_FRAMES, 80), -8.0)
    for beat in range(20):
        place = round(offset + beat * period)
        decay = torch.linspace(-1, -7, 5)[: max(0, N_FRAMES - place)]
        log_mel[0, place : place + 5] = decay[:, None]
    return log_mel


@settings(max_examples=30, deadline=None)
@given(period=st.floats(15, 60), offset=st.floats(1, 14))
def test_clicks_are_found(period: float, offset: float) -> None:
    log_mel = clicks(period, offset)
    rhythm = measure_rhythm(log_mel, FRAMES_PER_S)
    beats = rhythm.period / period
    assert abs(beats - beats.round()) < 0.05  # fractions of frames may repeat better after two beats
    assert beats.round() >= 1
    places = onset_strength(log_mel)[0].nonzero()[:, 0]
    from_beat = (places - rhythm.offset) / period
    assert ((from_beat - from_beat.round()).abs() * period < 2).float().mean() > 0.8
    assert rhythm.strength > 0.4


def test_noise_has_little_strength() -> None:
    noise = torch.randn(50, N_FRAMES, 80, generator=torch.Generator().manual_seed(0))
    assert measure_rhythm(noise, FRAMES_PER_S).strength.median() < 0.3


def test_silence_has_no_strength() -> None:
    assert measure_rhythm(torch.zeros(1, N_FRAMES, 80), FRAMES_PER_S).strength == 0


@pytest.mark.parametrize("hop", [1, 2])
def test_curves_return_with_the_beat(hop: int) -> None:
    rhythm = Rhythm(torch.tensor([24.0]), torch.tensor([6.0]), torch.tensor([0.5]))
    curves = beat_curves(rhythm, N_FRAMES // hop, hop)
    assert curves.shape == (1, N_FRAMES // hop, N_CURVES)
    torch.testing.assert_close(curves[:, 24 // hop :], curves[:, : -24 // hop], atol=1e-4, rtol=0)
    assert curves.abs().max() <= 0.5
    pulse = curves[0, :, 0]
    assert abs(int(pulse[: 24 // hop].argmax()) * hop - 6) <= hop

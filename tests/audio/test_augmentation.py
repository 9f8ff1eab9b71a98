"""Each change of a spectrum does what its name says, within its limits, and the same again from the same generator."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from pecmae.audio.augmentation import (
    CEILING,
    DB,
    FLOOR,
    Augmentation,
    augment,
    cut_short,
    equalised,
    in_a_room,
    warped,
    with_contrast,
    with_noise,
)

FRAMES_PER_S = 50.0


@pytest.fixture
def spectra() -> Tensor:
    return -4 + torch.randn(64, 100, 80, generator=torch.Generator().manual_seed(1))


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_all_together_stay_in_range_and_are_reproducible(spectra: Tensor) -> None:
    changed = augment(spectra, Augmentation(), FRAMES_PER_S, generator())
    assert changed.shape == spectra.shape
    assert changed.min() >= FLOOR - 1e-5 and changed.max() <= CEILING + 1e-5
    assert torch.equal(changed, augment(spectra, Augmentation(), FRAMES_PER_S, generator()))
    assert (changed - spectra).abs().flatten(1).mean(dim=1).min() > 0.05  # no clip stays as it was


def test_a_warp_moves_a_partial_and_keeps_its_height() -> None:
    partial = torch.full((64, 1, 80), -9.0)
    partial[:, :, 38:43] = -2.0
    moved = warped(partial, Augmentation(), generator())
    peaks = moved[:, 0].argmax(dim=1)
    assert peaks.unique().numel() > 4
    assert (peaks - 40).abs().float().mean() < 8
    assert torch.allclose(moved.amax(dim=(1, 2)), torch.tensor(-2.0))


def test_a_room_only_adds_what_came_before() -> None:
    click = torch.full((64, 50, 80), FLOOR)
    click[:, 10] = 0.0
    heard = in_a_room(click, replace(Augmentation(), room_probability=1.0), FRAMES_PER_S, generator())
    assert heard[:, :10].max() < FLOOR + 1.5  # the room of silence is nearly silent
    assert torch.allclose(heard[:, 10], click[:, 10], atol=1e-3)
    assert (heard[:, 11] > FLOOR + 3).all()
    assert (heard[:, 11:].diff(dim=1) <= 1e-4).all()


def test_an_equaliser_changes_all_moments_alike(spectra: Tensor) -> None:
    change = equalised(spectra, Augmentation(), generator()) - spectra
    assert torch.allclose(change, change[:, :1].expand_as(change), atol=1e-5)
    assert change[:, 0].std() > 2 * DB


def test_contrast_keeps_the_mean_level_and_changes_its_spread(spectra: Tensor) -> None:
    loud_and_soft = spectra + torch.linspace(-3, 3, 100)[None, :, None]
    changed = with_contrast(loud_and_soft, 0.3, generator())
    assert torch.allclose(changed.mean(dim=(1, 2)), loud_and_soft.mean(dim=(1, 2)), atol=1e-4)
    ratio = changed.mean(dim=2).std(dim=1) / loud_and_soft.mean(dim=2).std(dim=1)
    assert 0.65 < ratio.min() < 0.85 and 1.15 < ratio.max() < 1.35


def test_noise_fills_silence_and_leaves_loud_sound() -> None:
    always = replace(Augmentation(), noise_probability=1.0)
    assert (with_noise(torch.full((64, 100, 80), FLOOR), always, generator()).mean(dim=(1, 2)) > FLOOR + 0.05).all()
    loud = torch.zeros(64, 100, 80)
    assert (with_noise(loud, always, generator()) - loud).abs().max() < 0.2


def test_cut_clips_end_in_silence(spectra: Tensor) -> None:
    cut = cut_short(spectra, replace(Augmentation(), cut_probability=1.0), generator())
    kept = (cut > FLOOR).all(dim=2).float().mean(dim=1)
    assert kept.min() >= 0.6 - 1e-6 and kept.max() <= 1
    assert kept.std() > 0.05

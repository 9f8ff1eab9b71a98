"""The latent denoiser: shapes, conditions, guidance."""

import pytest
import torch

from pecmae.audio.rhythm import N_CURVES
from pecmae.networks.latent_denoiser import LatentDenoiser, LatentDenoiserConfig

Inputs = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
CONFIG = LatentDenoiserConfig(channels=4, n_frames=12, z_dim=6, width=16, n_blocks=2, n_heads=2)


@pytest.fixture
def denoiser() -> LatentDenoiser:
    """A small one whose zero-initialised layers are random, so that all inputs matter."""
    torch.manual_seed(0)
    denoiser = LatentDenoiser(CONFIG).eval()
    for parameter in denoiser.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return denoiser.requires_grad_(False)


@pytest.fixture
def inputs() -> Inputs:
    """Noisy frames, noise levels, z and beats of three clips."""
    generator = torch.Generator().manual_seed(0)
    noisy = torch.randn(3, 12, 4, generator=generator)
    sigma, z = torch.rand(3, 1, 1, generator=generator), torch.randn(3, 6, generator=generator)
    return noisy, sigma, z, torch.randn(3, 12, N_CURVES, generator=generator)


def test_starts_at_zero(inputs: Inputs) -> None:
    assert not LatentDenoiser(CONFIG)(*inputs).any()


def test_every_input_matters(denoiser: LatentDenoiser, inputs: Inputs) -> None:
    v = denoiser(*inputs)
    assert v.shape == inputs[0].shape
    for i in range(4):
        changed = [value + 0.1 * (i == j) for j, value in enumerate(inputs)]
        assert (denoiser(*changed) - v).abs().max() > 1e-4


def test_clips_are_independent(denoiser: LatentDenoiser, inputs: Inputs) -> None:
    alone = denoiser(*(value[1:2] for value in inputs))
    torch.testing.assert_close(denoiser(*inputs)[1:2], alone)


def test_guidance_is_linear_from_the_prediction_without_a_latent(denoiser: LatentDenoiser, inputs: Inputs) -> None:
    noisy, sigma, z, beats = inputs
    plain = denoiser.guided(noisy, sigma, z, beats, 0.0)
    unconditional = denoiser(noisy, sigma, denoiser.unconditional_z.expand(3, -1), beats)
    torch.testing.assert_close(plain, denoiser(noisy, sigma, z, beats))
    torch.testing.assert_close(denoiser.guided(noisy, sigma, z, beats, 2.0), plain + 2 * (plain - unconditional))

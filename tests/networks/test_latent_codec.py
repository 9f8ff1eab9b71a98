"""The latent codec: shapes, normalised latent frames, learning."""

import pytest
import torch

from pecmae.networks.latent_codec import LatentCodec, LatentCodecConfig


@pytest.mark.parametrize("stride", [1, 2])
def test_shapes(stride: int) -> None:
    codec = LatentCodec(LatentCodecConfig(channels=6, stride=stride, width=16, n_coarse_blocks=1)).eval()
    log_mel = torch.randn(2, 40, 80) - 6
    assert codec.encode(log_mel).shape == (2, 40 // stride, 6)
    assert codec(log_mel).shape == log_mel.shape


def test_latent_frames_are_normalised_while_training() -> None:
    torch.manual_seed(0)
    codec = LatentCodec(LatentCodecConfig(channels=6, width=16, n_coarse_blocks=1)).train()
    latent_frames = codec.encode(3 * torch.randn(8, 40, 80) - 6)
    assert latent_frames.mean(dim=(0, 1)).abs().max() < 1e-4
    assert (latent_frames.var(dim=(0, 1), correction=0) - 1).abs().max() < 1e-2


def test_noise_only_while_training() -> None:
    torch.manual_seed(0)
    codec = LatentCodec(LatentCodecConfig(channels=6, width=16, n_coarse_blocks=1, noise=1.0))
    log_mel = torch.randn(2, 40, 80) - 6
    assert not torch.equal(codec(log_mel), codec(log_mel))
    codec.eval()
    assert torch.equal(codec(log_mel), codec(log_mel))


def test_same_generator_same_reconstruction() -> None:
    torch.manual_seed(0)
    codec = LatentCodec(LatentCodecConfig(channels=6, width=16, n_coarse_blocks=1)).train()
    log_mel = torch.randn(2, 40, 80) - 6
    first, second = (codec(log_mel, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, second)

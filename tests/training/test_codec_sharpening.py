"""Sharpening the codec's decoder: what learns, what stays, and that decoder and critic learn separately."""

from pathlib import Path

import pytest
import torch

from pecmae.networks.latent_codec import LatentCodec, LatentCodecConfig
from pecmae.networks.latent_weights import load_latent_codec
from pecmae.training import latent_codec_training
from pecmae.training.codec_sharpening import Sharpening, sharpen_codec
from pecmae.training.segment_features import SEGMENT_FRAMES, SegmentSet
from pecmae.training.timed_loop import TimedLoopConfig

CODEC = LatentCodecConfig(channels=4, width=8, n_coarse_blocks=1)


@pytest.fixture
def codec() -> LatentCodec:
    torch.manual_seed(0)
    return LatentCodec(CODEC).eval()


@pytest.fixture
def log_mel() -> torch.Tensor:
    return torch.randn(2, 64, 80, generator=torch.Generator().manual_seed(0)) - 6


def test_only_decoder_and_critic_learn(codec: LatentCodec, log_mel: torch.Tensor) -> None:
    sharpening = Sharpening(codec).train()
    sharpening.loss(log_mel, torch.Generator().manual_seed(0)).backward()
    learning = {
        name.split(".")[1] for name, p in sharpening.codec.named_parameters(prefix="codec") if p.grad is not None
    }
    assert learning == {"from_latent", "coarse_decoder", "up", "fine_decoder", "to_log_mel"}
    assert all(parameter.grad is not None for parameter in sharpening.critic.parameters())


def test_latent_frames_stay(
    codec: LatentCodec, log_mel: torch.Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent_codec_training, "N_VALID", 8)
    before, decoded = codec.encode(log_mel), codec(log_mel)
    frames = torch.randn(SEGMENT_FRAMES + 60, 80, generator=torch.Generator().manual_seed(0)) - 6
    starts, zeros = torch.arange(6) * 10, torch.zeros(6)
    segments = SegmentSet(frames, starts, starts, starts, zeros, torch.zeros(6, 0), zeros.long())
    loop = TimedLoopConfig(10.0, 1e-2, max_steps=3, n_warmup_steps=1, log_every=1)
    sharpen_codec(segments, segments, codec, loop, tmp_path, batch_size=2)
    after = load_latent_codec(tmp_path / "latent_codec.safetensors")
    torch.testing.assert_close(after.encode(log_mel), before)
    assert not torch.allclose(after(log_mel), decoded)
    assert list((tmp_path / "pictures").glob("*.png"))


def test_the_critic_learns_to_tell(codec: LatentCodec, log_mel: torch.Tensor) -> None:
    """With a decoder that stays, the critic's scores of real and decoded frames part."""
    critic = Sharpening(codec).critic
    decoded = codec(log_mel).detach()
    optimiser = torch.optim.Adam(critic.parameters(), 1e-3)
    for _ in range(40):
        loss = torch.relu(1 - critic(log_mel)[-1]).mean() + torch.relu(1 + critic(decoded)[-1]).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert critic(log_mel)[-1].mean() > critic(decoded)[-1].mean() + 0.5

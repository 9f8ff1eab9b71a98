"""Training the latent codec and denoiser on random features: the whole path, small."""

from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from pecmae.audio.rhythm import measure_rhythm
from pecmae.networks.compact_autoencoder import decode_log_mel
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.latent_codec import LatentCodec, LatentCodecConfig
from pecmae.networks.latent_denoiser import LatentDenoiser, LatentDenoiserConfig
from pecmae.networks.latent_weights import (
    load_latent_codec,
    load_latent_denoiser,
    load_principal_components,
    read_config,
    save_part,
)
from pecmae.networks.principal_components import fit_principal_components
from pecmae.training import latent_codec_training, latent_denoiser_training
from pecmae.training.segment_features import SEGMENT_FRAMES, SegmentSet
from pecmae.training.timed_loop import TimedLoopConfig

CODEC = LatentCodecConfig(channels=4, width=8, n_coarse_blocks=1)
DENOISER = LatentDenoiserConfig(channels=4, n_frames=100, z_dim=3, width=8, n_blocks=1, n_heads=2)
LOOP = TimedLoopConfig(10.0, 1e-3, max_steps=2, log_every=1)


@pytest.fixture
def segments() -> SegmentSet:
    """Random segments."""
    generator = torch.Generator().manual_seed(0)
    n = 6
    starts = torch.arange(n) * 10
    frames = torch.randn(SEGMENT_FRAMES + 60, 80, generator=generator) - 6
    embeddings = torch.randn(n, 400, generator=generator)
    return SegmentSet(frames, starts, starts, starts, torch.zeros(n), embeddings, torch.zeros(n, dtype=torch.int64))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches and few steps."""
    for module in (latent_codec_training, latent_denoiser_training):
        monkeypatch.setattr(module, "N_VALID", 8)
    monkeypatch.setattr(latent_denoiser_training, "PICTURE_STEPS", 2)


def test_codec_is_trained_drawn_and_written(segments: SegmentSet, tmp_path: Path) -> None:
    codec = latent_codec_training.train_latent_codec(
        segments, segments, LatentCodec(CODEC), LOOP, tmp_path, batch_size=2
    )
    loaded = load_latent_codec(tmp_path / "latent_codec.safetensors")
    log_mel = segments.log_mel(torch.tensor([0]))
    assert torch.equal(loaded(log_mel), codec.eval()(log_mel))
    assert list((tmp_path / "pictures").glob("*.png"))


def test_denoiser_is_trained_drawn_and_written(segments: SegmentSet, tmp_path: Path) -> None:
    codec = LatentCodec(CODEC).eval().requires_grad_(False)
    components = fit_principal_components(segments.embeddings, 3)
    before = codec.state_dict()["norm.running_mean"].clone()
    denoiser = latent_denoiser_training.train_latent_denoiser(
        segments, segments, codec, components, LatentDenoiser(DENOISER), LOOP, tmp_path, batch_size=2
    )
    loaded = load_latent_denoiser(tmp_path / "latent_denoiser.safetensors")
    z = components(segments.embeddings[:2])
    sampler = SamplerSettings(n_steps=2)
    rhythm = measure_rhythm(segments.log_mel(torch.arange(2)), 50.0)
    first, second = (
        decode_log_mel(one, codec, z, rhythm, sampler, torch.Generator().manual_seed(0)) for one in (denoiser, loaded)
    )
    assert first.shape == (2, SEGMENT_FRAMES, 80)
    assert torch.equal(first, second)
    assert list((tmp_path / "pictures").glob("*.png"))
    assert torch.equal(codec.state_dict()["norm.running_mean"], before)


def test_human_timing_makes_clicks_less_regular() -> None:
    clicks = torch.full((40, SEGMENT_FRAMES, 80), -8.0)
    clicks[:, ::20] = -1.0
    moved = latent_denoiser_training.with_human_timing(clicks, torch.Generator().manual_seed(0))
    assert moved.shape == clicks.shape
    is_same = torch.tensor([torch.equal(before, after) for before, after in zip(clicks, moved, strict=True)])
    assert 0.3 < is_same.float().mean() < 0.7
    strength = measure_rhythm(moved, 50.0).strength
    assert (strength[is_same] > 0.95).all()
    assert strength[~is_same].median() < 0.8
    assert moved.mean() == pytest.approx(float(clicks.mean()), abs=0.05)


def test_loss_of_a_perfect_prediction_is_zero() -> None:
    class Perfect(torch.nn.Module):
        """Knows that the signal is zero: v is alpha times the noise, and the noisy signal beta times it."""

        def __init__(self) -> None:
            super().__init__()
            self.unconditional_z = torch.nn.Parameter(torch.zeros(3))

        def forward(self, noisy: torch.Tensor, sigma: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
            return noisy / torch.tan(sigma * torch.pi / 2)

    zeros = torch.zeros(16, 10, 4)
    generator = torch.Generator().manual_seed(0)
    loss = latent_denoiser_training.denoising_loss(
        Perfect(), zeros, torch.zeros(16, 3), torch.zeros(16, 10, 8), generator, 0.5
    )
    assert loss < 1e-6


def test_weights_keep_their_configuration_in_half_precision(tmp_path: Path) -> None:
    denoiser = LatentDenoiser(DENOISER)
    path = tmp_path / "denoiser.safetensors"
    save_part(denoiser, asdict(DENOISER), path, dtype=torch.bfloat16)
    loaded = load_latent_denoiser(path)
    assert loaded.config == DENOISER
    torch.testing.assert_close(loaded.embed.weight, denoiser.embed.weight, rtol=1e-2, atol=1e-3)


def test_components_round_trip(tmp_path: Path) -> None:
    components = fit_principal_components(torch.randn(50, 10, generator=torch.Generator().manual_seed(0)), 4)
    save_part(components, {"in_dim": 10, "z_dim": 4}, tmp_path / "w.safetensors")
    assert read_config(tmp_path / "w.safetensors") == {"in_dim": 10, "z_dim": 4}
    assert torch.equal(load_principal_components(tmp_path / "w.safetensors").directions, components.directions)

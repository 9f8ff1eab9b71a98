"""The compact autoencoder on MusiCNN, with random weights: resampling, level, decoding."""

from pathlib import Path

import numpy as np
import pytest
import soxr
import torch
from torch import Tensor, nn

from pecmae.audio.rhythm import Rhythm
from pecmae.errors import BundleError
from pecmae.networks.compact_autoencoder import CompactAutoencoder, Resampler, decode_log_mel, load_compact_autoencoder
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.latent_codec import LatentCodec, LatentCodecConfig
from pecmae.networks.latent_denoiser import LatentDenoiser, LatentDenoiserConfig
from pecmae.networks.musicnn import MusiCNN, MusicnnEncoder
from pecmae.networks.principal_components import PrincipalComponents

N_SAMPLES = 96_000


class Silence(nn.Module):
    """A vocoder that plays nothing."""

    def forward(self, log_mel: Tensor) -> Tensor:
        return torch.zeros(len(log_mel), log_mel.shape[1] * 480)


@pytest.fixture(scope="module")
def autoencoder() -> CompactAutoencoder:
    torch.manual_seed(0)
    denoiser = LatentDenoiser(LatentDenoiserConfig(channels=4, z_dim=6, width=8, n_blocks=1, n_heads=2))
    nn.init.normal_(denoiser.to_v.weight)
    nn.init.normal_(denoiser.blocks[0].modulation.weight)  # type: ignore[union-attr,arg-type]
    codec = LatentCodec(LatentCodecConfig(channels=4, width=8, n_coarse_blocks=1))
    encoder = MusicnnEncoder(MusiCNN(), MusiCNN())
    return CompactAutoencoder(encoder, PrincipalComponents(400, 6), denoiser, codec, Silence()).eval()


def rhythm(n: int, offset: float = 0.0) -> Rhythm:
    """A beat every half second."""
    return Rhythm(torch.full((n,), 25.0), torch.full((n,), offset), torch.ones(n))


def decoded(autoencoder: CompactAutoencoder, z: Tensor, playing: Rhythm, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    sampler = SamplerSettings(n_steps=2)
    return decode_log_mel(autoencoder.denoiser, autoencoder.latent_codec, z, playing, sampler, generator)


def noise(seed: int = 0) -> Tensor:
    return torch.randn(1, N_SAMPLES, generator=torch.Generator().manual_seed(seed)) * 0.1


def test_resampling_agrees_with_soxr() -> None:
    waveform = noise()[0].numpy()
    ours = Resampler()(torch.from_numpy(waveform)[None])[0].numpy()
    theirs = soxr.resample(waveform, 24_000, 16_000)
    assert ours.shape == theirs.shape == (64_000,)
    spectra = [np.abs(np.fft.rfft(one))[: 4 * 7_000] for one in (ours, theirs)]  # up to 7 kHz
    assert np.abs(spectra[0] - spectra[1]).max() < 0.01 * spectra[1].max()


def test_tones_above_the_new_band_vanish() -> None:
    tone = torch.sin(2 * torch.pi * 9_500 / 24_000 * torch.arange(N_SAMPLES, dtype=torch.float64)).float()
    assert Resampler()(tone[None])[0, 1000:-1000].abs().max() < 1e-3


def test_level_makes_no_difference(autoencoder: CompactAutoencoder) -> None:
    quiet, loud = autoencoder.embed(0.1 * noise()), autoencoder.embed(noise())
    torch.testing.assert_close(quiet, loud, atol=1e-4, rtol=1e-3)
    assert loud.shape == (1, 6)


def test_same_seed_same_frames(autoencoder: CompactAutoencoder) -> None:
    z = torch.randn(2, 6, generator=torch.Generator().manual_seed(1))
    first, second, other = (decoded(autoencoder, z, rhythm(2), seed) for seed in (0, 0, 1))
    assert first.shape == (2, 200, 80)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_same_seed_same_sound(autoencoder: CompactAutoencoder) -> None:
    class Heard(nn.Module):
        """A vocoder that hands on what it is given."""

        def forward(self, log_mel: Tensor) -> Tensor:
            return log_mel

    z = torch.zeros(2, 6)
    played = CompactAutoencoder(
        autoencoder.encoder,
        autoencoder.components,
        autoencoder.denoiser,
        autoencoder.latent_codec,
        Heard(),
    )
    sampler = SamplerSettings(n_steps=2)
    first, second, other = (
        played.decode(z, sampler, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert autoencoder.decode(z, sampler).shape == (2, N_SAMPLES)


def test_z_and_rhythm_matter(autoencoder: CompactAutoencoder) -> None:
    z = torch.full((1, 6), 2.0)
    plain = decoded(autoencoder, z, rhythm(1))
    assert not torch.allclose(decoded(autoencoder, -z, rhythm(1)), plain)
    assert not torch.allclose(decoded(autoencoder, z, rhythm(1, offset=12.0)), plain)


def test_missing_parts_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pecmae.networks.compact_autoencoder.load_musicnn", lambda **_: None)
    with pytest.raises(BundleError, match="musicnn_components"):
        load_compact_autoencoder(tmp_path)

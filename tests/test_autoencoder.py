"""The generative autoencoder at a tiny size, with random weights: shapes, determinism, saving, masking."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pecmae import diffusion
from pecmae.autoencoder import (
    GenerativeAutoencoder,
    LatentBasis,
    autoencoder_fingerprint,
    load_autoencoder,
    save_autoencoder,
)
from pecmae.config import COMPACT, AutoencoderConfig, TransformerConfig
from pecmae.encodecmae import visible_frames
from pecmae.errors import BundleError

STACK = TransformerConfig(2, 4, 32, shared_feed_forward=True)
TINY = replace(
    COMPACT, name="tiny", model_dim=16, latent_dim=8, encoder=STACK, mae_decoder=STACK, summariser=STACK, denoiser=STACK
)


@pytest.fixture
def autoencoder() -> GenerativeAutoencoder:
    torch.manual_seed(0)
    return GenerativeAutoencoder(TINY).eval()


def test_configuration_survives_json() -> None:
    assert AutoencoderConfig.from_json(COMPACT.to_json()) == COMPACT


@torch.no_grad()
def test_embedding_a_batch_equals_embedding_one_by_one(autoencoder: GenerativeAutoencoder) -> None:
    waveforms = 0.1 * torch.randn(3, 96_000)
    z = autoencoder.embed(waveforms)
    assert z.shape == (3, 8)
    torch.testing.assert_close(z[1:2], autoencoder.embed(waveforms[1:2]), atol=1e-5, rtol=1e-4)


def test_decoding_is_a_function_of_z_and_the_generator(autoencoder: GenerativeAutoencoder) -> None:
    z = torch.randn(2, 8)

    def features(seed: int, guidance: float = 2.0) -> torch.Tensor:
        return autoencoder.decode_features(z, 3, guidance, torch.Generator().manual_seed(seed))

    assert torch.equal(features(1), features(1))
    assert not torch.allclose(features(1), features(2))
    assert not torch.allclose(features(1), features(1, guidance=0.0))
    assert features(1).shape == (2, 100, 160)


@torch.no_grad()
def test_guidance_of_a_zero_summary_changes_nothing(autoencoder: GenerativeAutoencoder) -> None:
    noisy, sigma, summary = torch.randn(1, 100, 160), torch.full((1, 1, 1), 0.5), torch.zeros(1, 16)
    plain, guided = (autoencoder.guided_v(noisy, sigma, summary, guidance) for guidance in (0.0, 4.0))
    torch.testing.assert_close(plain, guided, atol=1e-5, rtol=1e-4)


def test_sampler_with_a_perfect_denoiser_finds_the_signal() -> None:
    signal, noise = torch.randn(2, 5, 3), torch.randn(2, 5, 3)

    def perfect_v(noisy: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        alpha, beta = diffusion.schedule(sigma)
        implied_noise = (noisy - alpha * signal) / beta
        return alpha * implied_noise - beta * signal

    torch.testing.assert_close(diffusion.sample(perfect_v, noise, 7), signal, atol=1e-4, rtol=1e-4)


def test_noise_and_v_give_back_signal_and_noise() -> None:
    signal, noise, sigma = torch.randn(4, 5, 3), torch.randn(4, 5, 3), torch.rand(4, 1, 1)
    noisy, v = diffusion.add_noise(signal, noise, sigma)
    alpha, beta = diffusion.schedule(sigma)
    torch.testing.assert_close(alpha * noisy - beta * v, signal)
    torch.testing.assert_close(beta * noisy + alpha * v, noise)


@pytest.mark.parametrize(("ratio", "n_visible"), [(0.0, 100), (0.5, 50), (0.75, 25)])
def test_exactly_the_asked_share_is_hidden_in_gaps(ratio: float, n_visible: int) -> None:
    visible = visible_frames(8, 100, ratio, 5, torch.Generator().manual_seed(0))
    assert visible.shape == (8, n_visible)
    assert (visible.diff(dim=1) > 0).all()
    if ratio > 0:
        hidden = torch.ones(8, 102, dtype=torch.bool).scatter(1, visible + 1, False)
        hidden[:, 0] = hidden[:, -1] = False
        n_gaps = (hidden[:, 1:].int().diff(dim=1) == 1).sum() + hidden[:, 1].sum()
        assert hidden.sum() / n_gaps > 3  # hidden frames come in runs, not alone


def test_saved_weights_load_and_the_fingerprint_follows_them(
    autoencoder: GenerativeAutoencoder, tmp_path: Path
) -> None:
    save_autoencoder(autoencoder, tmp_path)
    loaded = load_autoencoder(tmp_path)
    waveform = 0.1 * torch.randn(1, 96_000)
    with torch.no_grad():
        torch.testing.assert_close(loaded.embed(waveform), autoencoder.embed(waveform), atol=0.02, rtol=0.02)
    before = autoencoder_fingerprint(tmp_path)
    with torch.no_grad():
        autoencoder.summariser.class_token.add_(1)
    save_autoencoder(autoencoder, tmp_path)
    assert autoencoder_fingerprint(tmp_path) != before


def test_missing_or_broken_weights_name_the_file(autoencoder: GenerativeAutoencoder, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"config\.json"):
        load_autoencoder(tmp_path)
    save_autoencoder(autoencoder, tmp_path)
    (tmp_path / "weights.safetensors").write_bytes(b"not weights")
    with pytest.raises(BundleError, match=str(tmp_path)):
        load_autoencoder(tmp_path)


def test_the_latent_basis_whitens_what_it_was_fitted_to_and_inverts() -> None:
    generator = torch.Generator().manual_seed(0)
    summaries = torch.randn(500, 6, generator=generator) @ torch.randn(6, 16, generator=generator) + 3
    basis = LatentBasis(16, 6)
    basis.fit(summaries)
    z = basis(summaries)
    torch.testing.assert_close(z.T.cov(), torch.eye(6), atol=1e-3, rtol=0)
    torch.testing.assert_close(z.mean(dim=0), torch.zeros(6), atol=1e-3, rtol=0)
    torch.testing.assert_close(basis.inverse(z), summaries, atol=1e-3, rtol=1e-4)

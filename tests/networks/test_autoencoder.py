"""The generative autoencoder at a tiny size, with random weights: shapes, determinism, saving, masking."""

import argparse
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from pecmae.cli.sampling import add_sampler_options, chosen_sampler
from pecmae.errors import BundleError
from pecmae.networks import diffusion
from pecmae.networks.autoencoder import (
    GenerativeAutoencoder,
    autoencoder_fingerprint,
    load_autoencoder,
    save_autoencoder,
)
from pecmae.networks.configuration import (
    COMPACT,
    PUBLISHED_SAMPLER,
    AutoencoderConfig,
    SamplerSettings,
    StemConfig,
    TransformerConfig,
)
from pecmae.networks.transformer import ResiDualTransformer, attend

STACK = TransformerConfig(2, 4, 32, shared_feed_forward=True)
TINY = replace(
    COMPACT,
    name="tiny",
    codec=replace(COMPACT.codec, vocoder=None),
    model_dim=16,
    stem=StemConfig((8, 8), frames_per_embedding=2),
    encoder=STACK,
    summariser=STACK,
    denoiser=STACK,
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
    assert z.shape == (3, 16)
    torch.testing.assert_close(z[1:2], autoencoder.embed(waveforms[1:2]), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_loudness_changes_no_embedding_where_the_configuration_says_so(autoencoder: GenerativeAutoencoder) -> None:
    waveform = 0.1 * torch.randn(1, 96_000)
    loud_and_soft = torch.cat([waveform, 0.05 * waveform])
    levels = autoencoder.levelled(loud_and_soft).square().mean(dim=1)
    torch.testing.assert_close(levels, torch.full((2,), 10 ** (COMPACT.level_dbfs / 10)))
    z = autoencoder.embed(loud_and_soft)
    torch.testing.assert_close(z[0], z[1], atol=1e-4, rtol=1e-4)
    silence = torch.zeros(1, 96_000)
    torch.testing.assert_close(autoencoder.levelled(silence), silence)
    autoencoder.config = replace(TINY, level_dbfs=None)
    torch.testing.assert_close(autoencoder.levelled(loud_and_soft), loud_and_soft)


def test_decoding_is_a_function_of_z_and_the_generator(autoencoder: GenerativeAutoencoder) -> None:
    z = torch.randn(2, 16)

    def features(seed: int, guidance: float = 2.0) -> torch.Tensor:
        sampler = SamplerSettings("dpm-solver++", 3, guidance, steering=0.0)
        return autoencoder.decode_features(z, sampler, torch.Generator().manual_seed(seed))

    assert torch.equal(features(1), features(1))
    assert not torch.allclose(features(1), features(2))
    assert not torch.allclose(features(1), features(1, guidance=0.0))
    assert features(1).shape == (2, 100, 160)


@torch.no_grad()
def test_guidance_of_a_zero_summary_changes_nothing(autoencoder: GenerativeAutoencoder) -> None:
    noisy, sigma, summary = torch.randn(1, 100, 160), torch.full((1, 1, 1), 0.5), torch.zeros(1, 16)
    plain, guided = (autoencoder.guided_v(noisy, sigma, summary, guidance) for guidance in (0.0, 4.0))
    torch.testing.assert_close(plain, guided, atol=1e-5, rtol=1e-4)


def test_steering_moves_features_towards_those_of_the_wanted_point(autoencoder: GenerativeAutoencoder) -> None:
    with torch.inference_mode():  # as sonification and evaluation call it
        features, z = torch.randn(2, 100, 160), autoencoder.embed_features(torch.randn(2, 100, 160))
        moved = autoencoder.moved_towards(features, z, 0.02)
        heard = autoencoder.codec.heard
        before, after = ((autoencoder.embed_features(heard(at)) - z).square().sum(dim=1) for at in (features, moved))
    assert (after < before).all()
    assert 0 < (moved - features).square().mean().sqrt() <= 0.02 + 1e-6


def test_the_sound_of_a_steered_sampler_is_closer_to_z(autoencoder: GenerativeAutoencoder) -> None:
    z = autoencoder.embed_features(torch.randn(2, 100, 160)).detach()

    def missed(steering: float) -> torch.Tensor:
        sampler = SamplerSettings("dpm-solver++", 6, 1.0, steering)
        sound = autoencoder.decode(z, sampler, generator=torch.Generator().manual_seed(0))
        return (autoencoder.embed(sound) - z).square().mean(dim=1)

    assert (missed(0.2) < missed(0.0)).all()


def test_noise_and_v_give_back_signal_and_noise() -> None:
    signal, noise, sigma = torch.randn(4, 5, 3), torch.randn(4, 5, 3), torch.rand(4, 1, 1)
    noisy, v = diffusion.add_noise(signal, noise, sigma)
    alpha, beta = diffusion.schedule(sigma)
    torch.testing.assert_close(alpha * noisy - beta * v, signal)
    torch.testing.assert_close(beta * noisy + alpha * v, noise)


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


@torch.no_grad()
def test_the_first_outputs_alone_are_those_of_all() -> None:
    torch.manual_seed(0)
    transformer = ResiDualTransformer(16, STACK).eval()
    x = torch.randn(2, 9, 16)
    torch.testing.assert_close(transformer(x, n_outputs=1), transformer(x)[:, :1])


def test_attention_in_half_precision_is_that_of_full_precision() -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 50, 8).unbind()
    exact = functional.scaled_dot_product_attention(query[:, :, :1], key, value)
    rough = attend(query[:, :, :1].bfloat16(), key.bfloat16(), value.bfloat16())
    torch.testing.assert_close(rough.float(), exact, atol=2e-2, rtol=2e-2)
    torch.testing.assert_close(attend(query[:, :, :1], key, value), exact)


def test_options_of_the_sampler_change_the_autoencoder_s_own() -> None:
    parser = argparse.ArgumentParser()
    add_sampler_options(parser)
    assert chosen_sampler(parser.parse_args([]), PUBLISHED_SAMPLER) == PUBLISHED_SAMPLER
    changed = chosen_sampler(parser.parse_args(["--steps", "4", "--steering", "0.1"]), PUBLISHED_SAMPLER)
    assert changed == replace(PUBLISHED_SAMPLER, n_steps=4, steering=0.1)

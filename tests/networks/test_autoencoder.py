"""The generative autoencoder at a tiny size, with random weights: shapes, determinism, saving, masking."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from pecmae.cli.options import chosen_sampler
from pecmae.networks.autoencoder import (
    GenerativeAutoencoder,
)
from pecmae.networks.configuration import (
    COMPACT,
    PUBLISHED_SAMPLER,
    AutoencoderConfig,
    SamplerSettings,
    StemConfig,
    TransformerConfig,
)
from pecmae.networks.transformer import attend

STACK = TransformerConfig(2, 4, 32, shared_feed_forward=True)
TINY = replace(
    COMPACT,
    name="tiny",
    codec=replace(COMPACT.mel_codec, vocoder=None),
    model_dim=16,
    stem=StemConfig((8, 8), frames_per_embedding=2),
    encoder=STACK,
    pooler=STACK,
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
    torch.testing.assert_close(levels, torch.full((2,), 10 ** (COMPACT.level_dbfs / 10)))  # type: ignore[operator]
    z = autoencoder.embed(loud_and_soft)
    torch.testing.assert_close(z[0], z[1], atol=1e-4, rtol=1e-4)
    silence = torch.zeros(1, 96_000)
    torch.testing.assert_close(autoencoder.levelled(silence), silence)
    autoencoder.config = replace(TINY, level_dbfs=None)
    torch.testing.assert_close(autoencoder.levelled(loud_and_soft), loud_and_soft)


def test_decoding_is_a_function_of_z_and_the_generator(autoencoder: GenerativeAutoencoder) -> None:
    z = torch.randn(2, 16)

    def features(seed: int, guidance: float = 2.0) -> torch.Tensor:
        sampler = SamplerSettings("dpm-solver++", 3, guidance)
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


def test_attention_in_half_precision_is_that_of_full_precision() -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 50, 8).unbind()
    exact = functional.scaled_dot_product_attention(query[:, :, :1], key, value)
    rough = attend(query[:, :, :1].bfloat16(), key.bfloat16(), value.bfloat16())
    torch.testing.assert_close(rough.float(), exact, atol=2e-2, rtol=2e-2)
    torch.testing.assert_close(attend(query[:, :, :1], key, value), exact)


def test_options_of_the_sampler_change_the_autoencoder_s_own() -> None:
    assert chosen_sampler(PUBLISHED_SAMPLER, None, None, None) == PUBLISHED_SAMPLER
    changed = chosen_sampler(PUBLISHED_SAMPLER, None, 4, 0.1)
    assert changed == replace(PUBLISHED_SAMPLER, n_steps=4, guidance=0.1)

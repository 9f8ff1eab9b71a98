"""The published topology at a tiny size, with random weights: shapes, determinism, guidance, saving."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import TINY, save_encodecmae
from torch.nn import functional

from pecmae.cli.options import chosen_sampler
from pecmae.errors import BundleError
from pecmae.networks.configuration import PUBLISHED_SAMPLER, SamplerSettings
from pecmae.networks.encodecmae import CONFIG, WEIGHTS, EncodecmaeAutoencoder, load_encodecmae
from pecmae.networks.transformer import attend


@pytest.fixture
def autoencoder() -> EncodecmaeAutoencoder:
    torch.manual_seed(0)
    return EncodecmaeAutoencoder(TINY).eval()


@torch.no_grad()
def test_embedding_a_batch_equals_embedding_one_by_one(autoencoder: EncodecmaeAutoencoder) -> None:
    waveforms = 0.1 * torch.randn(3, 96_000)
    z = autoencoder.embed(waveforms)
    assert z.shape == (3, 16)
    torch.testing.assert_close(z[1:2], autoencoder.embed(waveforms[1:2]), atol=1e-5, rtol=1e-4)


def test_decoding_is_a_function_of_z_and_the_generator(autoencoder: EncodecmaeAutoencoder) -> None:
    z = torch.randn(2, 16)

    def features(seed: int, guidance: float = 2.0) -> torch.Tensor:
        sampler = SamplerSettings("dpm-solver++", 3, guidance)
        return autoencoder.decode_features(z, sampler, torch.Generator().manual_seed(seed))

    assert torch.equal(features(1), features(1))
    assert not torch.allclose(features(1), features(2))
    assert not torch.allclose(features(1), features(1, guidance=0.0))
    assert features(1).shape == (2, 100, 16)


@torch.no_grad()
def test_guidance_of_zeros_changes_nothing(autoencoder: EncodecmaeAutoencoder) -> None:
    noisy, sigma, z = torch.randn(1, 100, 16), torch.full((1, 1, 1), 0.5), torch.zeros(1, 16)
    plain, guided = (autoencoder.guided_v(noisy, sigma, z, guidance) for guidance in (0.0, 4.0))
    torch.testing.assert_close(plain, guided, atol=1e-5, rtol=1e-4)


def test_saved_autoencoder_is_loaded_and_a_damaged_one_is_named(
    autoencoder: EncodecmaeAutoencoder, tmp_path: Path
) -> None:
    save_encodecmae(autoencoder, tmp_path)
    loaded = load_encodecmae(tmp_path)
    assert loaded.config == TINY
    torch.testing.assert_close(loaded.pooler.class_token, autoencoder.pooler.class_token, atol=1e-3, rtol=1e-3)
    (tmp_path / WEIGHTS).write_bytes(b"damaged")
    with pytest.raises(BundleError, match="can't be loaded"):
        load_encodecmae(tmp_path)
    (tmp_path / CONFIG).write_text('{"name": "tiny"}')
    with pytest.raises(BundleError, match=r"config\.json can't be read: codec"):
        load_encodecmae(tmp_path)


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

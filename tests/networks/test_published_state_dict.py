"""The published weights in our classes: the same values as the published code, no key left over, none missed."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from published_weights import (
    WAV_ENCODER,
    encodec_state,
    golden,
    published_keys,
    random_encodec,
    small_config,
    wav_encoder_state,
)
from pydantic import TypeAdapter
from torch import Tensor

from pecmae.errors import BundleError
from pecmae.networks import diffusion
from pecmae.networks.configuration import PUBLISHED_4S, PUBLISHED_10S, EncodecConfig, EncodecmaeConfig
from pecmae.networks.encodec import EncodecCodec
from pecmae.networks.encodecmae import EncodecmaeAutoencoder
from pecmae.networks.published.state_dict import DROPPED

SIZES, WEIGHTS, VALUES = golden()
CONFIG = small_config(SIZES)


@cache
def codec() -> EncodecCodec:
    return random_encodec()


@cache
def state() -> dict[str, Tensor]:
    return WEIGHTS | wav_encoder_state(codec())


@cache
def autoencoder() -> EncodecmaeAutoencoder:
    return EncodecmaeAutoencoder.from_published(state(), CONFIG, encodec_state(codec()))


@torch.no_grad()
def test_embeddings_equal_the_published_code() -> None:
    frames = autoencoder().encoder(VALUES["wav_features"])
    torch.testing.assert_close(frames, VALUES["visible_embeddings"], rtol=0, atol=1e-4)
    z = autoencoder().embed_features(VALUES["wav_features"])
    torch.testing.assert_close(z, VALUES["cls_token"][:, 0], rtol=0, atol=1e-4)


@pytest.mark.parametrize("guidance", [0, 4])
@torch.no_grad()
def test_sampling_equals_the_published_code(guidance: float) -> None:
    z = VALUES["cls_token"][:1, 0]

    def predict_v(noisy: Tensor, sigma: Tensor) -> Tensor:
        return autoencoder().guided_v(noisy, sigma, z, guidance)

    sampled = diffusion.sample(predict_v, VALUES["noise"], SIZES["steps"])
    torch.testing.assert_close(sampled, VALUES[f"sample_guidance{guidance}_steps5"], rtol=0, atol=1e-4)


@torch.no_grad()
def test_encodec_s_weights_arrive_folded() -> None:
    waveforms = 0.1 * torch.randn(2, 96_000, generator=torch.Generator().manual_seed(0))
    features = autoencoder().codec.encode(waveforms)
    assert features.shape == (2, 300, 128)
    torch.testing.assert_close(features, codec().encode(waveforms))
    decoded = autoencoder().codec.decode(features)
    assert decoded.shape == (2, 96_000)
    torch.testing.assert_close(decoded, codec().decode(features))


@torch.no_grad()
def test_encodec_equals_that_of_transformers_with_its_weight_normalisation() -> None:
    from transformers import EncodecConfig as OriginalConfig
    from transformers import EncodecModel

    torch.manual_seed(1)
    original = EncodecModel(OriginalConfig(num_filters=2)).eval()  # type: ignore[no-untyped-call]
    config = replace(CONFIG, codec=EncodecConfig(n_filters=2))
    loaded = EncodecmaeAutoencoder.from_published(state(), config, original.state_dict())
    features = torch.randn(1, 20, 128)
    torch.testing.assert_close(loaded.codec.decode(features), original.decoder(features.mT)[:, 0])


@pytest.mark.parametrize(("seconds", "n_frames"), [(4, 300), (10, 750), (1, 75)])
@torch.no_grad()
def test_encodec_has_75_frames_a_second(seconds: int, n_frames: int) -> None:
    assert codec().encode(torch.zeros(1, 24_000 * seconds)).shape[1] == n_frames


@pytest.mark.parametrize("config", [PUBLISHED_4S, PUBLISHED_10S, CONFIG], ids=lambda config: config.name)
def test_configuration_survives_json(config: EncodecmaeConfig) -> None:
    adapter = TypeAdapter(EncodecmaeConfig)
    assert adapter.validate_json(adapter.dump_json(config)) == config


def test_the_published_key_list_maps_without_a_remainder() -> None:
    """Full size; that nothing is left over or missed, `from_published` checks itself."""
    published = {key: torch.zeros(()).expand(shape) for key, shape in published_keys().items()}
    assert isinstance(PUBLISHED_4S.codec, EncodecConfig)
    full_codec = random_encodec(PUBLISHED_4S.codec)
    loaded = EncodecmaeAutoencoder.from_published(
        published | wav_encoder_state(full_codec), PUBLISHED_4S, encodec_state(full_codec)
    )
    assert loaded.config.frames_per_segment == 300 and loaded.dim == 768
    assert not any(parameter.is_meta for parameter in loaded.parameters())
    dropped = sum(key.startswith(tuple(DROPPED)) for key in published)
    assert (len(published), dropped) == (479, 158)
    name = "encoder.layers.0.conv.weight"
    torch.testing.assert_close(loaded.codec.get_parameter(name), full_codec.get_parameter(name))


def test_a_missing_key_is_an_error_that_lists_it() -> None:
    gone = "encoder.encodecmae_model.visible_encoder.encoder_layers.1.att_layer.wk.weight"
    rest = {key: tensor for key, tensor in state().items() if key != gone}
    with pytest.raises(BundleError, match=f"missing keys: {gone}") as caught:
        EncodecmaeAutoencoder.from_published(rest, CONFIG, encodec_state(codec()))
    assert caught.value.code == "wrong_weights"


def test_an_unknown_key_is_an_error_that_lists_it() -> None:
    unknown = {"denoiser.encoder_layers.9.norm1.bias": torch.zeros(96), "encoder.new": torch.zeros(1)}
    with pytest.raises(BundleError, match=r"unknown keys: denoiser\.encoder_layers\.9\.norm1\.bias, encoder\.new"):
        EncodecmaeAutoencoder.from_published(state() | unknown, CONFIG, encodec_state(codec()))


def test_a_missing_decoder_of_encodec_is_an_error() -> None:
    rest = {key: tensor for key, tensor in encodec_state(codec()).items() if not key.startswith("decoder.layers.0.")}
    with pytest.raises(BundleError, match=r"EnCodec.*missing keys: decoder\.layers\.0\.conv\.bias"):
        EncodecmaeAutoencoder.from_published(state(), CONFIG, rest)


def test_another_size_is_an_error() -> None:
    with pytest.raises(BundleError, match="don't fit the size 'small'"):
        EncodecmaeAutoencoder.from_published(
            state() | {f"{WAV_ENCODER}0.conv.conv.bias": torch.zeros(5)}, CONFIG, encodec_state(codec())
        )


@torch.no_grad()
def test_decoding_uses_the_published_sampler() -> None:
    config = replace(CONFIG, sampler=replace(PUBLISHED_4S.sampler, n_steps=3))
    small = EncodecmaeAutoencoder.from_published(state(), config, encodec_state(codec()))
    z = VALUES["cls_token"][:1, 0]
    plain = small.decode(z, generator=torch.Generator().manual_seed(0))
    assert plain.shape == (1, 96_000) and bool(plain.isfinite().all())
    same = small.decode(z, config.sampler, generator=torch.Generator().manual_seed(0))
    assert torch.equal(plain, same)

"""State dicts under the names of the published weights, for tests: of the reference, and of random EnCodecs."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from pecmae.networks.configuration import EncodecConfig, EncodecmaeConfig, TransformerConfig
from pecmae.networks.encodec import EncodecCodec

DATA = Path(__file__).parent / "data"
WAV_ENCODER = "encoder.encodecmae_model.wav_encoder.model.model."
SMALL_ENCODEC = EncodecConfig(n_filters=2)


def golden() -> tuple[dict[str, Any], dict[str, Tensor], dict[str, Tensor]]:
    """Sizes, weights and values that the published code computed with them."""
    with safe_open(DATA / "generative_autoencoder_small.safetensors", "pt") as file:
        sizes = json.loads(file.metadata()["config"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    weights = {key[2:]: tensor for key, tensor in tensors.items() if key.startswith("w.")}
    return sizes, weights, {key[3:]: tensor for key, tensor in tensors.items() if key.startswith("io.")}


def published_keys() -> dict[str, list[int]]:
    """Every key of the full-size model with its shape."""
    return json.loads((DATA / "generative_autoencoder_keys.json").read_text())["keys"]


def small_config(sizes: dict[str, Any]) -> EncodecmaeConfig:
    """The sizes of `golden`, with a small EnCodec, which it leaves out."""

    def stack(part: str) -> TransformerConfig:
        return TransformerConfig(sizes[f"{part}_layers"], sizes[f"{part}_heads"], sizes["ff_dim"])

    return EncodecmaeConfig(
        name="small",
        codec=SMALL_ENCODEC,
        model_dim=sizes["model_dim"],
        encoder=stack("mae"),
        pooler=stack("summariser"),  # the name in the file of reference values
        denoiser=stack("denoiser"),
    )


def random_encodec(config: EncodecConfig = SMALL_ENCODEC) -> EncodecCodec:
    """An EnCodec of random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return EncodecCodec(config).eval().requires_grad_(False)


def wav_encoder_state(codec: EncodecCodec) -> dict[str, Tensor]:
    """The encoder's weights as the published autoencoder holds them."""
    state = unfolded(codec.encoder)
    return {WAV_ENCODER + key.removeprefix("layers.").replace("conv.", "conv.conv."): state[key] for key in state}


def encodec_state(codec: EncodecCodec) -> dict[str, Tensor]:
    """All weights as `facebook/encodec_24khz` holds them, with a quantiser."""
    quantiser = {"quantizer.layers.0.codebook.embed": torch.zeros(4, 128)}
    parts = (("encoder", codec.encoder), ("decoder", codec.decoder))
    return quantiser | {f"{name}.{key}": value for name, part in parts for key, value in unfolded(part).items()}


def unfolded(module: nn.Module) -> dict[str, Tensor]:
    """A state dict with the direction (at any length) and the length of convolutions' weights."""
    state = {}
    for key, tensor in module.state_dict().items():
        if key.endswith("conv.weight"):
            state[f"{key}_g"] = tensor.norm(dim=(1, 2), keepdim=True)
            state[f"{key}_v"] = 3 * tensor
        else:
            state[key] = tensor
    return state

"""Weights of the parts of the compact autoencoder on disk: safetensors, the configuration in the file's metadata."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from pecmae.files import replacing
from pecmae.networks.latent_codec import LatentCodec, LatentCodecConfig
from pecmae.networks.latent_denoiser import LatentDenoiser, LatentDenoiserConfig
from pecmae.networks.principal_components import PrincipalComponents


def save_part(part: nn.Module, config: Mapping[str, Any], path: Path, *, dtype: torch.dtype = torch.float32) -> None:
    """Write a part's parameters in `dtype`, its buffers as they are, and its configuration.

    Args:
        part: The module.
        config: Arguments of its configuration.
        path: File to write.
        dtype: Type of the parameters.
    """
    parameters = {name for name, _ in part.named_parameters()}
    tensors = {
        name: (value.to(dtype) if name in parameters else value).contiguous()
        for name, value in part.state_dict().items()
    }
    with replacing(path) as beside:
        save_file(tensors, beside, metadata={"config": json.dumps(dict(config))})


def read_config(path: Path) -> dict[str, Any]:
    """The configuration in a file's metadata."""
    with safe_open(path, framework="pt") as file:
        config: dict[str, Any] = json.loads(file.metadata()["config"])
    return config


def load_latent_codec(path: Path) -> LatentCodec:
    """The codec of a file, frozen, in float32."""
    codec = LatentCodec(LatentCodecConfig(**read_config(path)))
    _load(codec, path)
    return codec


def load_latent_denoiser(path: Path) -> LatentDenoiser:
    """The denoiser of a file, frozen, in float32."""
    denoiser = LatentDenoiser(LatentDenoiserConfig(**read_config(path)))
    _load(denoiser, path)
    return denoiser


def load_principal_components(path: Path) -> PrincipalComponents:
    """The map to principal components of a file."""
    components = PrincipalComponents(**read_config(path))
    _load(components, path)
    return components


def _load(part: nn.Module, path: Path) -> None:
    part.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in load_file(path).items()}
    )
    part.eval().requires_grad_(False)

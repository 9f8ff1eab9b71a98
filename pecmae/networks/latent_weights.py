"""Weights of the parts of the compact autoencoder on disk: safetensors, the configuration in the file's metadata."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from pecmae.audio.log_mel import LogMelConfig
from pecmae.errors import BundleError
from pecmae.files import replacing
from pecmae.networks.latent_codec import LatentCodec, LatentCodecConfig
from pecmae.networks.latent_denoiser import LatentDenoiser, LatentDenoiserConfig
from pecmae.networks.principal_components import PrincipalComponents
from pecmae.networks.vocoder import LearnedVocoder, VocoderConfig

Part = TypeVar("Part", bound=nn.Module)


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
    """The codec of a file, frozen, in float32.

    Raises:
        BundleError: The file is missing or broken.
    """
    return _load(path, lambda config: LatentCodec(LatentCodecConfig(**config)))


def load_latent_denoiser(path: Path) -> LatentDenoiser:
    """The denoiser of a file, frozen, in float32.

    Raises:
        BundleError: The file is missing or broken.
    """
    return _load(path, lambda config: LatentDenoiser(LatentDenoiserConfig(**config)))


def load_principal_components(path: Path) -> PrincipalComponents:
    """The map to principal components of a file.

    Raises:
        BundleError: The file is missing or broken.
    """
    return _load(path, lambda config: PrincipalComponents(**config))


def load_vocoder(path: Path) -> LearnedVocoder:
    """The vocoder of a file.

    Raises:
        BundleError: The file is missing or broken.
    """
    return _load(path, lambda config: LearnedVocoder(LogMelConfig(), VocoderConfig(**config)))


def _load(path: Path, make: Callable[[dict[str, Any]], Part]) -> Part:
    if not path.is_file():
        raise BundleError("autoencoder_missing", f"{path} is missing: restore it or train it.")
    try:
        part = make(read_config(path))
        tensors = load_file(path)
        part.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in tensors.items()})
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise BundleError("autoencoder_broken", f"{path} can't be loaded: {error}") from error
    return part.eval().requires_grad_(False)

"""The published autoencoders, by name: where the Hugging Face Hub holds their weights, and how they are read.

`lpepino/encodecmae2wav` holds a pickle with a `state_dict`; it is read with `weights_only`, so that nothing in it can
run. Where that refuses, `convert_weights` says what else is in it, and writes `models/NAME/reference.safetensors`,
which is read instead. EnCodec's decoder comes from `facebook/encodec_24khz`. Downloads lie in the cache of
huggingface_hub (`HF_HOME`); what is cached is used as it is, without asking the Hub.
"""

import collections
import pathlib
import pickle
import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from pecmae.errors import BundleError
from pecmae.files import sha256
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import PUBLISHED_4S, PUBLISHED_10S, AutoencoderConfig
from pecmae.networks.published.state_dict import DROPPED

CONVERTED = "reference.safetensors"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class HubFile:
    """A file on the Hugging Face Hub, at a commit or a branch."""

    repository: str
    path: str
    revision: str

    def __str__(self) -> str:
        return f"{self.repository}/{self.path}"


@dataclass(frozen=True)
class PublishedAutoencoder:
    """Sizes of a published autoencoder, and its weights."""

    config: AutoencoderConfig
    weights: HubFile


ENCODEC = HubFile("facebook/encodec_24khz", "model.safetensors", "c1dbe2ae3f1de713481a3b3e7c47f357092ee040")
PUBLISHED = {
    config.name: PublishedAutoencoder(
        config,
        # No commit is known to pin; a bundle names the fingerprint of the weights that it was trained with.
        HubFile("lpepino/encodecmae2wav", f"models/DiffTransformerAE2L8L1CLS-{config.segment_s:g}s/weights.pt", "main"),
    )
    for config in (PUBLISHED_4S, PUBLISHED_10S)
}

_NUMPY_SCALAR = np.float64().__reduce__()[0]
CONVERTIBLE: dict[str, tuple[Any, str]] = {
    "collections.defaultdict": (collections.defaultdict, "a dictionary"),
    "numpy.dtype": (np.dtype, "the type of a number"),
    "numpy.core.multiarray.scalar": (_NUMPY_SCALAR, "a number, such as a loss that was logged"),
    "numpy._core.multiarray.scalar": (_NUMPY_SCALAR, "a number, such as a loss that was logged"),
    "pathlib.PosixPath": (pathlib.PosixPath, "a path, such as that of a data set"),
}
"""What a checkpoint may hold beside tensors to be converted, and what it is: nothing that runs or reads anything."""


def load_published(name: str, models: Path, device: torch.device | str = "cpu") -> GenerativeAutoencoder:
    """A published autoencoder, ready for inference.

    Args:
        name: A name of `PUBLISHED`.
        models: The models folder, where converted weights may lie.
        device: Where to put it.

    Raises:
        BundleError: `weights_unavailable`: they can't be had; `altered_file`, `unsafe_weights` or `wrong_weights`: they
            can't be used.
    """
    published = PUBLISHED[name]
    converted = models / name / CONVERTED
    is_converted = converted.is_file()
    state = _read_safetensors(converted) if is_converted else read_state_dict(verified(fetch(published.weights)))
    encodec = _read_safetensors(verified(fetch(ENCODEC)))
    return GenerativeAutoencoder.from_reference(state, published.config, encodec).to(device)


def published_fingerprint(name: str, models: Path) -> str:
    """SHA-256 of the published weights: equal where embeddings mean the same.

    Raises:
        BundleError: As for `load_published`.
    """
    converted = models / name / CONVERTED
    if converted.is_file():
        try:
            with safe_open(converted, "pt") as file:
                return file.metadata()["sha256"]
        except (SafetensorError, KeyError, TypeError) as error:
            raise _altered(converted) from error
    return file_sha256(verified(fetch(PUBLISHED[name].weights)))


def convert_weights(name: str, models: Path) -> tuple[Path, dict[str, str]]:
    """Write the weights of a published autoencoder as safetensors, under their original names.

    Args:
        name: A name of `PUBLISHED`.
        models: The models folder; the file becomes `NAME/reference.safetensors` in it.

    Returns:
        The file, and what was allowed beside tensors: names, and what each is.

    Raises:
        BundleError: `unsafe_weights`: it holds what isn't in `CONVERTIBLE`; and as for `load_published`.
    """
    source = PUBLISHED[name].weights
    path = verified(fetch(source))
    try:
        found = set(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except (ValueError, RuntimeError) as error:
        raise _altered(path) from error
    if refused := sorted(found - CONVERTIBLE.keys()):
        raise BundleError(
            "unsafe_weights",
            f"{path} asks for {', '.join(refused)}, which isn't known to be harmless; it wasn't opened. Ask its owner "
            "for a file of tensors alone.",
        )
    allowed: list[Any] = [(value, key) for key, (value, _) in CONVERTIBLE.items()]
    allowed += [type(np.dtype(kind)) for kind in (np.float32, np.float64, np.int64, np.bool_)]
    with torch.serialization.safe_globals(allowed):
        state = read_state_dict(path)
    kept = {key: tensor.clone() for key, tensor in state.items() if not key.startswith(tuple(DROPPED))}
    converted = models / name / CONVERTED
    converted.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        kept, converted, {"source": str(source), "sha256": file_sha256(path), "allowed": ", ".join(sorted(found))}
    )
    return converted, {key: CONVERTIBLE[key][1] for key in sorted(found)}


def fetch(file: HubFile) -> Path:
    """The file in the cache, downloaded if it isn't there.

    Raises:
        BundleError: `weights_unavailable`.
    """
    from huggingface_hub import HfApi, errors, hf_hub_download, hf_hub_url, try_to_load_from_cache

    cached = try_to_load_from_cache(file.repository, file.path, revision=file.revision)
    if isinstance(cached, str):
        return Path(cached)
    try:
        # Fails at once where the download would go on trying for a minute.
        HfApi().get_hf_file_metadata(url=hf_hub_url(file.repository, file.path, revision=file.revision))
        return Path(hf_hub_download(file.repository, file.path, revision=file.revision))
    except (errors.HTTPError, OSError, RuntimeError) as error:  # hf_xet raises RuntimeError
        raise BundleError(
            "weights_unavailable",
            f"{file} isn't in the cache of huggingface_hub (HF_HOME), and the Hugging Face Hub doesn't give it: "
            "connect to the network and try again, or use the compact autoencoder, which works without network.",
        ) from error


def verified(path: Path) -> Path:
    """A file of the cache, if it's what the Hub gave: the cache names large files by their SHA-256.

    Raises:
        BundleError: `altered_file`.
    """
    expected = path.resolve().name
    if _SHA256.fullmatch(expected) and file_sha256(path) != expected:
        raise _altered(path)
    return path


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The `state_dict` in a checkpoint of PyTorch, read without running anything.

    Raises:
        BundleError: `altered_file`, `unsafe_weights` or `wrong_weights`.
    """
    try:
        contents = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if not zipfile.is_zipfile(path):
            raise _altered(path) from error
        raise BundleError(
            "unsafe_weights",
            f"{path} holds more than tensors, which could run code, so it isn't opened; `python -m pecmae "
            "convert-weights` says what is in it, and converts it if that's harmless.",
        ) from error
    except (RuntimeError, EOFError, ValueError, OSError) as error:
        raise _altered(path) from error
    state = contents.get("state_dict") if isinstance(contents, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise BundleError("wrong_weights", f"{path} holds no state_dict of tensors; it isn't a published autoencoder.")
    return state


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex, computed once for every state of the file."""
    status = path.stat()
    return _file_sha256(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _file_sha256(path: Path, _size: int, _modified_ns: int) -> str:
    return sha256(path)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise _altered(path) from error


def _altered(path: Path) -> BundleError:
    return BundleError("altered_file", f"{path} is damaged; delete it, and it will be fetched or made again.")

"""The published autoencoders: where their weights are on the Hugging Face Hub, and how they are read.

`lpepino/encodecmae2wav` contains a pickle with a `state_dict`. It is read with `weights_only`, so that no code in it
can run. If that fails, `convert_weights` lists what else the pickle contains and writes
`models/NAME/reference.safetensors`, which is read instead. EnCodec's decoder comes from `facebook/encodec_24khz`.
Downloads are kept in the cache of huggingface_hub (`HF_HOME`). A cached file is used without asking the Hub.
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
from tqdm import tqdm

from pecmae.errors import BundleError
from pecmae.files import sha256
from pecmae.networks.configuration import PUBLISHED_4S, PUBLISHED_10S
from pecmae.networks.encodecmae import EncodecmaeAutoencoder
from pecmae.networks.pretrained import FETCH_COMMAND, Progress, WeightsError
from pecmae.networks.published.state_dict import DROPPED

CONVERTED = "reference.safetensors"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class HubFile:
    """A file on the Hugging Face Hub, at a commit or on a branch, and the name of an autoencoder that needs it."""

    repository: str
    path: str
    revision: str
    autoencoder: str = PUBLISHED_4S.name

    def __str__(self) -> str:
        return f"{self.repository}/{self.path}"


ENCODEC = HubFile("facebook/encodec_24khz", "model.safetensors", "c1dbe2ae3f1de713481a3b3e7c47f357092ee040")
PUBLISHED = {config.name: config for config in (PUBLISHED_4S, PUBLISHED_10S)}
"""Sizes of the published autoencoders."""

_NUMPY_SCALAR = np.float64().__reduce__()[0]
CONVERTIBLE: dict[str, tuple[Any, str]] = {
    "collections.defaultdict": (collections.defaultdict, "a dictionary"),
    "numpy.dtype": (np.dtype, "the type of a number"),
    "numpy.core.multiarray.scalar": (_NUMPY_SCALAR, "a number, such as a loss that was logged"),
    "numpy._core.multiarray.scalar": (_NUMPY_SCALAR, "a number, such as a loss that was logged"),
    "pathlib.PosixPath": (pathlib.PosixPath, "a path, such as that of a dataset"),
}
"""What a checkpoint may contain besides tensors, and what it is; none of it runs code or reads files."""


def published_file(name: str) -> HubFile:
    """Where the weights of a published autoencoder are.

    The commit isn't known, so the branch is named; a bundle refers to the fingerprint of its weights.
    """
    path = f"models/DiffTransformerAE2L8L1CLS-{PUBLISHED[name].segment_s:g}s/weights.pt"
    return HubFile("lpepino/encodecmae2wav", path, "main", name)


def load_published(name: str, models: Path, device: torch.device | str = "cpu") -> EncodecmaeAutoencoder:
    """Load a published autoencoder, ready for inference.

    Args:
        name: A name of `PUBLISHED`.
        models: The models folder, which may contain converted weights.
        device: Where to put it.

    Raises:
        BundleError: `weights_unavailable`, `altered_file`, `unsafe_weights` or `wrong_weights`.
    """
    converted = models / name / CONVERTED
    is_converted = converted.is_file()
    state = _read_safetensors(converted) if is_converted else read_state_dict(verified(fetch(published_file(name))))
    encodec = _read_safetensors(verified(fetch(ENCODEC)))
    return EncodecmaeAutoencoder.from_published(state, PUBLISHED[name], encodec).to(device)


def published_fingerprint(name: str, models: Path) -> str:
    """SHA-256 of the published weights; embeddings of two autoencoders are comparable if it is equal.

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
    return file_sha256(verified(fetch(published_file(name))))


def convert_weights(name: str, models: Path) -> tuple[Path, dict[str, str]]:
    """Write the weights of a published autoencoder as safetensors, with their original keys.

    Args:
        name: A name of `PUBLISHED`.
        models: The models folder; the file is `NAME/reference.safetensors` in it.

    Returns:
        The file, and the names of what was allowed besides tensors, with what each is.

    Raises:
        BundleError: `unsafe_weights` if it contains something outside `CONVERTIBLE`; otherwise as for
            `load_published`.
    """
    source = published_file(name)
    path = verified(fetch(source))
    try:
        found = set(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except (ValueError, RuntimeError) as error:
        raise _altered(path) from error
    if refused := sorted(found - CONVERTIBLE.keys()):
        raise BundleError(
            "unsafe_weights",
            f"{path} contains {', '.join(refused)}, which may not be harmless, so it wasn't opened; ask its owner for "
            "a file of tensors only.",
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


def is_cached(file: HubFile) -> bool:
    """Whether `fetch` needs no network."""
    return _cached(file) is not None


def fetch(file: HubFile, progress: Progress | None = None) -> Path:
    """The file in the cache; downloads it if it isn't there.

    Args:
        file: Which file.
        progress: Told how much of it has been received, if it must be downloaded.

    Raises:
        WeightsError: `weights_unavailable`.
    """
    from huggingface_hub import HfApi, errors, hf_hub_download, hf_hub_url

    if cached := _cached(file):
        return cached
    try:
        # Fails immediately, whereas the download would retry for a minute.
        HfApi().get_hf_file_metadata(url=hf_hub_url(file.repository, file.path, revision=file.revision))
        bar = _progress_bar(progress) if progress else None
        return Path(hf_hub_download(file.repository, file.path, revision=file.revision, tqdm_class=bar))
    except (errors.HTTPError, OSError, RuntimeError) as error:  # type: ignore[attr-defined]
        raise WeightsError(
            "weights_unavailable",
            f"{file} isn't in the cache of huggingface_hub (HF_HOME) and can't be downloaded from the Hugging Face "
            f"Hub; connect to the network and run `{FETCH_COMMAND} {file.autoencoder}`.",
        ) from error


def _cached(file: HubFile) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(file.repository, file.path, revision=file.revision)
    return Path(cached) if isinstance(cached, str) else None


def _progress_bar(progress: Progress) -> type[tqdm]:
    """A bar for huggingface_hub that tells `progress` and draws nothing."""

    class TellingBar(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "disable": True})
            self.received = self.n  # a disabled bar counts nothing further

        def update(self, n: float | None = 1) -> None:
            self.received += n or 0
            progress(int(self.received), int(self.total or 0))

    return TellingBar


def verified(path: Path) -> Path:
    """Check a cached file, if it is a large one, which the cache names by its SHA-256.

    Raises:
        BundleError: `altered_file`.
    """
    expected = path.resolve().name
    if _SHA256.fullmatch(expected) and file_sha256(path) != expected:
        raise _altered(path)
    return path


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read the `state_dict` of a PyTorch checkpoint without running any code.

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
            f"{path} contains more than tensors, which could run code, so it wasn't opened; `python -m pecmae "
            "convert-weights` lists its contents, and converts it if they are harmless.",
        ) from error
    except (RuntimeError, EOFError, ValueError, OSError) as error:
        raise _altered(path) from error
    state = contents.get("state_dict") if isinstance(contents, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise BundleError(
            "wrong_weights", f"{path} contains no state_dict of tensors; it isn't a published autoencoder."
        )
    return state


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex, cached until the file changes."""
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
    return BundleError("altered_file", f"{path} is damaged; delete it, and it will be downloaded or converted again.")

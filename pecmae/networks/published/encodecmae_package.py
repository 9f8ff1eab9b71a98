"""Encoders of the authors' package `encodecmae`: the embedding of a segment is the mean of its frame embeddings.

The package is installed from its repository (`pip install -e .[encodecmae]`). Its loader asks the Hub for a list of
files even if the weights are cached, and it instantiates whatever the configuration beside the weights names, so it is
as trustworthy as its authors. These encoders have no decoder, so prototypes can't be decoded.
"""

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from pecmae.audio.conventions import SEGMENT_S
from pecmae.errors import BundleError
from pecmae.networks.configuration import ENCODECMAE_PREFIX
from pecmae.networks.published.weights import HubFile, fetch, file_sha256, verified

REPOSITORY = "lpepino/encodecmae-v2"


@dataclass(frozen=True)
class PackageConfig:
    """The name that bundles refer to, and the length of a segment."""

    name: str
    segment_s: float = SEGMENT_S
    fast_embedding: bool = False

    @property
    def weights(self) -> HubFile:
        """Where the weights are."""
        return HubFile(REPOSITORY, f"{self.name.removeprefix(ENCODECMAE_PREFIX)}.pt", "main", self.name)


class PackageEncoder(nn.Module):
    """A model of the package `encodecmae`, as an embedder.

    Args:
        model: The package's model.
        dim: Dimensions of its frame embeddings.
        config: Its name and the length of a segment.
    """

    can_decode = False

    def __init__(self, model: Any, dim: int, config: PackageConfig) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.dim = dim

    @torch.no_grad()
    def embed(self, waveforms: Tensor) -> Tensor:
        """Embed segments one by one, because in a batch the package shortens later segments by a sample.

        Shape: (B, n_samples) -> (B, D)
        """
        extract = cast(Any, self.model).extract_features_from_array
        frames = [extract(waveform, return_type="torch") for waveform in waveforms]
        return torch.cat([segment.mean(dim=1) for segment in frames])  # each (1, T, D)


def load_package_encoder(name: str, device: torch.device | str = "cpu") -> PackageEncoder:
    """Load an encoder by its name, such as `encodecmae-mel256-ec-base_st`.

    Raises:
        BundleError: `missing_package`, `weights_unavailable` or `altered_file`.
    """
    try:
        from encodecmae import load_model
    except ImportError as error:
        raise BundleError(
            "missing_package",
            f"The encoder {name!r} needs the package encodecmae, which isn't installed: run `pip install -e "
            ".[encodecmae]` in this repository.",
        ) from error

    from huggingface_hub import errors

    config = PackageConfig(name)
    verified(fetch(config.weights))
    try:
        model = load_model(config.weights.path.removesuffix(".pt"), device=str(device))
    except (errors.HTTPError, OSError) as error:  # type: ignore[attr-defined]
        raise BundleError(
            "weights_unavailable",
            f"The package encodecmae asks the Hugging Face Hub even for the cached {name!r}, and can't reach it: "
            "connect to the network and try again.",
        ) from error
    return PackageEncoder(model, model.visible_encoder.model_dim, config).eval().requires_grad_(False)


def package_fingerprint(name: str) -> str:
    """SHA-256 of the encoder's weights; embeddings of two encoders are comparable if it is equal.

    Raises:
        BundleError: `weights_unavailable` or `altered_file`.
    """
    return file_sha256(verified(fetch(PackageConfig(name).weights)))

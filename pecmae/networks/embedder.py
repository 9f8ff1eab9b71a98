"""What a bundle needs of the model that it was trained on: segments to points, and points to sound where it can."""

from typing import Protocol

from torch import Tensor

from pecmae.errors import BundleError
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import DEFAULT_SAMPLER, NO_DECODER, SamplerSettings


class EmbedderConfig(Protocol):
    """What tells embedders apart."""

    @property
    def name(self) -> str:
        """As bundles name it."""

    @property
    def segment_s(self) -> float:
        """Length of a segment."""


class Embedder(Protocol):
    """Segments of sound to points, and whether points can be heard; the generative autoencoder is one."""

    dim: int
    can_decode: bool

    @property
    def config(self) -> EmbedderConfig:
        """Its name and the length of a segment."""

    def embed(self, waveforms: Tensor) -> Tensor:
        """Shape: (B, n_samples) -> (B, D)."""


def generative(embedder: Embedder) -> GenerativeAutoencoder:
    """The embedder as the autoencoder that it is.

    Raises:
        BundleError: `no_decoder`: it's an encoder alone.
    """
    if isinstance(embedder, GenerativeAutoencoder):
        return embedder
    raise BundleError("no_decoder", f"{embedder.config.name}: {NO_DECODER}")


def default_sampler(embedder: Embedder) -> SamplerSettings:
    """How it decodes where nothing else is asked for; for an encoder alone it means nothing."""
    return embedder.config.sampler if isinstance(embedder, GenerativeAutoencoder) else DEFAULT_SAMPLER

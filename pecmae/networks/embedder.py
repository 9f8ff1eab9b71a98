"""The interface of all models that embed segments, with or without a decoder."""

from typing import Protocol

from torch import Tensor

from pecmae.errors import BundleError
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import DEFAULT_SAMPLER, NO_DECODER, SamplerSettings


class EmbedderConfig(Protocol):
    """What every embedder's configuration has."""

    @property
    def name(self) -> str:
        """The name that bundles refer to."""

    @property
    def segment_s(self) -> float:
        """Length of a segment in seconds."""


class Embedder(Protocol):
    """A model that embeds segments. The generative autoencoder is one.

    Attributes:
        dim: Dimensions of an embedding.
        can_decode: Whether it can decode embeddings to audio.
    """

    dim: int
    can_decode: bool

    @property
    def config(self) -> EmbedderConfig:
        """Its configuration."""

    def embed(self, waveforms: Tensor) -> Tensor:
        """Embed segments; shape (B, n_samples) -> (B, D)."""


def generative(embedder: Embedder) -> GenerativeAutoencoder:
    """The embedder, if it is a generative autoencoder.

    Raises:
        BundleError: `no_decoder`: it has no decoder.
    """
    if isinstance(embedder, GenerativeAutoencoder):
        return embedder
    raise BundleError("no_decoder", f"{embedder.config.name}: {NO_DECODER}")


def default_sampler(embedder: Embedder) -> SamplerSettings:
    """The default sampler of an autoencoder; for an embedder without a decoder, it has no use."""
    return embedder.config.sampler if isinstance(embedder, GenerativeAutoencoder) else DEFAULT_SAMPLER

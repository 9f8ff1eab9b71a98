"""The interfaces of the models that embed segments, with or without a decoder.

Conventions: B segments of n_samples at `SAMPLE_RATE`, D dimensions of a latent.
"""

from typing import Protocol, cast

import torch
from torch import Tensor

from pecmae.audio.rhythm import Rhythm
from pecmae.errors import BundleError
from pecmae.networks.configuration import DEFAULT_SAMPLER, NO_DECODER, SamplerSettings


class EmbedderConfig(Protocol):
    """What every embedder's configuration has."""

    @property
    def name(self) -> str:
        """The name that bundles refer to."""

    @property
    def segment_s(self) -> float:
        """Length of a segment in seconds."""

    @property
    def fast_embedding(self) -> bool:
        """Whether it embeds in half precision where the machine multiplies that faster."""


class GenerativeConfig(EmbedderConfig, Protocol):
    """What the configuration of a generative autoencoder has besides."""

    @property
    def sampler(self) -> SamplerSettings:
        """The default sampler."""


class Embedder(Protocol):
    """A frozen model that embeds segments.

    Attributes:
        dim: D.
        can_decode: Whether it is a `GenerativeAutoencoder`.
    """

    dim: int
    can_decode: bool

    @property
    def config(self) -> EmbedderConfig:
        """Its configuration."""

    def embed(self, waveforms: Tensor) -> Tensor:
        """Embed segments; shape (B, n_samples) -> (B, D)."""


class GenerativeAutoencoder(Embedder, Protocol):
    """An embedder that also decodes any latent to audio."""

    @property
    def config(self) -> GenerativeConfig:
        """Its configuration."""

    @property
    def device(self) -> torch.device:
        """Where its weights are."""

    def decode(
        self,
        z: Tensor,
        sampler: SamplerSettings | None = None,
        *,
        rhythm: Rhythm | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Decode latents to audio.

        Args:
            z: Latents, as `embed` gives them.
            sampler: Solver, steps and guidance; None is the configuration's.
            rhythm: What each sound plays to, if the decoder takes a rhythm; others ignore it. None asks for no beat.
            generator: Source of the initial noise, on the device of z; None is PyTorch's global one.

        Shape: (B, D) -> (B, n_samples)
        """


def generative(embedder: Embedder) -> GenerativeAutoencoder:
    """The embedder, if it has a decoder.

    Raises:
        BundleError: `no_decoder`: it has none.
    """
    if embedder.can_decode:
        return cast(GenerativeAutoencoder, embedder)
    raise BundleError("no_decoder", f"{embedder.config.name}: {NO_DECODER}")


def default_sampler(embedder: Embedder) -> SamplerSettings:
    """The default sampler of an autoencoder; for an embedder without a decoder, it has no use."""
    return generative(embedder).config.sampler if embedder.can_decode else DEFAULT_SAMPLER

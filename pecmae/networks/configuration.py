"""Settings of the samplers, and the sizes of the published autoencoders.

The `config.json` of a saved `EncodecmaeAutoencoder` is an `EncodecmaeConfig`.
"""

import math
from dataclasses import replace

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_S

ENCODECMAE_PREFIX = "encodecmae-"
"""First part of the names of the encoders of the package `encodecmae`, by the authors of EnCodecMAE."""
NO_DECODER = (
    "this encoder has no decoder, so prototypes can't be decoded to audio; listen to the training segments nearest to "
    "them instead."
)
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_STRICT)
class SamplerSettings:
    """How latents are decoded: the solver, its number of steps, and the guidance.

    A guidance of 0 is plain conditional sampling. `benchmarks/samplers.py` compares settings.
    """

    solver: str = "dpm-solver++"
    n_steps: int = 12
    guidance: float = 1.0


DEFAULT_SAMPLER = SamplerSettings()
PUBLISHED_SAMPLER = SamplerSettings(n_steps=16, guidance=4.0)
"""The guidance is the default of the package `encodecmae`; the number of steps is ours, because the solver is."""


@dataclass(frozen=True, config=_STRICT)
class TransformerConfig:
    """Sizes of one transformer."""

    n_layers: int
    n_heads: int
    feed_forward_dim: int


@dataclass(frozen=True, config=_STRICT)
class EncodecConfig:
    """Sizes of EnCodec's encoder and decoder; the defaults are those of `facebook/encodec_24khz`.

    `kind` names the codec in `config.json`.
    """

    kind: str = "encodec"
    sample_rate: int = SAMPLE_RATE
    n_filters: int = 32
    strides: tuple[int, ...] = (2, 4, 5, 8)
    feature_dim: int = 128

    @property
    def samples_per_frame(self) -> int:
        """Number of samples from one latent frame to the next."""
        return math.prod(self.strides)


@dataclass(frozen=True, config=_STRICT)
class EncodecmaeConfig:
    """Everything that determines an `EncodecmaeAutoencoder` except its weights.

    Args:
        name: Name of this configuration, such as `published-4s`.
        codec: Sizes of EnCodec.
        model_dim: Dimensions of the latent space, and width of the transformers.
        encoder: Sizes of the frame encoder.
        pooler: Sizes of the pooler.
        denoiser: Sizes of the denoiser's transformer.
        segment_s: Length of a segment in seconds.
        sampler: The default sampler.
        fast_embedding: Whether to embed in half precision on machines where that is faster. Embeddings then differ by
            about a hundredth of their standard deviation.
    """

    name: str
    codec: EncodecConfig
    model_dim: int
    encoder: TransformerConfig
    pooler: TransformerConfig
    denoiser: TransformerConfig
    segment_s: float = SEGMENT_S
    sampler: SamplerSettings = DEFAULT_SAMPLER
    fast_embedding: bool = False

    @property
    def frames_per_segment(self) -> int:
        """Number of latent frames in a segment."""
        return round(self.segment_s * self.codec.sample_rate / self.codec.samples_per_frame)


PUBLISHED_4S = EncodecmaeConfig(
    name="published-4s",
    codec=EncodecConfig(),
    model_dim=768,
    encoder=TransformerConfig(10, 12, 4096),
    pooler=TransformerConfig(2, 8, 4096),
    denoiser=TransformerConfig(8, 8, 4096),
    sampler=PUBLISHED_SAMPLER,
    fast_embedding=True,
)
PUBLISHED_10S = replace(PUBLISHED_4S, name="published-10s", segment_s=10.0)

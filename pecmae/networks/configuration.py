"""Configurations of the generative autoencoder, and the sizes that are known by name.

The *compact* size is trained by this project and shipped; the *published* ones are those of the weights on the Hugging
Face Hub. One topology serves both. A saved autoencoder's `config.json` is an `AutoencoderConfig`.
"""

import math
from dataclasses import asdict, replace
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_S
from pecmae.audio.log_mel import LogMelConfig
from pecmae.errors import BundleError

ENCODECMAE_PREFIX = "encodecmae-"
"""First part of the names of the encoders of the authors' package `encodecmae`."""
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
    n_steps: int = 6
    guidance: float = 1.0


DEFAULT_SAMPLER = SamplerSettings()
PUBLISHED_SAMPLER = SamplerSettings(n_steps=16, guidance=4.0)
"""The default guidance of the authors' package; `benchmarks/published.py` measures what 16 steps lose against 100."""


@dataclass(frozen=True, config=_STRICT)
class TransformerConfig:
    """Sizes of one transformer.

    With `shared_feed_forward`, all layers use one feed-forward module, as in the published weights. The compact model
    gives every layer its own, which takes no more time and triples the number of parameters.
    """

    n_layers: int
    n_heads: int
    feed_forward_dim: int
    shared_feed_forward: bool


@dataclass(frozen=True, config=_STRICT)
class VocoderConfig:
    """Sizes of the learned vocoder: its convolutional blocks, and the number of iterations after its prediction."""

    dim: int = 384
    n_blocks: int = 6
    expansion: int = 2
    kernel_size: int = 7
    n_iterations: int = 8


@dataclass(frozen=True, config=_STRICT)
class CodecConfig(LogMelConfig):
    """The compact codec: a log-mel analysis, of which `frames_per_token` frames make one latent frame.

    Without a `vocoder`, Griffin-Lim synthesises the waveform.
    """

    frames_per_token: int = 2
    vocoder: VocoderConfig | None = None

    @property
    def feature_dim(self) -> int:
        """Number of values in a latent frame."""
        return self.n_mels * self.frames_per_token

    @property
    def samples_per_token(self) -> int:
        """Number of samples from one latent frame to the next."""
        return self.hop * self.frames_per_token


@dataclass(frozen=True, config=_STRICT)
class EncodecConfig:
    """Sizes of EnCodec's encoder and decoder; the defaults are those of `facebook/encodec_24khz`."""

    kind: str = "encodec"
    sample_rate: int = SAMPLE_RATE
    n_filters: int = 32
    strides: tuple[int, ...] = (2, 4, 5, 8)
    feature_dim: int = 128

    @property
    def samples_per_token(self) -> int:
        """Number of samples from one latent frame to the next."""
        return math.prod(self.strides)


@dataclass(frozen=True, config=_STRICT)
class StemConfig:
    """Convolutions in front of a frame encoder: channels of each, and how many latent frames become one frame.

    Every convolution halves the number of mel bands. The first ones also halve time, until `frames_per_embedding`
    latent frames have become one frame of the encoder.
    """

    channels: tuple[int, ...]
    frames_per_embedding: int


@dataclass(frozen=True, config=_STRICT)
class AutoencoderConfig:
    """Everything that determines a `GenerativeAutoencoder` except its weights.

    Args:
        name: Name of the size.
        codec: Which codec, and its sizes.
        model_dim: Dimensions of the latent space, and width of the transformers.
        stem: Convolutions in front of the frame encoder; None is one linear projection, as in the published model.
        encoder: Sizes of the frame encoder.
        pooler: Sizes of the pooler.
        denoiser: Sizes of the denoiser's transformer.
        n_denoiser_blocks: Number of convolutional blocks after the denoiser's transformer; the published one has none.
        level_dbfs: The root mean square to which a segment is brought before it is embedded; None keeps its level, as
            in the published model.
        segment_s: Length of a segment in seconds.
        sampler: The default sampler.
        fast_embedding: Whether to embed in half precision where the machine multiplies that faster. Embeddings then
            move by about a hundredth of their standard deviation.
    """

    name: str
    codec: CodecConfig | EncodecConfig
    model_dim: int
    stem: StemConfig | None
    encoder: TransformerConfig
    pooler: TransformerConfig
    denoiser: TransformerConfig
    n_denoiser_blocks: int = 0
    level_dbfs: float | None = None
    segment_s: float = SEGMENT_S
    sampler: SamplerSettings = DEFAULT_SAMPLER
    fast_embedding: bool = False

    @property
    def mel_codec(self) -> CodecConfig:
        """The codec's configuration, if the codec is the log-mel one.

        Raises:
            BundleError: `wrong_codec`: it is another one.
        """
        if isinstance(self.codec, CodecConfig):
            return self.codec
        raise BundleError(
            "wrong_codec",
            f"This works on log-mel spectra, and the autoencoder {self.name!r} has none; use the compact autoencoder.",
        )

    @property
    def tokens_per_segment(self) -> int:
        """Number of latent frames in a segment."""
        return round(self.segment_s * self.codec.sample_rate / self.codec.samples_per_token)

    def to_json(self) -> dict[str, Any]:
        """The configuration in JSON's own types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> "AutoencoderConfig":
        """The inverse of `to_json`.

        Raises:
            ValidationError: A field is missing, unknown or of another type.
        """
        return TypeAdapter(cls).validate_python(data)


COMPACT = AutoencoderConfig(
    name="compact",
    codec=CodecConfig(vocoder=VocoderConfig()),
    model_dim=256,
    stem=StemConfig((32, 64, 96, 128), frames_per_embedding=2),
    encoder=TransformerConfig(1, 8, 1024, shared_feed_forward=False),
    pooler=TransformerConfig(1, 8, 1024, shared_feed_forward=False),
    denoiser=TransformerConfig(6, 4, 1024, shared_feed_forward=False),
    n_denoiser_blocks=3,
    level_dbfs=-22.0,
)

PUBLISHED_4S = AutoencoderConfig(
    name="published-4s",
    codec=EncodecConfig(),
    model_dim=768,
    stem=None,
    encoder=TransformerConfig(10, 12, 4096, shared_feed_forward=True),
    pooler=TransformerConfig(2, 8, 4096, shared_feed_forward=True),
    denoiser=TransformerConfig(8, 8, 4096, shared_feed_forward=True),
    sampler=PUBLISHED_SAMPLER,
    fast_embedding=True,
)
PUBLISHED_10S = replace(PUBLISHED_4S, name="published-10s", segment_s=10.0)

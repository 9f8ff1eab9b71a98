"""Constants and the frozen configurations of the generative autoencoder.

Sizes are numbers of a `TransformerConfig`; the *compact* size is trained by this project and shipped, the *published*
one is that of the weights on the Hugging Face Hub. One topology serves both.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_S
from pecmae.audio.log_mel import LogMelConfig
from pecmae.errors import BundleError

ENCODECMAE_PREFIX = "encodecmae-"
"""Begins the names of encoders that the authors' package `encodecmae` gives."""
NO_DECODER = (
    "this encoder has no decoder, so prototypes can't be heard; listen to the training music nearest to them instead."
)


@dataclass(frozen=True)
class SamplerSettings:
    """How points of the latent space are decoded: solver and number of steps of the sampler, and guidance.

    A guidance of 0 is plain conditional sampling. `benchmarks/samplers.py` compares settings.
    """

    solver: str = "dpm-solver++"
    n_steps: int = 6
    guidance: float = 1.0


DEFAULT_SAMPLER = SamplerSettings()
PUBLISHED_SAMPLER = SamplerSettings(n_steps=16, guidance=4.0)
"""The guidance that the authors of the published autoencoder use; `benchmarks/published.py` measures what 16 steps lose
against their 100."""


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of one transformer stack.

    `shared_feed_forward` keeps one feed-forward module for all layers, as the published weights do; the compact model
    gives every layer its own, which costs no time and triples what a 256-wide stack can hold.
    """

    n_layers: int
    n_heads: int
    feed_forward_dim: int
    shared_feed_forward: bool


@dataclass(frozen=True)
class VocoderConfig:
    """Sizes of the learned vocoder: its convolutional blocks, and the iterations that follow its prediction."""

    dim: int = 384
    n_blocks: int = 6
    expansion: int = 2
    kernel_size: int = 7
    n_iterations: int = 8


@dataclass(frozen=True)
class CodecConfig(LogMelConfig):
    """Log-mel analysis of the compact codec; `frames_per_token` mel frames make one feature frame.

    Without a `vocoder`, sound comes from Griffin-Lim.
    """

    frames_per_token: int = 2
    vocoder: VocoderConfig | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CodecConfig":
        vocoder = data.get("vocoder")
        return cls(**{**data, "vocoder": vocoder and VocoderConfig(**vocoder)})

    @property
    def feature_dim(self) -> int:
        return self.n_mels * self.frames_per_token

    @property
    def samples_per_token(self) -> int:
        return self.hop * self.frames_per_token


@dataclass(frozen=True)
class EncodecConfig:
    """Sizes of EnCodec's encoder and decoder; the defaults are those of `facebook/encodec_24khz`."""

    kind: str = "encodec"
    sample_rate: int = SAMPLE_RATE
    n_filters: int = 32
    strides: tuple[int, ...] = (2, 4, 5, 8)
    feature_dim: int = 128

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "EncodecConfig":
        return cls(**{**data, "strides": tuple(data["strides"])})

    @property
    def samples_per_token(self) -> int:
        return math.prod(self.strides)


CODECS: dict[str, type[CodecConfig] | type[EncodecConfig]] = {"mel": CodecConfig, "encodec": EncodecConfig}
"""By the `kind` that a saved configuration names; one that names none is of the log-mel codec."""


@dataclass(frozen=True)
class StemConfig:
    """Convolutions in front of a frame encoder: channels of each, and how many feature frames become one embedding.

    Every convolution halves the number of mel bands; the first ones halve time until there is one frame an embedding.
    """

    channels: tuple[int, ...]
    frames_per_embedding: int


@dataclass(frozen=True)
class AutoencoderConfig:
    """Everything needed to build a `GenerativeAutoencoder`.

    `stem` None, as in the published model, is one linear projection. With a `level_dbfs`, sound is brought to that root
    mean square before it is embedded, segment by segment; with None, as in the published model, it stays as it is.
    `n_denoiser_blocks` convolutional blocks follow the denoiser's transformer; the published one has none. `sampler` is
    what decodes where nothing else is asked for. With `fast_embedding`, sound is embedded in half precision where the
    machine multiplies that faster; points move by about a hundredth of their spread.
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
        """The codec's configuration, where the codec is the log-mel one that this project trains.

        Raises:
            BundleError: It isn't.
        """
        if isinstance(self.codec, CodecConfig):
            return self.codec
        raise BundleError(
            "wrong_codec",
            f"This works on log-mel spectra, and the autoencoder {self.name!r} has none; use the compact autoencoder.",
        )

    @property
    def tokens_per_segment(self) -> int:
        return round(self.segment_s * self.codec.sample_rate / self.codec.samples_per_token)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "AutoencoderConfig":
        stacks = {key: TransformerConfig(**data[key]) for key in ("encoder", "pooler", "denoiser")}
        stem = data["stem"] and StemConfig(tuple(data["stem"]["channels"]), data["stem"]["frames_per_embedding"])
        codec = CODECS[data["codec"].get("kind", "mel")].from_json(data["codec"])
        sampler = SamplerSettings(**data["sampler"]) if "sampler" in data else DEFAULT_SAMPLER
        return cls(**{**data, **stacks, "stem": stem, "codec": codec, "sampler": sampler})


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

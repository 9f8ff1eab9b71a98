"""The generative autoencoder: 4 s of sound to one point z of its latent space, and any point back to sound.

waveform -> codec -> frame encoder (EnCodecMAE) -> pooler with a class token -> z; z -> denoiser (v-diffusion over
the codec's features) -> codec -> waveform. The topology is that of the published model (Pepino et al.; PECMAE, arXiv
2402.09318) at a size of its own.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pecmae.audio.conventions import SILENCE_DBFS
from pecmae.errors import BundleError
from pecmae.networks import diffusion
from pecmae.networks.codec import MelCodec
from pecmae.networks.configuration import AutoencoderConfig, CodecConfig, SamplerSettings, TransformerConfig
from pecmae.networks.convolution import FrameBlock
from pecmae.networks.encodec import EncodecCodec
from pecmae.networks.encodecmae import FrameEncoder, SpectralStem
from pecmae.networks.precision import fast_autocast
from pecmae.networks.published.state_dict import from_reference_names
from pecmae.networks.transformer import ResiDualTransformer, SinusoidalPositions

WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
BLOCK_EXPANSION, BLOCK_KERNEL_SIZE = 2, 7


class Pooler(nn.Module):
    """A transformer whose class token gathers all frames; the token itself has no position."""

    def __init__(self, dim: int, config: TransformerConfig) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.randn(dim))
        self.positions = SinusoidalPositions()
        self.transformer = ResiDualTransformer(dim, config)

    def forward(self, frames: Tensor) -> Tensor:
        """Shape: (B, T, D) -> (B, D)."""
        token = self.class_token.expand(frames.shape[0], 1, -1)
        return self.transformer(torch.cat([token, self.positions(frames)], dim=1), n_outputs=1)[:, 0]


class Denoiser(nn.Module):
    """Predicts v of noisy features, given a summary and the noise level as two tokens in front of the frames.

    A summary of zeros asks for the unconditional prediction. Convolutional blocks, where there are any, end it: what a
    transformer says of a frame, they fit to the frames beside it.
    """

    def __init__(self, feature_dim: int, dim: int, config: TransformerConfig, n_blocks: int = 0) -> None:
        super().__init__()
        self.in_adapter = nn.Linear(feature_dim, dim)
        self.out_adapter = nn.Linear(dim, feature_dim)
        self.time_embedding = nn.Sequential(nn.Linear(1, dim), nn.ReLU(), nn.Linear(dim, dim))
        self.transformer = ResiDualTransformer(dim, config)
        self.blocks = nn.Sequential(*(FrameBlock(dim, BLOCK_EXPANSION, BLOCK_KERNEL_SIZE) for _ in range(n_blocks)))

    def forward(self, noisy: Tensor, sigma: Tensor, summary: Tensor, positions: SinusoidalPositions) -> Tensor:
        """Args: `positions` are the pooler's, which the published model shares.

        Shape:
            noisy: (B, T, F)
            sigma: (B, 1, 1)
            summary: (B, D)
            output: (B, T, F)
        """
        tokens = torch.cat(
            [summary[:, None], self.time_embedding(sigma.to(summary.dtype)), positions(self.in_adapter(noisy))], dim=1
        )
        return self.out_adapter(self.blocks(self.transformer(tokens)[:, 2:]))


class GenerativeAutoencoder(nn.Module):
    """Codec, frame encoder, pooler and denoiser in one; z is the class token."""

    can_decode = True

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        feature_dim, model_dim = config.codec.feature_dim, config.model_dim
        self.dim = model_dim
        self.codec = MelCodec(config.codec) if isinstance(config.codec, CodecConfig) else EncodecCodec(config.codec)
        projection = (
            SpectralStem(config.mel_codec, config.stem, model_dim) if config.stem else nn.Linear(feature_dim, model_dim)
        )
        self.encoder = FrameEncoder(projection, model_dim, config.encoder)
        self.pooler = Pooler(model_dim, config.pooler)
        self.denoiser = Denoiser(feature_dim, model_dim, config.denoiser, config.n_denoiser_blocks)

    @classmethod
    def from_reference(
        cls, state_dict: Mapping[str, Tensor], config: AutoencoderConfig, encodec: Mapping[str, Tensor]
    ) -> "GenerativeAutoencoder":
        """The autoencoder of published weights, ready for inference.

        Args:
            state_dict: The published state dict, under its original names.
            config: Its sizes.
            encodec: The state dict of EnCodec, whose decoder the published one leaves out.

        Raises:
            BundleError: `wrong_weights`: keys are missing or unknown, or a size differs; the message lists them.
        """
        with torch.device("meta"):  # nothing is drawn only to be overwritten
            autoencoder = cls(config)
        weights = from_reference_names(autoencoder.state_dict(), state_dict, encodec, config)
        try:
            autoencoder.load_state_dict(weights, assign=True)
        except RuntimeError as error:
            raise BundleError("wrong_weights", f"The weights don't fit the size {config.name!r}: {error}") from error
        return autoencoder.eval().requires_grad_(False)

    @property
    def mel_codec(self) -> MelCodec:
        """The codec, where it's the log-mel one that this project trains.

        Raises:
            BundleError: It isn't.
        """
        assert isinstance(self.config.mel_codec, CodecConfig)  # or it raises
        return cast(MelCodec, self.codec)

    def embed_features(self, features: Tensor) -> Tensor:
        """The class token of codec features; shape (B, T, F) -> (B, D)."""
        return self.pooler(self.encoder(features))

    def embed(self, waveforms: Tensor) -> Tensor:
        """Points of the latent space.

        Shape:
            waveforms: (B, n_samples), mono at the codec's rate, 4 s each
            output: (B, D)
        """
        with fast_autocast(waveforms.device, self.config.fast_embedding):
            return self.embed_features(self.codec.encode(self.levelled(waveforms))).float()

    def levelled(self, waveforms: Tensor) -> Tensor:
        """Each sound at the level of the configuration, if that has one; what is silent stays near silence.

        Shape: (B, n_samples) -> (B, n_samples)
        """
        if self.config.level_dbfs is None:
            return waveforms
        power = waveforms.square().mean(dim=-1, keepdim=True).clamp(min=10 ** (SILENCE_DBFS / 10))
        return waveforms * (10 ** (self.config.level_dbfs / 10) / power).sqrt()

    def predict_v(self, noisy: Tensor, sigma: Tensor, summary: Tensor) -> Tensor:
        """The denoiser's prediction; see `Denoiser.forward` for shapes."""
        return self.denoiser(noisy, sigma, summary, self.pooler.positions)

    def guided_v(self, noisy: Tensor, sigma: Tensor, summary: Tensor, guidance: float) -> Tensor:
        """As `predict_v` with guidance; both predictions are made in one batch."""
        if guidance == 0:
            return self.predict_v(noisy, sigma, summary)
        summaries = torch.cat([summary, torch.zeros_like(summary)])
        both = self.predict_v(noisy.repeat(2, 1, 1), sigma.repeat(2, 1, 1), summaries)
        conditional, unconditional = both.chunk(2)
        return diffusion.guide(conditional, unconditional, guidance)

    @torch.no_grad()
    def decode_features(self, z: Tensor, sampler: SamplerSettings, generator: torch.Generator | None) -> Tensor:
        """Codec features sampled for each z.

        Shape: (B, D) -> (B, T, F)
        """
        shape = (z.shape[0], self.config.tokens_per_segment, self.config.codec.feature_dim)
        noise = torch.randn(shape, generator=generator, device=z.device)
        predict_v = partial(self.guided_v, summary=z, guidance=sampler.guidance)
        with fast_autocast(z.device):
            return diffusion.sample(predict_v, noise, sampler.n_steps, sampler.solver)

    @torch.no_grad()
    def decode(
        self, z: Tensor, sampler: SamplerSettings | None = None, *, generator: torch.Generator | None = None
    ) -> Tensor:
        """Sound of points of the latent space.

        Args:
            z: Points, as `embed` gives them.
            sampler: Solver, steps and guidance; None for those of the configuration.
            generator: Source of the initial noise, on the device of z.

        Shape:
            z: (B, D)
            output: (B, n_samples)
        """
        return self.codec.decode(self.decode_features(z, sampler or self.config.sampler, generator))


def save_autoencoder(autoencoder: GenerativeAutoencoder, folder: Path) -> None:
    """Writes config.json and the weights into `folder`: parameters in half precision, statistics as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {name for name, _ in autoencoder.named_parameters()}
    weights = {
        name: (tensor.half() if name in parameters else tensor).contiguous()
        for name, tensor in autoencoder.state_dict().items()
    }
    save_file(weights, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(autoencoder.config.to_json(), indent=2) + "\n")


def load_autoencoder(folder: Path, device: torch.device | str = "cpu") -> GenerativeAutoencoder:
    """The autoencoder saved in `folder`, ready for inference.

    Raises:
        BundleError: A file is missing or doesn't fit; the message names it.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise BundleError("autoencoder_missing", f"{folder / name} is missing: restore it or train it (pretrain).")
    try:
        config = AutoencoderConfig.from_json(json.loads((folder / CONFIG).read_text()))
        weights = {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()}
        autoencoder = GenerativeAutoencoder(config)
        autoencoder.load_state_dict(weights)
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise BundleError("autoencoder_broken", f"The autoencoder in {folder} can't be loaded: {error}") from error
    return autoencoder.to(device).eval().requires_grad_(False)


def autoencoder_fingerprint(folder: Path) -> str:
    """SHA-256 over configuration and weights: equal where embeddings mean the same.

    Raises:
        BundleError: A file is missing.
    """
    digest = hashlib.sha256()
    for name in (CONFIG, WEIGHTS):
        try:
            digest.update((folder / name).read_bytes())
        except OSError as error:
            raise BundleError("autoencoder_missing", f"{folder / name} can't be read: {error.strerror}.") from error
    return digest.hexdigest()

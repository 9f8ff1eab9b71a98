"""The published generative autoencoder: a segment of audio to one latent z, and any latent back to audio.

waveform -> EnCodec -> frame encoder (EnCodecMAE: Pepino, Riera and Ferrer, arXiv 2309.07391) -> pooler with a class
token -> z; z -> denoiser (v-diffusion of EnCodec's latent frames) -> EnCodec -> waveform, as in PECMAE (arXiv
2402.09318). EnCodecMAE is pretrained to predict masked frames; at inference, nothing is masked.

Conventions: B segments, T latent frames of F values, D dimensions of z.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pecmae.audio.rhythm import Rhythm
from pecmae.errors import BundleError, first_fault
from pecmae.networks import diffusion
from pecmae.networks.configuration import EncodecmaeConfig, SamplerSettings, TransformerConfig
from pecmae.networks.encodec import EncodecCodec
from pecmae.networks.precision import fast_autocast
from pecmae.networks.published.state_dict import from_published_names
from pecmae.networks.transformer import ResiDualTransformer, SinusoidalPositions

CONFIG, WEIGHTS = "config.json", "weights.safetensors"


class FrameEncoder(nn.Module):
    """EnCodecMAE's encoder: latent frames to contextual frame embeddings.

    Args:
        feature_dim: F.
        dim: D.
        config: Sizes of the transformer.
    """

    def __init__(self, feature_dim: int, dim: int, config: TransformerConfig) -> None:
        super().__init__()
        self.projection = nn.Linear(feature_dim, dim)
        self.positions = SinusoidalPositions()
        self.transformer = ResiDualTransformer(dim, config)

    def forward(self, features: Tensor) -> Tensor:
        """Shape: (B, T, F) -> (B, T, D)."""
        return self.transformer(self.positions(self.projection(features)))


class Pooler(nn.Module):
    """A transformer that pools all frames into its class token; the token gets no positional encoding."""

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
    """Predicts v of noisy latent frames, given z and the noise level as two tokens in front of the frames.

    v is the target of v-diffusion, which `diffusion` defines.

    A z of zeros gives the unconditional prediction.

    Args:
        feature_dim: F.
        dim: D.
        config: Sizes of the transformer.
    """

    def __init__(self, feature_dim: int, dim: int, config: TransformerConfig) -> None:
        super().__init__()
        self.in_adapter = nn.Linear(feature_dim, dim)
        self.out_adapter = nn.Linear(dim, feature_dim)
        self.time_embedding = nn.Sequential(nn.Linear(1, dim), nn.ReLU(), nn.Linear(dim, dim))
        self.transformer = ResiDualTransformer(dim, config)

    def forward(self, noisy: Tensor, sigma: Tensor, z: Tensor, positions: SinusoidalPositions) -> Tensor:
        """Predict v.

        Args:
            noisy: Noisy latent frames.
            sigma: Noise levels.
            z: Latents, or zeros.
            positions: The pooler's positional encoding, which the published model uses in the denoiser too.

        Shape:
            noisy: (B, T, F)
            sigma: (B, 1, 1)
            z: (B, D)
            output: (B, T, F)
        """
        tokens = torch.cat(
            [z[:, None], self.time_embedding(sigma.to(z.dtype)), positions(self.in_adapter(noisy))], dim=1
        )
        return self.out_adapter(self.transformer(tokens)[:, 2:])


class EncodecmaeAutoencoder(nn.Module):
    """Codec, frame encoder, pooler and denoiser; z is the pooler's class token.

    Args:
        config: The sizes.
    """

    can_decode = True

    def __init__(self, config: EncodecmaeConfig) -> None:
        super().__init__()
        self.config = config
        feature_dim, model_dim = config.codec.feature_dim, config.model_dim
        self.dim = model_dim
        self.codec = EncodecCodec(config.codec)
        self.encoder = FrameEncoder(feature_dim, model_dim, config.encoder)
        self.pooler = Pooler(model_dim, config.pooler)
        self.denoiser = Denoiser(feature_dim, model_dim, config.denoiser)

    @classmethod
    def from_published(
        cls, state_dict: Mapping[str, Tensor], config: EncodecmaeConfig, encodec: Mapping[str, Tensor]
    ) -> "EncodecmaeAutoencoder":
        """The autoencoder with published weights, ready for inference.

        Args:
            state_dict: The published state dict, under its original names.
            config: Its sizes.
            encodec: The state dict of EnCodec, whose decoder isn't part of the published state dict.

        Raises:
            BundleError: `wrong_weights`: a key is missing or unknown, or a size differs; the message lists them.
        """
        with torch.device("meta"):  # initial weights would only be overwritten
            autoencoder = cls(config)
        weights = from_published_names(autoencoder.state_dict(), state_dict, encodec, config)
        try:
            autoencoder.load_state_dict(weights, assign=True)
        except RuntimeError as error:
            raise BundleError("wrong_weights", f"The weights don't fit the size {config.name!r}: {error}") from error
        return autoencoder.eval().requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.pooler.class_token.device

    def embed_features(self, features: Tensor) -> Tensor:
        """Embed latent frames; shape (B, T, F) -> (B, D)."""
        return self.pooler(self.encoder(features))

    def embed(self, waveforms: Tensor) -> Tensor:
        """Embed segments.

        Shape:
            waveforms: (B, n_samples), one segment each, mono at the codec's sample rate
            output: (B, D)
        """
        with fast_autocast(waveforms.device, self.config.fast_embedding):
            return self.embed_features(self.codec.encode(waveforms)).float()

    def predict_v(self, noisy: Tensor, sigma: Tensor, z: Tensor) -> Tensor:
        """The denoiser's prediction; see `Denoiser.forward` for shapes."""
        return self.denoiser(noisy, sigma, z, self.pooler.positions)

    def guided_v(self, noisy: Tensor, sigma: Tensor, z: Tensor, guidance: float) -> Tensor:
        """The denoiser's prediction with guidance, conditional and unconditional in one batch."""
        return diffusion.guided_v(self.predict_v, noisy, sigma, z, torch.zeros_like(z[0]), guidance)

    @torch.no_grad()
    def decode_features(self, z: Tensor, sampler: SamplerSettings, generator: torch.Generator | None) -> Tensor:
        """Sample latent frames for each z.

        Args:
            z: Latents.
            sampler: Solver, steps and guidance.
            generator: Source of the initial noise, on the device of z; None is PyTorch's global one.

        Shape:
            z: (B, D)
            output: (B, T, F)
        """
        shape = (z.shape[0], self.config.frames_per_segment, self.config.codec.feature_dim)
        noise = torch.randn(shape, generator=generator, device=z.device)
        predict_v = partial(self.guided_v, z=z, guidance=sampler.guidance)
        with fast_autocast(z.device):
            return diffusion.sample(predict_v, noise, sampler.n_steps, sampler.solver)

    @torch.no_grad()
    def decode(
        self,
        z: Tensor,
        sampler: SamplerSettings | None = None,
        *,
        rhythm: Rhythm | None = None,  # noqa: ARG002 - it knows none
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Decode latents to audio; see `autoencoder.GenerativeAutoencoder.decode`."""
        return self.codec.decode(self.decode_features(z, sampler or self.config.sampler, generator))


def load_encodecmae(folder: Path) -> EncodecmaeAutoencoder:
    """Load the autoencoder of a folder, which holds `config.json` and the weights, stored in half precision.

    It computes in float32 and is ready for inference.

    Raises:
        BundleError: `autoencoder_broken`.
    """
    try:
        config = TypeAdapter(EncodecmaeConfig).validate_json((folder / CONFIG).read_bytes())
        autoencoder = EncodecmaeAutoencoder(config)
        autoencoder.load_state_dict({name: t.float() for name, t in load_file(folder / WEIGHTS).items()})
    except ValidationError as error:
        raise BundleError("autoencoder_broken", f"{folder / CONFIG} can't be read: {first_fault(error)}.") from error
    except (OSError, RuntimeError, SafetensorError) as error:
        raise BundleError("autoencoder_broken", f"The autoencoder in {folder} can't be loaded: {error}") from error
    return autoencoder.eval().requires_grad_(False)

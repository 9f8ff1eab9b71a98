"""The compact generative autoencoder on MusiCNN: its parts in a row.

waveform -> fixed level -> 16 kHz -> MusiCNN's two penultimate layers -> principal components -> z;
z and a rhythm -> denoiser (v-diffusion of latent frames) -> latent codec -> log-mel -> vocoder -> waveform.

MusiCNN's weights aren't ours: `pecmae.networks.pretrained` finds them. The rest lies in `models/compact/`.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_S
from pecmae.audio.levelling import levelled
from pecmae.audio.rhythm import Rhythm, beat_curves, no_rhythm
from pecmae.errors import BundleError
from pecmae.networks import diffusion, musicnn
from pecmae.networks.configuration import DEFAULT_SAMPLER, SamplerSettings
from pecmae.networks.latent_codec import LatentCodec
from pecmae.networks.latent_denoiser import LatentDenoiser
from pecmae.networks.latent_weights import (
    load_latent_codec,
    load_latent_denoiser,
    load_principal_components,
    load_vocoder,
)
from pecmae.networks.musicnn import MusicnnEncoder
from pecmae.networks.precision import fast_autocast
from pecmae.networks.pretrained import MUSICNN_WHEEL_SHA256, load_musicnn
from pecmae.networks.principal_components import PrincipalComponents

ENCODER_BATCH = 2
"""Segments embedded at once on a CPU; more of them no longer fit in its cache and take twice as long."""
COMPONENTS_FILE = "musicnn_components.safetensors"
DENOISER_FILE, CODEC_FILE, VOCODER_FILE = (
    "latent_denoiser.safetensors",
    "latent_codec.safetensors",
    "vocoder.safetensors",
)


@dataclass(frozen=True)
class CompactConfig:
    """What a bundle needs to know of the compact autoencoder; the sizes of its parts lie in their files."""

    name: str = "compact"
    segment_s: float = SEGMENT_S
    sampler: SamplerSettings = DEFAULT_SAMPLER
    fast_embedding: bool = True


class Resampler(nn.Module):
    """From 24 to 16 kHz by a windowed sinc: two phases of a filter, one for every second output sample.

    Args:
        half_width: Zero crossings of the sinc on each side.
        rolloff: Pass band relative to half the new sample rate.
    """

    filters: Tensor

    def __init__(self, half_width: int = 48, rolloff: float = 0.96) -> None:
        super().__init__()
        ratio = musicnn.SAMPLE_RATE / SAMPLE_RATE  # 2 / 3
        self.reach = math.ceil(half_width / ratio)  # input samples on each side
        offsets = torch.arange(-self.reach, self.reach + 3, dtype=torch.float64)
        phases = torch.tensor([0.0, 1 / ratio], dtype=torch.float64)[:, None]  # where the outputs lie, in input samples
        times = (offsets - phases) * ratio  # in output samples
        window = torch.where(times.abs() < half_width, torch.cos(math.pi * times / (2 * half_width)) ** 2, 0.0)
        filters = torch.sinc(times * rolloff) * window
        self.register_buffer("filters", (filters / filters.sum(dim=1, keepdim=True)).float()[:, None], persistent=False)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Shape: (B, n_samples), a multiple of 3 -> (B, n_samples * 2 / 3)."""
        padded = functional.pad(waveforms, (self.reach, self.reach))
        phases = functional.conv1d(padded[:, None], self.filters, stride=3)  # (B, 2, n_samples / 3)
        return phases.transpose(1, 2).flatten(1)


class CompactAutoencoder(nn.Module):
    """MusiCNN as encoder, latent diffusion as decoder.

    Args:
        encoder: MusiCNN's two networks.
        components: From their layers to z.
        denoiser: Given z and a rhythm, denoises latent frames.
        latent_codec: Latent frames to log-mel frames.
        vocoder: Log-mel frames to sound.
    """

    can_decode = True
    config = CompactConfig()

    def __init__(
        self,
        encoder: MusicnnEncoder,
        components: PrincipalComponents,
        denoiser: LatentDenoiser,
        latent_codec: LatentCodec,
        vocoder: nn.Module,
    ) -> None:
        super().__init__()
        self.resampler = Resampler()
        self.encoder = encoder
        self.components = components
        self.denoiser = denoiser
        self.latent_codec = latent_codec
        self.vocoder = vocoder
        self.dim = denoiser.config.z_dim

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.denoiser.unconditional_z.device

    def embed(self, waveforms: Tensor) -> Tensor:
        """Latents of segments.

        Shape: (B, n_samples) mono at 24 kHz, 4 s each -> (B, D)
        """
        batches = waveforms.split(ENCODER_BATCH if waveforms.device.type == "cpu" else len(waveforms))
        return torch.cat([self.components(self.encoder(self.resampler(levelled(batch)))) for batch in batches])

    @torch.no_grad()
    def decode(
        self,
        z: Tensor,
        sampler: SamplerSettings | None = None,
        *,
        rhythm: Rhythm | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Decode latents to audio; see `autoencoder.GenerativeAutoencoder.decode`."""
        sampler = sampler or self.config.sampler
        rhythm = rhythm or no_rhythm(len(z), z.device)
        log_mel = decode_log_mel(self.denoiser, self.latent_codec, z, rhythm, sampler, generator)
        waveforms: Tensor = self.vocoder(log_mel)
        return waveforms


@torch.no_grad()
def decode_log_mel(
    denoiser: LatentDenoiser,
    latent_codec: LatentCodec,
    z: Tensor,
    rhythm: Rhythm,
    sampler: SamplerSettings,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Log-mel frames sampled for each z.

    Args:
        denoiser: Given z and a rhythm, denoises latent frames.
        latent_codec: Latent frames to log-mel frames.
        z: Latents.
        rhythm: What each of them plays to.
        sampler: Solver, steps and guidance.
        generator: Source of the initial noise, on the device of z; None is PyTorch's global one.

    Shape: (B, D) -> (B, T, n_mels)
    """
    config = denoiser.config
    noise = torch.randn(len(z), config.n_frames, config.channels, generator=generator, device=z.device)
    beats = beat_curves(rhythm, config.n_frames, latent_codec.config.stride)
    predict_v = partial(denoiser.guided, z=z, beats=beats, guidance=sampler.guidance)
    with fast_autocast(z.device):
        return latent_codec.decode(diffusion.sample(predict_v, noise, sampler.n_steps, sampler.solver))


def load_compact_autoencoder(folder: Path) -> CompactAutoencoder:
    """The autoencoder whose parts lie in `folder`, ready for inference.

    Raises:
        BundleError: A part is missing or broken, or MusiCNN's weights can't be had.
    """
    return CompactAutoencoder(
        load_musicnn(is_fast=CompactConfig.fast_embedding),
        load_principal_components(folder / COMPONENTS_FILE),
        load_latent_denoiser(folder / DENOISER_FILE),
        load_latent_codec(folder / CODEC_FILE),
        load_vocoder(folder / VOCODER_FILE),
    ).eval()


def compact_fingerprint(folder: Path) -> str:
    """SHA-256 of what determines the embeddings: MusiCNN's weights and the map to z. The decoder may go on learning.

    Raises:
        BundleError: `autoencoder_missing`.
    """
    path = folder / COMPONENTS_FILE
    try:
        return hashlib.sha256(MUSICNN_WHEEL_SHA256.encode() + path.read_bytes()).hexdigest()
    except OSError as error:
        raise BundleError("autoencoder_missing", f"{path} can't be read: {error.strerror}.") from error

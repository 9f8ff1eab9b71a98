"""Convolutional autoencoder of log-mel frames: what the denoiser of the compact autoencoder models.

Two log-mel frames (160 values) become one latent frame of 48 channels. A transformer over latent frames plays notes
that last; over the log-mel values themselves, noise. ConvNeXt blocks (Liu et al., arXiv 2201.03545) work at the frame
rate and, after a strided convolution, at half of it; the decoder mirrors the encoder. Latent frames are normalised per
channel by running statistics, so that noise of a given level means the same in every channel, and noise is added while
training, so that small errors of the denoiser stay small in the decoded spectrum.

Conventions: B clips, T log-mel frames, T / stride latent frames.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pecmae.networks.convolution import FrameBlock

TYPICAL_LOG_MEL = (-6.0, 2.5)
"""Mean and standard deviation of log-mel values, near enough for any material."""


@dataclass(frozen=True)
class LatentCodecConfig:
    """Sizes of a latent codec.

    Args:
        n_mels: Bands of a log-mel frame.
        channels: Values of a latent frame.
        stride: Log-mel frames per latent frame; 1 or 2.
        width: Channels inside.
        n_fine_blocks: Blocks at the rate of log-mel frames, on each side.
        n_coarse_blocks: Blocks at the rate of latent frames, on each side.
        noise: Standard deviation of the noise added to normalised latent frames while training.
    """

    n_mels: int = 80
    channels: int = 48
    stride: int = 2
    width: int = 256
    n_fine_blocks: int = 1
    n_coarse_blocks: int = 3
    noise: float = 0.1


class LatentCodec(nn.Module):
    """Log-mel frames to normalised latent frames and back.

    Example:
        >>> codec = LatentCodec(LatentCodecConfig(width=32)).eval()
        >>> latent_frames = codec.encode(torch.zeros(1, 200, 80))
        >>> latent_frames.shape, codec.decode(latent_frames).shape
        (torch.Size([1, 100, 48]), torch.Size([1, 200, 80]))
    """

    def __init__(self, config: LatentCodecConfig) -> None:
        super().__init__()
        self.config = config
        width, stride = config.width, config.stride
        self.embed = nn.Conv1d(config.n_mels, width, 5, padding=2)
        self.fine_encoder = _blocks(width, config.n_fine_blocks)
        self.down = nn.Conv1d(width, width, stride, stride=stride)
        self.coarse_encoder = _blocks(width, config.n_coarse_blocks)
        self.to_latent = nn.Linear(width, config.channels)
        self.norm = nn.BatchNorm1d(config.channels, affine=False, momentum=0.01)
        self.from_latent = nn.Conv1d(config.channels, width, 3, padding=1)
        self.coarse_decoder = _blocks(width, config.n_coarse_blocks)
        self.up = nn.ConvTranspose1d(width, width, stride, stride=stride)
        self.fine_decoder = _blocks(width, config.n_fine_blocks)
        self.to_log_mel = nn.Conv1d(width, config.n_mels, 5, padding=2)

    def encode(self, log_mel: Tensor) -> Tensor:
        """Latent frames of mean 0 and standard deviation 1 per channel.

        Shape: (B, T, n_mels) -> (B, T / stride, channels)
        """
        mean, std = TYPICAL_LOG_MEL
        fine = self.fine_encoder(_along_time(self.embed, (log_mel - mean) / std))
        latent = self.to_latent(self.coarse_encoder(_along_time(self.down, fine)))
        normed: Tensor = self.norm(latent.float().transpose(1, 2)).transpose(1, 2)
        return normed

    def decode(self, latent_frames: Tensor) -> Tensor:
        """Log-mel frames.

        Shape: (B, T / stride, channels) -> (B, T, n_mels)
        """
        mean, std = TYPICAL_LOG_MEL
        coarse = self.coarse_decoder(_along_time(self.from_latent, latent_frames))
        fine = self.fine_decoder(_along_time(self.up, coarse))
        return _along_time(self.to_log_mel, fine).float() * std + mean

    def forward(self, log_mel: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Reconstruction, from noisy latent frames while training.

        Shape: (B, T, n_mels) -> (B, T, n_mels)
        """
        latent_frames = self.encode(log_mel)
        if self.training:
            noise = torch.randn(latent_frames.shape, generator=generator, device=latent_frames.device)
            latent_frames = latent_frames + self.config.noise * noise
        return self.decode(latent_frames)


def _blocks(width: int, n_blocks: int) -> nn.Sequential:
    return nn.Sequential(*(FrameBlock(width, expansion=3, kernel_size=7) for _ in range(n_blocks)))


def _along_time(convolution: nn.Module, frames: Tensor) -> Tensor:
    """Apply a convolution to (B, T, C) frames."""
    convolved: Tensor = convolution(frames.transpose(1, 2))
    return convolved.transpose(1, 2)

"""Log-mel analysis: triangular filters over magnitudes of a short-time Fourier transform.

Conventions: a full-scale sine at a band's centre is near 0 dB; magnitudes are natural logarithms; K = n_fft // 2 + 1
frequency bins.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pecmae.audio.conventions import SAMPLE_RATE

LOG_FLOOR = 3e-5
"""Smallest mel magnitude that is distinguished from silence: 90 dB below a full-scale sine."""

SPREAD_DB = 1.9
"""By how much the sum over bands underestimates the power, on average over rendered music."""


@dataclass(frozen=True)
class LogMelConfig:
    """Settings of a log-mel analysis: frequencies in Hz, `n_fft` and `hop` in samples."""

    sample_rate: int = SAMPLE_RATE
    n_fft: int = 2048
    hop: int = 480
    n_mels: int = 80
    f_min: float = 30.0
    f_max: float = 12_000.0

    @property
    def frames_per_s(self) -> float:
        """Log-mel frames per second."""
        return self.sample_rate / self.hop


def triangular_filters(edges: Tensor, bins: Tensor) -> Tensor:
    """Triangles that rise from an edge to the next one, where they are 1, and fall to the one after it.

    Args:
        edges: Edges of the bands, ascending.
        bins: Places of the bins on the same scale.

    Shape:
        edges: (n_bands + 2,)
        bins: (K,)
        output: (K, n_bands)
    """
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return torch.minimum(rising, falling).clamp(min=0)


def mel_filterbank(config: LogMelConfig) -> Tensor:
    """Triangular filters, each of area one, equally spaced on the mel scale of O'Shaughnessy (2595 log10(1 + f/700)).

    Shape:
        output: (K, n_mels)
    """

    def to_mel(frequency_hz: float) -> float:
        return 2595 * math.log10(1 + frequency_hz / 700)

    mels = torch.linspace(to_mel(config.f_min), to_mel(config.f_max), config.n_mels + 2, dtype=torch.float64)
    edges_hz = 700 * (10 ** (mels / 2595) - 1)
    bins_hz = torch.linspace(0, config.sample_rate / 2, config.n_fft // 2 + 1, dtype=torch.float64)
    filters = triangular_filters(edges_hz, bins_hz)
    # A band narrower than the distance between two bins would be empty, so it gets the bin nearest to its centre.
    nearest = (bins_hz[:, None] - edges_hz[1:-1]).abs().argmin(dim=0)
    filters[nearest, torch.arange(config.n_mels)] = filters[nearest, torch.arange(config.n_mels)].clamp(min=1e-3)
    return (filters / filters.sum(dim=0)).float()


def band_interpolation(filters: Tensor) -> Tensor:
    """Weights that interpolate band values at the bins: linear between the centres of the bands, constant beyond them.

    Shape:
        filters: (K, n_mels)
        output: (n_mels, K)
    """
    n_bins, n_mels = filters.shape
    bins = torch.arange(n_bins, dtype=filters.dtype)
    centres = (filters * bins[:, None]).sum(dim=0) / filters.sum(dim=0)
    above = torch.searchsorted(centres, bins).clamp(1, n_mels - 1)
    gap = (centres[above] - centres[above - 1]).clamp(min=1e-3)
    fraction = ((bins - centres[above - 1]) / gap).clamp(0, 1)
    weights = filters.new_zeros(n_mels, n_bins)
    columns = torch.arange(n_bins)
    weights[above - 1, columns] = 1 - fraction
    weights[above, columns] = fraction
    return weights


class MelAnalysis(nn.Module):
    """Log-mel magnitudes; a full-scale sine at a band's centre is near 0 dB, silence is log(LOG_FLOOR)."""

    filters: Tensor
    interpolation: Tensor
    window: Tensor

    def __init__(self, config: LogMelConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("filters", mel_filterbank(config), persistent=False)
        self.register_buffer("interpolation", band_interpolation(self.filters), persistent=False)
        self.register_buffer("window", torch.hann_window(config.n_fft), persistent=False)

    def stft(self, waveform: Tensor) -> Tensor:
        """Complex spectrum, one frame per hop.

        Shape:
            waveform: (B, n_samples)
            output: (B, K, n_samples // hop)
        """
        return self.centred_stft(waveform)[..., : waveform.shape[-1] // self.config.hop]

    def centred_stft(self, waveform: Tensor) -> Tensor:
        """The same with the frame that is centred on the end of the waveform.

        Shape: (B, n_samples) -> (B, K, n_samples // hop + 1)
        """
        n_fft, hop = self.config.n_fft, self.config.hop
        spectrum = torch.stft(waveform, n_fft, hop, window=self.window, pad_mode="constant", return_complex=True)
        return spectrum * (2 / self.window.sum())

    def forward(self, waveform: Tensor) -> Tensor:
        """Shape: (B, n_samples) -> (B, n_samples // hop, n_mels)."""
        magnitudes = self.stft(waveform).abs().transpose(1, 2) @ self.filters
        return magnitudes.clamp(min=LOG_FLOOR).log()

    def level_dbfs(self, log_mel: Tensor) -> Tensor:
        """Approximate level (root mean square) of sound with these magnitudes.

        It is approximate because a band states only the mean of its bins.

        Shape: (B, T, n_mels) -> (B,) in dB of full scale
        """
        powers = (log_mel.exp() @ self.interpolation).square().sum(dim=2).mean(dim=1)
        window_gain = self.window.sum().square() / (2 * self.config.n_fft * self.window.square().sum())  # Parseval's
        return 10 * (powers * window_gain).clamp(min=1e-12).log10() + SPREAD_DB

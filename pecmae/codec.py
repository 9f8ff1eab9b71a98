"""The compact codec: waveform to normalised log-mel features and back.

The analysis plays the part that EnCodec's encoder plays in the published model: (B, n_samples) at 24 kHz becomes
(B, T, F) with 25 feature frames a second, each of them two consecutive log-mel frames of 80 bands. A vocoder turns
log-mel magnitudes into sound; the one here estimates phases with the fast Griffin-Lim algorithm (Perraudin, Balazs and
Søndergaard, WASPAA 2013), whatever offers `forward(log_mel) -> waveform` can take its place.
"""

import math

import torch
from torch import Tensor, nn

from pecmae.config import CodecConfig

LOG_FLOOR = 3e-5
"""Smallest mel magnitude that is told from silence: 90 dB under a full-scale sine."""


def mel_filterbank(config: CodecConfig) -> Tensor:
    """Triangular filters, each of area one, equally spaced on the mel scale of O'Shaughnessy (2595 log10(1 + f/700)).

    Shape:
        output: (n_fft // 2 + 1, n_mels)
    """

    def to_mel(frequency_hz: float) -> float:
        return 2595 * math.log10(1 + frequency_hz / 700)

    mels = torch.linspace(to_mel(config.f_min), to_mel(config.f_max), config.n_mels + 2, dtype=torch.float64)
    edges_hz = 700 * (10 ** (mels / 2595) - 1)
    bins_hz = torch.linspace(0, config.sample_rate / 2, config.n_fft // 2 + 1, dtype=torch.float64)[:, None]
    rising = (bins_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])
    filters = torch.minimum(rising, falling).clamp(min=0)
    # A band narrower than the distance of two bins would be empty: it takes the bin nearest to its centre.
    nearest = (bins_hz - edges_hz[1:-1]).abs().argmin(dim=0)
    filters[nearest, torch.arange(config.n_mels)] = filters[nearest, torch.arange(config.n_mels)].clamp(min=1e-3)
    return (filters / filters.sum(dim=0)).float()


class MelAnalysis(nn.Module):
    """Log-mel magnitudes; a full-scale sine at a band's centre is near 0 dB, silence is log(LOG_FLOOR)."""

    filters: Tensor
    window: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("filters", mel_filterbank(config), persistent=False)
        self.register_buffer("window", torch.hann_window(config.n_fft), persistent=False)

    def stft(self, waveform: Tensor) -> Tensor:
        """Complex spectrum, one frame a hop.

        Shape:
            waveform: (B, n_samples)
            output: (B, n_fft // 2 + 1, n_samples // hop)
        """
        config = self.config
        spectrum = torch.stft(
            waveform, config.n_fft, config.hop, window=self.window, pad_mode="constant", return_complex=True
        )
        return spectrum[..., : waveform.shape[-1] // config.hop] * (2 / self.window.sum())

    def forward(self, waveform: Tensor) -> Tensor:
        """Shape: (B, n_samples) -> (B, n_samples // hop, n_mels)."""
        magnitudes = self.stft(waveform).abs().transpose(1, 2) @ self.filters
        return magnitudes.clamp(min=LOG_FLOOR).log()


class GriffinLim(nn.Module):
    """A vocoder without training: non-negative inversion of the mel filters, then phases by fast Griffin-Lim."""

    filters: Tensor
    window: Tensor

    def __init__(self, config: CodecConfig, n_iterations: int = 48, momentum: float = 0.99) -> None:
        super().__init__()
        self.config = config
        self.n_iterations = n_iterations
        self.momentum = momentum
        self.register_buffer("filters", mel_filterbank(config), persistent=False)
        self.register_buffer("window", torch.hann_window(config.n_fft), persistent=False)

    def linear_magnitudes(self, log_mel: Tensor, n_updates: int = 40) -> Tensor:
        """Non-negative spectrum whose mel bands are those given: multiplicative updates of Lee and Seung (2001).

        Shape: (B, T, n_mels) -> (B, T, n_fft // 2 + 1)
        """
        mel = log_mel.exp()
        numerator = mel @ self.filters.T
        gram = self.filters @ self.filters.T
        spectrum = numerator.clamp(min=1e-12)
        for _ in range(n_updates):
            spectrum = spectrum * numerator / (spectrum @ gram).clamp(min=1e-12)
        return spectrum

    def forward(self, log_mel: Tensor) -> Tensor:
        """Shape: (B, T, n_mels) -> (B, T * hop)."""
        config = self.config
        magnitudes = self.linear_magnitudes(log_mel).transpose(1, 2) * (self.window.sum() / 2)
        magnitudes = nn.functional.pad(magnitudes, (0, 1))
        n_samples = log_mel.shape[1] * config.hop

        def synthesise(phases: Tensor) -> Tensor:
            return torch.istft(magnitudes * phases, config.n_fft, config.hop, window=self.window, length=n_samples)

        generator = torch.Generator(device=log_mel.device).manual_seed(0)
        angles = torch.rand(magnitudes.shape, device=log_mel.device, generator=generator) * (2 * math.pi)
        phases = torch.polar(torch.ones_like(angles), angles)
        previous = torch.zeros_like(phases)
        for _ in range(self.n_iterations):
            projected = torch.stft(
                synthesise(phases),
                config.n_fft,
                config.hop,
                window=self.window,
                pad_mode="constant",
                return_complex=True,
            )
            accelerated = projected + self.momentum * (projected - previous)
            phases = accelerated / accelerated.abs().clamp(min=1e-9)
            previous = projected
        return synthesise(phases)


class MelCodec(nn.Module):
    """Normalised log-mel features of a waveform, and a waveform of such features.

    `mean` and `std` (each (n_mels,)) are statistics of the training material; they belong to the weights.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.analysis = MelAnalysis(config)
        self.vocoder = GriffinLim(config)
        self.register_buffer("mean", torch.zeros(config.n_mels))
        self.register_buffer("std", torch.ones(config.n_mels))

    def to_features(self, log_mel: Tensor) -> Tensor:
        """Normalises and joins `frames_per_token` frames to one.

        Shape: (B, T * frames_per_token, n_mels) -> (B, T, feature_dim)
        """
        normalised = (log_mel - self.mean) / self.std
        return normalised.unflatten(1, (-1, self.config.frames_per_token)).flatten(2)

    def to_log_mel(self, features: Tensor) -> Tensor:
        """The inverse of `to_features`.

        Shape: (B, T, feature_dim) -> (B, T * frames_per_token, n_mels)
        """
        normalised = features.unflatten(2, (self.config.frames_per_token, -1)).flatten(1, 2)
        return (normalised * self.std + self.mean).clamp(min=math.log(LOG_FLOOR), max=math.log(2.0))

    def encode(self, waveform: Tensor) -> Tensor:
        """Shape: (B, n_samples), a multiple of `samples_per_token`, -> (B, T, feature_dim)."""
        return self.to_features(self.analysis(waveform))

    def decode(self, features: Tensor) -> Tensor:
        """Shape: (B, T, feature_dim) -> (B, T * samples_per_token)."""
        return self.vocoder(self.to_log_mel(features))

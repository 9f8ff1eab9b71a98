"""A vocoder without training, the baseline of the learned one.

Magnitudes come from a non-negative inversion of the mel filters, phases from the fast Griffin-Lim algorithm of
Perraudin, Balazs and Søndergaard (WASPAA 2013).
"""

import math

import torch
from torch import Tensor, nn

from pecmae.audio.log_mel import mel_filterbank
from pecmae.networks.configuration import CodecConfig


class GriffinLim(nn.Module):
    """Log-mel frames to a waveform.

    Args:
        config: The analysis to invert.
        n_iterations: Number of iterations of Griffin-Lim.
        momentum: How far each iteration extrapolates.
    """

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
        """The non-negative spectrum with the given mel bands, by the multiplicative updates of Lee and Seung (2001).

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

"""A learned vocoder: predicts a spectrum from log-mel magnitudes, and transforms it to a waveform.

As in Vocos (Siuzdak, arXiv 2306.00814), one-dimensional ConvNeXt blocks work at the frame rate, and a head predicts a
short-time Fourier transform. The absolute phase can't be predicted from magnitudes, but its differences can. So the
head predicts log-magnitudes, as a correction of the interpolated mel bands, and phase differences from one frame to the
next and from one bin to the next, as complex numbers whose modulus is the confidence. `integrated_phases` sums the
differences up. A few iterations of fast Griffin-Lim (Perraudin, Balazs and Søndergaard, WASPAA 2013) then make the
spectrum consistent; each iteration is scaled so that the spectrum keeps the given mel bands.

Conventions: K = n_fft // 2 + 1 bins; spectra are (B, T, K); magnitudes are scaled as in `MelAnalysis`.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.log_mel import LOG_FLOOR, LogMelConfig, MelAnalysis, band_interpolation, mel_filterbank
from pecmae.networks.convolution import FrameBlock
from pecmae.networks.precision import fast_autocast

MOMENTUM = 0.99
N_SWEEPS = 3
TYPICAL_LOG_MEL = (-6.0, 2.5)  # approximate mean and standard deviation of any audio
MAX_LOG_GAIN = math.log(100.0)


@dataclass(frozen=True)
class VocoderConfig:
    """Sizes of the learned vocoder: its convolutional blocks, and the number of iterations after its prediction."""

    dim: int = 384
    n_blocks: int = 6
    expansion: int = 2
    kernel_size: int = 7
    n_iterations: int = 8


@dataclass(frozen=True)
class PredictedSpectrum:
    """The network's prediction.

    Shape:
        log_magnitudes: (B, T, K)
        frame_steps: (B, T, K) complex; phase difference to the previous frame, minus that of the bin's own frequency
        bin_steps: (B, T, K) complex; phase difference to the bin below, relative to the middle of the frame
    """

    log_magnitudes: Tensor
    frame_steps: Tensor
    bin_steps: Tensor

    def select(self, clips: slice, frames: slice) -> "PredictedSpectrum":
        """The spectrum of some clips and frames."""
        return PredictedSpectrum(
            self.log_magnitudes[clips, frames], self.frame_steps[clips, frames], self.bin_steps[clips, frames]
        )


class SpectrumPredictor(nn.Module):
    """The network: log-mel frames to a `PredictedSpectrum`.

    Args:
        analysis: The log-mel analysis.
        config: Sizes of the network.
    """

    interpolation: Tensor

    def __init__(self, analysis: LogMelConfig, config: VocoderConfig) -> None:
        super().__init__()
        n_bins = analysis.n_fft // 2 + 1
        self.embed = nn.Conv1d(analysis.n_mels, config.dim, config.kernel_size, padding="same")
        self.first_norm = nn.LayerNorm(config.dim)
        self.blocks = nn.ModuleList(
            FrameBlock(config.dim, config.expansion, config.kernel_size) for _ in range(config.n_blocks)
        )
        self.last_norm = nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, 5 * n_bins)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        self.register_buffer("interpolation", band_interpolation(mel_filterbank(analysis)), persistent=False)

    def forward(self, log_mel: Tensor) -> PredictedSpectrum:
        """Predict the spectrum; shape of `log_mel` (B, T, n_mels)."""
        mean, std = TYPICAL_LOG_MEL
        frames = self.first_norm(self.embed(((log_mel - mean) / std).transpose(1, 2)).transpose(1, 2))
        for block in self.blocks:
            frames = block(frames)
        out = self.head(self.last_norm(frames)).float().unflatten(-1, (5, -1))
        with torch.autocast(log_mel.device.type, enabled=False):
            magnitudes = log_mel.float() @ self.interpolation + out[:, :, 0]
        return PredictedSpectrum(
            magnitudes, torch.complex(out[:, :, 1], out[:, :, 2]), torch.complex(out[:, :, 3], out[:, :, 4])
        )


class LearnedVocoder(nn.Module):
    """Spectrum predictor, phase integration and Griffin-Lim iterations; the last iteration is differentiable.

    Args:
        analysis: The log-mel analysis to invert.
        config: Sizes of the vocoder.
    """

    bin_turns: Tensor

    def __init__(self, analysis: LogMelConfig, config: VocoderConfig) -> None:
        super().__init__()
        self.analysis = analysis
        self.config = config
        self.predictor = SpectrumPredictor(analysis, config)
        self.mel = MelAnalysis(analysis)
        self.register_buffer("bin_turns", bin_turns(analysis), persistent=False)

    def forward(self, log_mel: Tensor) -> Tensor:
        """Synthesise a waveform; shape (B, T, n_mels) -> (B, T * hop)."""
        extended = torch.cat([log_mel, log_mel[:, -1:]], dim=1)  # a centred transform has one more frame
        with fast_autocast(log_mel.device):
            predicted = self.predictor(extended)
        return self.synthesise(extended, predicted)

    def synthesise(self, log_mel: Tensor, predicted: PredictedSpectrum) -> Tensor:
        """The waveform of a predicted spectrum; gradients flow through its magnitudes only.

        Shape: `log_mel` (B, T + 1, n_mels), output (B, T * hop)
        """
        log_mel, magnitudes = log_mel.float(), predicted.log_magnitudes.exp()
        with torch.autocast(log_mel.device.type, enabled=False):
            with torch.no_grad():
                estimate = magnitudes * integrated_phases(predicted, self.bin_turns)
                previous = estimate
                for _ in range(self.config.n_iterations):
                    waveform = self._invert(self._reconcile(estimate, magnitudes, log_mel))
                    projected = self.mel.centred_stft(waveform).transpose(1, 2)
                    estimate = projected + MOMENTUM * (projected - previous)
                    previous = projected
            return self._invert(self._reconcile(estimate, magnitudes, log_mel))

    def _reconcile(self, estimate: Tensor, magnitudes: Tensor, log_mel: Tensor) -> Tensor:
        """The phases of the estimate, with the geometric mean of both magnitudes, scaled to the given mel bands."""
        moduli = estimate.abs().clamp(min=1e-9)
        mixed = (moduli * magnitudes).clamp(min=1e-16).sqrt()
        log_gains = log_mel - (mixed @ self.mel.filters).clamp(min=1e-9).log()
        silent = log_mel <= math.log(LOG_FLOOR) + 0.05  # the true level of such a band is unknown, but no higher
        log_gains = torch.where(silent, log_gains.clamp(max=0), log_gains).clamp(-MAX_LOG_GAIN, MAX_LOG_GAIN)
        return estimate * (mixed * (log_gains @ self.mel.interpolation).exp() / moduli)

    def _invert(self, spectrum: Tensor) -> Tensor:
        """Shape: (B, T + 1, K) -> (B, T * hop)."""
        window = self.mel.window
        scaled = spectrum.transpose(1, 2) * (window.sum() / 2)
        n_samples = (spectrum.shape[1] - 1) * self.analysis.hop
        return torch.istft(scaled, self.analysis.n_fft, self.analysis.hop, window=window, length=n_samples)


def bin_turns(analysis: LogMelConfig) -> Tensor:
    """Phase difference of a sine at each bin's frequency over one hop, as complex numbers of modulus 1; shape (K,)."""
    bins = torch.arange(analysis.n_fft // 2 + 1, dtype=torch.float64)
    angles = 2 * math.pi * ((bins * analysis.hop / analysis.n_fft) % 1)
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64)


def true_steps(spectrum: Tensor, turns: Tensor) -> tuple[Tensor, Tensor]:
    """The true `frame_steps`, from the second frame on, and `bin_steps`, from the second bin on, of a spectrum.

    Shape:
        spectrum: (B, T, K) complex
        turns: (K,) of `bin_turns`
        output: (B, T - 1, K) and (B, T, K - 1), complex numbers of modulus 1
    """
    frame_steps = spectrum[:, 1:] * spectrum[:, :-1].conj() * turns.conj()
    # The transform's phases refer to the start of a frame; relative to its middle, every second bin changes sign.
    bin_steps = -spectrum[:, :, 1:] * spectrum[:, :, :-1].conj()
    return frame_steps.sgn(), bin_steps.sgn()


def integrated_phases(predicted: PredictedSpectrum, turns: Tensor, n_sweeps: int = N_SWEEPS) -> Tensor:
    """Phases that follow the predicted differences, as complex numbers of modulus 1.

    Frame by frame, the phase of a bin is the sum of what the previous frame and the two neighbouring bins predict,
    weighted by their magnitude and confidence. Where no prediction is confident, a random phase remains; the random
    numbers are always the same.

    Shape:
        turns: (K,) of `bin_turns`
        output: (B, T, K)
    """
    magnitudes = predicted.log_magnitudes.exp()
    n_frames, n_bins = magnitudes.shape[1:]
    generator = torch.Generator().manual_seed(0)
    angles = torch.rand(n_frames, n_bins, generator=generator).to(magnitudes.device) * (2 * math.pi)
    random = torch.polar(torch.ones_like(angles), angles)  # (T, K)
    from_before = (predicted.frame_steps[:, 1:] * turns * magnitudes[:, :-1]).unbind(1)
    # Predictions from the bin below and the bin above; the lowest and the highest bin have one neighbour only.
    from_below = functional.pad(-predicted.bin_steps[:, :, 1:] * magnitudes[:, :, :-1], (1, 0)).unbind(1)
    from_above = functional.pad(-predicted.bin_steps[:, :, 1:].conj() * magnitudes[:, :, 1:], (0, 1)).unbind(1)
    unsure = (1e-3 * magnitudes * random).unbind(1)
    current = unsure[0].new_zeros(len(magnitudes), n_bins + 2)  # with a bin of zeros at both ends
    below, bins, above = current[:, :-2], current[:, 1:-1], current[:, 2:]
    phases = [unsure[0].sgn()]
    for frame in range(n_frames):
        known = unsure[frame] if frame == 0 else torch.addcmul(unsure[frame], from_before[frame - 1], phases[-1])
        bins.copy_(known.sgn())
        for _ in range(n_sweeps):
            bins.copy_(known.addcmul(from_below[frame], below).addcmul_(from_above[frame], above).sgn_())
        phases.append(bins.clone())
    return torch.stack(phases[1:], dim=1)

"""The rhythm of a few seconds of music: the period, the place and the strength of its most regular pulse.

Conventions: B sounds, T log-mel frames, times in frames. Onset strength at frame t is the rise of log-mel magnitude
from frame t to the next, falls counted as 0, averaged over bands.
"""

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

LAGS_S = (0.25, 1.5)
"""The shortest and the longest period."""
HARMONICS = (1, 2, 4, 8)
"""Curves of a beat: the pulse, its halves, quarters and eighths."""
N_CURVES = 2 * len(HARMONICS)
_SUFFICIENT = 0.8
"""Of several lags at which onsets repeat, such as a beat and a bar, the shortest within this ratio of the best."""
_N_OFFSETS = 48
_N_REFINEMENTS = 21


@dataclass(frozen=True)
class Rhythm:
    """The most regular pulse of each of B sounds.

    Shape:
        period: (B,) frames from one beat to the next
        offset: (B,) frame of the first beat, less than the period
        strength: (B,) highest autocorrelation of onset strength: 1 is perfectly regular, about 0.2 is noise
    """

    period: Tensor
    offset: Tensor
    strength: Tensor

    def split(self, size: int) -> list["Rhythm"]:
        """The rhythms of batches of at most `size` sounds, as `Tensor.split` makes batches."""
        parts = (getattr(self, field.name).split(size) for field in fields(self))
        return [Rhythm(*batch) for batch in zip(*parts, strict=True)]


def no_rhythm(n: int, device: torch.device) -> Rhythm:
    """Of `n` sounds, the rhythm without any pulse."""
    return Rhythm(torch.ones(n, device=device), torch.zeros(n, device=device), torch.zeros(n, device=device))


def lags_of(frames_per_s: float) -> range:
    """The periods of `LAGS_S` in whole frames."""
    return range(*(round(lag_s * frames_per_s) for lag_s in LAGS_S))


def onset_strength(log_mel: Tensor) -> Tensor:
    """Shape: (B, T, n_mels) -> (B, T - 1)."""
    return log_mel.diff(dim=1).clamp(min=0).mean(dim=2)


def onset_correlations(log_mel: Tensor, frames_per_s: float) -> Tensor:
    """Pearson's coefficient between onset strength and itself a lag later, for every lag of `lags_of`.

    Shape: (B, T, n_mels), at least 2 s -> (B, n_lags)
    """
    onsets = onset_strength(log_mel)
    return torch.stack([_correlation(onsets[:, :-lag], onsets[:, lag:]) for lag in lags_of(frames_per_s)], dim=1)


def measure_rhythm(log_mel: Tensor, frames_per_s: float) -> Rhythm:
    """Find the shortest lag whose autocorrelation of onset strength is near the highest, and where the beats lie.

    Onset strength is folded at periods around that lag. The one with the most pronounced mean over all beats is the
    period, and the beat is where this mean is highest.

    Shape: (B, T, n_mels), at least 2 s.
    """
    onsets, correlations = onset_strength(log_mel), onset_correlations(log_mel, frames_per_s)
    strength = correlations.amax(dim=1)
    beside = functional.pad(correlations, (1, 1), value=-1.0)
    is_peak = (correlations >= beside[:, :-2]) & (correlations >= beside[:, 2:])
    is_sufficient = is_peak & (correlations >= _SUFFICIENT * strength[:, None])
    lags = is_sufficient.int().argmax(dim=1) + lags_of(frames_per_s).start
    periods = lags[:, None] + torch.linspace(-1, 1, _N_REFINEMENTS, device=onsets.device)  # (B, 21)
    times = torch.arange(onsets.shape[1], device=onsets.device)
    harmonics = torch.arange(1, 5, device=onsets.device)
    angles = 2 * math.pi * harmonics[:, None] * (times / periods[:, :, None])[:, :, None]  # (B, 21, 4, T - 1)
    centred = (onsets - onsets.mean(dim=1, keepdim=True))[:, None, None]
    cosines, sines = (centred * angles.cos()).mean(dim=-1), (centred * angles.sin()).mean(dim=-1)  # (B, 21, 4)
    chosen = (cosines.square() + sines.square()).sum(dim=2).argmax(dim=1)
    rows = torch.arange(len(onsets), device=onsets.device)
    period = periods[rows, chosen]
    places = torch.arange(_N_OFFSETS, device=onsets.device) / _N_OFFSETS
    turns = 2 * math.pi * harmonics * places[:, None]  # (48, 4)
    folded = cosines[rows, chosen] @ turns.cos().T + sines[rows, chosen] @ turns.sin().T  # (B, 48)
    return Rhythm(period, places[folded.argmax(dim=1)] * period, strength)


def beat_curves(rhythm: Rhythm, n_frames: int, hop: int = 1) -> Tensor:
    """Cosines and sines that return with every beat, half, quarter and eighth, as large as the rhythm's strength.

    Args:
        rhythm: The rhythm of each sound.
        n_frames: How many steps of `hop` frames to give.
        hop: Frames per step; a step stands for the middle of its frames.

    Shape: (B, n_frames, N_CURVES)
    """
    times = torch.arange(n_frames, device=rhythm.period.device) * hop + (hop - 1) / 2
    turns = (times - rhythm.offset[:, None]) / rhythm.period[:, None]  # (B, n_frames)
    angles = 2 * math.pi * turns[:, :, None] * torch.tensor(HARMONICS, device=turns.device)
    return rhythm.strength[:, None, None] * torch.cat([angles.cos(), angles.sin()], dim=2)


def _correlation(first: Tensor, second: Tensor) -> Tensor:
    """Pearson's coefficient of each row, 0 where a row doesn't vary; shape (B, T) twice -> (B,)."""
    first, second = (rows - rows.mean(dim=1, keepdim=True) for rows in (first, second))
    return functional.cosine_similarity(first, second, dim=1)

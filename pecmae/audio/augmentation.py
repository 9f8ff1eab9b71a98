"""Changes that recording makes to music, on log-mel spectra: other levels, rooms, microphones, noises and instruments.

An encoder that has seen only renders mistakes the sound of the renderer for the sound of the music. These changes cost
a few operations on (B, T, n_mels) spectra, so every batch gets new ones. Each function draws from the generator that it
is given, once per clip.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from pecmae.audio.log_mel import LOG_FLOOR

DB = math.log(10) / 20  # natural logarithm of a magnitude, per decibel
FLOOR = math.log(LOG_FLOOR)
CEILING = math.log(2.0)


@dataclass(frozen=True)
class Augmentation:
    """How far spectra are changed; levels and gains in dB, probabilities from 0 to 1."""

    level_db: tuple[float, float] = (-14.0, 8.0)
    warp_stretch: float = 0.06  # standard deviation of the stretch of the mel axis
    warp_bands: float = 1.5  # standard deviation of its shift, in bands
    equaliser_db: float = 5.0  # standard deviation at each of `equaliser_points`
    equaliser_points: int = 8
    band_limit_probability: float = 0.4
    room_probability: float = 0.6
    room_decay_s: tuple[float, float] = (0.15, 2.5)
    noise_probability: float = 0.4
    noise_db: tuple[float, float] = (-75.0, -28.0)
    contrast: float = 0.3  # how far loud and soft moments move together or apart
    cut_probability: float = 0.25  # clips that end early
    longest_cut: float = 0.4


def augment(log_mel: Tensor, augmentation: Augmentation, frames_per_s: float, generator: torch.Generator) -> Tensor:
    """Apply all changes in physical order: instrument, room, microphone, noise, level.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    spectra = warped(log_mel, augmentation, generator)
    spectra = in_a_room(spectra, augmentation, frames_per_s, generator)
    spectra = equalised(spectra, augmentation, generator)
    spectra = with_contrast(spectra, augmentation.contrast, generator)
    spectra = with_noise(spectra, augmentation, generator)
    spectra = spectra + _uniform(spectra, generator, *augmentation.level_db) * DB
    return cut_short(spectra, augmentation, generator).clamp(FLOOR, CEILING)


def warped(log_mel: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Stretch and shift the mel axis, as another tuning, another instrument or another singer would.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    n_clips, n_frames, n_mels = log_mel.shape
    stretch = 1 + augmentation.warp_stretch * torch.randn(n_clips, 1, generator=generator)
    shift = augmentation.warp_bands * torch.randn(n_clips, 1, generator=generator)
    place = (torch.arange(n_mels) * stretch + shift).clamp(0, n_mels - 1)  # (B, n_mels)
    below = place.floor().long().clamp(max=n_mels - 2)
    fraction = (place - below)[:, None]
    below = below[:, None].expand(-1, n_frames, -1)
    return log_mel.gather(2, below) * (1 - fraction) + log_mel.gather(2, below + 1) * fraction


def in_a_room(log_mel: Tensor, augmentation: Augmentation, frames_per_s: float, generator: torch.Generator) -> Tensor:
    """Add an exponential decay to every band's power.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    n_clips, n_frames, _ = log_mel.shape
    shortest, longest = (math.log(seconds) for seconds in augmentation.room_decay_s)
    decay_s = _uniform(log_mel, generator, shortest, longest).exp()
    wet = _uniform(log_mel, generator, -4.0, -0.7).exp()  # power of the room's first frame relative to the direct sound
    wet = wet * (torch.rand(n_clips, 1, 1, generator=generator) < augmentation.room_probability)
    age = torch.arange(n_frames)[:, None] - torch.arange(n_frames)  # (T, T)
    tail = torch.exp(-math.log(10**6) * age.clamp(min=0) / (decay_s * frames_per_s)) * (age > 0)  # (B, T, T)
    power = (2 * log_mel).exp()
    return (power + (wet * tail) @ power).clamp(min=1e-12).log() / 2


def equalised(log_mel: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Apply a smooth random frequency response, sometimes with a steep loss above some band.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    n_clips, _, n_mels = log_mel.shape
    points = torch.randn(n_clips, 1, augmentation.equaliser_points, generator=generator)
    response = functional.interpolate(points, n_mels, mode="linear", align_corners=True) * augmentation.equaliser_db
    limit = _uniform(log_mel, generator, 0.5, 1.2) * n_mels
    limited = torch.rand(n_clips, 1, 1, generator=generator) < augmentation.band_limit_probability
    loss = (torch.arange(n_mels) - limit).clamp(min=0) * limited  # 1 dB per band
    return log_mel + (response - loss) * DB


def with_contrast(log_mel: Tensor, contrast: float, generator: torch.Generator) -> Tensor:
    """Move loud and soft moments together, as compression does, or apart.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    level = log_mel.mean(dim=2, keepdim=True)
    return log_mel + (level - level.mean(dim=1, keepdim=True)) * _uniform(log_mel, generator, -contrast, contrast)


def with_noise(log_mel: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Add a steady noise floor with a tilted spectrum.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    n_clips, n_frames, n_mels = log_mel.shape
    tilt = torch.linspace(-0.5, 0.5, n_mels) * _uniform(log_mel, generator, -30.0, 15.0)
    noise = (_uniform(log_mel, generator, *augmentation.noise_db) + tilt) * DB
    noise = noise + 0.3 * torch.randn(n_clips, n_frames, n_mels, generator=generator)
    noisy = torch.rand(n_clips, 1, 1, generator=generator) < augmentation.noise_probability
    return torch.where(noisy, torch.logaddexp(2 * log_mel, 2 * noise) / 2, log_mel)


def cut_short(log_mel: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """End some clips early, as a clip shorter than a segment does.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    n_clips, n_frames, _ = log_mel.shape
    end = 1 - _uniform(log_mel, generator, 0.0, augmentation.longest_cut)
    cut = torch.rand(n_clips, 1, 1, generator=generator) < augmentation.cut_probability
    over = torch.arange(n_frames)[None, :, None] >= end * n_frames
    return log_mel.masked_fill(over & cut, FLOOR)


def _uniform(like: Tensor, generator: torch.Generator, low: float, high: float) -> Tensor:
    """One number per clip; shape (B, 1, 1)."""
    return low + (high - low) * torch.rand(len(like), 1, 1, generator=generator)

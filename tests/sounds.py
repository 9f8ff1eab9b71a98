"""Sounds, files of them, and the errors of reading them, for the tests of reading and serving."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pecmae.audio.reading import ClipLimits, read_clip
from pecmae.errors import AudioError


def tone(duration_s: float, sample_rate: int = 44_100, channels: int = 1) -> np.ndarray:
    """A chord at -3 dBFS or less, a little different in each channel.

    Shape: (n_samples, channels) float32.
    """
    t = np.arange(round(duration_s * sample_rate))[:, None] / sample_rate
    pitch_hz = 220 * (1 + np.arange(channels) / 10)
    return (0.2 * np.sin(2 * np.pi * pitch_hz * t) + 0.1 * np.sin(3 * np.pi * pitch_hz * t)).astype(np.float32)


def write_tone(path: Path, duration_s: float, sample_rate: int = 44_100, channels: int = 1, **options: str) -> Path:
    """Write a tone in the format of the path's suffix, or that of the options."""
    soundfile.write(path, tone(duration_s, sample_rate, channels), sample_rate, **options)
    return path


def tone_bytes(duration_s: float, sample_rate: int = 44_100, channels: int = 1, kind: str = "WAV") -> bytes:
    """A tone as the contents of a file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, tone(duration_s, sample_rate, channels), sample_rate, format=kind)
    return buffer.getvalue()


def cut(path: Path, ratio: float) -> Path:
    """Keep only the first part of a file's bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * ratio)])
    return path


def error_of(path: Path, limits: ClipLimits | None = None, first_part: bool = False) -> tuple[str, str]:
    """Code and sentence of the error that reading a file raises."""
    with pytest.raises(AudioError) as caught:
        read_clip(path, limits=limits or ClipLimits(), first_part=first_part)
    return caught.value.code, caught.value.message

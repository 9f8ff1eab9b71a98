"""Write sound to files, or to the contents of files."""

import io
from pathlib import Path

import numpy as np
import soundfile

from pecmae.audio.conventions import SAMPLE_RATE

EXCERPT_COMPRESSION = 0.9
"""Of libsndfile, 0 to 1: about 18 kB for 4 s of mono at 24 kHz."""
EXCERPT_FADE_S = 0.01
_SUBTYPES = {".ogg": "VORBIS", ".flac": "PCM_16", ".wav": "PCM_16"}
_BLOCK_SAMPLES = 2**16


def write_audio(
    path: Path, waveform: np.ndarray, sample_rate: int = SAMPLE_RATE, *, compression_level: float | None = None
) -> None:
    """Write mono sound, clipped to full scale.

    Args:
        path: The file; its suffix chooses the format: `.ogg` (Vorbis), `.flac` or `.wav` (16 bits).
        waveform: The samples, finite.
        sample_rate: Their sample rate.
        compression_level: For `.ogg`: 0 is the best sound, 1 the smallest file; None is libsndfile's default.

    Shape:
        `waveform` (n_samples,).
    """
    contents = encode_audio(waveform, sample_rate, suffix=path.suffix, compression_level=compression_level)
    path.write_bytes(contents)


def encode_audio(
    waveform: np.ndarray,
    sample_rate: int = SAMPLE_RATE,
    *,
    suffix: str = ".ogg",
    compression_level: float | None = None,
) -> bytes:
    """The contents of the file that `write_audio` would write."""
    clipped = np.clip(waveform, -1.0, 1.0).astype(np.float32)
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer,
        "w",
        sample_rate,
        channels=1,
        format=suffix[1:].upper(),
        subtype=_SUBTYPES[suffix],
        compression_level=compression_level,
    ) as file:
        for start in range(0, len(clipped), _BLOCK_SAMPLES):  # libsndfile's Vorbis encoder crashes on one long block
            file.write(clipped[start : start + _BLOCK_SAMPLES])
    return buffer.getvalue()


def faded(waveform: np.ndarray, fade_s: float) -> np.ndarray:
    """Fade in and out, so that an excerpt starts and ends without a click.

    Shape: (n_samples,) -> (n_samples,)
    """
    n = min(round(fade_s * SAMPLE_RATE), len(waveform) // 2)
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)
    envelope = np.ones(len(waveform), dtype=np.float32)
    envelope[:n] = ramp
    envelope[len(waveform) - n :] = ramp[::-1]
    return waveform * envelope


def encode_excerpt(waveform: np.ndarray) -> bytes:
    """A short excerpt as an Ogg Vorbis file's contents, faded at both ends so that it doesn't click.

    Shape: (n_samples,).
    """
    return encode_audio(faded(np.clip(waveform, -1, 1), EXCERPT_FADE_S), compression_level=EXCERPT_COMPRESSION)

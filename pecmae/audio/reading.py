"""Read a clip: mono, at the sample rate of the models.

A clip is decoded block by block (`decoding`), and each block is averaged over its channels and resampled, so that a
long or malicious file doesn't fill the memory.

Conventions: waveforms are (n_samples,) float32, full scale 1, at `conventions.SAMPLE_RATE` unless said.
"""

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soxr

from pecmae.audio.conventions import (
    MAX_CLIP_S,
    MAX_UPLOAD_BYTES,
    MIN_CLIP_S,
    SAMPLE_RATE,
    SILENCE_DBFS,
)
from pecmae.audio.decoding import AudioStream, full_scale_1, open_audio
from pecmae.errors import AudioError

MIN_SAMPLE_RATE = 1_000
MAX_SAMPLE_RATE = 768_000
MAX_PEAK = 100.0
"""Float files may exceed full scale a little; samples 40 dB above it aren't sound."""
_MAX_NAME_LENGTH = 80


@dataclass(frozen=True, eq=False)
class Clip:
    """A clip ready for analysis.

    Args:
        name: Name of the file, without its folder.
        waveform: The sound: (n_samples,) float32, mono, at `conventions.SAMPLE_RATE`.
        duration_s: Length of the original file. If only a part was read, the length that the header states.
        sample_rate: Sample rate of the original file, in Hz.
        channels: Number of channels of the original file, which are averaged.
        read_s: Length of the part that was read.
        notes: Sentences for people on what was left out.
    """

    name: str
    waveform: np.ndarray
    duration_s: float
    sample_rate: int
    channels: int
    read_s: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ClipLimits:
    """Limits on the files that are accepted."""

    min_s: float = MIN_CLIP_S
    max_s: float = MAX_CLIP_S
    max_bytes: int = MAX_UPLOAD_BYTES


def read_clip(
    source: Path | BinaryIO, *, name: str | None = None, limits: ClipLimits = ClipLimits(), first_part: bool = False
) -> Clip:
    """Read a media file of any kind as a clip.

    Args:
        source: The path of the file, or an open binary file.
        name: Name of the clip, whose folders are dropped. By default the name of the file.
        limits: Shortest and longest length, largest size.
        first_part: Read the first `limits.max_s` of a longer clip instead of raising an error.

    Returns:
        The clip, with at least `limits.min_s` of sound.

    Raises:
        AudioError: `empty_file`, `not_audio`, `truncated`, `silent`, `too_short`, `too_long` or `too_large`, with a
            sentence that names the file, the value and the remedy.
    """
    shown = display_name(str(getattr(source, "name", "clip")) if name is None else name)
    with _opened(source, shown, limits) as file, open_audio(file, shown) as stream:
        return _read(stream, shown, limits, first_part)


def clip_from_samples(
    samples: np.ndarray,
    sample_rate: int | None,
    *,
    name: str = "samples",
    limits: ClipLimits = ClipLimits(),
    first_part: bool = False,
) -> Clip:
    """Make a clip of samples; arguments and errors as for `read_clip`.

    Args:
        samples: The samples. Those of an integer type are divided by the full scale of the type.
        sample_rate: Their sample rate, in Hz.
        name: Name of the clip.
        limits: Shortest and longest length.
        first_part: Use the first `limits.max_s` of a longer clip instead of raising an error.

    Raises:
        AudioError: `bad_samples` for another shape or without a sample rate, or as for `read_clip`.

    Shape:
        `samples` (n_samples,) or (n_samples, n_channels).
    """
    if sample_rate is None:
        raise AudioError("bad_samples", "The sample rate of the samples is missing; give sample_rate=44100, or theirs.")
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and samples.shape[1] > max(samples.shape[0], 1)):
        raise AudioError(
            "bad_samples",
            f"The samples have the shape {samples.shape}; (n_samples,) or (n_samples, n_channels) is needed, so "
            "transpose them if channels come first.",
        )
    block = full_scale_1(samples if samples.ndim == 2 else samples[:, None])
    stream = AudioStream(sample_rate, block.shape[1], len(block) / max(sample_rate, 1), iter([block]))
    return _read(stream, display_name(name), limits, first_part)


def _read(stream: AudioStream, shown: str, limits: ClipLimits, first_part: bool) -> Clip:
    if not MIN_SAMPLE_RATE <= stream.sample_rate <= MAX_SAMPLE_RATE:
        raise AudioError(
            "not_audio",
            f"{shown!r} has a sample rate of {stream.sample_rate:,} Hz; rates from {MIN_SAMPLE_RATE:,} to "
            f"{MAX_SAMPLE_RATE:,} Hz can be read, so convert it to 44,100 Hz.",
        )
    if not first_part and stream.promised_s is not None and stream.promised_s > limits.max_s:
        raise _too_long(shown, f"is {format_duration(stream.promised_s)} long", limits)
    waveform, n_frames, is_longer = _collect(stream, shown, limits.max_s)
    read_s = n_frames / stream.sample_rate
    if is_longer and not first_part:
        raise _too_long(shown, f"is longer than {format_duration(limits.max_s)}", limits)
    _check_sound(waveform, read_s, shown, limits)
    duration_s = max(read_s, stream.promised_s or 0.0) if is_longer else read_s
    notes = (_cut_note(read_s, duration_s if stream.promised_s else None),) if is_longer else ()
    return Clip(shown, waveform, duration_s, stream.sample_rate, stream.channels, read_s, notes)


def display_name(name: str) -> str:
    """The last part of a path in the notation of any system, printable and at most 80 characters long."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    printable = "".join(character for character in last if character.isprintable()).strip()
    if len(printable) > _MAX_NAME_LENGTH:
        printable = printable[: _MAX_NAME_LENGTH - 1] + "…"
    return printable or "clip"


def format_duration(duration_s: float) -> str:
    """A duration for people, such as `2.3 s` or `12 min 5 s`."""
    if duration_s < 60:
        return f"{duration_s:.3g} s"
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"


def too_large(what: str, n_bytes: int, max_bytes: int) -> AudioError:
    """The error for a file over the size limit, also for an upload that is still arriving.

    Args:
        what: Subject of the sentence.
        n_bytes: Size.
        max_bytes: Limit.
    """
    return AudioError(
        "too_large",
        f"{what} has {n_bytes / 2**20:.1f} MB; up to {max_bytes / 2**20:.3g} MB are accepted, so trim it or compress "
        "it as ogg, mp3 or flac.",
    )


def _opened(source: Path | BinaryIO, shown: str, limits: ClipLimits) -> AbstractContextManager[BinaryIO]:
    """The source as a seekable file whose size is within the limits."""
    if isinstance(source, Path):
        if not source.is_file():
            raise AudioError("not_audio", f"There is no file {shown!r}; check its name.")
        file: AbstractContextManager[BinaryIO] = source.open("rb")
        n_bytes = source.stat().st_size
    else:
        if not source.seekable():
            source = BytesIO(source.read(limits.max_bytes + 1))
        file = nullcontext(source)
        n_bytes = source.seek(0, 2)
    if n_bytes == 0:
        raise AudioError("empty_file", f"{shown!r} is empty (0 bytes); choose the file again or export it again.")
    if n_bytes > limits.max_bytes:
        raise too_large(repr(shown), n_bytes, limits.max_bytes)
    return file


def _collect(stream: AudioStream, shown: str, max_s: float) -> tuple[np.ndarray, int, bool]:
    """Average, resample and join at most `max_s` of a stream.

    Returns the waveform, the number of frames that were read, and whether the stream is longer.
    """
    resampler = soxr.ResampleStream(stream.sample_rate, SAMPLE_RATE, 1, dtype="float32")
    parts: list[np.ndarray] = []
    n_frames, max_frames = 0, math.ceil(max_s * stream.sample_rate)
    is_longer = False
    for block in stream.blocks:
        _check_samples(block, shown)
        is_longer = n_frames + len(block) > max_frames
        block = block[: max_frames - n_frames]
        n_frames += len(block)
        parts.append(resampler.resample_chunk(block.mean(axis=1)))  # (n, channels) -> (n,)
        if is_longer:
            break
    parts.append(resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
    return np.concatenate(parts), n_frames, is_longer


def _check_samples(block: np.ndarray, shown: str) -> None:
    peak = float(np.abs(block).max(initial=0.0))
    if not math.isfinite(peak):
        raise AudioError(
            "not_audio", f"{shown!r} contains samples that aren't numbers (NaN or infinite); export it again."
        )
    if peak > MAX_PEAK:
        raise AudioError(
            "not_audio",
            f"{shown!r} contains samples up to {peak:.3g}, where full scale is 1; normalise it and export it again.",
        )


def _check_sound(waveform: np.ndarray, read_s: float, shown: str, limits: ClipLimits) -> None:
    if read_s == 0:
        raise AudioError("empty_file", f"{shown!r} contains no samples (0 s); choose another file or export it again.")
    if read_s < limits.min_s:
        raise AudioError(
            "too_short",
            f"{shown!r} is {format_duration(read_s)} long; at least {format_duration(limits.min_s)} is needed, so give "
            "a longer clip.",
        )
    amplitude = float(np.ptp(waveform)) / 2  # a constant offset is silent too
    level_db = 20 * math.log10(max(amplitude, 1e-12))
    if level_db < SILENCE_DBFS:
        level = f"peaks at {level_db:.0f} dBFS" if level_db > -200 else "is constant"
        raise AudioError(
            "silent",
            f"{shown!r} is silent: its mono mix {level}, but a peak of at least {SILENCE_DBFS:.0f} dBFS is needed; "
            "check the recording level or choose another file.",
        )


def _too_long(shown: str, what: str, limits: ClipLimits) -> AudioError:
    limit = format_duration(limits.max_s)
    return AudioError(
        "too_long", f"{shown!r} {what}; up to {limit} is accepted, so trim it or ask for its first {limit} only."
    )


def _cut_note(read_s: float, promised_s: float | None) -> str:
    whole = f"The file is {format_duration(promised_s)} long" if promised_s else "The file is longer"
    return f"{whole}; only its first {format_duration(read_s)} was analysed."

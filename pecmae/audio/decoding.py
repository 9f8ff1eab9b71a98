"""Decode a media file of any kind to blocks of samples, in bounded memory.

libsndfile reads wav, flac, ogg, mp3 and aiff; what it can't read (m4a, wma, video) goes through an `ffmpeg` program if
there is one. ffmpeg is told which container to expect and may open that one file only, so that a playlist in disguise
can't make it read anything else.

Conventions: a block is (n_frames, n_channels) float32, full scale 1.
"""

import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from pecmae.audio.containers import Container, count_mpeg_samples, identify, missing_bytes
from pecmae.errors import AudioError

BLOCK_SAMPLES = 2**18
DECODING_TIMEOUT_S = 120.0
READABLE = "wav, flac, ogg, mp3 or aiff"
_FORMATS = {"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF"}
_LIBSNDFILE_DEMUXERS = {"wav", "flac", "mp3", "aiff"}
_UNKNOWN_FRAMES = 2**62
_UNKNOWN_LENGTH_BLOCK = 1024
_TOLERANCE_S = 0.1  # encoders' headers differ by a frame or two


@dataclass(frozen=True)
class AudioStream:
    """An opened file.

    Args:
        sample_rate: Of the file.
        channels: Of the file.
        promised_s: Length by the header, or None if it gives none.
        blocks: The samples, to be read once.
    """

    sample_rate: int
    channels: int
    promised_s: float | None
    blocks: Iterator[np.ndarray]


@contextmanager
def open_audio(path: Path, name: str, max_s: float) -> Iterator[AudioStream]:
    """Open a media file for reading block by block.

    Args:
        path: The file.
        name: What to call it in errors.
        max_s: At most this much needs to be decoded; an external decoder stops soon after it.

    Yields:
        The stream. Reading its blocks raises the same errors.

    Raises:
        AudioError: `not_audio`, `truncated`, `needs_ffmpeg`.
    """
    missing = missing_bytes(path)
    if missing:
        raise AudioError(
            "truncated",
            f"{name!r} is cut short: at least {missing:,} bytes are missing at its end; export or download it again.",
        )
    container = identify(path)
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a header that announces nonsense
        if container is None:
            raise _not_audio(name) from error
        with _open_with_ffmpeg(path, name, container, max_s) as stream:
            yield stream
        return
    with file:
        if file.format not in _FORMATS:
            raise _not_audio(name)
        promised: int | None = file.frames if 0 < file.frames < _UNKNOWN_FRAMES else None
        if file.format == "MP3":
            length = count_mpeg_samples(path)
            if not length.has_header and file.frames < length.n_samples - _TOLERANCE_S * file.samplerate:
                mp3 = container or Container("MP3", "mp3")
                with _open_with_ffmpeg(
                    path, name, mp3, max_s, reason="an MP3 without the header that gives its length"
                ) as stream:
                    yield stream
                return
            promised = promised if length.has_header else None
        promised_s = promised / file.samplerate if promised else None
        yield AudioStream(file.samplerate, file.channels, promised_s, _read_blocks(file, name, promised_s))


def _read_blocks(file: soundfile.SoundFile, name: str, promised_s: float | None) -> Iterator[np.ndarray]:
    endless = file.frames >= _UNKNOWN_FRAMES
    block_frames = _UNKNOWN_LENGTH_BLOCK if endless else max(1, BLOCK_SAMPLES // file.channels)
    n_frames = 0
    while True:
        try:
            block = file.read(block_frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            if endless and n_frames:  # the end of a stream of unknown length can't be told from damage
                return
            break
        if not len(block):
            break
        n_frames += len(block)
        yield block
    read_s = n_frames / file.samplerate
    if promised_s is not None and read_s < promised_s - _TOLERANCE_S:
        raise AudioError(
            "truncated",
            f"{name!r} breaks off: {read_s:.1f} s of the {promised_s:.1f} s that its header promises can be decoded; "
            "export or download it again.",
        )


def _not_audio(name: str) -> AudioError:
    return AudioError("not_audio", f"{name!r} isn't audio that can be read here; give a {READABLE} file.")


@contextmanager
def _open_with_ffmpeg(
    path: Path, name: str, container: Container, max_s: float, reason: str | None = None
) -> Iterator[AudioStream]:
    program = shutil.which("ffmpeg")
    if program is None:
        if reason is None and container.demuxer in _LIBSNDFILE_DEMUXERS:
            raise _not_audio(name)
        raise AudioError(
            "needs_ffmpeg",
            f"{name!r} is {reason or container.label}, which only the program ffmpeg can read; install ffmpeg on the "
            f"machine that runs the explorer, or convert the file to {READABLE}.",
        )
    command = [program, "-nostdin", "-v", "quiet", "-protocol_whitelist", "file,pipe", "-f", container.demuxer]
    command += ["-i", f"file:{path.resolve()}", "-map", "0:a:0", "-t", str(max_s + 1)]
    command += ["-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    timer = threading.Timer(DECODING_TIMEOUT_S, process.kill)
    timer.start()
    try:
        yield _parse_au(process, name, container)
    finally:
        timer.cancel()
        process.kill()
        process.communicate()


def _parse_au(process: subprocess.Popen[bytes], name: str, container: Container) -> AudioStream:
    """Sun's AU: six big-endian words (magic, offset of the data, its size, encoding, sample rate, channels)."""
    assert process.stdout is not None
    header = process.stdout.read(24)
    if len(header) < 24:
        raise AudioError("not_audio", f"ffmpeg finds no sound in {name!r} ({container.label}); give a {READABLE} file.")
    magic, offset, _, encoding, sample_rate, channels = struct.unpack(">4s5I", header)
    assert magic == b".snd" and encoding == 6, "ffmpeg was told to write AU with 32-bit floats"
    process.stdout.read(offset - 24)
    return AudioStream(sample_rate, channels, None, _read_au_blocks(process, name, channels))


def _read_au_blocks(process: subprocess.Popen[bytes], name: str, channels: int) -> Iterator[np.ndarray]:
    assert process.stdout is not None
    frame_bytes = 4 * channels
    while data := process.stdout.read(frame_bytes * max(1, BLOCK_SAMPLES // channels)):
        whole = len(data) - len(data) % frame_bytes
        yield np.frombuffer(data[:whole], dtype=">f4").astype(np.float32).reshape(-1, channels)
    if process.wait() != 0:
        raise AudioError(
            "truncated", f"ffmpeg can't decode {name!r} to its end; export or download it again, or convert it to wav."
        )

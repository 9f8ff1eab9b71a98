"""Decode a media file of any kind to blocks of samples, in bounded memory.

libsndfile reads wav, flac, ogg and aiff. PyAV, whose wheel contains FFmpeg, reads what libsndfile can't (m4a, wma,
webm, video), and mp3, because libsndfile drops samples of an mp3 that doesn't state its length.

FFmpeg gets an open file, never an address. It may use the listed containers and decoders only, and an attempt to open
another file or an address, as playlists do, fails.

Conventions: a block is (n_frames, n_channels) float32, full scale 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, NoReturn

import av
import numpy as np
import soundfile

from pecmae.audio.framing import missing_bytes, states_mp3_length
from pecmae.errors import AudioError

BLOCK_SAMPLES = 2**18
_SOUNDFILE_FORMATS = {"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "AIFF", "AU", "CAF"}
_FFMPEG_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,avi,flv,mpegts,mpeg,mp3,aac,ac3,eac3,amr,ogg,flac,wav,aiff,caf,wv,"
    "ape,tta"
)
_FFMPEG_DECODERS = (
    "aac,aac_latm,ac3,eac3,alac,amrnb,amrwb,ape,flac,mp1float,mp2float,mp3float,opus,vorbis,libspeex,speex,tta,wavpack,"
    "wmalossless,wmapro,wmav1,wmav2,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,pcm_s16le,"
    "pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be"
)
_FORMATS_WITHOUT_LENGTH = {"aac", "ac3", "eac3", "amr", "mpeg", "mpegts"}
_UNKNOWN_FRAMES = 2**62
_UNKNOWN_LENGTH_BLOCK = 1024
_TOLERANCE_S = 0.1
"""Headers of different encoders differ by a frame or two."""


@dataclass(frozen=True)
class AudioStream:
    """An opened file.

    Args:
        sample_rate: Sample rate of the file, in Hz.
        channels: Number of its channels.
        promised_s: Length that the header states, or None.
        blocks: The samples, to be read once.
    """

    sample_rate: int
    channels: int
    promised_s: float | None
    blocks: Iterator[np.ndarray]


@contextmanager
def open_audio(file: BinaryIO, name: str) -> Iterator[AudioStream]:
    """Open a media file for reading block by block.

    Args:
        file: The file, seekable.
        name: The name of the file in errors.

    Yields:
        The stream. Reading its blocks raises the same errors.

    Raises:
        AudioError: `not_audio` or `truncated`.
    """
    missing = missing_bytes(file)
    if missing:
        raise AudioError(
            "truncated",
            f"{name!r} is incomplete: at least {missing:,} bytes are missing at its end; export or download it again.",
        )
    file.seek(0)
    try:
        sound = soundfile.SoundFile(file)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: a header with impossible values
        sound = None
    if sound is None or sound.format not in _SOUNDFILE_FORMATS:
        if sound is not None:
            sound.close()
        with _open_with_ffmpeg(file, name) as stream:
            yield stream
        return
    with sound:
        promised_s = sound.frames / sound.samplerate if 0 < sound.frames < _UNKNOWN_FRAMES else None
        blocks = _checked(_read_with_soundfile(sound), sound.samplerate, promised_s, name)
        yield AudioStream(sound.samplerate, sound.channels, promised_s, blocks)


def _read_with_soundfile(sound: soundfile.SoundFile) -> Iterator[np.ndarray]:
    is_length_known = sound.frames < _UNKNOWN_FRAMES
    n_frames = max(1, BLOCK_SAMPLES // sound.channels) if is_length_known else _UNKNOWN_LENGTH_BLOCK
    try:
        while len(block := sound.read(n_frames, dtype="float32", always_2d=True)):
            yield block
    except soundfile.LibsndfileError:  # damage, or the end of a stream of unknown length
        return


@contextmanager
def _open_with_ffmpeg(file: BinaryIO, name: str) -> Iterator[AudioStream]:
    mp3_states_length = states_mp3_length(file)  # before FFmpeg reads, because it relies on the file's position
    file.seek(0)
    try:
        container = av.open(
            file,
            mode="r",
            container_options={
                "format_whitelist": _FFMPEG_FORMATS,
                "codec_whitelist": _FFMPEG_DECODERS,
                "protocol_whitelist": "none",
            },
            metadata_errors="replace",
            io_open=_refuse_to_open,
        )
    except (av.FFmpegError, OSError) as error:
        raise _not_audio(name) from error
    with container:
        if not container.streams.audio:
            raise AudioError("not_audio", f"{name!r} contains no sound; give a file with an audio track.")
        stream = container.streams.audio[0]
        frames = _decode(container, stream)
        first = next(frames, None)
        if first is None:
            raise _not_audio(name)
        sample_rate = first.sample_rate
        promised_s = _promised_s(container, stream, mp3_states_length)
        blocks = (_samples(frame, sample_rate, name) for frame in chain([first], frames))
        yield AudioStream(
            sample_rate, first.layout.nb_channels, promised_s, _checked(blocks, sample_rate, promised_s, name)
        )


def _decode(container: av.container.InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    """All frames of a stream. Packets that can't be decoded are skipped, and reading ends where the file breaks off."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _promised_s(
    container: av.container.InputContainer, stream: av.AudioStream, mp3_states_length: bool
) -> float | None:
    """The length that the header states. None if FFmpeg only estimates it, or if it is that of a longer video."""
    kind = container.format.name
    if kind in _FORMATS_WITHOUT_LENGTH or (kind == "mp3" and not mp3_states_length):
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and len(container.streams) == 1:
        return container.duration / av.time_base
    return None


def _samples(frame: av.AudioFrame, sample_rate: int, name: str) -> np.ndarray:
    """Shape: (n_frames, n_channels) float32."""
    if frame.sample_rate != sample_rate:
        raise AudioError(
            "not_audio",
            f"The sample rate of {name!r} changes from {sample_rate:,} to {frame.sample_rate:,} Hz within the file; "
            "convert it to wav or flac.",
        )
    array = frame.to_ndarray()
    return full_scale_1(array.T if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels))


def full_scale_1(samples: np.ndarray) -> np.ndarray:
    """Samples of any type as float32 of full scale 1; unsigned bytes have their zero at 128.

    Shape: (...) -> (...) float32.
    """
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128) / 128
    if samples.dtype.kind == "i":
        return (samples / 2.0 ** (8 * samples.itemsize - 1)).astype(np.float32)
    return samples.astype(np.float32)


def _checked(
    blocks: Iterator[np.ndarray], sample_rate: int, promised_s: float | None, name: str
) -> Iterator[np.ndarray]:
    """The blocks. After the last one, the length that the header states is checked."""
    n_frames = 0
    for block in blocks:
        n_frames += len(block)
        yield block
    read_s = n_frames / sample_rate
    if promised_s is not None and read_s < promised_s - _TOLERANCE_S:
        raise AudioError(
            "truncated",
            f"{name!r} is incomplete: its header states {promised_s:.1f} s, but only {read_s:.1f} s can be decoded; "
            "export or download it again.",
        )


def _refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    raise PermissionError(f"A media file asks for {url[:200]!r}, and nothing but the file itself is opened.")


def _not_audio(name: str) -> AudioError:
    return AudioError(
        "not_audio",
        f"{name!r} isn't audio that can be read here, or it is incomplete; give a wav, flac, ogg, mp3 or m4a file.",
    )

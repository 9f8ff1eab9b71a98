"""What the first bytes and the framing of a media file say, before any decoder is asked.

Decoders repair silently: libsndfile shortens a WAV whose data break off, and guesses the length of an MP3 that carries
none. This module reads only headers and lengths: `identify` names the container, `missing_bytes` tells how far the
file falls short of its own framing, `count_mpeg_samples` walks the frames of an MP3.

Sources: RIFF (Microsoft, 1991), AIFF (Apple, 1989), Ogg (RFC 3533), ISO base media (ISO/IEC 14496-12), MPEG audio
(ISO/IEC 11172-3 and 13818-3).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SLACK_BYTES = 1024
"""Hobby writers give the size of the file as that of its data; a difference this small loses no sound."""
_PLACEHOLDER_SIZE = 0x7FFF0000
"""A program that writes to a pipe can't know the size of its data and gives the largest number."""
_HEAD_BYTES = 192
_OGG_TAIL_BYTES = 2**17
_MAX_JUNK_BYTES = 2**16


@dataclass(frozen=True)
class Container:
    """A kind of media file.

    Args:
        label: What people call it.
        demuxer: The name under which ffmpeg knows it.
    """

    label: str
    demuxer: str


_SIGNATURES: tuple[tuple[int, bytes, Container], ...] = (
    (4, b"ftyp", Container("MPEG-4 or QuickTime (m4a, mp4, mov)", "mov")),
    (4, b"moov", Container("MPEG-4 or QuickTime (m4a, mp4, mov)", "mov")),
    (4, b"mdat", Container("MPEG-4 or QuickTime (m4a, mp4, mov)", "mov")),
    (0, bytes.fromhex("3026b2758e66cf11"), Container("Windows Media (wma, wmv)", "asf")),
    (0, bytes.fromhex("1a45dfa3"), Container("Matroska or WebM (mka, mkv, webm)", "matroska")),
    (8, b"AVI ", Container("AVI video", "avi")),
    (0, b"FLV\x01", Container("Flash video", "flv")),
    (188, b"\x47", Container("MPEG transport stream (ts)", "mpegts")),
    (0, b"\x00\x00\x01\xba", Container("MPEG video (mpg)", "mpeg")),
    (0, b"#!AMR", Container("AMR speech", "amr")),
    (0, b"wvpk", Container("WavPack", "wv")),
    (0, b"MAC ", Container("Monkey's Audio", "ape")),
    (0, b"TTA1", Container("True Audio", "tta")),
    (0, b"\x0b\x77", Container("Dolby Digital (ac3)", "ac3")),
    (0, b"caff", Container("Core Audio (caf)", "caf")),
    (0, b"OggS", Container("Ogg", "ogg")),
    (0, b"fLaC", Container("FLAC", "flac")),
    (0, b"RIFF", Container("WAV", "wav")),
    (0, b"RF64", Container("WAV", "wav")),
    (0, b"FORM", Container("AIFF", "aiff")),
    (0, b"ID3", Container("MP3", "mp3")),
)
_ADTS = Container("AAC", "aac")
_MPEG = Container("MP3", "mp3")


def identify(path: Path) -> Container | None:
    """Name the container of a file by its first bytes.

    Args:
        path: The file; its suffix isn't looked at.

    Returns:
        The container, or None if the bytes are of no media file that is known here.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # the sync word of MPEG audio
        return _ADTS if head[1] & 0x06 == 0 else _MPEG
    for offset, magic, container in _SIGNATURES:
        if head[offset : offset + len(magic)] == magic and (offset != 188 or head[0] == magic[0]):
            return container
    return None


def missing_bytes(path: Path) -> int:
    """How many bytes a file lacks at its end by its own framing.

    Args:
        path: A file of any kind.

    Returns:
        The number of missing bytes; 0 if the file is complete, or of a kind whose framing doesn't tell.
    """
    container = identify(path)
    file_bytes = path.stat().st_size
    end = 0
    with path.open("rb") as file:
        match container.demuxer if container else None:
            case "wav":
                end = _chunks_end(file, "<I", b"data")
            case "aiff":
                end = _chunks_end(file, ">I", b"SSND")
            case "ogg":
                return max(0, _last_ogg_page_end(file, file_bytes) - file_bytes)
            case "mov":
                end = _boxes_end(file, file_bytes)
    missing = end - file_bytes
    return missing if missing > SLACK_BYTES else 0


def _chunks_end(file: BinaryIO, size_format: str, sound_chunk: bytes) -> int:
    """Where the chunk with the samples ends by its header, or the first chunk before it that overruns the file."""
    position = 12
    file_bytes = file.seek(0, 2)
    while position + 8 <= file_bytes:
        file.seek(position)
        header = file.read(8)
        size = struct.unpack(size_format, header[4:])[0]
        end = position + 8 + size
        if size >= _PLACEHOLDER_SIZE:
            return file_bytes
        if header[:4] == sound_chunk or end > file_bytes:
            return end
        position = end + size % 2
    return file_bytes


def _last_ogg_page_end(file: BinaryIO, file_bytes: int) -> int:
    """Where the last page ends by its segment table."""
    start = max(0, file_bytes - _OGG_TAIL_BYTES)
    file.seek(start)
    tail = file.read()
    page = tail.rfind(b"OggS\x00")
    if page < 0:
        return file_bytes
    n_segments = tail[page + 26] if len(tail) > page + 26 else 0
    table = tail[page + 27 : page + 27 + n_segments]
    if not n_segments or len(table) < n_segments:
        return max(start + page + 27 + max(n_segments, 1), file_bytes)
    return start + page + 27 + n_segments + sum(table)


def _boxes_end(file: BinaryIO, file_bytes: int) -> int:
    """Where the last top-level box ends; a size of 1 stands for a 64-bit size, 0 for the rest of the file."""
    position = 0
    while position + 8 <= file_bytes:
        file.seek(position)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1 and len(header) == 16:
            size = int.from_bytes(header[8:], "big")
        if size < 8:
            return file_bytes
        position += size
    return position


_BITRATES_KBPS = {  # by (is MPEG-1, layer)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


@dataclass(frozen=True)
class MpegLength:
    """Length of an MP3 by its frames.

    Args:
        n_samples: Samples per channel in the whole frames.
        has_header: Whether a Xing or Info header gives the length, which decoders then trust.
    """

    n_samples: int
    has_header: bool


def count_mpeg_samples(path: Path) -> MpegLength:
    """Walk the frames of an MP3.

    Args:
        path: The file; tags before and after the frames are skipped, as is a little junk between them.

    Returns:
        Its length. With a Xing or Info header the frames aren't walked and `n_samples` is 0. A last frame that breaks
        off isn't counted: without a header nothing more was promised, and recordings of streams end so.
    """
    data = path.read_bytes()
    position = _id3_bytes(data)
    n_samples = n_frames = n_junk = 0
    while position + 4 <= len(data) and n_junk < _MAX_JUNK_BYTES:
        frame = mpeg_frame(data, position)
        if frame is None:
            if n_frames and data[position : position + 3] in (b"TAG", b"APE"):
                break
            n_junk += 1
            position += 1
            continue
        frame_bytes, frame_samples = frame
        if n_frames == 0 and any(tag in data[position : position + 48] for tag in (b"Xing", b"Info")):
            return MpegLength(0, True)
        if position + frame_bytes > len(data):
            break
        n_frames += 1
        n_samples += frame_samples
        position += frame_bytes
    return MpegLength(n_samples, False)


def _id3_bytes(data: bytes) -> int:
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = (data[6] & 127) << 21 | (data[7] & 127) << 14 | (data[8] & 127) << 7 | data[9] & 127
    return 10 + size


def mpeg_frame(data: bytes, position: int) -> tuple[int, int] | None:
    """Bytes and samples of the frame whose header stands at `position`, or None if no header does."""
    header = int.from_bytes(data[position : position + 4], "big")
    version, layer = header >> 19 & 3, 4 - (header >> 17 & 3)
    bitrate_index, rate_index = header >> 12 & 15, header >> 10 & 3
    if header >> 21 != 0x7FF or version == 1 or layer == 4 or bitrate_index in (0, 15) or rate_index == 3:
        return None
    bitrate_bps = 1000 * _BITRATES_KBPS[version == 3, layer][bitrate_index - 1]
    sample_rate, padding = _SAMPLE_RATES[version][rate_index], header >> 9 & 1
    if layer == 1:
        return (12 * bitrate_bps // sample_rate + padding) * 4, 384
    n_samples = 576 if layer == 3 and version != 3 else 1152
    return n_samples // 8 * bitrate_bps // sample_rate + padding, n_samples

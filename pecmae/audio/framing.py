"""What the framing of a media file says about its length, where decoders stay silent.

libsndfile shortens a WAV, AIFF or Ogg file that breaks off without an error, and FFmpeg estimates the length of an MP3
that doesn't state it. Sources: RIFF (Microsoft, 1991), AIFF (Apple, 1989), Ogg (RFC 3533), and the headers that MP3
encoders write (Xing, VBRI).
"""

from typing import BinaryIO

_SLACK_BYTES = 1024
"""Some programs write the size of the whole file instead of the rest's; a difference this small loses no sound."""
_PLACEHOLDER_SIZE = 0x7FFF0000
"""Programs that write to a pipe can't know the size and give the largest number."""
_OGG_TAIL_BYTES = 2**17
_MP3_HEAD_BYTES = 2**12


def missing_bytes(file: BinaryIO) -> int:
    """How many bytes are missing at the end of a WAV, AIFF or Ogg file by its own framing.

    Args:
        file: A seekable file of any kind.

    Returns:
        The number of missing bytes; 0 if the file is complete or of another kind.
    """
    n_bytes = file.seek(0, 2)
    file.seek(0)
    head = file.read(8)
    match head[:4]:
        case b"RIFF" | b"FORM":
            size = int.from_bytes(head[4:], "little" if head[:4] == b"RIFF" else "big")
            missing = 8 + size - n_bytes if size < _PLACEHOLDER_SIZE else 0
            return missing if missing > _SLACK_BYTES else 0
        case b"OggS":
            return max(0, _last_ogg_page_end(file, n_bytes) - n_bytes)
    return 0


def states_mp3_length(file: BinaryIO) -> bool:
    """Whether the first frame of an MP3 states the length of the whole (a Xing, Info or VBRI header)."""
    file.seek(0)
    head = file.read(10)
    id3_bytes = 0
    if head[:3] == b"ID3" and len(head) == 10:
        id3_bytes = 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    file.seek(id3_bytes)
    first_frame = file.read(_MP3_HEAD_BYTES)
    return any(tag in first_frame for tag in (b"Xing", b"Info", b"VBRI"))


def _last_ogg_page_end(file: BinaryIO, n_bytes: int) -> int:
    """Where the last page ends by its segment table."""
    start = max(0, n_bytes - _OGG_TAIL_BYTES)
    file.seek(start)
    tail = file.read()
    page = tail.rfind(b"OggS\x00")
    if page < 0:
        return n_bytes
    table_start = page + 27
    n_segments = tail[page + 26] if len(tail) >= table_start else 1
    table = tail[table_start : table_start + n_segments]
    if len(table) < n_segments:
        return start + table_start + n_segments
    return start + table_start + n_segments + sum(table)

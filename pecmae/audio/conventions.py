"""Conventions that every sound in the package follows, and the limits of what is accepted."""

SAMPLE_RATE = 24_000
SEGMENT_S = 4.0
SEGMENT_SAMPLES = int(SAMPLE_RATE * SEGMENT_S)
MIN_CLIP_S = 0.5
MAX_CLIP_S = 600.0
MAX_UPLOAD_BYTES = 100 * 2**20
SILENCE_DBFS = -60.0
"""Level (root mean square) below which sound counts as silent."""
AUDIO_SUFFIXES = (
    ".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav", ".wave", ".wma",
)  # fmt: skip
"""Suffixes of the files that count as audio when a folder or an archive is searched."""

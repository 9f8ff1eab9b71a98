"""Pictures of log-mel spectrograms, decoded ones beside real ones, to look at while training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

_COLOURS = np.array([(0, 0, 4), (60, 9, 101), (138, 34, 106), (203, 65, 73), (247, 130, 18), (252, 255, 164)])
_RANGE = (-10.0, 0.0)
"""Natural logarithms of magnitudes that are drawn black and white."""
_SCALE = 2
_MARGIN = 14


def draw_spectrograms(rows: Sequence[Sequence[tuple[str, np.ndarray]]], path: Path) -> None:
    """Draw a table of titled spectrograms, low frequencies at the bottom.

    Args:
        rows: Titles and log-mel frames, (T, n_mels) each, all of one size.
        path: A PNG file.
    """
    n_frames, n_mels = rows[0][0][1].shape
    width, height = n_frames * _SCALE + 4, n_mels * _SCALE + _MARGIN
    table = Image.new("RGB", (width * max(len(row) for row in rows), height * len(rows)), "white")
    draw = ImageDraw.Draw(table)
    for i, row in enumerate(rows):
        for j, (title, frames) in enumerate(row):
            draw.text((j * width + 2, i * height + 1), title, fill="black")
            image = Image.fromarray(_coloured(frames)).resize((n_frames * _SCALE, n_mels * _SCALE))
            table.paste(image, (j * width, i * height + _MARGIN))
    path.parent.mkdir(parents=True, exist_ok=True)
    table.save(path)


def _coloured(frames: np.ndarray) -> np.ndarray:
    """Shape: (T, n_mels) -> (n_mels, T, 3) uint8."""
    low, high = _RANGE
    position = np.clip((frames.T[::-1] - low) / (high - low), 0, 1) * (len(_COLOURS) - 1)
    grid = np.arange(len(_COLOURS))
    channels = [np.interp(position, grid, _COLOURS[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=2).astype(np.uint8)

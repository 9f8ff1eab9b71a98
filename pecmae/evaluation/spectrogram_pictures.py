"""Pictures of log-mel spectrograms, decoded ones beside real ones, to look at."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from pecmae.audio.levelling import levelled
from pecmae.audio.log_mel import LogMelConfig, MelAnalysis
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.datasets.segment_sampling import read_sampled

N_DRAWN = 10
_COLOURS = np.array([(0, 0, 4), (60, 9, 101), (138, 34, 106), (203, 65, 73), (247, 130, 18), (252, 255, 164)])
_RANGE = (-10.0, 0.0)
"""Natural logarithms of magnitudes that are drawn black and white."""
_SCALE = 2
_MARGIN = 14


def draw_prototypes(
    bundle: Bundle, waveforms: torch.Tensor, dataset: Dataset, embedded: EmbeddedDataset, path: Path
) -> None:
    """Draw the first prototype of up to ten classes, each beside the nearest recording of its class.

    Args:
        bundle: The bundle.
        waveforms: The sounds of its prototypes.
        dataset: The dataset that it was trained on.
        embedded: The same, embedded; the nearest segment is that of the smallest distance in the network's space.
        path: A PNG file.

    Shape: `waveforms` (M, n_samples).
    """
    network = bundle.network
    labels = network.prototype_labels().numpy()
    chosen = [int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels)[:N_DRAWN]]
    with torch.inference_mode():
        points = network.normalise(torch.from_numpy(embedded.embeddings))
        distances = torch.cdist(network.adapted_prototypes()[chosen], points).numpy()
    distances[labels[chosen][:, None] != embedded.labels] = np.inf
    rows = []
    for number, place in zip(chosen, distances.argmin(axis=1), strict=True):
        nearest = embedded.select(np.arange(len(embedded)) == place)
        pair = torch.stack([waveforms[number], torch.from_numpy(read_sampled(dataset, nearest))[0]])
        decoded, recorded = MelAnalysis(LogMelConfig())(levelled(pair)).numpy()
        track = dataset.tracks[nearest.track_index[0]]
        rows.append(
            [(f"{bundle.manifest.prototype_ids[number]}, decoded", decoded), (f"recorded: {track.id}", recorded)]
        )
    draw_spectrograms([[*row, *other] for row, other in zip_longest(rows[::2], rows[1::2], fillvalue=())], path)


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

"""Draw segments of a dataset, about as many of every class, and read their audio."""

from collections.abc import Iterator

import numpy as np

from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset, read_segments


def sample_segments(segments: EmbeddedDataset, n_segments: int, seed: int) -> EmbeddedDataset:
    """Draw segments, about as many of every class.

    Args:
        segments: The segments to draw from.
        n_segments: How many to draw; all of them if there are fewer.
        seed: Seed of the draw.

    Returns:
        The drawn segments, in their former order.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(segments))
    labels = segments.labels[order]
    rank_in_class = np.zeros(len(order), dtype=np.int64)
    for label in np.unique(labels):
        rank_in_class[labels == label] = np.arange((labels == label).sum())
    chosen = order[np.argsort(rank_in_class, kind="stable")[:n_segments]]
    return segments.select(np.sort(chosen))


def read_sampled(dataset: Dataset, segments: EmbeddedDataset) -> np.ndarray:
    """Read the audio of embedded segments; every track is read once.

    Args:
        dataset: The dataset that the segments are from.
        segments: The segments.

    Returns:
        Their waveforms, in the order of the segments.

    Raises:
        DatasetError: A track can't be read.

    Shape: (N, n_samples) float32.
    """
    rows, waveforms = zip(*read_by_track(dataset, segments), strict=True)
    return np.concatenate(waveforms)[np.argsort(np.concatenate(rows))]


def read_by_track(dataset: Dataset, segments: EmbeddedDataset) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read the audio of embedded segments, track by track.

    Args:
        dataset: The dataset that the segments are from.
        segments: The segments.

    Yields:
        For each track, the rows of its segments, and their waveforms.

    Raises:
        DatasetError: A track can't be read.

    Shape: (n,), (n, n_samples) float32
    """
    numbers = np.round(segments.start_s / segments.segment_s).astype(np.int64)
    for track in np.unique(segments.track_index):
        rows = np.flatnonzero(segments.track_index == track)
        yield rows, read_segments(dataset.tracks[track], segments.segment_s)[numbers[rows]]

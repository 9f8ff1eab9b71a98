"""Embeddings in clusters whose classes are known, for tests of training and evaluation."""

import numpy as np

from pecmae.datasets.embeddings import EmbeddedDataset

CLASSES = ("blues", "jazz", "rock")
DIM = 8
SEGMENTS_PER_TRACK = 3


def make_clusters(tracks_per_class: int = 40, spread: float = 0.5, seed: int = 0) -> EmbeddedDataset:
    """Three classes of two distant clusters each, raw embeddings of far from unit scale."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(7).standard_normal((3, 2, DIM)) * 2
    n_tracks = 3 * tracks_per_class
    track_labels = np.arange(n_tracks) % 3
    track_split = np.array(["train", "train", "train", "valid", "test"])[np.arange(n_tracks) // 3 % 5]
    track_index = np.repeat(np.arange(n_tracks), SEGMENTS_PER_TRACK)
    labels = track_labels[track_index]
    cluster = rng.integers(0, 2, len(labels))
    z = centres[labels, cluster] + spread * rng.standard_normal((len(labels), DIM))
    return EmbeddedDataset(
        classes=CLASSES,
        track_ids=tuple(f"{CLASSES[track_labels[i]]}-{i:04d}" for i in range(n_tracks)),
        embeddings=(50 + 20 * z).astype(np.float32),
        labels=labels,
        track_index=track_index,
        start_s=np.tile(np.array([0, 4, 8], dtype=np.float32), n_tracks),
        split=track_split[track_index],
        unseen=(track_split == "test")[track_index] & (track_index % 2 == 0),
    )

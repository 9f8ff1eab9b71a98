"""Does the decision rest on the order of events? Segments whose blocks change places, asked again.

A decision that stays the same needs only what a block holds: the texture. How often two neighbouring segments of one
track share a decision is the measure to read it against: shuffling that changes less than going on by four seconds is
no news to the model.

Conventions: n segments, C classes. Cross-fades between blocks are those of `audio.block_shuffling`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pecmae.audio.block_shuffling import shuffle_blocks
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import BATCH_SIZE, read_segments
from pecmae.errors import DatasetError
from pecmae.evaluation.intervals import Interval, bootstrap_mean
from pecmae.networks.embedder import Embedder

BLOCKS_MS = (1000.0, 250.0, 50.0)
ASKED_MS = 250.0
Classify = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class HeardSegments:
    """Segments to shuffle: sounds, the track of each, its true class, and its number within the track.

    Shape: `segments` (n, n_samples), `tracks` (n,), `labels` (n,) positions in the bundle's classes.
    """

    segments: np.ndarray
    tracks: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class BlockResult:
    """What shuffled blocks of one length do: share of segments with the same decision as before, and with the right."""

    block_ms: float
    kept: Interval
    right: float


@dataclass(frozen=True)
class TimeResult:
    """What shuffling changes.

    Attributes:
        n_segments: How many segments were shuffled.
        n_tracks: From how many tracks.
        right: Share of the untouched segments that are given their class.
        neighbours: Share of neighbouring segments of a track with the same decision; None where there are none.
        blocks: Results by length of the blocks.
    """

    n_segments: int
    n_tracks: int
    right: float
    neighbours: Interval | None
    blocks: tuple[BlockResult, ...]

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "n_segments": self.n_segments,
            "n_tracks": self.n_tracks,
            "right": round(self.right, 4),
            "neighbours": self.neighbours.model_dump() if self.neighbours else None,
            "blocks": [
                {"block_ms": item.block_ms, "kept": item.kept.model_dump(), "right": round(item.right, 4)}
                for item in self.blocks
            ],
        }


def classifier_of(bundle: Bundle, autoencoder: Embedder) -> Classify:
    """A function from segments (n, n_samples) to the class that the bundle decides on for each, (n,)."""

    @torch.inference_mode()
    def classify(segments: np.ndarray) -> np.ndarray:
        batches = torch.from_numpy(segments).split(BATCH_SIZE)
        decisions = [bundle.network(autoencoder.embed(batch)).logits.argmax(dim=1) for batch in batches]
        return torch.cat(decisions).numpy()

    return classify


def held_out_segments(dataset: Dataset, class_ids: tuple[str, ...]) -> HeardSegments:
    """The segments of a dataset's test tracks with soundfonts that the model knows.

    Raises:
        DatasetError: `empty_split` or `wrong_classes`, there are none or they're of other classes.
    """
    tracks = [track for track in dataset.tracks if track.split == "test" and not track.unseen_soundfont]
    if not tracks:
        raise DatasetError("empty_split", f"{dataset.path} has no test track to shuffle; render more.")
    unknown = sorted({track.class_id for track in tracks} - set(class_ids))
    if unknown:
        raise DatasetError(
            "wrong_classes",
            f"{dataset.path} has the class {unknown[0]!r}, which the bundle doesn't know; give its own.",
        )
    segments = [read_segments(track) for track in tracks]
    counts = [len(item) for item in segments]
    labels = np.array([class_ids.index(track.class_id) for track in tracks])
    ids = np.array([track.id for track in tracks])
    return HeardSegments(np.concatenate(segments), np.repeat(ids, counts), np.repeat(labels, counts))


def measure_time(heard: HeardSegments, classify: Classify, *, seed: int = 0) -> TimeResult:
    """Shuffle the blocks of all segments, ask again, and compare; intervals are over tracks.

    Args:
        heard: The segments, those of a track in their order, one after the other.
        classify: From `classifier_of`.
        seed: Of the orders and the bootstrap.

    Returns:
        The result.
    """
    before = classify(heard.segments)
    adjacent = heard.tracks[1:] == heard.tracks[:-1]
    same = (before[1:] == before[:-1])[adjacent].astype(float)
    results = []
    for number, block_ms in enumerate(BLOCKS_MS):
        rng = np.random.default_rng([seed, number])
        shuffled = np.stack([shuffle_blocks(segment, block_ms, rng) for segment in heard.segments])
        after = classify(shuffled)
        kept = bootstrap_mean((after == before).astype(float), heard.tracks, seed=seed)
        results.append(BlockResult(block_ms, kept, float(np.mean(after == heard.labels))))
    return TimeResult(
        n_segments=len(before),
        n_tracks=len(np.unique(heard.tracks)),
        right=float(np.mean(before == heard.labels)),
        neighbours=bootstrap_mean(same, heard.tracks[1:][adjacent], seed=seed) if adjacent.any() else None,
        blocks=tuple(results),
    )


def time_sentence(result: TimeResult) -> str:
    """The result in one sentence for people who know music."""
    kept = next(item.kept for item in result.blocks if item.block_ms == ASKED_MS)
    sentence = (
        f"Of {result.n_segments} four-second excerpts of pieces that it never learned from, cut into quarters of a "
        f"second and shuffled, the model still gave {100 * kept.value:.0f} % the genre that it gave them before"
    )
    if result.neighbours is None:
        return f"{sentence}."
    return f"{sentence}; two neighbouring excerpts of one piece agree in {100 * result.neighbours.value:.0f} %."

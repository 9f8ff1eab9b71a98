"""Does a decision depend on the order of events? Segments are cut into blocks, shuffled and classified again.

A decision that stays the same needs only what a block contains, which is texture. For comparison, the fraction of
neighbouring segments of a track that share a decision is measured too. If shuffling changes fewer decisions than going
to the track's next segment does, the model barely depends on the order of events.

Conventions: n segments, C classes. Blocks are cross-faded as in `pecmae.audio.block_shuffling`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from pydantic import BaseModel

from pecmae.audio.block_shuffling import shuffle_blocks
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import read_segments
from pecmae.errors import DatasetError
from pecmae.evaluation.decoding_measures import embed_sounds
from pecmae.evaluation.intervals import Interval, Rounded, bootstrap_mean
from pecmae.networks.autoencoder import Embedder

BLOCKS_MS = (1000.0, 250.0, 50.0)
QUOTED_MS = 250.0
Classify = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class LabelledSegments:
    """Segments to shuffle. The segments of a track follow one another, in order of time.

    Attributes:
        segments: The sounds.
        tracks: Id of the track of each segment.
        labels: Position of its true class in the bundle's classes.

    Shape: `segments` (n, n_samples), `tracks` and `labels` (n,).
    """

    segments: np.ndarray
    tracks: np.ndarray
    labels: np.ndarray

    @classmethod
    def of_tracks(cls, segments: Sequence[np.ndarray], ids: Sequence[str], labels: Sequence[int]) -> Self:
        """The segments of each track, with its id and label."""
        counts = [len(item) for item in segments]
        return cls(np.concatenate(segments), np.repeat(np.array(ids), counts), np.repeat(np.array(labels), counts))


class BlockResult(BaseModel):
    """The effect of shuffling blocks of one length.

    Attributes:
        block_ms: Length of the blocks.
        kept: Fraction of segments whose decision stays the same.
        right: Fraction of shuffled segments that are classified correctly.
    """

    block_ms: float
    kept: Interval
    right: Rounded


class TimeResult(BaseModel):
    """The effect of shuffling.

    Attributes:
        n_segments: Number of segments.
        n_tracks: Number of tracks that they are from.
        right: Fraction of the unshuffled segments that are classified correctly.
        neighbours: Fraction of neighbouring segments of a track with the same decision; None if there are none.
        blocks: Results by length of the blocks.
    """

    n_segments: int
    n_tracks: int
    right: Rounded
    neighbours: Interval | None
    blocks: tuple[BlockResult, ...]


def classifier_of(bundle: Bundle, autoencoder: Embedder) -> Classify:
    """A function from segments (n, n_samples) to the class that the bundle gives each of them, (n,)."""

    @torch.inference_mode()
    def classify(segments: np.ndarray) -> np.ndarray:
        return bundle.network(embed_sounds(autoencoder, torch.from_numpy(segments))).logits.argmax(dim=1).numpy()

    return classify


def held_out_segments(dataset: Dataset, class_ids: tuple[str, ...]) -> LabelledSegments:
    """The segments of a dataset's test tracks, without those of the unseen soundfont.

    Raises:
        DatasetError: `empty_split` if there are none; `wrong_classes` if a track's class isn't in `class_ids`.
    """
    tracks = [track for track in dataset.tracks if track.split == "test" and not track.unseen_soundfont]
    if not tracks:
        raise DatasetError("empty_split", f"{dataset.path} has no test track to shuffle; render more.")
    unknown = sorted({track.class_id for track in tracks} - set(class_ids))
    if unknown:
        raise DatasetError(
            "wrong_classes",
            f"{dataset.path} has the class {unknown[0]!r}, which isn't a class of the bundle; use the dataset that "
            "the bundle was trained on.",
        )
    labels = [class_ids.index(track.class_id) for track in tracks]
    return LabelledSegments.of_tracks([read_segments(track) for track in tracks], [t.id for t in tracks], labels)


def measure_time(given: LabelledSegments, classify: Classify, *, seed: int = 0) -> TimeResult:
    """Classify all segments before and after their blocks are shuffled. The intervals are bootstrapped over tracks.

    Args:
        given: The segments.
        classify: From `classifier_of`.
        seed: Seed of the block orders and of the bootstrap.

    Returns:
        The result.
    """
    before = classify(given.segments)
    adjacent = given.tracks[1:] == given.tracks[:-1]
    same = (before[1:] == before[:-1])[adjacent].astype(float)
    results = []
    for number, block_ms in enumerate(BLOCKS_MS):
        rng = np.random.default_rng([seed, number])
        shuffled = np.stack([shuffle_blocks(segment, block_ms, rng) for segment in given.segments])
        after = classify(shuffled)
        kept = bootstrap_mean((after == before).astype(float), given.tracks, seed=seed)
        results.append(BlockResult(block_ms=block_ms, kept=kept, right=float(np.mean(after == given.labels))))
    return TimeResult(
        n_segments=len(before),
        n_tracks=len(np.unique(given.tracks)),
        right=float(np.mean(before == given.labels)),
        neighbours=bootstrap_mean(same, given.tracks[1:][adjacent], seed=seed) if adjacent.any() else None,
        blocks=tuple(results),
    )


def time_sentence(result: TimeResult) -> str:
    """The result in one or two sentences for people who know music."""
    kept = next(item.kept for item in result.blocks if item.block_ms == QUOTED_MS)
    sentence = (
        f"We took {result.n_segments} four-second excerpts from pieces that the model wasn't trained on, cut each into "
        f"blocks of a quarter of a second, and shuffled the blocks. {100 * kept.value:.0f} % of the excerpts kept "
        "their predicted genre."
    )
    if result.neighbours is None:
        return sentence
    agreement = f"{100 * result.neighbours.value:.0f} %"
    return (
        f"{sentence} For comparison, two neighbouring unshuffled excerpts of a piece get the same genre in {agreement} "
        "of cases."
    )

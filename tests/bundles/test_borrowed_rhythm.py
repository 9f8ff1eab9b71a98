"""Latents are decoded to the rhythm of training segments near them."""

from dataclasses import replace

import numpy as np
import torch

from pecmae.bundles.borrowed_rhythm import N_LENDERS, borrow_rhythm, rhythm_of
from pecmae.bundles.bundle import Bundle
from pecmae.bundles.training_points import TrainingPoints


def numbered(bundle: Bundle) -> TrainingPoints:
    """Training segments on a line; the beats of the first, second and third have periods of 0.01, 0.02 and 0.03 s."""
    training = bundle.training
    places = np.arange(len(training), dtype=np.float32)
    embeddings = np.zeros_like(training.embeddings)
    embeddings[:, 0] = places
    return replace(training, embeddings=embeddings, beat_period_s=(places + 1) / 100, beat_strength=places)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_only_the_nearest_segments_lend(bundle: Bundle) -> None:
    training = numbered(bundle)
    z = torch.zeros(200, training.embeddings.shape[1])
    drawn = borrow_rhythm(training, z, seeded())
    assert set(drawn.strength.tolist()) == set(range(N_LENDERS))
    torch.testing.assert_close(drawn.period, (drawn.strength + 1) / 2)  # 50 frames per second
    assert ((drawn.offset >= 0) & (drawn.offset <= drawn.period)).all()
    assert (drawn.offset / drawn.period).std() > 0.2  # beats begin anywhere


def test_excluded_segments_lend_nothing(bundle: Bundle) -> None:
    training = numbered(bundle)
    excluded = torch.zeros(50, len(training), dtype=torch.bool)
    excluded[:, :3] = True
    drawn = borrow_rhythm(training, torch.zeros(50, training.embeddings.shape[1]), seeded(), excluded)
    assert set(drawn.strength.tolist()) == set(range(3, 3 + N_LENDERS))


def test_the_same_seed_gives_the_same_rhythm(bundle: Bundle) -> None:
    training = numbered(bundle)
    rows = torch.tensor([3, 1])
    first, second, other = (rhythm_of(training, rows, seeded(seed)) for seed in (0, 0, 1))
    assert first.strength.tolist() == [3, 1]
    assert torch.equal(first.offset, second.offset)
    assert not torch.equal(first.offset, other.offset)

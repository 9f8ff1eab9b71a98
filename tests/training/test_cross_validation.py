"""Cross-validation on clusters, where it is known what may be learned."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from clusters import DIM, make_clusters

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.tables import VALIDATION, to_markdown
from pecmae.training.cross_validation import (
    Head,
    calibration_parts,
    cross_validate,
    head_grid,
    make_folds,
    train_once,
)


def in_blocks(n_blocks: int, tracks_per_class: int = 14, spread: float = 0.5) -> EmbeddedDataset:
    """Clusters whose tracks all train, in turn in one of the blocks; the first six tracks are in none."""
    clusters = make_clusters(tracks_per_class, spread)
    blocks = ("",) * 6 + tuple(f"{number // 3 % n_blocks:03d}" for number in range(len(clusters.track_ids) - 6))
    return replace(clusters, split=np.full(len(clusters), "train"), blocks=blocks)


def head(prototypes_per_class: int, weight: float = 0.25, *, adaptor: bool = False) -> Head:
    return Head(prototypes_per_class=prototypes_per_class, adaptor=adaptor, classification_weight=weight)


def tracks_of(segments: EmbeddedDataset) -> set[int]:
    return set(segments.track_index.tolist())


@pytest.mark.parametrize("n_blocks", [3, 5, 12])
def test_no_track_takes_part_in_a_choice_that_it_is_tested_with(n_blocks: int) -> None:
    embedded = in_blocks(n_blocks)
    folds = make_folds(embedded)
    assert len(folds) == min(n_blocks, 5)
    assert sum(len(fold.tests) for fold in folds) == n_blocks
    always, everything = set(range(6)), set(range(len(embedded.track_ids)))
    tested = [track for fold in folds for _, test in fold.tests for track in tracks_of(test)]
    assert sorted(tested) == sorted(everything - always)  # each once
    for fold in folds:
        of_fold = set.union(*(tracks_of(test) for _, test in fold.tests))
        for train, valid in fold.validations:
            assert not (tracks_of(train) | tracks_of(valid)) & of_fold and not tracks_of(train) & tracks_of(valid)
            assert always <= tracks_of(train)
        assert set.union(*(tracks_of(valid) for _, valid in fold.validations)) == everything - always - of_fold
        for train, test in fold.tests:
            assert tracks_of(train) == everything - tracks_of(test)
            assert len({embedded.blocks[track] for track in tracks_of(test)}) == 1


def test_without_blocks_the_splits_are_used() -> None:
    embedded = make_clusters()
    (fold,) = make_folds(embedded)
    assert [{*part.split} for part in (*fold.validations[0], *fold.tests[0])] == [
        {"train"},
        {"valid"},
        {"train"},
        {"test"},
    ]
    assert [{*part.split} for part in calibration_parts(embedded)] == [{"train"}, {"valid"}]
    train, valid = calibration_parts(in_blocks(5))
    assert len(train) and len(valid) and not tracks_of(train) & tracks_of(valid)


def test_the_grid_leaves_out_more_prototypes_than_a_class_has_segments() -> None:
    few = in_blocks(5, tracks_per_class=5)
    heads = head_grid(few, (1, 2, 100), (0.1, 0.5))
    assert heads == tuple(head(count, weight) for count in (1, 2) for weight in (0.1, 0.5))


@pytest.mark.slow
def test_the_better_setting_is_chosen_and_tracks_are_counted_once(tmp_path: Path) -> None:
    """Classes of two clusters around a common centre need two prototypes; networks are kept."""
    embedded, heads = in_blocks(3), (head(1), head(2))
    sides = np.where(np.arange(len(embedded)) % 2, 10, -10)[:, None] * np.eye(3, DIM)[embedded.labels]
    noise = np.random.default_rng(0).standard_normal(sides.shape)
    embedded = replace(embedded, embeddings=(sides + noise).astype(np.float32))
    reports: list[tuple[int, int]] = []
    result = cross_validate(
        embedded, heads, tmp_path, n_steps=50, on_progress=lambda done, total: reports.append((done, total))
    )
    assert result.best == result.heads[1] and set(result.chosen) == {1}
    assert result.heads[1].accuracy > 0.9
    assert result.n_blocks == 3
    assert {name: tested.n_tracks for name, tested in result.tested.items()} == {"pecmae": 36, "mlp": 36, "knn": 36}
    assert result.tested["pecmae"].balanced_accuracy > 0.9
    assert reports == [(number, 15) for number in range(15)]
    n_networks = len(list(tmp_path.rglob("*.safetensors")))
    assert n_networks == 3 * 2 + 3  # what two folds share is trained once
    assert cross_validate(embedded, heads, tmp_path, n_steps=50) == result
    table = to_markdown({VALIDATION: result.model_dump(mode="json")}, {})
    assert f"**{100 * result.heads[1].accuracy:.1f}**" in table and "in 3 blocks" in table


def test_a_network_is_trained_once(tmp_path: Path) -> None:
    train = make_clusters().part("train")
    first = train_once(tmp_path, train, head(1, 0.5, adaptor=True), 3)
    (stored,) = tmp_path.rglob("1-adaptor-lambda0.5-steps3.safetensors")
    written_ns = stored.stat().st_mtime_ns
    again = train_once(tmp_path, train, head(1, 0.5, adaptor=True), 3)
    z = torch.from_numpy(train.embeddings)
    torch.testing.assert_close(again(z).logits, first(z).logits)
    assert stored.stat().st_mtime_ns == written_ns
    train_once(tmp_path, replace(train, embeddings=train.embeddings + 1), head(1, 0.5, adaptor=True), 3)
    assert len(list(tmp_path.rglob("*.safetensors"))) == 2  # another autoencoder's network is another file


@pytest.mark.slow
def test_labels_without_meaning_are_recognised_by_chance(tmp_path: Path) -> None:
    """What was tested took no part: noise would be learned by heart."""
    embedded = in_blocks(5)
    noise = np.random.default_rng(0).standard_normal(embedded.embeddings.shape).astype(np.float32)
    result = cross_validate(replace(embedded, embeddings=noise), (head(2, 0.9),), tmp_path, n_steps=300)
    assert all(0.1 < tested.balanced_accuracy < 0.6 for tested in result.tested.values())

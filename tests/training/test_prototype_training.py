"""Training prototypes and baselines on clusters whose answer is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from clusters import CLASSES, make_clusters

from pecmae.bundles.measurements import Metrics
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.errors import DatasetError
from pecmae.evaluation.baselines import Classify, fit_knn, fit_mlp
from pecmae.evaluation.comparison import compare_classifiers, format_table
from pecmae.evaluation.threads import single_threaded
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.prototype_training import (
    PrototypeSettings,
    initial_network,
    kmeans_prototypes,
    shuffled_batches,
    train_prototypes,
)

QUICK = PrototypeSettings(prototypes_per_class=2, n_steps=600, steps_per_validation=50)


def accuracy(logits: torch.Tensor, labels: np.ndarray) -> float:
    return float((logits.argmax(dim=1).numpy() == labels).mean())


def test_kmeans_centroids_stand_with_their_class_and_on_its_clusters() -> None:
    labels = torch.tensor([2, 0, 1, 0, 2, 1, 0, 1, 2, 0, 1, 2])
    offsets = torch.tensor([0.0, 5.0]).repeat_interleave(6)
    z = torch.stack([100.0 * labels, offsets], dim=1)
    centroids = kmeans_prototypes(z, labels, CLASSES, prototypes_per_class=2, seed=0)
    assert centroids[:, 0].tolist() == [0, 0, 100, 100, 200, 200]
    for label in range(3):
        assert sorted(centroids[2 * label : 2 * label + 2, 1].tolist()) == [0, 5]


def test_kmeans_start_alone_already_separates_clusters() -> None:
    embedded = make_clusters()
    network = initial_network(embedded.part("train"), QUICK).eval()
    test = embedded.part("test")
    assert accuracy(network(torch.from_numpy(test.embeddings)).logits, test.labels) > 0.9


@pytest.mark.parametrize("adaptor", [False, True])
def test_training_separates_clusters(adaptor: bool) -> None:
    embedded = make_clusters()
    settings = PrototypeSettings(2, adaptor=adaptor, n_steps=200 if adaptor else 600, steps_per_validation=50)
    trained = train_prototypes(embedded.part("train"), embedded.part("valid"), settings, show_progress=False)
    test = embedded.part("test")
    assert accuracy(trained.network(torch.from_numpy(test.embeddings)).logits, test.labels) > 0.95
    assert not trained.network.training
    assert trained.best_step > 0


def test_training_is_repeatable_and_leaves_the_callers_random_state() -> None:
    embedded = make_clusters()
    settings = PrototypeSettings(1, adaptor=True, n_steps=20, steps_per_validation=10, seed=3)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = train_prototypes(embedded.part("train"), embedded.part("valid"), settings, show_progress=False)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(6)
    second = train_prototypes(embedded.part("train"), embedded.part("valid"), settings, show_progress=False)
    for name, value in first.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name


def test_training_uses_one_thread_and_gives_back_the_others() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(ZeroDivisionError), single_threaded():
            assert torch.get_num_threads() == 1
            raise ZeroDivisionError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_prototype_loss_keeps_prototypes_on_the_data() -> None:
    """Without it (lambda 1) prototypes leave their class's embeddings; with it alone (lambda 0) they stay."""
    embedded = make_clusters(spread=1.5)
    train = embedded.part("train")

    def distance_to_own_class(classification_weight: float) -> float:
        settings = PrototypeSettings(2, classification_weight=classification_weight, n_steps=1500)
        trained = train_prototypes(train, embedded.part("valid"), settings, show_progress=False)
        with torch.no_grad():
            distance = trained.network(torch.from_numpy(train.embeddings)).distance
        own = torch.from_numpy(train.labels)[:, None] == trained.network.prototype_labels()
        return distance.masked_fill(~own, torch.inf).amin(dim=0).mean().item()

    assert distance_to_own_class(0.0) < 0.7 * distance_to_own_class(1.0)


def test_the_step_with_the_lowest_validation_loss_is_kept() -> None:
    """Validation labels that contradict training make every step worse than the start."""
    embedded = make_clusters()
    valid = embedded.part("valid")
    contrary = EmbeddedDataset(**{**vars(valid), "labels": (valid.labels + 1) % 3})
    settings = replace(QUICK, steps_per_validation=200)
    trained = train_prototypes(embedded.part("train"), contrary, settings, show_progress=False)
    assert trained.best_step == 0
    start = initial_network(embedded.part("train"), settings)
    torch.testing.assert_close(trained.network.prototypes, start.prototypes)


def test_without_validation_the_last_step_is_kept() -> None:
    train = make_clusters().part("train")
    settings = PrototypeSettings(2, n_steps=50, steps_per_validation=20)
    trained = train_prototypes(train, None, settings, show_progress=False)
    assert (trained.best_step, trained.best_validation_loss) == (50, None)
    start = initial_network(train, settings).prototypes
    assert (trained.network.prototypes - start).abs().max() > 1e-3


def test_a_class_smaller_than_its_prototypes_is_named() -> None:
    embedded = make_clusters(tracks_per_class=5)
    settings = PrototypeSettings(prototypes_per_class=10, n_steps=10)
    with pytest.raises(DatasetError, match=r"'blues' has 9 training segments.*10 prototypes") as caught:
        train_prototypes(embedded.part("train"), embedded.part("valid"), settings, show_progress=False)
    assert caught.value.code == "class_too_small"


def test_an_empty_split_is_named() -> None:
    embedded = make_clusters().part("train")
    with pytest.raises(DatasetError, match="'valid'"):
        embedded.part("valid")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"prototypes_per_class": 0}, "bad_prototypes_per_class"),
        ({"prototypes_per_class": 2, "classification_weight": 1.5}, "bad_lambda"),
        ({"prototypes_per_class": 2, "n_steps": 0}, "bad_steps"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(DatasetError) as caught:
        PrototypeSettings(**wrong)
    assert caught.value.code == code


def test_batches_visit_every_item_once_an_epoch() -> None:
    batches = shuffled_batches(10, 3, torch.Generator().manual_seed(0))
    first_epoch = torch.cat([next(batches) for _ in range(3)]).tolist()
    second_epoch = torch.cat([next(batches) for _ in range(3)]).tolist()
    assert len(set(first_epoch)) == len(set(second_epoch)) == 9
    assert first_epoch != second_epoch
    assert sorted(next(shuffled_batches(4, 256, torch.Generator())).tolist()) == [0, 1, 2, 3]


def test_baselines_separate_clusters() -> None:
    embedded = make_clusters()
    train, valid, test = (embedded.part(split) for split in ("train", "valid", "test"))
    network = initial_network(train, QUICK)

    def accuracy_of(classify: Classify) -> float:
        scores = classify(test.embeddings)
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
        return float((scores.argmax(axis=1) == test.labels).mean())

    assert accuracy_of(fit_mlp(train, valid, network)[0]) > 0.95
    assert accuracy_of(fit_knn(train, valid, network)[0]) > 0.95


def test_a_class_without_training_segments_gets_no_votes() -> None:
    embedded = make_clusters()
    train = embedded.part("train")
    classify, _ = fit_knn(train.select(train.labels != 1), embedded.part("valid"), initial_network(train, QUICK))
    votes = classify(train.embeddings)
    assert votes.shape == (len(train), 3) and not votes[:, 1].any() and votes[train.labels == 2, 2].mean() > 0.9


def test_the_number_of_neighbours_is_chosen_on_validation() -> None:
    """One mislabelled segment in every cluster misleads 1-NN, not 3-NN."""
    z = np.repeat(np.array([[0.0], [10.0]]), 20, axis=0) + np.linspace(0, 1, 40)[:, None] % 0.5
    labels = np.repeat([0, 1], 20)
    blank: dict[str, Any] = {
        "start_s": np.zeros(40),
        "split": np.array(["train"] * 40),
        "unseen": np.zeros(40, bool),
        "track_ids": (),
    }
    tracks: dict[str, Any] = {"track_index": np.arange(40), "classes": ("a", "b")}
    noisy = labels.copy()
    noisy[[3, 30]] = 1 - noisy[[3, 30]]
    train = EmbeddedDataset(embeddings=z.astype(np.float32), labels=noisy, **blank, **tracks)
    valid = EmbeddedDataset(embeddings=z.astype(np.float32), labels=labels, **blank, **tracks)
    assert fit_knn(train, valid, PrototypeNetwork(2, 1, 1))[1] == 3


@pytest.mark.slow
def test_comparison_measures_the_unseen_soundfont_apart() -> None:
    embedded = make_clusters()
    trained = train_prototypes(embedded.part("train"), embedded.part("valid"), QUICK, show_progress=False)
    comparison = compare_classifiers(embedded, trained.network, seed=0)
    assert list(comparison["evaluations"]) == ["test", "seen", "unseen"]
    n_tracks = {part: results["pecmae"]["n_tracks"] for part, results in comparison["evaluations"].items()}
    assert n_tracks["test"] == 24 == n_tracks["seen"] + n_tracks["unseen"]
    table = format_table(Metrics.model_validate(comparison), prototypes_per_class=2)
    assert "PECMAE-2" in table
    shown = comparison["balanced_accuracy"]["unseen"]["knn"]
    assert f"{100 * shown:.1f}" in next(line for line in table.splitlines() if line.startswith("kNN"))
    only_seen = embedded.select(~embedded.unseen)
    assert list(compare_classifiers(only_seen, trained.network, seed=0)["evaluations"]) == ["test"]

"""Two classifiers on the same embeddings, to compare the prototypes' accuracy with.

An MLP probe sees all of an embedding and explains nothing; it is the upper bound that arXiv 2402.09318 compares with.
k nearest neighbours need no training and are the lower bound. Both work in the normalised space of the prototype
network. Validation segments choose the MLP's epoch and the number of neighbours, or these are given.

Conventions: N segments, D dimensions, C classes.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np
import torch
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.metrics import aggregate_tracks, balanced_accuracy
from pecmae.evaluation.threads import single_threaded
from pecmae.networks.prototypes import PrototypeNetwork

MLP_HIDDEN_DIM = 128
MAX_EPOCHS, PATIENCE_EPOCHS = 200, 10
NEIGHBOUR_COUNTS = (1, 3, 5, 9, 15, 25, 45)

Classify = Callable[[np.ndarray], np.ndarray]
"""From embeddings (N, D), not normalised, to scores (N, C)."""


def prototype_scores(network: PrototypeNetwork) -> Classify:
    """The logits of a prototype network."""

    @torch.inference_mode()
    def classify(embeddings: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(embeddings)).logits.numpy()

    return classify


@single_threaded()
def fit_mlp(
    train: EmbeddedDataset,
    valid: EmbeddedDataset | None,
    network: PrototypeNetwork,
    seed: int = 0,
    *,
    n_epochs: int = MAX_EPOCHS,
) -> tuple[Classify, int]:
    """Train an MLP with one hidden layer of 128 units; the epoch with the lowest validation loss is kept.

    Training stops when the validation loss hasn't improved for 10 epochs. The early stopping of scikit-learn would
    validate on segments of training tracks instead.

    Args:
        train: Training segments.
        valid: Validation segments; without them, the last epoch is kept.
        network: Its normalisation is shared.
        seed: Seed of the initial weights and of the batches.
        n_epochs: Number of epochs, at most.

    Returns:
        A classifier that gives probabilities, and the number of epochs that it was trained for.
    """
    classes = np.arange(len(train.classes))
    z = _normalised(train.embeddings, network)
    probe = MLPClassifier((MLP_HIDDEN_DIM,), alpha=1e-5, batch_size=min(256, len(z)), random_state=seed)
    best, best_loss, best_epoch = probe, np.inf, n_epochs
    for epoch in range(1, n_epochs + 1):
        probe.partial_fit(z, train.labels, classes=classes)
        if valid is None:
            continue
        scores = probe.predict_proba(_normalised(valid.embeddings, network))
        loss = log_loss(valid.labels, scores, labels=classes)
        if loss < best_loss:
            best, best_loss, best_epoch = deepcopy(probe), loss, epoch
        elif epoch - best_epoch >= PATIENCE_EPOCHS:
            break
    return lambda embeddings: best.predict_proba(_normalised(embeddings, network)), best_epoch


@single_threaded()
def fit_knn(
    train: EmbeddedDataset,
    valid: EmbeddedDataset | None,
    network: PrototypeNetwork,
    *,
    counts: Sequence[int] = NEIGHBOUR_COUNTS,
) -> tuple[Classify, int]:
    """Fit nearest neighbours with the number of the best balanced accuracy on validation tracks.

    Args:
        train: Training segments, the neighbours.
        valid: Validation segments; without them, the first number is taken.
        network: Its normalisation is shared.
        counts: Numbers of neighbours to choose from.

    Returns:
        A classifier that gives the fraction of each class among the neighbours, and the number of neighbours; the
        smallest of the best.
    """
    z = _normalised(train.embeddings, network)

    def scores(neighbours: KNeighborsClassifier, points: np.ndarray) -> np.ndarray:
        by_class = np.zeros((len(points), len(train.classes)))
        by_class[:, neighbours.classes_] = neighbours.predict_proba(points)  # a class may have no training segment
        return by_class

    def accuracy(neighbours: KNeighborsClassifier) -> float:
        if valid is None:
            return 0.0
        valid_scores = scores(neighbours, _normalised(valid.embeddings, network))
        track_scores, labels = aggregate_tracks(valid_scores, valid.labels, valid.track_index)
        return balanced_accuracy(labels, track_scores.argmax(axis=1))

    fitted = [KNeighborsClassifier(k).fit(z, train.labels) for k in counts if k <= len(z)]
    best = max(fitted, key=accuracy)
    return lambda embeddings: scores(best, _normalised(embeddings, network)), int(best.n_neighbors)


def _normalised(embeddings: np.ndarray, network: PrototypeNetwork) -> np.ndarray:
    return np.asarray((embeddings - network.mean.numpy()) / network.std.numpy())

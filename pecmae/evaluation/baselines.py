"""Two classifiers on the same embeddings that say what the prototypes' accuracy is worth.

An MLP probe, which sees all of an embedding and explains nothing, is the ceiling that arXiv 2402.09318 compares with;
k nearest neighbours is the floor that needs no training. Both work in the normalised space of the prototype network.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.metrics import aggregate_tracks, balanced_accuracy, confusion_matrix
from pecmae.evaluation.threads import single_threaded
from pecmae.networks.prototypes import mean_squared_distance
from pecmae.training.prototype_training import shuffled_batches

MLP_HIDDEN_DIM = 128
NEIGHBOUR_COUNTS = (1, 3, 5, 9, 15, 25, 45)
KNN_BATCH_SIZE = 512


@dataclass(frozen=True)
class MlpSettings:
    """How the MLP probe is trained; it stops when validation loss hasn't improved for `patience_epochs`."""

    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    batch_size: int = 256
    max_epochs: int = 200
    patience_epochs: int = 10
    seed: int = 0


@single_threaded()
def train_mlp(
    train: EmbeddedDataset, valid: EmbeddedDataset, mean: Tensor, std: Tensor, settings: MlpSettings
) -> nn.Module:
    """Train a probe with one hidden layer of 128 by cross-entropy; the epoch of the lowest validation loss is kept.

    Args:
        train: Training segments.
        valid: Validation segments.
        mean: Mean of the training embeddings.
        std: Their standard deviation.
        settings: Schedule and seed.

    Returns:
        A module from normalised embeddings (B, D) to logits (B, C), in evaluation mode.

    Shape: `mean` and `std` (D,).
    """
    z, labels = (torch.from_numpy(train.embeddings) - mean) / std, torch.from_numpy(train.labels)
    valid_z, valid_labels = (torch.from_numpy(valid.embeddings) - mean) / std, torch.from_numpy(valid.labels)
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        probe = nn.Sequential(
            nn.Linear(z.shape[1], MLP_HIDDEN_DIM), nn.ReLU(), nn.Linear(MLP_HIDDEN_DIM, len(train.classes))
        )
    optimiser = torch.optim.Adam(probe.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    batches = shuffled_batches(len(z), settings.batch_size, torch.Generator().manual_seed(settings.seed))
    batches_per_epoch = max(1, len(z) // settings.batch_size)
    best_loss, best_epoch, best_weights = float("inf"), 0, probe.state_dict()
    for epoch in range(settings.max_epochs):
        for _ in range(batches_per_epoch):
            batch = next(batches)
            optimiser.zero_grad()
            F.cross_entropy(probe(z[batch]), labels[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            loss = F.cross_entropy(probe(valid_z), valid_labels).item()
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
            best_weights = {name: value.clone() for name, value in probe.state_dict().items()}
        elif epoch - best_epoch >= settings.patience_epochs:
            break
    probe.load_state_dict(best_weights)
    return probe.eval()


@dataclass(frozen=True, eq=False)
class NearestNeighbours:
    """A kNN classifier: the share of each class among the k nearest training segments.

    Shape: `embeddings` (N, D) normalised, `labels` (N,) int64.
    """

    embeddings: Tensor
    labels: Tensor
    n_classes: int
    k: int

    def __call__(self, z: Tensor) -> Tensor:
        """Probabilities of normalised embeddings.

        Shape: `z` (B, D); result (B, C).
        """
        return torch.cat([self._vote(batch) for batch in z.split(KNN_BATCH_SIZE)])

    def _vote(self, z: Tensor) -> Tensor:
        nearest = mean_squared_distance(z, self.embeddings).topk(self.k, dim=1, largest=False).indices  # (B, k)
        return F.one_hot(self.labels[nearest], self.n_classes).float().mean(dim=1)


def fit_knn(train: EmbeddedDataset, valid: EmbeddedDataset, mean: Tensor, std: Tensor) -> NearestNeighbours:
    """A kNN classifier with the k of the best balanced accuracy on validation tracks; the smaller k wins a tie.

    Args:
        train: Training segments, the neighbours.
        valid: Validation segments.
        mean: Mean of the training embeddings.
        std: Their standard deviation.

    Shape: `mean` and `std` (D,).
    """
    embeddings, labels = (torch.from_numpy(train.embeddings) - mean) / std, torch.from_numpy(train.labels)
    valid_z = (torch.from_numpy(valid.embeddings) - mean) / std
    n_classes = len(train.classes)
    candidates = [NearestNeighbours(embeddings, labels, n_classes, k) for k in NEIGHBOUR_COUNTS if k <= len(embeddings)]

    def accuracy(candidate: NearestNeighbours) -> float:
        scores, track_labels = aggregate_tracks(candidate(valid_z).numpy(), valid.labels, valid.track_index)
        return balanced_accuracy(confusion_matrix(track_labels, scores.argmax(axis=1), n_classes))

    return max(candidates, key=accuracy)

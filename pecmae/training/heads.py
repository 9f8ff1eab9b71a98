"""Prototype networks of several settings on one set of embeddings, each trained once and kept.

A network is stored under its settings, in a folder named by a digest of the embeddings that it learned from. An
interrupted evaluation therefore continues where it was, and another autoencoder or dataset never finds the wrong
network. All networks are trained from one seed: k-means with restarts leads several seeds to the same prototypes.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from pecmae.bundles.bundle import Bundle
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.files import replacing
from pecmae.networks.prototypes import CLASSIFICATION_WEIGHT, PrototypeNetwork, mean_squared_distance
from pecmae.training.prototype_training import PrototypeSettings, train_prototypes


@dataclass(frozen=True)
class Head:
    """The settings that are varied: prototypes per class, the adaptor, lambda."""

    prototypes_per_class: int
    adaptor: bool
    classification_weight: float

    @property
    def name(self) -> str:
        """Such as `5-adaptor-lambda0.25`; safe as a file name."""
        adaptor = "-adaptor" if self.adaptor else ""
        return f"{self.prototypes_per_class}{adaptor}-lambda{self.classification_weight:g}"


@dataclass(frozen=True)
class HeadGrid:
    """The settings to compare with the bundle's own.

    Attributes:
        counts: Prototypes per class.
        adaptors: Whether each count is tried without the adaptor (False), with it (True) or both.
        weights: Values of lambda, tried at the bundle's count and adaptor.
    """

    counts: tuple[int, ...] = (1, 3, 5, 10, 20)
    adaptors: tuple[bool, ...] = (False, True)
    weights: tuple[float, ...] = (0.1, 0.25, 0.5, 0.9)

    def heads(self, shipped: Head) -> tuple[Head, ...]:
        """The bundle's own settings first, then the others, none twice."""
        by_count = [Head(k, adaptor, shipped.classification_weight) for adaptor in self.adaptors for k in self.counts]
        by_weight = [replace(shipped, classification_weight=weight) for weight in self.weights]
        return tuple(dict.fromkeys([shipped, *by_count, *by_weight]))


def shipped_head(bundle: Bundle) -> Head:
    """The settings that a bundle was trained with."""
    manifest = bundle.manifest
    known = manifest.provenance.classification_weight
    weight = CLASSIFICATION_WEIGHT if known is None else known
    return Head(manifest.prototypes_per_class, manifest.adaptor, weight)


class HeadStore:
    """Trains networks on one dataset, or loads those that were trained before.

    Args:
        folder: Where networks are kept.
        train: Training segments.
        valid: Validation segments, which choose the step; None keeps the last.
        n_steps: Training steps of every network.
    """

    def __init__(self, folder: Path, train: EmbeddedDataset, valid: EmbeddedDataset | None, n_steps: int) -> None:
        self.train, self.valid, self.n_steps = train, valid, n_steps
        digest = hashlib.sha256()
        for part in filter(None, (train, valid)):
            digest.update(part.embeddings.tobytes() + part.labels.tobytes())
        self.folder = folder / digest.hexdigest()[:16]

    def network(self, head: Head) -> PrototypeNetwork:
        """The trained network of some settings, in evaluation mode.

        Raises:
            DatasetError: A class has fewer training segments than prototypes.
        """
        path = self.folder / f"{head.name}-steps{self.n_steps}.safetensors"
        if path.is_file():
            network = PrototypeNetwork(
                len(self.train.classes), head.prototypes_per_class, self.train.embeddings.shape[1], head.adaptor
            )
            network.load_state_dict(load_file(path))
            return network.eval()
        settings = PrototypeSettings(
            head.prototypes_per_class, head.adaptor, head.classification_weight, n_steps=self.n_steps
        )
        network = train_prototypes(self.train, self.valid, settings, show_progress=False).network
        with replacing(path) as beside:
            save_file({name: value.contiguous() for name, value in network.state_dict().items()}, beside)
        return network


@torch.no_grad()
def diversity(points: torch.Tensor, labels: torch.Tensor) -> float | None:
    """Mean distance of two different points of the same class; None if no class has two points.

    The distance is the network's, the mean of squared differences. The distance of two independent samples of a class
    is on average twice its variance.

    Shape: `points` (N, D) in normalised space, `labels` (N,).
    """
    distances = mean_squared_distance(points, points)  # (N, N)
    pairs = (labels[:, None] == labels[None]).triu(diagonal=1)
    return float(distances[pairs].mean()) if pairs.any() else None

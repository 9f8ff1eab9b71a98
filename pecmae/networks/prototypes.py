"""The prototype network and its two losses.

Source: Alonso-Jiménez et al., "Leveraging Pre-Trained Autoencoders for Interpretable Prototype Learning of Music
Audio", arXiv 2402.09318, section 2, and the constants of the authors' public code.

Conventions: B embeddings, C classes, K prototypes per class, M = C * K prototypes, D dimensions of the latent space.
Prototypes are class-major: prototype m is number m % K of class m // K. Distances are measured in *normalised* space,
`(z - mean) / std`. Its statistics are buffers of the network, so they are stored with the weights; without them no
prototype could be decoded. As in the authors' code, they are the same for all dimensions, so that a dimension counts as
much as it varies; dimensions scaled to equal variance would make the noise of small ones as loud as large ones.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

CLASSIFICATION_WEIGHT = 0.25
"""Default weight of the classification loss (lambda in arXiv 2402.09318)."""
TEMPERATURE = 0.1
ADAPTOR_FEED_FORWARD_DIM = 2048
N_DEVIATIONS = 2
"""Normalised embeddings are in units of this number of standard deviations, as in the authors' code."""
SMALLEST_STD = 1e-6


class PrototypeOutput(NamedTuple):
    """The network's output for a batch of embeddings: `logits` (B, C), `similarity` and `distance` (B, M)."""

    logits: Tensor
    similarity: Tensor
    distance: Tensor


class PrototypeLoss(NamedTuple):
    """The training loss and its two parts, scalars: `total = w * classification + (1 - w) * prototype`."""

    total: Tensor
    classification: Tensor
    prototype: Tensor


class PrototypeNetwork(nn.Module):
    """Classify an embedding by its similarity to learned prototypes (arXiv 2402.09318, section 2.2).

    `d = mean_D((z_x - z_p)^2)`, `S = exp(-d)`, `logits = W S + b`. W is initialised to 1 between a prototype and its
    own class and to 0 elsewhere, b to 0. Both are trained together with the prototypes. With `adaptor`, each prototype
    first passes through one transformer encoder layer, as a sequence of length 1, and its output replaces it.

    Args:
        n_classes: C.
        prototypes_per_class: K.
        dim: D.
        adaptor: Whether prototypes pass through a transformer layer before they are compared and decoded.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, n_classes: int, prototypes_per_class: int, dim: int, adaptor: bool = False) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.prototypes_per_class = prototypes_per_class
        self.dim = dim
        n_prototypes = n_classes * prototypes_per_class
        self.prototypes = nn.Parameter(torch.zeros(n_prototypes, dim))
        self.linear = nn.Linear(n_prototypes, n_classes)
        with torch.no_grad():
            self.linear.weight.copy_(functional.one_hot(self.prototype_labels(), n_classes).T)
            self.linear.bias.zero_()
        self.adaptor = (
            nn.TransformerEncoderLayer(dim, nhead=1, dim_feedforward=ADAPTOR_FEED_FORWARD_DIM, batch_first=True)
            if adaptor
            else None
        )
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("std", torch.ones(dim))

    @property
    def n_prototypes(self) -> int:
        """Number of prototypes, M."""
        return self.n_classes * self.prototypes_per_class

    def prototype_labels(self) -> Tensor:
        """The class of every prototype: 0, 0, 1, 1, 2, 2 for 3 classes with 2 prototypes each.

        Shape: (M,) int64.
        """
        labels = torch.arange(self.n_classes, device=self.prototypes.device)
        return labels.repeat_interleave(self.prototypes_per_class)

    def fit_normalisation(self, z: Tensor) -> None:
        """Set the normalisation statistics, one mean and one scale for all dimensions, from raw training embeddings.

        Args:
            z: Raw embeddings.

        Shape: `z` (N, D).
        """
        self.mean.copy_(z.mean())
        self.std.copy_(N_DEVIATIONS * z.std(unbiased=False).clamp(min=SMALLEST_STD))

    @torch.no_grad()
    def fold_temperature(self, temperature: float = TEMPERATURE) -> None:
        """Divide weights and biases by the temperature of the loss.

        The loss compares `logits / temperature` with the labels. The paper evaluates only which logit is largest, where
        the temperature doesn't matter. It does for scores: without it, the softmax of the logits is nearly flat.
        """
        self.linear.weight.div_(temperature)
        self.linear.bias.div_(temperature)

    def normalise(self, z: Tensor) -> Tensor:
        """Raw embeddings in normalised space; any shape (..., D)."""
        return (z - self.mean) / self.std

    def denormalise(self, z: Tensor) -> Tensor:
        """The inverse of `normalise`."""
        return z * self.std + self.mean

    def adapted_prototypes(self) -> Tensor:
        """The prototypes that embeddings are compared with, in normalised space.

        Shape: (M, D).
        """
        if self.adaptor is None:
            return self.prototypes
        return self.adaptor(self.prototypes.unsqueeze(1)).squeeze(
            1
        )  # (M, 1, D), so that no prototype attends to another

    def decodable_prototypes(self) -> Tensor:
        """The adapted prototypes in the autoencoder's own space, ready to be decoded. Call in evaluation mode.

        Shape: (M, D).
        """
        return self.denormalise(self.adapted_prototypes())

    def forward(self, z: Tensor) -> PrototypeOutput:
        """Compare raw embeddings with every prototype.

        Args:
            z: Raw embeddings.

        Returns:
            Logits, similarities in (0, 1] and distances.

        Shape: `z` (B, D); `logits` (B, C), `similarity` and `distance` (B, M).
        """
        distance = mean_squared_distance(self.normalise(z), self.adapted_prototypes())
        similarity = torch.exp(-distance)
        return PrototypeOutput(self.linear(similarity), similarity, distance)


def mean_squared_distance(x: Tensor, y: Tensor) -> Tensor:
    """Mean over dimensions of the squared difference, for every pair of rows.

    A matrix product avoids a (B, M, D) intermediate.

    Shape: `x` (B, D), `y` (M, D); result (B, M).
    """
    squares = x.square().sum(dim=-1, keepdim=True) + y.square().sum(dim=-1) - 2 * x @ y.T
    return squares.clamp(min=0) / x.shape[-1]


def classification_loss(logits: Tensor, labels: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """L_c of arXiv 2402.09318: cross-entropy of the logits divided by a temperature.

    Shape: `logits` (B, C), `labels` (B,) int64; result ().
    """
    return functional.cross_entropy(logits / temperature, labels)


def prototype_loss(distance: Tensor, labels: Tensor, prototype_labels: Tensor) -> Tensor:
    """L_p of arXiv 2402.09318: mean distance of a prototype to the nearest sample of its own class in the batch.

    A prototype whose class isn't in the batch doesn't count.

    Args:
        distance: Distance of every sample to every prototype.
        labels: Class of every sample.
        prototype_labels: Class of every prototype.

    Shape: `distance` (B, M), `labels` (B,), `prototype_labels` (M,); result ().
    """
    own_class = labels[:, None] == prototype_labels[None, :]  # (B, M)
    nearest = distance.masked_fill(~own_class, torch.inf).amin(dim=0)  # (M,)
    present = own_class.any(dim=0)
    return nearest.where(present, 0).sum() / present.sum().clamp(min=1)


def pecmae_loss(
    output: PrototypeOutput,
    labels: Tensor,
    prototype_labels: Tensor,
    classification_weight: float = CLASSIFICATION_WEIGHT,
) -> PrototypeLoss:
    """L = lambda * L_c + (1 - lambda) * L_p, where `classification_weight` is lambda.

    A large lambda separates the classes; a small one keeps prototypes close to the data, where they can be decoded.

    Args:
        output: Output of the network for a batch.
        labels: Class of every sample of the batch.
        prototype_labels: Class of every prototype.
        classification_weight: Lambda, between 0 and 1.

    Returns:
        The weighted sum and its two parts, scalars.

    Shape: `labels` (B,), `prototype_labels` (M,).
    """
    classification = classification_loss(output.logits, labels)
    prototype = prototype_loss(output.distance, labels, prototype_labels)
    total = classification_weight * classification + (1 - classification_weight) * prototype
    return PrototypeLoss(total, classification, prototype)

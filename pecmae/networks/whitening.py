"""A fixed linear map that makes an encoder's output a latent: centred, decorrelated, of unit variance.

MusiCNN's 400 values are scaled per dimension, then rotated to their principal components; the first ones are kept and
scaled to unit variance over the music that the map was fitted on.
"""

import torch
from torch import Tensor, nn

_MIN_STD = 1e-3


class Whitening(nn.Module):
    """z = (x - mean) @ projection.

    Args:
        in_dim: Dimensions of the embedding.
        z_dim: Dimensions of the latent.
    """

    mean: Tensor
    projection: Tensor

    def __init__(self, in_dim: int, z_dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(in_dim))
        self.register_buffer("projection", torch.eye(in_dim, z_dim))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Shape: (B, in_dim) -> (B, z_dim)."""
        return (embeddings - self.mean) @ self.projection


def fit_whitening(embeddings: Tensor, z_dim: int, weights: Tensor | None = None) -> Whitening:
    """Fit the map to embeddings.

    Args:
        embeddings: One row per segment.
        z_dim: Principal components that are kept.
        weights: Weight of each row; equal by default.

    Returns:
        The map, in float32.

    Raises:
        ValueError: There are fewer rows or dimensions than components.

    Shape:
        embeddings: (n, in_dim)
        weights: (n,)
    """
    if min(embeddings.shape) < z_dim:
        raise ValueError(f"{z_dim} components can't be fitted to embeddings of shape {tuple(embeddings.shape)}")
    rows = embeddings.double()
    weights = torch.ones(len(rows), dtype=torch.float64) if weights is None else weights.double()
    weights = (weights / weights.sum())[:, None]
    mean = (weights * rows).sum(dim=0)
    std = (weights * (rows - mean).square()).sum(dim=0).sqrt().clamp(min=_MIN_STD)
    scaled = (rows - mean) / std
    variances, directions = torch.linalg.eigh(scaled.T @ (weights * scaled))  # ascending
    variances, directions = variances.flip(0)[:z_dim], directions.flip(1)[:, :z_dim]
    # An eigenvector's sign is arbitrary: the largest coefficient is made positive.
    signs = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True)).sign()
    whitening = Whitening(embeddings.shape[1], z_dim)
    whitening.mean.copy_(mean)
    whitening.projection.copy_(directions * signs / variances.clamp(min=1e-9).sqrt() / std[:, None])
    return whitening

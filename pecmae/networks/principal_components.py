"""A fixed linear map from an encoder's output to a latent: its principal components, at one common scale.

MusiCNN's last layer is batch-normalised over the songs that it was trained on, so its 400 values already have the scale
that a million songs give them. The map only rotates them to the principal components of our training music, keeps the
first, and scales all by one number, so that a component's standard deviation is 1 on average. It
doesn't whiten: scaling every component to unit variance would amplify components that are small in our training music
but large in other music.
"""

import torch
from torch import Tensor, nn


class PrincipalComponents(nn.Module):
    """z = (x - mean) @ directions.

    Args:
        in_dim: Dimensions of the embedding.
        z_dim: Dimensions of the latent.
    """

    mean: Tensor
    directions: Tensor

    def __init__(self, in_dim: int, z_dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(in_dim))
        self.register_buffer("directions", torch.eye(in_dim, z_dim))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Shape: (B, in_dim) -> (B, z_dim)."""
        return (embeddings - self.mean) @ self.directions


def fit_principal_components(embeddings: Tensor, z_dim: int, weights: Tensor | None = None) -> PrincipalComponents:
    """Fit the map to embeddings.

    Args:
        embeddings: One row per segment.
        z_dim: Components that are kept.
        weights: Weight of each row; equal by default.

    Returns:
        The map, in float32; distances of z are those of the kept components times one number.

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
    centred = rows - mean
    variances, directions = torch.linalg.eigh(centred.T @ (weights * centred))  # ascending
    variances, directions = variances.flip(0)[:z_dim], directions.flip(1)[:, :z_dim]
    # An eigenvector's sign is arbitrary: the largest coefficient is made positive.
    signs = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True)).sign()
    components = PrincipalComponents(embeddings.shape[1], z_dim)
    components.mean.copy_(mean)
    components.directions.copy_(directions * signs * (z_dim / variances.sum()).sqrt())
    return components

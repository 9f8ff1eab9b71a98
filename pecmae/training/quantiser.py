"""A residual quantiser of codec features, which gives the targets of masked prediction.

EnCodecMAE predicts EnCodec's residual codes of masked frames. The compact codec has no codes of its own, so k-means
finds them: the first level on normalised features, every further level on the residual of the level before.
"""

import torch
from torch import Tensor, nn

N_ITERATIONS = 20


class ResidualQuantiser(nn.Module):
    """Codebooks of several levels, each of which quantises what the levels above it leave over."""

    codebooks: Tensor

    def __init__(self, n_levels: int, n_codes: int, feature_dim: int) -> None:
        super().__init__()
        self.register_buffer("codebooks", torch.zeros(n_levels, n_codes, feature_dim))

    @property
    def n_levels(self) -> int:
        """Number of codebooks."""
        return self.codebooks.shape[0]

    @property
    def n_codes(self) -> int:
        """Number of codes per codebook."""
        return self.codebooks.shape[1]

    def fit(self, features: Tensor, generator: torch.Generator) -> None:
        """Fit every level in turn by k-means (Lloyd); a code that is nearest to no sample moves to a random sample.

        Args:
            features: A sample of the training material, at least as many as there are codes.
            generator: Draws initial codes.

        Shape:
            features: (N, F)
        """
        rest = features
        for level in range(self.n_levels):
            codes = rest[torch.randperm(len(rest), generator=generator)[: self.n_codes]].clone()
            for _ in range(N_ITERATIONS):
                nearest = _nearest(rest, codes)
                counts = torch.bincount(nearest, minlength=self.n_codes)
                sums = torch.zeros_like(codes).index_add_(0, nearest, rest)
                random = rest[torch.randint(len(rest), (self.n_codes,), generator=generator)]
                codes = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], random)
            self.codebooks[level] = codes
            rest = rest - codes[_nearest(rest, codes)]

    @torch.no_grad()
    def forward(self, features: Tensor) -> Tensor:
        """Codes of features.

        Shape: (B, T, F) -> (B, T, n_levels) int64
        """
        rest, codes = features.flatten(0, 1), []
        for codebook in self.codebooks:
            codes.append(_nearest(rest, codebook))
            rest = rest - codebook[codes[-1]]
        return torch.stack(codes, dim=-1).unflatten(0, features.shape[:2])

    def decode(self, codes: Tensor) -> Tensor:
        """Features of codes: the sum over levels.

        Shape: (B, T, n_levels) -> (B, T, F)
        """
        return torch.stack([book[codes[..., level]] for level, book in enumerate(self.codebooks)]).sum(dim=0)


def _nearest(features: Tensor, codebook: Tensor) -> Tensor:
    """Index of the nearest code; (N, F) and (K, F) -> (N,)."""
    return (codebook.square().sum(dim=1) - 2 * features @ codebook.T).argmin(dim=1)

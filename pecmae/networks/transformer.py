"""The transformer that the parts of the published autoencoder are built from.

ResiDual normalisation (Xie et al., "ResiDual: Transformer with Dual Residual Connections", arXiv 2304.14802): there are
two residual streams. One is normalised after every block, the other is never normalised, and the output is the sum of
both.

Conventions: B sequences, T positions, D channels, H heads.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.networks.configuration import TransformerConfig


class SinusoidalPositions(nn.Module):
    """Adds sinusoidal positions, sine on even and cosine on odd channels, times a learned scale."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.1))

    def table(self, n_positions: int, dim: int, like: Tensor) -> Tensor:
        """The scaled positions, with the device and precision of `like`; shape (n_positions, dim)."""
        rate = torch.exp(torch.arange(0, dim, 2, device=like.device) * (-math.log(10_000.0) / dim))
        angle = torch.arange(n_positions, device=like.device)[:, None] * rate
        return self.scale * torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).to(like.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Shape: (B, T, D) -> (B, T, D)."""
        return x + self.table(x.shape[1], x.shape[2], x)


class Attention(nn.Module):
    """Multi-head self-attention without bias; one projection gives queries, keys and values, each by head."""

    def __init__(self, dim: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query_key_value = nn.Linear(dim, 3 * dim, bias=False)
        self.output = nn.Linear(dim, dim, bias=False)

    def forward(self, x: Tensor, n_queries: int | None = None) -> Tensor:
        """Attend from the first `n_queries` positions, by default from all; shape (B, T, D) -> (B, n_queries, D)."""
        projected = self.query_key_value(x).unflatten(-1, (3, self.n_heads, -1))  # (B, T, 3, H, D / H)
        query, key, value = projected.transpose(1, 3).unbind(2)  # (B, H, T, D / H)
        attended = attend(query[:, :, :n_queries], key, value)
        return self.output(attended.transpose(1, 2).flatten(2))


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention.

    For a few hundred positions in bfloat16, a CPU computes two plain products faster than PyTorch's own function.

    Shape: each (B, H, T, D / H); `query` and the output may have fewer positions.
    """
    if query.device.type == "cpu" and query.dtype == torch.bfloat16:
        similarities = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        return similarities.softmax(dim=-1) @ value
    return functional.scaled_dot_product_attention(query, key, value)


class ResiDualLayer(nn.Module):
    """Attention and feed-forward over two residual streams."""

    def __init__(self, dim: int, n_heads: int, feed_forward: nn.Module) -> None:
        super().__init__()
        self.attention = Attention(dim, n_heads)
        self.feed_forward = feed_forward
        self.attention_norm = nn.LayerNorm(dim)
        self.feed_forward_norm = nn.LayerNorm(dim)

    def forward(self, normed: Tensor, plain: Tensor, n_outputs: int | None = None) -> tuple[Tensor, Tensor]:
        """Compute the first `n_outputs` positions, by default all.

        Shape: two of (B, T, D) -> two of (B, n_outputs, D)
        """
        attended = self.attention(normed, n_outputs)
        normed = self.attention_norm(normed[:, :n_outputs] + attended)
        transformed = self.feed_forward(normed)
        return self.feed_forward_norm(normed + transformed), plain[:, :n_outputs] + attended + transformed


class ResiDualTransformer(nn.Module):
    """A stack of `ResiDualLayer`, which share one feed-forward module.

    Its output is the normalised stream plus the normalised plain stream.
    """

    def __init__(self, dim: int, config: TransformerConfig) -> None:
        super().__init__()

        hidden = config.feed_forward_dim
        feed_forward = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, dim))
        self.layers = nn.ModuleList(ResiDualLayer(dim, config.n_heads, feed_forward) for _ in range(config.n_layers))
        self.final_norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor, n_outputs: int | None = None) -> Tensor:
        """Apply all layers; the last one computes only the first `n_outputs` positions, by default all.

        Shape: (B, T, D) -> (B, n_outputs, D)
        """
        normed, plain = x, x
        for layer in self.layers[:-1]:
            normed, plain = layer(normed, plain)
        normed, plain = self.layers[-1](normed, plain, n_outputs)
        return normed + self.final_norm(plain)

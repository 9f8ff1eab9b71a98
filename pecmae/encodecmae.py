"""The masked autoencoder over codec features (EnCodecMAE: Pepino, Riera and Ferrer, arXiv 2309.07391).

Half of the feature frames are hidden in short gaps; the encoder sees the rest, a light decoder must tell what was
hidden. Only the encoder is kept for inference, where nothing is masked. The compact model is asked for the hidden
features themselves (mean squared error); EnCodecMAE asks for EnCodec's quantised tokens.
"""

import torch
from torch import Tensor, nn

from pecmae.config import TransformerConfig
from pecmae.transformer import ResiDualTransformer, SinusoidalPositions


class FrameEncoder(nn.Module):
    """EnCodecMAE's visible encoder: codec features to contextual frame embeddings."""

    def __init__(self, feature_dim: int, dim: int, config: TransformerConfig) -> None:
        super().__init__()
        self.projection = nn.Linear(feature_dim, dim)
        self.positions = SinusoidalPositions()
        self.transformer = ResiDualTransformer(dim, config)

    def forward(self, features: Tensor, visible: Tensor | None = None) -> Tensor:
        """Embeds all frames, or the visible ones alone.

        Shape:
            features: (B, T, F)
            visible: (B, V) indices of frames, or None for all
            output: (B, T or V, D)
        """
        frames = self.positions(self.projection(features))
        if visible is not None:
            frames = frames.gather(1, visible[..., None].expand(-1, -1, frames.shape[-1]))
        return self.transformer(frames)


class MaskedDecoder(nn.Module):
    """Predicts the features of all frames from the embeddings of the visible ones; used in training only."""

    def __init__(self, feature_dim: int, dim: int, config: TransformerConfig) -> None:
        super().__init__()
        self.projection = nn.Linear(dim, dim)
        self.positions = SinusoidalPositions()
        self.transformer = ResiDualTransformer(dim, config)
        self.head = nn.Linear(dim, feature_dim)

    def forward(self, embedded: Tensor, visible: Tensor, n_frames: int) -> Tensor:
        """Hidden frames enter as zeros plus their position.

        Shape:
            embedded: (B, V, D)
            visible: (B, V) indices of frames
            output: (B, n_frames, F)
        """
        projected = self.projection(embedded)
        frames = projected.new_zeros(projected.shape[0], n_frames, projected.shape[-1])
        frames = frames.scatter(1, visible[..., None].expand_as(projected), projected)
        return self.head(self.transformer(self.positions(frames)))


def visible_frames(n_clips: int, n_frames: int, ratio: float, gap: int, generator: torch.Generator) -> Tensor:
    """Sorted indices of the frames left visible when gaps hide exactly `ratio` of them, rounded down.

    Gaps of `gap` frames start at random places and may join; the last one is cut to meet the number.

    Shape:
        output: (n_clips, n_frames - int(n_frames * ratio))
    """
    n_hidden = int(n_frames * ratio)
    starts = torch.rand(n_clips, n_frames, generator=generator).argsort(dim=1)  # a random order of gap starts
    rank = torch.empty_like(starts).scatter_(1, starts, torch.arange(n_frames).expand(n_clips, -1))
    # A frame is hidden by the earliest gap that covers it; the frames hidden first are those that stay hidden.
    covering = torch.stack([rank.roll(shift, dims=1) * gap + shift for shift in range(gap)])
    order = covering.min(dim=0).values.argsort(dim=1, stable=True)
    return order[:, n_hidden:].sort(dim=1).values

"""The frame encoder of the masked autoencoder (EnCodecMAE: Pepino, Riera and Ferrer, arXiv 2309.07391).

It is trained to predict masked stretches of latent frames from the rest (`training.encoder_training`). At inference,
nothing is masked. The published encoder leaves masked frames out. The compact one, whose convolutions need a regular
grid, sees them as zeros, the mean of the normalised frames.
"""

import math

from torch import Tensor, nn

from pecmae.networks.configuration import CodecConfig, StemConfig, TransformerConfig
from pecmae.networks.transformer import ResiDualTransformer, SinusoidalPositions


class SpectralStem(nn.Module):
    """Convolutions over time and mel bands, so that a pattern is recognised at any pitch.

    A linear projection of the spectrum would have to learn every pitch separately, and the compact model's training
    data is too small for that.

    Args:
        codec: The codec, whose latent frames are log-mel frames.
        stem: Sizes of the convolutions.
        dim: D.
    """

    def __init__(self, codec: CodecConfig, stem: StemConfig, dim: int) -> None:
        super().__init__()
        self.n_mels = codec.n_mels
        n_halvings = int(math.log2(codec.frames_per_token * stem.frames_per_embedding))
        layers: list[nn.Module] = []
        n_bands, n_inputs = codec.n_mels, 1
        for number, n_channels in enumerate(stem.channels):
            stride = (2 if number < n_halvings else 1, 2)
            layers += [
                nn.Conv2d(n_inputs, n_channels, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(n_channels),
                nn.ReLU(),
            ]
            n_bands, n_inputs = (n_bands + 1) // 2, n_channels
        self.layers = nn.Sequential(*layers)
        self.projection = nn.Linear(n_inputs * n_bands, dim)

    def forward(self, features: Tensor) -> Tensor:
        """Shape: (B, T, F) -> (B, T / frames_per_embedding, D)."""
        spectrum = features.unflatten(2, (-1, self.n_mels)).flatten(1, 2)[:, None]  # (B, 1, mel frames, bands)
        return self.projection(self.layers(spectrum).transpose(1, 2).flatten(2))


class FrameEncoder(nn.Module):
    """EnCodecMAE's encoder: latent frames to contextual frame embeddings.

    Args:
        projection: Maps latent frames (B, T, F) to (B, T', D): a linear layer, or a `SpectralStem`.
        dim: D.
        config: Sizes of the transformer.
    """

    def __init__(self, projection: nn.Module, dim: int, config: TransformerConfig) -> None:
        super().__init__()
        self.projection = projection
        self.positions = SinusoidalPositions()
        self.transformer = ResiDualTransformer(dim, config)

    def forward(self, features: Tensor) -> Tensor:
        """Shape: (B, T, F) -> (B, T', D)."""
        return self.transformer(self.positions(self.projection(features)))

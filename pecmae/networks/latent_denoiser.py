"""Denoising transformer over latent frames, conditioned on the latent z.

As in DiT (Peebles and Xie, arXiv 2212.09748), adaptive layer norms get scale, shift and gate from z and the noise
level, and every block starts as the identity. A depthwise convolution before attention sees neighbouring frames.
The curves of a rhythm (`pecmae.audio.rhythm`) are added to the frames, so that beats needn't be found in noise.
Training and sampling are v-diffusion: the network predicts v of a noisy signal at a noise level sigma in [0, 1].

Conventions: B clips, T latent frames, C channels, D model width, Z dimensions of z, R curves of a rhythm.
"""

import math
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.rhythm import N_CURVES
from pecmae.networks import diffusion

_TIME_DIM = 128
_MAX_TIME_FREQUENCY = 1000.0


@dataclass(frozen=True)
class LatentDenoiserConfig:
    """Sizes of a latent denoiser.

    Args:
        channels: Values of a latent frame.
        n_frames: Latent frames of a segment.
        z_dim: Dimensions of z.
        width: Model width.
        n_blocks: Transformer blocks.
        n_heads: Attention heads.
        kernel_size: Frames that the depthwise convolution of a block spans.
    """

    channels: int = 48
    n_frames: int = 100
    z_dim: int = 128
    width: int = 320
    n_blocks: int = 6
    n_heads: int = 5
    kernel_size: int = 5


class LatentDenoiser(nn.Module):
    """Predicts v of noisy latent frames.

    Example:
        >>> denoiser = LatentDenoiser(LatentDenoiserConfig(width=40, n_blocks=1)).eval()
        >>> v = denoiser(torch.randn(2, 100, 48), torch.rand(2, 1, 1), torch.randn(2, 128), torch.zeros(2, 100, 6))
        >>> v.shape, bool((v == 0).all())
        (torch.Size([2, 100, 48]), True)
    """

    frequencies: Tensor

    def __init__(self, config: LatentDenoiserConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.embed = nn.Linear(config.channels, width)
        self.embed_beats = nn.Linear(N_CURVES, width, bias=False)
        self.positions = nn.Parameter(torch.randn(config.n_frames, width) * 0.02)
        self.embed_time = nn.Sequential(nn.Linear(_TIME_DIM, width), nn.SiLU(), nn.Linear(width, width))
        self.embed_z = nn.Sequential(nn.Linear(config.z_dim, width), nn.SiLU(), nn.Linear(width, width))
        self.unconditional_z = nn.Parameter(torch.zeros(config.z_dim))
        self.blocks = nn.ModuleList(
            AdaptiveBlock(width, config.n_heads, config.kernel_size) for _ in range(config.n_blocks)
        )
        self.norm = nn.LayerNorm(width)
        self.to_v = nn.Linear(width, config.channels)
        nn.init.zeros_(self.to_v.weight)
        nn.init.zeros_(self.to_v.bias)
        exponents = torch.linspace(0, math.log(_MAX_TIME_FREQUENCY), _TIME_DIM // 2)
        self.register_buffer("frequencies", exponents.exp(), persistent=False)

    def forward(self, noisy: Tensor, sigma: Tensor, z: Tensor, beats: Tensor) -> Tensor:
        """The predicted v; beats of zeros stand for an unknown rhythm.

        Shape:
            noisy: (B, T, C)
            sigma: (B, 1, 1)
            z: (B, Z)
            beats: (B, T, R)
            output: (B, T, C)
        """
        angles = sigma.flatten(1) * self.frequencies  # (B, _TIME_DIM / 2)
        condition = self.embed_time(torch.cat([angles.sin(), angles.cos()], dim=1)) + self.embed_z(z)  # (B, D)
        frames = self.embed(noisy) + self.embed_beats(beats) + self.positions
        for block in self.blocks:
            frames = block(frames, condition)
        v: Tensor = self.to_v(self.norm(frames))
        return v.float()

    def guided(self, noisy: Tensor, sigma: Tensor, z: Tensor, beats: Tensor, guidance: float) -> Tensor:
        """The prediction with guidance, away from that for no latent at the same rhythm; shape as `forward`.

        Guidance away from no rhythm too would make beats more regular than the rhythm asks for.
        """
        both = beats if guidance == 0 else torch.cat([beats, beats])
        predict_v = partial(self, beats=both)
        return diffusion.guided_v(predict_v, noisy, sigma, z, self.unconditional_z, guidance)


class AdaptiveBlock(nn.Module):
    """Depthwise convolution, self-attention and feed-forward, each modulated by the condition."""

    def __init__(self, width: int, n_heads: int, kernel_size: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.attention_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.depthwise = nn.Conv1d(width, width, kernel_size, padding="same", groups=width)
        self.to_qkv = nn.Linear(width, 3 * width)
        self.from_heads = nn.Linear(width, width)
        self.feed_forward_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.feed_forward = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, frames: Tensor, condition: Tensor) -> Tensor:
        """Shape: frames (B, T, D), condition (B, D) -> (B, T, D)."""
        modulation = self.modulation(functional.silu(condition))[:, None]  # (B, 1, 6 D)
        scale, shift, gate, ff_scale, ff_shift, ff_gate = modulation.chunk(6, dim=2)
        hidden = self.attention_norm(frames) * (1 + scale) + shift
        hidden = hidden + self.depthwise(hidden.transpose(1, 2)).transpose(1, 2)
        frames = frames + gate * self._attend(hidden)
        hidden = self.feed_forward_norm(frames) * (1 + ff_scale) + ff_shift
        frames = frames + ff_gate * self.feed_forward(hidden)
        assert isinstance(frames, Tensor)
        return frames

    def _attend(self, hidden: Tensor) -> Tensor:
        """Self-attention over all frames; shape (B, T, D) -> (B, T, D)."""
        heads = self.to_qkv(hidden).unflatten(2, (3, self.n_heads, -1)).permute(2, 0, 3, 1, 4)  # (3, B, H, T, D / H)
        attended = functional.scaled_dot_product_attention(heads[0], heads[1], heads[2])
        out: Tensor = self.from_heads(attended.transpose(1, 2).flatten(2))
        return out

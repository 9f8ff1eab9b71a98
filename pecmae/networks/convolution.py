"""The convolutional block of the vocoder and of the compact denoiser."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class FrameBlock(nn.Module):
    """A ConvNeXt block (Liu et al., arXiv 2201.03545) over frames: a depthwise convolution, then two linear layers.

    Args:
        dim: Number of channels.
        expansion: Width of the hidden layer, in multiples of `dim`.
        kernel_size: Number of frames that the convolution sees.
    """

    def __init__(self, dim: int, expansion: int, kernel_size: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(dim, dim, kernel_size, padding="same", groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.widen = nn.Linear(dim, expansion * dim)
        self.narrow = nn.Linear(expansion * dim, dim)
        self.scale = nn.Parameter(torch.full((dim,), 0.2))

    def forward(self, frames: Tensor) -> Tensor:
        """Shape: (B, T, D) -> (B, T, D)."""
        mixed = self.depthwise(frames.transpose(1, 2)).transpose(1, 2)
        return frames + self.scale * self.narrow(functional.gelu(self.widen(self.norm(mixed))))

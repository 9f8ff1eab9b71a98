"""Bring sounds to one level, so that loudness makes no difference."""

from torch import Tensor

from pecmae.audio.conventions import SILENCE_DBFS

COMMON_LEVEL_DBFS = -16.0
"""Root mean square of what MusiCNN reads and of what is compared: about that of published recordings."""


def levelled(waveforms: Tensor) -> Tensor:
    """Each sound at `COMMON_LEVEL_DBFS`; what is silent stays near silence.

    Shape: (B, n_samples) -> (B, n_samples)
    """
    power = waveforms.square().mean(dim=-1, keepdim=True).clamp(min=10 ** (SILENCE_DBFS / 10))
    return waveforms * (10 ** (COMMON_LEVEL_DBFS / 10) / power).sqrt()

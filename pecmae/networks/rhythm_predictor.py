"""Which rhythms music at a latent z has: distributions of the period and of the strength of its pulse.

A latent says little about when things happen. To decode one, a rhythm is therefore drawn first, and the denoiser then
plays to it, as speech synthesis draws durations before sound.
"""

import torch
from torch import Tensor, nn

from pecmae.audio.rhythm import Rhythm

N_STRENGTHS = 10
"""Equal classes of strength from 0 to 1."""


class RhythmPredictor(nn.Module):
    """Logits of a period, in whole frames, and of a class of strength.

    Args:
        z_dim: Dimensions of z.
        shortest, longest: The periods that are known.
    """

    def __init__(self, z_dim: int, shortest: int, longest: int) -> None:
        super().__init__()
        self.config = {"z_dim": z_dim, "shortest": shortest, "longest": longest}
        self.shortest = shortest
        self.to_period = nn.Linear(z_dim, longest - shortest + 1)
        self.to_strength = nn.Linear(z_dim, N_STRENGTHS)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Shape: (B, Z) -> (B, n_periods), (B, N_STRENGTHS)."""
        return self.to_period(z), self.to_strength(z)

    @torch.no_grad()
    def draw(self, z: Tensor, generator: torch.Generator | None = None) -> Rhythm:
        """Draw a rhythm for each z; the beats begin anywhere.

        Shape: (B, Z)
        """
        period, strength = (
            torch.multinomial(logits.float().softmax(dim=1), 1, generator=generator)[:, 0] for logits in self(z)
        )
        inside = torch.rand(3, len(z), generator=generator, device=z.device)
        periods = period + self.shortest + inside[0] - 0.5
        return Rhythm(periods, inside[1] * periods, (strength + inside[2]) / N_STRENGTHS)

"""The rhythms to which a bundle's latents are decoded: those of its training segments.

A latent says little about when things happen. A training segment is therefore decoded to the beat that was measured in
it, and a prototype to that of a training segment near it. The beats begin anywhere.

Conventions: N training segments, B latents, D dimensions.
"""

import torch
from torch import Tensor

from pecmae.audio.log_mel import LogMelConfig
from pecmae.audio.rhythm import Rhythm
from pecmae.bundles.training_points import TrainingPoints

N_LENDERS = 5
"""The nearest training segments, of which one is drawn to lend its rhythm."""


def rhythm_of(training: TrainingPoints, rows: Tensor, generator: torch.Generator) -> Rhythm:
    """The rhythms of training segments.

    Args:
        training: The training segments.
        rows: Which of them.
        generator: Draws where the beats begin.

    Shape: (B,)
    """
    period_s, strength = (
        torch.from_numpy(values).to(rows.device)[rows] for values in (training.beat_period_s, training.beat_strength)
    )
    period = period_s * LogMelConfig().frames_per_s
    return Rhythm(period, torch.rand(len(rows), generator=generator, device=rows.device) * period, strength)


def borrow_rhythm(
    training: TrainingPoints, z: Tensor, generator: torch.Generator, excluded: Tensor | None = None
) -> Rhythm:
    """For each latent, the rhythm of one of the `N_LENDERS` training segments that are nearest to it.

    Args:
        training: The training segments.
        z: Latents, as the autoencoder gives them.
        generator: Draws the training segments and where the beats begin; on the device of z.
        excluded: Which training segments a latent mustn't borrow from.

    Shape: z (B, D), excluded (B, N) bool -> rhythms of B sounds
    """
    distances = torch.cdist(z, torch.from_numpy(training.embeddings).to(z))  # (B, N)
    if excluded is not None:
        distances = distances.masked_fill(excluded, torch.inf)
    nearest = distances.topk(min(N_LENDERS, len(training)), largest=False).indices
    drawn = torch.randint(nearest.shape[1], (len(z), 1), generator=generator, device=z.device)
    return rhythm_of(training, nearest.gather(1, drawn)[:, 0], generator)

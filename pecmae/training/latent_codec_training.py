"""Train the latent codec on log-mel frames of several datasets.

The loss is the mean absolute and the mean squared error of log-mel frames, and the mean absolute error of their changes
from frame to frame, so that attacks aren't blurred. A stopped run resumes.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from pecmae.evaluation.spectrogram_pictures import draw_spectrograms
from pecmae.networks.compact_autoencoder import CODEC_FILE
from pecmae.networks.latent_codec import TYPICAL_LOG_MEL, LatentCodec
from pecmae.networks.latent_weights import save_part
from pecmae.training.segment_features import SegmentSet
from pecmae.training.timed_loop import Model, TimedLoopConfig, train_for

logger = logging.getLogger(__name__)

BATCH_SIZE = 24
CROP_FRAMES = 64
"""Log-mel frames of a training excerpt: about as far as the codec's convolutions see."""
N_VALID = 64
CHANGE_WEIGHT = 0.5
"""Weight of the error of changes from frame to frame."""


def draw_excerpts(
    segments: SegmentSet, n: int, generator: torch.Generator, dataset_weights: Sequence[float] | None
) -> Tensor:
    """Random excerpts of random segments; shape (n, CROP_FRAMES, n_mels)."""
    log_mel = segments.log_mel(segments.draw(n, generator, dataset_weights), generator)
    start = int(torch.randint(log_mel.shape[1] - CROP_FRAMES + 1, (), generator=generator))
    return log_mel[:, start : start + CROP_FRAMES]


def reconstruction_loss(reconstruction: Tensor, log_mel: Tensor) -> Tensor:
    """Errors of values and of their changes, in typical standard deviations.

    Shape: (B, T, n_mels) twice -> ()
    """
    error = (reconstruction - log_mel) / TYPICAL_LOG_MEL[1]
    change = error[:, 1:] - error[:, :-1]
    return error.abs().mean() + 0.5 * error.square().mean() + CHANGE_WEIGHT * change.abs().mean()


def unexplained_variance(reconstruction: Tensor, log_mel: Tensor) -> float:
    """Mean squared error relative to the variance of every band.

    Shape: (B, T, n_mels) twice
    """
    variance = (log_mel - log_mel.mean(dim=(0, 1))).square().mean()
    return float((reconstruction - log_mel).square().mean() / variance)


def train_latent_codec(
    train_set: SegmentSet,
    valid_set: SegmentSet,
    codec: LatentCodec,
    loop_config: TimedLoopConfig,
    run: Path,
    dataset_weights: Sequence[float] | None = None,
    batch_size: int = BATCH_SIZE,
) -> LatentCodec:
    """Train, resume or finish a run; the averaged codec is written to the run.

    Args:
        train_set: Segments to learn from.
        valid_set: Segments to measure with.
        codec: What is trained.
        loop_config: Length and rates.
        run: Folder of the run.
        dataset_weights: Relative frequency of each dataset.
        batch_size: Excerpts per step.

    Returns:
        The averaged codec.
    """

    def loss(model: LatentCodec, log_mel: Tensor, generator: torch.Generator) -> Tensor:
        return reconstruction_loss(model(log_mel, generator), log_mel)

    average = train_on_excerpts(codec, loss, train_set, valid_set, loop_config, run, dataset_weights, batch_size)
    save_part(average, asdict(average.config), run / CODEC_FILE)
    return average


def train_on_excerpts(
    model: Model,
    loss: Callable[[Model, Tensor, torch.Generator], Tensor],
    train_set: SegmentSet,
    valid_set: SegmentSet,
    loop_config: TimedLoopConfig,
    run: Path,
    dataset_weights: Sequence[float] | None,
    batch_size: int,
) -> Model:
    """Train a model that reconstructs log-mel frames, and draw and measure its reconstructions.

    Args:
        model: What is trained; maps log-mel frames to their reconstruction.
        loss: Its loss on a batch of excerpts, and the generator of its noise.
        train_set: Segments to learn from.
        valid_set: Segments to measure with.
        loop_config: Length and rates.
        run: Folder of the run.
        dataset_weights: Relative frequency of each dataset.
        batch_size: Excerpts per step.

    Returns:
        The averaged model.
    """
    valid = valid_set.log_mel(valid_set.draw(N_VALID, torch.Generator().manual_seed(0), dataset_weights))

    def train_loss(model: Model, generator: torch.Generator) -> Tensor:
        return loss(model, draw_excerpts(train_set, batch_size, generator, dataset_weights), generator)

    def valid_loss(model: Model, _generator: torch.Generator) -> Tensor:
        return reconstruction_loss(model(valid), valid)

    def picture(model: Model, path: Path) -> None:
        with torch.no_grad():
            pairs = zip(valid[:8].numpy(), model(valid[:8]).numpy(), strict=True)
        draw_spectrograms([[("real", real), ("reconstructed", made)] for real, made in pairs], path)

    average = train_for(model, train_loss, valid_loss, loop_config, run, picture=picture)
    with torch.no_grad():
        missed = unexplained_variance(average(valid), valid)
    logger.info("%s: %.2f %% of the variance of validation frames is missed", run, 100 * missed)
    return average

"""Train the latent codec on log-mel frames of several datasets.

    python -m pecmae.training.latent_codec_training --features data/features/open-music data/features/genres \
        --run runs/latent-codec --minutes 25

The loss is the mean absolute and the mean squared error of log-mel frames, and the mean absolute error of their changes
from frame to frame, so that attacks aren't blurred. A stopped run resumes with the same command.
"""

import argparse
import logging
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from pecmae.networks.latent_codec import TYPICAL_LOG_MEL, LatentCodec, LatentCodecConfig
from pecmae.networks.latent_weights import save_part
from pecmae.training.segment_features import SegmentSet, load_segments
from pecmae.training.spectrogram_pictures import draw_spectrograms
from pecmae.training.timed_loop import TimedLoopConfig, train_for

logger = logging.getLogger(__name__)

BATCH_SIZE = 24
CROP_FRAMES = 64
"""Log-mel frames of a training excerpt: about as far as the codec's convolutions see."""
N_VALID = 64
CHANGE_WEIGHT = 0.5
"""Weight of the error of changes from frame to frame."""


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
    codec_config: LatentCodecConfig,
    loop_config: TimedLoopConfig,
    run: Path,
    dataset_weights: list[float] | None = None,
) -> LatentCodec:
    """Train, resume or finish a run; the averaged codec is written to `run/latent_codec.safetensors`.

    Args:
        train_set: Segments to learn from.
        valid_set: Segments to measure with.
        codec_config: Sizes.
        loop_config: Length and rates.
        run: Folder of the run.
        dataset_weights: Relative frequency of each dataset.

    Returns:
        The averaged codec.
    """
    torch.manual_seed(loop_config.seed)
    valid = valid_set.log_mel(valid_set.draw(N_VALID, torch.Generator().manual_seed(0), dataset_weights))

    def train_loss(model: nn.Module, generator: torch.Generator) -> Tensor:
        segments = train_set.log_mel(train_set.draw(BATCH_SIZE, generator, dataset_weights), generator)
        start = int(torch.randint(segments.shape[1] - CROP_FRAMES + 1, (), generator=generator))
        log_mel = segments[:, start : start + CROP_FRAMES]
        reconstruction, _ = model(log_mel, generator)
        return reconstruction_loss(reconstruction, log_mel)

    def valid_loss(model: nn.Module, _generator: torch.Generator) -> Tensor:
        return reconstruction_loss(model(valid)[0], valid)

    def picture(model: nn.Module, path: Path) -> None:
        with torch.no_grad():
            decoded = model(valid[:8])[0]
        pairs = [
            [("real", real.numpy()), ("reconstructed", made.numpy())]
            for real, made in zip(valid[:8], decoded, strict=True)
        ]
        draw_spectrograms(pairs, path)

    average = train_for(LatentCodec(codec_config), train_loss, valid_loss, loop_config, run, picture=picture)
    assert isinstance(average, LatentCodec)
    with torch.no_grad():
        missed = unexplained_variance(average(valid)[0], valid)
    logger.info("%s: %.2f %% of the variance of validation frames is missed", run, 100 * missed)
    save_part(average, asdict(codec_config), run / "latent_codec.safetensors")
    return average


def main() -> None:
    """Parse, train."""
    parser = argparse.ArgumentParser(description="train the latent codec")
    parser.add_argument("--features", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--weights", type=float, nargs="+", metavar="W", help="relative frequency of each dataset")
    parser.add_argument("--run", type=Path, required=True, metavar="DIR")
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--learning-rate", type=float, default=8e-4)
    parser.add_argument("--channels", type=int, default=48)
    parser.add_argument("--stride", type=int, default=2, choices=(1, 2))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    torch.set_num_threads(arguments.threads)
    train_latent_codec(
        load_segments(arguments.features, "train", with_embeddings=False),
        load_segments(arguments.features, "valid", with_embeddings=False),
        LatentCodecConfig(channels=arguments.channels, stride=arguments.stride),
        TimedLoopConfig(arguments.minutes, arguments.learning_rate, average_decay=0.998, seed=arguments.seed),
        arguments.run,
        arguments.weights,
    )


if __name__ == "__main__":
    main()

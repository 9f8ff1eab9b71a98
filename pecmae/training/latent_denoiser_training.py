"""Train the latent denoiser given z, on the features of several datasets.

    python -m pecmae.training.latent_denoiser_training --features data/features/open-music data/features/genres \
        --codec runs/latent-codec/latent_codec.safetensors --run runs/latent-denoiser --minutes 60

The first call fits the principal components of the embeddings and keeps them in the run; all later calls use those.
Training is v-diffusion of latent frames; z gets a little noise, so that prototypes, which lie between recordings, are
near what was seen, and is left out now and then, for guidance. A stopped run resumes with the same command, and
`--start` begins from saved weights where there is no checkpoint.
"""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from pecmae.errors import BundleError
from pecmae.networks import diffusion
from pecmae.networks.latent_codec import LatentCodec
from pecmae.networks.latent_denoiser import LatentDenoiser, LatentDenoiserConfig
from pecmae.networks.latent_weights import load_latent_codec, load_latent_denoiser, load_principal_components, save_part
from pecmae.networks.precision import fast_autocast
from pecmae.networks.principal_components import PrincipalComponents, fit_principal_components
from pecmae.training.segment_features import SegmentSet, load_segments
from pecmae.training.spectrogram_pictures import draw_spectrograms
from pecmae.training.timed_loop import TimedLoopConfig, train_for

logger = logging.getLogger(__name__)

BATCH_SIZE = 32
N_VALID = 128
Z_NOISE = 0.1
"""Standard deviation of the noise on z, whose dimensions have standard deviation 1."""
UNCONDITIONAL_RATE = 0.1
PICTURE_STEPS = 16


def denoising_loss(
    denoiser: nn.Module, latent_frames: Tensor, z: Tensor, generator: torch.Generator, unconditional_rate: float
) -> Tensor:
    """Mean squared error of v at random noise levels, which are spread evenly over the batch.

    Shape: latent_frames (B, T, C), z (B, Z) -> ()
    """
    n = len(latent_frames)
    sigma = ((torch.rand(1, generator=generator) + torch.arange(n) / n) % 1)[:, None, None]
    noise = torch.randn(latent_frames.shape, generator=generator)
    noisy, v = diffusion.add_noise(latent_frames, noise, sigma)
    dropped = torch.rand(n, 1, generator=generator) < unconditional_rate
    unconditional = denoiser.get_parameter("unconditional_z")
    predicted: Tensor = denoiser(noisy, sigma, torch.where(dropped, unconditional, z))
    return (predicted.float() - v).square().mean()


@torch.no_grad()
def sample_log_mel(
    denoiser: LatentDenoiser,
    codec: LatentCodec,
    z: Tensor,
    *,
    n_steps: int = PICTURE_STEPS,
    guidance: float = 1.0,
    seed: int = 0,
) -> Tensor:
    """Log-mel frames sampled for each z.

    Shape: (B, Z) -> (B, T, n_mels)
    """
    config = denoiser.config
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(z), config.n_frames, config.channels, generator=generator)
    with fast_autocast(z.device):
        frames = diffusion.sample(lambda x, sigma: denoiser.guided(x, sigma, z, guidance), noise, n_steps)
        return codec.decode(frames)


def train_latent_denoiser(
    train_set: SegmentSet,
    valid_set: SegmentSet,
    codec: LatentCodec,
    components: PrincipalComponents,
    denoiser: LatentDenoiser,
    loop_config: TimedLoopConfig,
    run: Path,
    dataset_weights: Sequence[float] | None = None,
    batch_size: int = BATCH_SIZE,
) -> LatentDenoiser:
    """Train, resume or finish a run; the averaged denoiser is written to `run/latent_denoiser.safetensors`.

    Args:
        train_set: Segments with embeddings to learn from.
        valid_set: Segments to measure with.
        codec: Makes the latent frames; frozen.
        components: Makes z of embeddings.
        denoiser: What is trained.
        loop_config: Length and rates.
        run: Folder of the run.
        dataset_weights: Relative frequency of each dataset.
        batch_size: Segments per step.

    Returns:
        The averaged denoiser.
    """
    z = components(train_set.embeddings)
    valid_indices = valid_set.draw(N_VALID, torch.Generator().manual_seed(0), dataset_weights)
    valid_log_mel = valid_set.log_mel(valid_indices)
    valid_z = components(valid_set.embeddings[valid_indices])
    with torch.no_grad():
        valid_frames = codec.encode(valid_log_mel)

    def train_loss(model: nn.Module, generator: torch.Generator) -> Tensor:
        indices = train_set.draw(batch_size, generator, dataset_weights)
        with torch.no_grad():
            latent_frames = codec.encode(train_set.log_mel(indices, generator))
        noisy_z = z[indices] + Z_NOISE * torch.randn(batch_size, z.shape[1], generator=generator)
        return denoising_loss(model, latent_frames, noisy_z, generator, UNCONDITIONAL_RATE)

    def valid_loss(model: nn.Module, generator: torch.Generator) -> Tensor:
        return denoising_loss(model, valid_frames, valid_z, generator, unconditional_rate=0.0)

    def picture(model: nn.Module, path: Path) -> None:
        assert isinstance(model, LatentDenoiser)
        made = sample_log_mel(model, codec, valid_z[:8])
        draw_spectrograms([[("real", valid_log_mel[i].numpy()), ("decoded", made[i].numpy())] for i in range(8)], path)

    average = train_for(denoiser, train_loss, valid_loss, loop_config, run, picture=picture)
    assert isinstance(average, LatentDenoiser)
    save_part(average, asdict(average.config), run / "latent_denoiser.safetensors")
    return average


def _components_of(
    run: Path, train_set: SegmentSet, z_dim: int, dataset_weights: Sequence[float] | None
) -> PrincipalComponents:
    """The run's principal components, fitted first if there are none."""
    path = run / "musicnn_components.safetensors"
    if not path.is_file():
        counts = torch.bincount(train_set.datasets).clamp(min=1)
        relative = counts.double() if dataset_weights is None else torch.tensor(dataset_weights).double()
        weights = (relative / counts)[train_set.datasets]
        components = fit_principal_components(train_set.embeddings, z_dim, weights)
        save_part(components, {"in_dim": train_set.embeddings.shape[1], "z_dim": z_dim}, path)
    return load_principal_components(path)


def main() -> None:
    """Parse, train."""
    parser = argparse.ArgumentParser(description="train the latent denoiser")
    parser.add_argument("--features", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--weights", type=float, nargs="+", metavar="W", help="relative frequency of each dataset")
    parser.add_argument("--codec", type=Path, required=True, metavar="FILE")
    parser.add_argument("--run", type=Path, required=True, metavar="DIR")
    parser.add_argument("--start", type=Path, metavar="FILE", help="weights to begin from")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--cooldown", type=float, default=0.15, help="last part of the run with a falling rate")
    parser.add_argument("--learning-rate", type=float, default=6e-4)
    parser.add_argument("--batch-size", type=int, default=BATCH_SIZE)
    parser.add_argument("--z-dim", type=int, default=128)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--heads", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    train_set = load_segments(arguments.features, "train")
    valid_set = load_segments(arguments.features, "valid")
    logger.info("%d training segments, %d for validation", len(train_set), len(valid_set))
    codec = load_latent_codec(arguments.codec)
    components = _components_of(arguments.run, train_set, arguments.z_dim, arguments.weights)
    config = LatentDenoiserConfig(
        channels=codec.config.channels,
        n_frames=200 // codec.config.stride,
        z_dim=arguments.z_dim,
        width=arguments.width,
        n_blocks=arguments.blocks,
        n_heads=arguments.heads,
    )
    denoiser = LatentDenoiser(config)
    if arguments.start is not None:
        started = load_latent_denoiser(arguments.start)
        if started.config != config:
            raise BundleError("wrong_sizes", f"{arguments.start} has {started.config}, and {config} is wanted.")
        denoiser.load_state_dict(started.state_dict())
    loop = TimedLoopConfig(
        arguments.minutes, arguments.learning_rate, cooldown_fraction=arguments.cooldown, seed=arguments.seed
    )
    train_latent_denoiser(
        train_set,
        valid_set,
        codec,
        components,
        denoiser,
        loop,
        arguments.run,
        arguments.weights,
        arguments.batch_size,
    )


if __name__ == "__main__":
    main()

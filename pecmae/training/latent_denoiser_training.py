"""Train the latent denoiser given z and the rhythm, on the features of several datasets.

Training is v-diffusion of latent frames. z gets a little noise, so that prototypes, which lie between recordings, are
near what was seen. The timing of every second segment is made to vary: much of the training music was sequenced, and
people play less regularly. z and the rhythm are left out now and then, for guidance. A stopped run resumes.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.log_mel import LogMelConfig
from pecmae.audio.rhythm import beat_curves, measure_rhythm
from pecmae.evaluation.spectrogram_pictures import draw_spectrograms
from pecmae.networks import diffusion
from pecmae.networks.compact_autoencoder import DENOISER_FILE, decode_log_mel
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.latent_codec import LatentCodec
from pecmae.networks.latent_denoiser import LatentDenoiser
from pecmae.networks.latent_weights import load_principal_components, save_part
from pecmae.networks.principal_components import PrincipalComponents, fit_principal_components
from pecmae.training.segment_features import SegmentSet
from pecmae.training.timed_loop import TimedLoopConfig, train_for

BATCH_SIZE = 32
N_VALID = 128
Z_NOISE = 0.1
"""Standard deviation of the noise on z, whose dimensions have standard deviation 1."""
UNCONDITIONAL_RATE = 0.1
PICTURE_STEPS = 16
FRAMES_PER_S = LogMelConfig().frames_per_s
TIMING_RATE = 0.5
"""Ratio of training segments whose timing is made to vary."""
TIMING_DEPTH_FRAMES = 2.0
"""Largest standard deviation of displacements in time: 40 ms."""
TIMING_FRAMES = 8
"""Frames from one displacement to the next: 160 ms."""


def denoising_loss(
    denoiser: nn.Module,
    latent_frames: Tensor,
    z: Tensor,
    beats: Tensor,
    generator: torch.Generator,
    unconditional_rate: float,
) -> Tensor:
    """Mean squared error of v at random noise levels, which are spread evenly over the batch.

    Shape: latent_frames (B, T, C), z (B, Z), beats (B, T, R) -> ()
    """
    n = len(latent_frames)
    sigma = ((torch.rand(1, generator=generator) + torch.arange(n) / n) % 1)[:, None, None]
    noise = torch.randn(latent_frames.shape, generator=generator)
    noisy, v = diffusion.add_noise(latent_frames, noise, sigma)
    dropped = torch.rand(n, 1, generator=generator) < unconditional_rate
    unconditional = denoiser.get_parameter("unconditional_z")
    predicted: Tensor = denoiser(
        noisy, sigma, torch.where(dropped, unconditional, z), torch.where(dropped[:, None], 0.0, beats)
    )
    return (predicted.float() - v).square().mean()


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
    """Train, resume or finish a run; the averaged denoiser is written to the run.

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

    @torch.no_grad()
    def frames_and_beats(log_mel: Tensor) -> tuple[Tensor, Tensor]:
        latent_frames: Tensor = codec.encode(log_mel)
        rhythm = measure_rhythm(log_mel, FRAMES_PER_S)
        return latent_frames, beat_curves(rhythm, latent_frames.shape[1], codec.config.stride)

    valid_frames, valid_beats = frames_and_beats(valid_log_mel)

    def train_loss(model: nn.Module, generator: torch.Generator) -> Tensor:
        indices = train_set.draw(batch_size, generator, dataset_weights)
        latent_frames, beats = frames_and_beats(with_human_timing(train_set.log_mel(indices, generator), generator))
        noisy_z = z[indices] + Z_NOISE * torch.randn(batch_size, z.shape[1], generator=generator)
        return denoising_loss(model, latent_frames, noisy_z, beats, generator, UNCONDITIONAL_RATE)

    def valid_loss(model: nn.Module, generator: torch.Generator) -> Tensor:
        return denoising_loss(model, valid_frames, valid_z, valid_beats, generator, unconditional_rate=0.0)

    def picture(model: nn.Module, path: Path) -> None:
        assert isinstance(model, LatentDenoiser)
        generator = torch.Generator().manual_seed(0)
        rhythm = measure_rhythm(valid_log_mel[:8], FRAMES_PER_S)
        made = decode_log_mel(model, codec, valid_z[:8], rhythm, SamplerSettings("ddim", PICTURE_STEPS), generator)
        draw_spectrograms([[("real", valid_log_mel[i].numpy()), ("decoded", made[i].numpy())] for i in range(8)], path)

    average = train_for(denoiser, train_loss, valid_loss, loop_config, run, picture=picture)
    assert isinstance(average, LatentDenoiser)
    save_part(average, asdict(average.config), run / DENOISER_FILE)
    return average


def with_human_timing(log_mel: Tensor, generator: torch.Generator) -> Tensor:
    """Segments of which some are moved to and fro in time, each by another amount, as if played by people.

    Displacements are drawn every `TIMING_FRAMES` frames and interpolated; frames are interpolated at the new times.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    n, n_frames = log_mel.shape[:2]
    is_moved = torch.rand(n, 1, 1, generator=generator) < TIMING_RATE
    depth = TIMING_DEPTH_FRAMES * torch.rand(n, 1, 1, generator=generator)
    drawn = torch.randn(n, 1, n_frames // TIMING_FRAMES + 1, generator=generator) * depth * is_moved
    displacement = functional.interpolate(drawn, n_frames, mode="linear", align_corners=True)[:, 0]  # (B, T)
    times = (torch.arange(n_frames) + displacement).clamp(0, n_frames - 1)
    before = times.floor().clamp(max=n_frames - 2)
    rows = torch.arange(n)[:, None]
    earlier, later = (log_mel[rows, before.long() + step] for step in (0, 1))
    return torch.lerp(earlier, later, (times - before)[:, :, None])


def components_of(
    path: Path, train_set: SegmentSet, z_dim: int, dataset_weights: Sequence[float] | None
) -> PrincipalComponents:
    """The principal components in a file; they are fitted and written first if there is none.

    Args:
        path: The file.
        train_set: Segments to fit on.
        z_dim: How many components to keep.
        dataset_weights: Relative weight of each dataset.
    """
    if not path.is_file():
        counts = torch.bincount(train_set.datasets).clamp(min=1)
        relative = counts.double() if dataset_weights is None else torch.tensor(dataset_weights).double()
        weights = (relative / counts)[train_set.datasets]
        components = fit_principal_components(train_set.embeddings, z_dim, weights)
        save_part(components, {"in_dim": train_set.embeddings.shape[1], "z_dim": z_dim}, path)
    return load_principal_components(path)

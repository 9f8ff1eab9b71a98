"""Train the latent denoiser given z and the rhythm, on the features of several datasets.

Training is v-diffusion of latent frames. z gets a little noise, so that prototypes, which lie between recordings, are
near what was seen. z and the rhythm are left out now and then, for guidance. A stopped run resumes. What draws a rhythm
for z is fitted first.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.log_mel import LogMelConfig
from pecmae.audio.rhythm import Rhythm, beat_curves, lags_of, measure_rhythm
from pecmae.evaluation.spectrogram_pictures import draw_spectrograms
from pecmae.networks import diffusion
from pecmae.networks.compact_autoencoder import DENOISER_FILE, decode_log_mel
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.latent_codec import LatentCodec
from pecmae.networks.latent_denoiser import LatentDenoiser
from pecmae.networks.latent_weights import load_principal_components, save_part
from pecmae.networks.principal_components import PrincipalComponents, fit_principal_components
from pecmae.networks.rhythm_predictor import N_STRENGTHS, RhythmPredictor
from pecmae.training.segment_features import SegmentSet
from pecmae.training.timed_loop import TimedLoopConfig, train_for

BATCH_SIZE = 32
N_VALID = 128
Z_NOISE = 0.1
"""Standard deviation of the noise on z, whose dimensions have standard deviation 1."""
UNCONDITIONAL_RATE = 0.1
PICTURE_STEPS = 16
FRAMES_PER_S = LogMelConfig().sample_rate / LogMelConfig().hop
RHYTHM_PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3)
"""Weights of the penalty on squared coefficients, of which validation segments choose one."""
RHYTHM_CHUNK = 256


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
    rhythm_predictor: RhythmPredictor,
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
        rhythm_predictor: Draws the rhythms of the pictures.
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
        latent_frames, beats = frames_and_beats(train_set.log_mel(indices, generator))
        noisy_z = z[indices] + Z_NOISE * torch.randn(batch_size, z.shape[1], generator=generator)
        return denoising_loss(model, latent_frames, noisy_z, beats, generator, UNCONDITIONAL_RATE)

    def valid_loss(model: nn.Module, generator: torch.Generator) -> Tensor:
        return denoising_loss(model, valid_frames, valid_z, valid_beats, generator, unconditional_rate=0.0)

    def picture(model: nn.Module, path: Path) -> None:
        assert isinstance(model, LatentDenoiser)
        generator = torch.Generator().manual_seed(0)
        rhythm = rhythm_predictor.draw(valid_z[:8], generator)
        made = decode_log_mel(model, codec, valid_z[:8], rhythm, SamplerSettings("ddim", PICTURE_STEPS), generator)
        draw_spectrograms([[("real", valid_log_mel[i].numpy()), ("decoded", made[i].numpy())] for i in range(8)], path)

    average = train_for(denoiser, train_loss, valid_loss, loop_config, run, picture=picture)
    assert isinstance(average, LatentDenoiser)
    save_part(average, asdict(average.config), run / DENOISER_FILE)
    return average


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


def fit_rhythm_predictor(
    train_set: SegmentSet, valid_set: SegmentSet, components: PrincipalComponents
) -> RhythmPredictor:
    """Fit logistic regressions of the measured period and strength on z.

    Args:
        train_set: Segments with embeddings to learn from.
        valid_set: Segments that choose the penalty.
        components: Makes z of embeddings.
    """
    lags = lags_of(FRAMES_PER_S)
    predictor = RhythmPredictor(components.directions.shape[1], lags.start, lags[-1])
    train_z, valid_z = (components(part.embeddings) for part in (train_set, valid_set))
    train_rhythm, valid_rhythm = (_rhythm_of(part) for part in (train_set, valid_set))
    for layer, classes_of in ((predictor.to_period, _period_class), (predictor.to_strength, _strength_class)):
        wanted = classes_of(valid_rhythm)
        fits = [_fit_logits(train_z, classes_of(train_rhythm), layer.out_features, p) for p in RHYTHM_PENALTIES]
        with torch.no_grad():
            best = min(fits, key=lambda fit: functional.cross_entropy(fit(valid_z), wanted).item())
        layer.load_state_dict(best.state_dict())
    return predictor.requires_grad_(False)


def _fit_logits(z: Tensor, classes: Tensor, n_classes: int, penalty: float) -> nn.Linear:
    """Multinomial logistic regression; shape z (N, Z), classes (N,)."""
    logits = nn.Linear(z.shape[1], n_classes)
    nn.init.zeros_(logits.weight)
    nn.init.zeros_(logits.bias)
    optimiser = torch.optim.LBFGS(logits.parameters(), max_iter=150, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = functional.cross_entropy(logits(z), classes) + penalty * logits.weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return logits


def _period_class(rhythm: Rhythm) -> Tensor:
    lags = lags_of(FRAMES_PER_S)
    return rhythm.period.round().long().clamp(lags.start, lags[-1]) - lags.start


def _strength_class(rhythm: Rhythm) -> Tensor:
    return (rhythm.strength * N_STRENGTHS).long().clamp(0, N_STRENGTHS - 1)


def _rhythm_of(segments: SegmentSet) -> Rhythm:
    parts = [
        measure_rhythm(segments.log_mel(rows), FRAMES_PER_S) for rows in torch.arange(len(segments)).split(RHYTHM_CHUNK)
    ]
    return Rhythm(*(torch.cat([getattr(p, name) for p in parts]) for name in ("period", "offset", "strength")))

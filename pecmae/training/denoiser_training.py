"""The stage that trains the denoiser, and the one that joins all stages to an autoencoder.

The encoder is frozen: z is the output of the `encoder` stage. Besides the usual v-prediction there is a
cycle-consistency loss: the denoiser's x0 prediction is embedded, and its embedding should equal the z that the denoiser
was given. The loss is measured in the space in which prototypes are compared. The published model has no such loss.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.augmentation import CEILING, DB, FLOOR
from pecmae.audio.conventions import SILENCE_DBFS
from pecmae.networks import diffusion
from pecmae.networks.autoencoder import GenerativeAutoencoder, save_autoencoder
from pecmae.training.loop import LoopConfig, train
from pecmae.training.pretraining import Pretraining

UNCONDITIONAL_PROBABILITY = 0.1
N_VALID_CLIPS = 64


@dataclass(frozen=True)
class CycleConsistencyLoss:
    """Weight of the cycle-consistency loss, and the ratio of a batch that it is computed on."""

    weight: float = 0.5
    batch_ratio: float = 0.5


def pretrain_denoiser(
    setting: Pretraining, loop: LoopConfig, cycle: CycleConsistencyLoss = CycleConsistencyLoss()
) -> None:
    """Train the denoiser on excerpts of the training split, each conditioned on its own z."""
    torch.manual_seed(loop.seed)
    tracks = {split: setting.tracks(split) for split in ("train", "valid")}
    sizes = {"train": setting.batch_size, "valid": N_VALID_CLIPS}
    autoencoder = with_frozen_encoder(setting).to(setting.device)
    setting.begin("denoiser", autoencoder.denoiser)
    autoencoder.requires_grad_(False)
    autoencoder.denoiser.requires_grad_(True)

    def loss_on(split: str, model: nn.Module, generator: torch.Generator) -> Tensor:
        assert isinstance(model, GenerativeAutoencoder)
        log_mel, _ = tracks[split].crops(sizes[split], setting.frames_per_segment, generator)
        features = model.mel_codec.to_features(levelled(log_mel.to(setting.device), model))
        dropped = UNCONDITIONAL_PROBABILITY if split == "train" else 0.0
        return denoiser_loss(model, features, dropped, cycle, generator)

    trained = train(
        autoencoder,
        partial(loss_on, "train"),
        partial(loss_on, "valid"),
        loop,
        setting.run / "denoiser",
        setting.device,
    )
    assert isinstance(trained, GenerativeAutoencoder)
    setting.save_stage("denoiser", trained.denoiser)


def denoiser_loss(
    autoencoder: GenerativeAutoencoder,
    features: Tensor,
    unconditional_probability: float,
    cycle: CycleConsistencyLoss,
    generator: torch.Generator,
) -> Tensor:
    """Mean squared error of v at uniformly drawn noise levels, plus the cycle-consistency loss.

    Some summaries are replaced by zeros, as classifier-free guidance requires; the cycle-consistency loss leaves these
    out.

    Args:
        autoencoder: The autoencoder; only its denoiser is trained.
        features: Codec features of a batch.
        unconditional_probability: Probability of a summary of zeros.
        cycle: Weight and extent of the cycle-consistency loss.
        generator: Source of noise levels, noise and dropped summaries.

    Shape:
        features: (B, T, F)
        output: ()
    """
    n_clips, device = len(features), features.device
    with torch.no_grad():
        z = autoencoder.embed_features(features)
    sigma = torch.rand(n_clips, 1, 1, generator=generator).to(device)
    noise = torch.randn(features.shape, generator=generator).to(device)
    kept = (torch.rand(n_clips, 1, generator=generator) >= unconditional_probability).to(device)
    noisy, v = diffusion.add_noise(features, noise, sigma)
    predicted = autoencoder.predict_v(noisy, sigma, z * kept).float()
    loss = functional.mse_loss(predicted, v)
    embedded = slice(0, int(n_clips * cycle.batch_ratio))
    if cycle.weight == 0 or embedded.stop == 0:
        return loss
    alpha, beta = diffusion.schedule(sigma[embedded])
    x0 = alpha * noisy[embedded] - beta * predicted[embedded]
    error = (autoencoder.embed_features(x0).float() - z[embedded]).square().mean(dim=1) / z.var(dim=0).mean()
    counts = kept[embedded, 0]
    return loss + cycle.weight * (error * counts).sum() / counts.sum().clamp(min=1)


def levelled(log_mel: Tensor, autoencoder: GenerativeAutoencoder) -> Tensor:
    """Excerpts at the level at which the autoencoder embeds sound, if it has one.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    wanted_dbfs = autoencoder.config.level_dbfs
    if wanted_dbfs is None:
        return log_mel
    level_dbfs = autoencoder.mel_codec.analysis.level_dbfs(log_mel).clamp(min=SILENCE_DBFS)
    return (log_mel + (wanted_dbfs - level_dbfs)[:, None, None] * DB).clamp(FLOOR, CEILING)


def with_frozen_encoder(setting: Pretraining) -> GenerativeAutoencoder:
    """An autoencoder with the weights of the codec and the encoder, rounded as they will be saved."""
    autoencoder = GenerativeAutoencoder(setting.config)
    codec = setting.codec()
    autoencoder.mel_codec.mean.copy_(codec.mean)
    autoencoder.mel_codec.std.copy_(codec.std)
    weights = setting.stage_weights("encoder")
    for name, part in (("encoder", autoencoder.encoder), ("pooler", autoencoder.pooler)):
        prefix = f"{name}."
        part.load_state_dict({key[len(prefix) :]: weights[key] for key in weights if key.startswith(prefix)})
    with torch.no_grad():
        for parameter in (*autoencoder.encoder.parameters(), *autoencoder.pooler.parameters()):
            parameter.copy_(parameter.half())
    return autoencoder.eval()


def export_autoencoder(setting: Pretraining, out: Path) -> GenerativeAutoencoder:
    """Join the stages' weights and save the autoencoder."""
    autoencoder = with_frozen_encoder(setting)
    autoencoder.denoiser.load_state_dict(setting.stage_weights("denoiser"))
    if setting.config.mel_codec.vocoder is not None:
        autoencoder.mel_codec.vocoder.load_state_dict(setting.stage_weights("vocoder"), strict=False)
    save_autoencoder(autoencoder.cpu(), out)
    return autoencoder

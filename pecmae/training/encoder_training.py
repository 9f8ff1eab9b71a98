"""The stage that trains frame encoder and pooler.

Two excerpts of a track are augmented, and stretches of them are masked. There are four losses: the quantised features
of masked frames (masked prediction, EnCodecMAE, arXiv 2309.07391); which excerpts are from one track (co-occurrence;
InfoNCE, van den Oord et al., arXiv 1807.03748); mean and deviation of the clean excerpt's spectrum (texture); and the
class that the track was rendered as. The published encoder is trained by the first loss alone, on far more music. The
last loss makes this encoder a supervised one for the rendered classes.
"""

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.augmentation import Augmentation, augment
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.codec import MelCodec
from pecmae.networks.configuration import AutoencoderConfig
from pecmae.training.features import PackedTracks
from pecmae.training.loop import LoopConfig, train
from pecmae.training.pretraining import N_CODES, N_LEVELS, Pretraining
from pecmae.training.quantiser import ResidualQuantiser

CO_OCCURRENCE_TEMPERATURE = 0.1
LABEL_SMOOTHING = 0.05
GAP_FRAMES = 5
N_VALID_CLIPS = 128


@dataclass(frozen=True)
class Objective:
    """The encoder's training objective.

    Attributes:
        masked: Weight of masked prediction. A loss of weight 0 isn't computed.
        co_occurrence: Weight of the co-occurrence loss.
        texture: Weight of the texture loss.
        label: Weight of the classification loss.
        max_masked_ratio: Largest ratio of masked frames.
        augmentation: How excerpts are changed; None leaves them as they are.
    """

    masked: float = 0.2
    co_occurrence: float = 0.0
    texture: float = 0.5
    label: float = 1.0
    max_masked_ratio: float = 0.6
    augmentation: Augmentation | None = field(default_factory=Augmentation)


@dataclass(frozen=True)
class Excerpts:
    """One batch: excerpts i and i + B / 2 are from one track.

    Shape:
        augmented: (B, T, F) augmented features
        clean: (B, T, F) the same without augmentation
        masked: (B, T') bool
        tracks, labels: (B,) int64
    """

    augmented: Tensor
    clean: Tensor
    masked: Tensor
    tracks: Tensor
    labels: Tensor


class EncoderTrainee(nn.Module):
    """Frame encoder and pooler with the heads of the losses; only the former two are kept after training."""

    def __init__(self, config: AutoencoderConfig, n_labels: int) -> None:
        super().__init__()
        autoencoder = GenerativeAutoencoder(config)
        self.encoder, self.pooler = autoencoder.encoder, autoencoder.pooler
        self.frames_per_embedding = config.stem.frames_per_embedding if config.stem else 1
        self.code_head = nn.Linear(config.model_dim, self.frames_per_embedding * N_LEVELS * N_CODES)
        self.texture_head = nn.Linear(config.model_dim, 2 * config.mel_codec.n_mels)
        self.label_head = nn.Linear(config.model_dim, n_labels)

    def loss(self, excerpts: Excerpts, quantiser: ResidualQuantiser, objective: Objective) -> Tensor:
        """The weighted sum of the losses."""
        visible = (~excerpts.masked).repeat_interleave(self.frames_per_embedding, dim=1)[..., None]
        frames = self.encoder(excerpts.augmented * visible)
        summary = self.pooler(frames)
        loss = summary.new_zeros((), dtype=torch.float32)
        if objective.masked and excerpts.masked.any():
            predicted = self.code_head(frames[excerpts.masked]).float().unflatten(-1, (-1, N_CODES))
            codes = quantiser(excerpts.clean).unflatten(1, (-1, self.frames_per_embedding))[excerpts.masked]
            loss = loss + objective.masked * functional.cross_entropy(predicted.flatten(0, 1), codes.flatten())
        if objective.co_occurrence:
            first, second = summary.chunk(2)
            tracks, _ = excerpts.tracks.chunk(2)
            loss = loss + objective.co_occurrence * co_occurrence_loss(first, second, tracks)
        if objective.texture:
            loss = loss + objective.texture * functional.mse_loss(
                self.texture_head(summary).float(), texture(excerpts.clean, self.texture_head.out_features // 2)
            )
        if objective.label:
            loss = loss + objective.label * functional.cross_entropy(
                self.label_head(summary).float(), excerpts.labels, label_smoothing=LABEL_SMOOTHING
            )
        return loss


def texture(features: Tensor, n_mels: int) -> Tensor:
    """Mean and standard deviation over time of every mel band.

    Shape: (B, T, F) -> (B, 2 * n_mels)
    """
    bands = features.unflatten(2, (-1, n_mels)).flatten(1, 2)
    return torch.cat([bands.mean(dim=1), bands.std(dim=1)], dim=1)


def co_occurrence_loss(
    summary: Tensor, other: Tensor, tracks: Tensor, temperature: float = CO_OCCURRENCE_TEMPERATURE
) -> Tensor:
    """InfoNCE between excerpts of the same tracks, over the cosine similarity of centred summaries, both ways.

    Shape:
        summary, other: (B, D); row i of both is from track i
        tracks: (B,); rows of a track that was drawn twice are no negatives of each other
    """
    both = torch.cat([summary, other]).float()
    directions = functional.normalize(both - both.mean(dim=0), dim=-1)
    first, second = directions.chunk(2)
    same = (tracks[:, None] == tracks) & ~torch.eye(len(tracks), dtype=torch.bool, device=tracks.device)
    logits = (first @ second.T / temperature).masked_fill(same, -torch.inf)
    targets = torch.arange(len(summary), device=summary.device)
    return (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.T, targets)) / 2


def masked_frames(n_clips: int, n_frames: int, max_ratio: float, generator: torch.Generator) -> Tensor:
    """Draw the frames to mask: in every clip a ratio between 0 and `max_ratio`, in gaps of `GAP_FRAMES` frames.

    Gaps begin at random frames and may touch; the last one is shortened to meet the number.

    Shape:
        output: (n_clips, n_frames) bool
    """
    starts = torch.rand(n_clips, n_frames, generator=generator).argsort(dim=1)  # a random order of gap starts
    rank = torch.empty_like(starts).scatter_(1, starts, torch.arange(n_frames).expand(n_clips, -1))
    # The earliest gap that covers a frame masks it; of these frames, the first ones stay masked.
    covering = torch.stack([rank.roll(shift, dims=1) * GAP_FRAMES + shift for shift in range(GAP_FRAMES)])
    order = covering.min(dim=0).values.argsort(dim=1, stable=True)
    place = torch.empty_like(order).scatter_(1, order, torch.arange(n_frames).expand(n_clips, -1))
    n_masked = (torch.rand(n_clips, 1, generator=generator) * max_ratio * n_frames).round()
    return place < n_masked


def draw_excerpts(
    tracks: PackedTracks,
    codec: MelCodec,
    setting: Pretraining,
    n_clips: int,
    objective: Objective,
    generator: torch.Generator,
) -> Excerpts:
    """Draw a batch with two excerpts of each drawn track."""
    config, device = setting.config, setting.device
    log_mel, drawn = tracks.crops(n_clips, setting.frames_per_segment, generator, per_track=2)
    augmented = log_mel
    if objective.augmentation is not None:
        augmented = augment(
            log_mel, objective.augmentation, config.mel_codec.sample_rate / config.mel_codec.hop, generator
        )
    n_frames = config.tokens_per_segment // (config.stem.frames_per_embedding if config.stem else 1)
    with torch.no_grad():
        return Excerpts(
            codec.to_features(augmented.to(device)),
            codec.to_features(log_mel.to(device)),
            masked_frames(n_clips, n_frames, objective.max_masked_ratio, generator).to(device),
            drawn.to(device),
            tracks.labels[drawn].to(device),
        )


def pretrain_encoder(setting: Pretraining, loop: LoopConfig, objective: Objective = Objective()) -> None:
    """Train frame encoder and pooler; validation computes the same losses on validation tracks."""
    torch.manual_seed(loop.seed)
    codec, quantiser = setting.codec(), setting.quantiser()
    tracks = {split: setting.tracks(split) for split in ("train", "valid")}
    sizes = {"train": setting.batch_size, "valid": N_VALID_CLIPS}

    def loss_on(split: str, model: nn.Module, generator: torch.Generator) -> Tensor:
        assert isinstance(model, EncoderTrainee)
        excerpts = draw_excerpts(tracks[split], codec, setting, sizes[split], objective, generator)
        return model.loss(excerpts, quantiser, objective)

    model = EncoderTrainee(setting.config, len(tracks["train"].label_names)).to(setting.device)
    setting.begin("encoder", model)
    trained = train(
        model, partial(loss_on, "train"), partial(loss_on, "valid"), loop, setting.run / "encoder", setting.device
    )
    setting.save_stage("encoder", trained)

"""Train the latent codec's decoder against a critic, so that its log-mel frames are as sharp as real ones.

Where absolute errors alone are minimised, fine detail that can't be known exactly is blurred. The critic, small
convolutions over time and bands, learns to tell real frames from decoded ones (hinge loss); the decoder learns to
deceive it and to match its features of the real frames, as in HiFi-GAN (Kong et al., arXiv 2010.05646). The encoder is
frozen, so that latent frames, and a denoiser of them, stay as they are.

Conventions: B excerpts of T log-mel frames.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from pecmae.networks.compact_autoencoder import CODEC_FILE
from pecmae.networks.latent_codec import TYPICAL_LOG_MEL, LatentCodec
from pecmae.networks.latent_weights import save_part
from pecmae.training.latent_codec_training import BATCH_SIZE, reconstruction_loss, train_on_excerpts
from pecmae.training.segment_features import SegmentSet
from pecmae.training.timed_loop import TimedLoopConfig

WIDTHS = (24, 48, 96)
DECEPTION_WEIGHT, FEATURE_WEIGHT = 0.1, 0.5
"""Of the critic's opinion and of its features, beside the reconstruction loss."""


class SpectrogramCritic(nn.Module):
    """Scores patches of log-mel frames: high for real ones."""

    def __init__(self) -> None:
        super().__init__()
        sizes = (2, *WIDTHS)  # the values, and the band's place
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(sizes[i], sizes[i + 1], 5, stride=(1 if i == 0 else 2, 2), padding=2))
            for i in range(len(WIDTHS))
        )
        self.to_score = weight_norm(nn.Conv2d(WIDTHS[-1], 1, 3, padding=1))

    def forward(self, log_mel: Tensor) -> list[Tensor]:
        """The layers' features, and last the scores.

        Shape: (B, T, n_mels) -> (B, channels, T', bands) each
        """
        mean, std = TYPICAL_LOG_MEL
        values = (log_mel - mean) / std
        places = torch.linspace(-1, 1, values.shape[2], device=values.device).expand_as(values)
        hidden = torch.stack([values, places], dim=1)
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.2)
            features.append(hidden)
        return [*features, self.to_score(hidden)]


class Sharpening(nn.Module):
    """The codec, its encoder and running statistics frozen, and the critic."""

    def __init__(self, codec: LatentCodec) -> None:
        super().__init__()
        self.codec, self.critic = codec, SpectrogramCritic()

    def train(self, mode: bool = True) -> Self:
        """Leave the codec in evaluation mode."""
        super().train(mode)
        self.codec.eval()
        return self

    def forward(self, log_mel: Tensor) -> Tensor:
        """The codec's reconstruction.

        Shape: (B, T, n_mels) -> (B, T, n_mels)
        """
        reconstruction: Tensor = self.codec(log_mel)
        return reconstruction

    def loss(self, log_mel: Tensor, generator: torch.Generator) -> Tensor:
        """The decoder's loss and the critic's; neither changes what the other learns.

        Shape: (B, T, n_mels) -> ()
        """
        with torch.no_grad():
            latent_frames = self.codec.encode(log_mel)
        noise = torch.randn(latent_frames.shape, generator=generator)
        decoded = self.codec.decode(latent_frames + self.codec.config.noise * noise)
        real, made = self.critic(log_mel), self.critic(decoded.detach())
        critic_loss = functional.relu(1 - real[-1]).mean() + functional.relu(1 + made[-1]).mean()
        frozen = {name: value.detach() for name, value in self.critic.named_parameters()}
        seen = functional_call(self.critic, frozen, (decoded,))
        mismatch = torch.stack(
            [(of_made - of_real.detach()).abs().mean() for of_made, of_real in zip(seen[:-1], real[:-1], strict=True)]
        ).mean()
        deception = -seen[-1].mean()
        decoder_loss = reconstruction_loss(decoded, log_mel) + DECEPTION_WEIGHT * deception + FEATURE_WEIGHT * mismatch
        return decoder_loss + critic_loss


def sharpen_codec(
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
        codec: A trained codec, whose decoder goes on learning.
        loop_config: Length and rates.
        run: Folder of the run.
        dataset_weights: Relative frequency of each dataset.
        batch_size: Excerpts per step.

    Returns:
        The averaged codec.
    """
    average = train_on_excerpts(
        Sharpening(codec), Sharpening.loss, train_set, valid_set, loop_config, run, dataset_weights, batch_size
    ).codec
    save_part(average, asdict(average.config), run / CODEC_FILE)
    return average

"""The compact codec: a waveform to normalised log-mel frames, and back.

It takes the place of EnCodec in the published model. At 24 kHz there are 25 latent frames per second, each of them two
consecutive log-mel frames of 80 bands. A vocoder synthesises the waveform: the learned one, or Griffin-Lim if the
configuration has none.

Conventions: B segments, T latent frames of F values.
"""

import math

import torch
from torch import Tensor, nn

from pecmae.audio.log_mel import LOG_FLOOR, MelAnalysis
from pecmae.networks.configuration import CodecConfig
from pecmae.networks.griffin_lim import GriffinLim
from pecmae.networks.vocoder import LearnedVocoder


class MelCodec(nn.Module):
    """Encodes a waveform to latent frames, and decodes latent frames to a waveform.

    `mean` and `std`, each (n_mels,), are statistics of the training data and are stored with the weights.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.analysis = MelAnalysis(config)
        self.vocoder = LearnedVocoder(config, config.vocoder) if config.vocoder else GriffinLim(config)
        self.register_buffer("mean", torch.zeros(config.n_mels))
        self.register_buffer("std", torch.ones(config.n_mels))

    def to_features(self, log_mel: Tensor) -> Tensor:
        """Normalise log-mel frames, and join `frames_per_token` of them to one latent frame.

        Shape: (B, T * frames_per_token, n_mels) -> (B, T, feature_dim)
        """
        return self._joined((log_mel - self.mean) / self.std)

    def to_log_mel(self, features: Tensor) -> Tensor:
        """The inverse of `to_features`, limited to the range of log-mel values.

        Shape: (B, T, feature_dim) -> (B, T * frames_per_token, n_mels)
        """
        return (self.split_frames(features) * self.std + self.mean).clamp(min=math.log(LOG_FLOOR), max=math.log(2.0))

    def split_frames(self, features: Tensor) -> Tensor:
        """Split latent frames into normalised log-mel frames.

        Shape: (B, T, feature_dim) -> (B, T * frames_per_token, n_mels)
        """
        return features.unflatten(2, (self.config.frames_per_token, -1)).flatten(1, 2)

    def _joined(self, frames: Tensor) -> Tensor:
        return frames.unflatten(1, (-1, self.config.frames_per_token)).flatten(2)

    def encode(self, waveform: Tensor) -> Tensor:
        """Encode; shape (B, n_samples), a multiple of `samples_per_token`, -> (B, T, F)."""
        return self.to_features(self.analysis(waveform))

    def decode(self, features: Tensor) -> Tensor:
        """Decode; shape (B, T, F) -> (B, T * samples_per_token)."""
        return self.vocoder(self.to_log_mel(features))

"""The compact codec: waveform to normalised log-mel features and back.

The analysis plays the part that EnCodec's encoder plays in the published model: (B, n_samples) at 24 kHz becomes
(B, T, F) with 25 feature frames a second, each of them two consecutive log-mel frames of 80 bands. A vocoder turns
log-mel magnitudes into sound: the learned one, or Griffin-Lim where the configuration has none.
"""

import math

import torch
from torch import Tensor, nn

from pecmae.audio.log_mel import LOG_FLOOR, MelAnalysis
from pecmae.networks.configuration import CodecConfig
from pecmae.networks.griffin_lim import GriffinLim
from pecmae.networks.vocoder import LearnedVocoder


class MelCodec(nn.Module):
    """Normalised log-mel features of a waveform, and a waveform of such features.

    `mean` and `std` (each (n_mels,)) are statistics of the training material; they belong to the weights.
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
        """Normalises and joins `frames_per_token` frames to one.

        Shape: (B, T * frames_per_token, n_mels) -> (B, T, feature_dim)
        """
        return self._joined((log_mel - self.mean) / self.std)

    def to_log_mel(self, features: Tensor) -> Tensor:
        """The inverse of `to_features`.

        Shape: (B, T, feature_dim) -> (B, T * frames_per_token, n_mels)
        """
        return (self.split_frames(features) * self.std + self.mean).clamp(min=math.log(LOG_FLOOR), max=math.log(2.0))

    def split_frames(self, features: Tensor) -> Tensor:
        """Normalised log-mel frames of features.

        Shape: (B, T, feature_dim) -> (B, T * frames_per_token, n_mels)
        """
        return features.unflatten(2, (self.config.frames_per_token, -1)).flatten(1, 2)

    def _joined(self, frames: Tensor) -> Tensor:
        return frames.unflatten(1, (-1, self.config.frames_per_token)).flatten(2)

    def encode(self, waveform: Tensor) -> Tensor:
        """Shape: (B, n_samples), a multiple of `samples_per_token`, -> (B, T, feature_dim)."""
        return self.to_features(self.analysis(waveform))

    def decode(self, features: Tensor) -> Tensor:
        """Shape: (B, T, feature_dim) -> (B, T * samples_per_token)."""
        return self.vocoder(self.to_log_mel(features))

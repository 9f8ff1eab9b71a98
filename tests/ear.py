"""A stand-in for YAMNet that hears the pitch of tones and needs no weights."""

import numpy as np

from pecmae.evaluation.yamnet import Yamnet


class Ear(Yamnet):
    """Scores that are the bands of a short spectrum."""

    def mean_scores(self, waveforms: np.ndarray, sample_rate: int) -> np.ndarray:
        bands = np.abs(np.fft.rfft(waveforms[:, : sample_rate // 2])).reshape(len(waveforms), -1)[:, 1:]
        return bands[:, :6000].reshape(len(waveforms), 24, -1).mean(axis=2) / 1000

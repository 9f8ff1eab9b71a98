"""Acoustic measures without any network, and how decoded segments differ from the recordings of the same segments.

They ask for what a listener misses first in decoded music: a beat, tones with harmonics, and sounds that last. The
analysis is the log-mel spectrum of `pecmae.audio.log_mel` (50 frames per second); sounds are compared at one level.

Conventions: N segments, T frames, 80 mel bands. Waveforms are mono at 24 kHz.
"""

from collections.abc import Sequence

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from scipy.ndimage import median_filter
from torch import Tensor

from pecmae.audio.levelling import levelled
from pecmae.audio.log_mel import LOG_FLOOR, LogMelConfig, MelAnalysis
from pecmae.audio.rhythm import onset_correlations
from pecmae.evaluation.intervals import Rounded

N_PEAKS = 8
PEAK_RANGE_HZ = (50.0, 5000.0)
MEDIAN_BINS = 31
"""Bins of the local median: 363 Hz."""
TOLERANCE = 0.25
MEASURES = {
    "beat_regularity": "beat regularity",
    "harmonic_peaks_db": "harmonic peaks, dB",
    "frame_correlation": "frame correlation",
}


class ClassAcoustics(BaseModel):
    """One measure in one class.

    Attributes:
        recorded: Lower quartile, median and upper quartile of the recordings.
        decoded: Of the same segments, decoded.
        ratio: Median of the decoded segments over that of the recordings; None if the latter isn't positive.
    """

    model_config = ConfigDict(frozen=True)

    recorded: tuple[Rounded, Rounded, Rounded]
    decoded: tuple[Rounded, Rounded, Rounded]
    ratio: Rounded | None

    @property
    def is_near(self) -> bool:
        """Whether the medians differ by at most 25 % of the recordings'."""
        return self.ratio is not None and abs(self.ratio - 1) <= TOLERANCE


class Acoustics(BaseModel):
    """Recordings and decoded segments, by measure and class id.

    Attributes:
        n_segments: Number of segments.
        measures: For each of `MEASURES`, each class.
    """

    model_config = ConfigDict(frozen=True)

    n_segments: int
    measures: dict[str, dict[str, ClassAcoustics]]


def compare_acoustics(recorded: Tensor, decoded: Tensor, labels: np.ndarray, classes: Sequence[str]) -> Acoustics:
    """Measure recorded segments and the same segments decoded, class by class.

    Shape: `recorded` and `decoded` (N, n_samples), `labels` (N,), positions in `classes`.
    """
    before, after = measure_sounds(recorded), measure_sounds(decoded)
    present = [(name, labels == place) for place, name in enumerate(classes) if (labels == place).any()]
    return Acoustics(
        n_segments=len(labels),
        measures={
            name: {class_id: _compared(before[name][chosen], after[name][chosen]) for class_id, chosen in present}
            for name in MEASURES
        },
    )


def measure_sounds(waveforms: Tensor) -> dict[str, np.ndarray]:
    """All measures of every sound, brought to one level.

    Shape: (N, n_samples) -> (N,) for each of `MEASURES`.
    """
    config = LogMelConfig()
    analysis = MelAnalysis(config)
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    for waveform in levelled(waveforms)[:, None]:
        log_mel, magnitudes = analysis(waveform)[0].numpy(), analysis.stft(waveform)[0].abs().numpy()
        values["beat_regularity"].append(beat_regularity(log_mel, config.frames_per_s))
        values["harmonic_peaks_db"].append(harmonic_peaks_db(magnitudes, config.sample_rate / config.n_fft))
        values["frame_correlation"].append(frame_correlation(log_mel))
    return {name: np.array(measured) for name, measured in values.items()}


def beat_regularity(log_mel: np.ndarray, frames_per_s: float) -> float:
    """The highest autocorrelation of onset strength at lags of 0.25 to 1.5 s.

    Onset strength is the rise of log-mel magnitude from frame to frame, falls counted as 0, averaged over bands.
    Its autocorrelation at a lag is Pearson's coefficient between the onset strength and itself that much later. It is 1
    for equal clicks at equal distances, near 0 for noise, and 0 for silence.

    Shape: `log_mel` (T, n_mels), at least 2 s.
    """
    return float(onset_correlations(torch.from_numpy(log_mel)[None], frames_per_s).max())


def harmonic_peaks_db(magnitudes: np.ndarray, bin_hz: float) -> float:
    """How far tones stand out: the mean over frames of the eight highest bins above the local median, in dB.

    In every frame, each bin between 50 Hz and 5 kHz is compared with the median of the 31 bins around it. The eight
    largest differences are averaged. Higher up, the edge of a recording's band would count as a peak. Levels stop at
    90 dB below a full-scale sine. Steady tones give much, noise about 9 dB, silence 0.

    Shape: `magnitudes` (K, T) of windows of 2048 samples at 24 kHz; 1 is a full-scale sine.
    """
    low, high = (round(edge_hz / bin_hz) for edge_hz in PEAK_RANGE_HZ)
    levels_db = 20 * np.log10(np.maximum(magnitudes[low:high], LOG_FLOOR))
    above = levels_db - median_filter(levels_db, size=(MEDIAN_BINS, 1))
    return float(np.partition(above, -N_PEAKS, axis=0)[-N_PEAKS:].mean())


def frame_correlation(log_mel: np.ndarray) -> float:
    """The correlation of neighbouring log-mel frames.

    Each band's mean over time is subtracted first. The coefficient is then Pearson's between all values but the last
    frame's and all but the first frame's. It is near 1 where sounds last; flicker lowers it. It is 0 for silence.

    Shape: `log_mel` (T, n_mels).
    """
    centred = log_mel - log_mel.mean(axis=0)
    before, after = ((frames - frames.mean()).ravel() for frames in (centred[:-1], centred[1:]))
    norm = np.linalg.norm(before) * np.linalg.norm(after)
    return float(before @ after / norm) if norm > 1e-9 else 0.0


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Fréchet distance of two sets of points, each taken as a normal distribution (Dowson and Landau, 1982).

    It is the squared distance of the means plus the trace of C1 + C2 - 2 (C1 C2)^(1/2), with the covariances C1 and C2.
    The trace of that root is the sum of the singular values of the product of the centred sets, or of their triangular
    factors, which are smaller. Few points give larger distances than many: compare those of equally large sets only.

    Shape: `first` (N1, D), `second` (N2, D).
    """
    a, b = ((points - points.mean(axis=0)) / np.sqrt(len(points)) for points in (first, second))
    means = np.square(first.mean(axis=0) - second.mean(axis=0)).sum()
    first_factor, second_factor = (np.linalg.qr(centred).R for centred in (a, b))
    root = np.linalg.svd(first_factor @ second_factor.T, compute_uv=False).sum()
    return float(means + np.square(a).sum() + np.square(b).sum() - 2 * root)


def _compared(recorded: np.ndarray, decoded: np.ndarray) -> ClassAcoustics:
    before, after = (tuple(np.quantile(values, (0.25, 0.5, 0.75)).tolist()) for values in (recorded, decoded))
    ratio = after[1] / before[1] if before[1] > 0 else None
    return ClassAcoustics(recorded=before, decoded=after, ratio=ratio)

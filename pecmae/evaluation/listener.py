"""Does an independent listener hear a prototype's class in its sound?

Cycle consistency asks the encoder in whose space the prototypes lie; it may react to what nobody else can hear. The
independent listener is a support vector machine (scikit-learn's, with its defaults) on statistics of log-mel spectra.
It knows nothing of the autoencoder, learns from recorded training segments, and never learns from a decoded sound.

Conventions: N segments, M prototypes. Waveforms are mono at `SAMPLE_RATE`.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor

from pecmae.audio.conventions import SILENCE_DBFS
from pecmae.audio.log_mel import LogMelConfig, MelAnalysis
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.datasets.segment_sampling import read_sampled, sample_segments
from pecmae.evaluation.intervals import Interval, Proportion, bootstrap_mean, wilson

LEVEL_DBFS = -20.0
BATCH_SIZE = 50
N_BANDS_TOGETHER, N_MODULATIONS = 8, 40
N_TRAINING_SEGMENTS = 3000


class ListenerFigures(BaseModel):
    """How often the independent listener names the right class.

    Attributes:
        n_training_segments: How many recorded segments of the training split it learned from.
        n_segments: How many held-out segments it classified.
        recorded: Accuracy on the held-out segments as recorded, with an interval over tracks.
        decoded: Accuracy on the same segments, decoded from their embeddings; None where they weren't decoded.
        prototypes: Number of decoded prototypes, over all noise seeds, that are given their own class.
        seeds: The noise seeds of the prototypes.
    """

    model_config = ConfigDict(frozen=True)

    n_training_segments: int
    n_segments: int
    recorded: Interval
    decoded: Interval | None
    prototypes: Proportion
    seeds: tuple[int, ...]


class LogMelListener:
    """A classifier of sounds that knows nothing of the autoencoder.

    Args:
        waveforms: Recorded segments to learn from, of at least two classes.
        labels: Their classes.

    Shape: `waveforms` (N, n_samples), `labels` (N,).
    """

    def __init__(self, waveforms: Tensor, labels: np.ndarray) -> None:
        self._analysis = MelAnalysis(LogMelConfig())
        self._classifier = make_pipeline(StandardScaler(), SVC())
        self._classifier.fit(self._statistics(waveforms), labels)

    def predict(self, waveforms: Tensor) -> np.ndarray:
        """The class of every sound; shape (N, n_samples) -> (N,)."""
        return np.asarray(self._classifier.predict(self._statistics(waveforms)))

    @torch.inference_mode()
    def _statistics(self, waveforms: Tensor) -> np.ndarray:
        """Shape: (N, n_samples) -> (N, n_statistics)."""
        batches = waveforms.split(BATCH_SIZE)
        return np.concatenate([spectral_statistics(self._analysis(_levelled(batch))) for batch in batches])


def spectral_statistics(log_mel: Tensor) -> np.ndarray:
    """Mean, deviation and change of every band, and the modulation spectra of groups of bands.

    Shape: (N, T, n_mels) -> (N, n_statistics)
    """
    groups = log_mel.unflatten(2, (-1, N_BANDS_TOGETHER)).mean(dim=3)
    modulations = torch.fft.rfft(groups - groups.mean(dim=1, keepdim=True), dim=1).abs()[:, 1 : 1 + N_MODULATIONS]
    modulations = modulations.unflatten(1, (-1, 2)).mean(dim=2).log1p().flatten(1)
    change = log_mel.diff(dim=1).abs().mean(dim=1)
    return torch.cat([log_mel.mean(dim=1), log_mel.std(dim=1), change, modulations], dim=1).numpy()


def measure_listener(
    bundle: Bundle,
    dataset: Dataset,
    embedded: EmbeddedDataset,
    prototypes: Mapping[int, Tensor],
    decode_segments: Callable[[Tensor], Tensor] | None = None,
    *,
    n_segments: int = 200,
    n_training_segments: int = N_TRAINING_SEGMENTS,
    split: str = "test",
) -> ListenerFigures:
    """Train a listener and ask it about held-out segments and about the sounds of a bundle's prototypes.

    Args:
        bundle: The bundle.
        dataset: The dataset that the bundle was trained on.
        embedded: The same dataset, embedded by the bundle's autoencoder.
        prototypes: The sounds of all prototypes, for every noise seed; at least one.
        decode_segments: Decodes embeddings (N, D) to sound (N, n_samples); None leaves `decoded` out.
        n_segments: How many held-out segments to ask about, at most; about as many of every class.
        n_training_segments: How many segments the listener learns from, at most; about as many of every class.
        split: Where the held-out segments are from: `valid` for choosing settings, `test` for reporting.

    Returns:
        The figures.

    Raises:
        DatasetError: A split is empty, or a track can't be read.

    Shape: each of `prototypes` (M, n_samples), in the bundle's order.
    """
    learned = sample_segments(embedded.part("train"), n_training_segments, seed=0)
    listener = LogMelListener(torch.from_numpy(read_sampled(dataset, learned)), learned.labels)
    held_out = sample_segments(embedded.part(split), n_segments, seed=0)

    def accuracy(waveforms: Tensor) -> Interval:
        is_right = listener.predict(waveforms) == held_out.labels
        return bootstrap_mean(is_right.astype(float), held_out.track_index)

    own = bundle.network.prototype_labels().numpy()
    n_right = sum(int((listener.predict(sounds) == own).sum()) for sounds in prototypes.values())
    return ListenerFigures(
        n_training_segments=len(learned),
        n_segments=len(held_out),
        recorded=accuracy(torch.from_numpy(read_sampled(dataset, held_out))),
        decoded=accuracy(decode_segments(torch.from_numpy(held_out.embeddings))) if decode_segments else None,
        prototypes=wilson(n_right, len(own) * len(prototypes)),
        seeds=tuple(prototypes),
    )


def _levelled(waveforms: Tensor) -> Tensor:
    """Sounds at one level; what is silent stays near silence. Shape: (N, n_samples) -> (N, n_samples)."""
    power = waveforms.square().mean(dim=-1, keepdim=True).clamp(min=10 ** (SILENCE_DBFS / 10))
    return waveforms * (10 ** (LEVEL_DBFS / 10) / power).sqrt()

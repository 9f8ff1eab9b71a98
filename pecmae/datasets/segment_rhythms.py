"""Measure the beat of every segment of a dataset."""

from collections.abc import Callable

import numpy as np
import torch

from pecmae.audio.levelling import levelled
from pecmae.audio.log_mel import LogMelConfig, MelAnalysis
from pecmae.audio.rhythm import measure_rhythm
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.datasets.segment_sampling import read_by_track


@torch.inference_mode()
def measure_rhythms(
    dataset: Dataset, segments: EmbeddedDataset, on_progress: Callable[[int, int], None]
) -> tuple[np.ndarray, np.ndarray]:
    """Period, in seconds, and strength of the beat of segments.

    Args:
        dataset: The dataset that the segments are from.
        segments: The segments.
        on_progress: Called with the number of measured segments and the number of all.

    Raises:
        DatasetError: A track can't be read.

    Shape: (N,) float32, (N,) float32
    """
    config = LogMelConfig()
    analysis = MelAnalysis(config)
    period_s, strength = np.zeros((2, len(segments)), dtype=np.float32)
    done = 0
    for rows, waveforms in read_by_track(dataset, segments):
        on_progress(done, len(segments))
        rhythm = measure_rhythm(analysis(levelled(torch.from_numpy(waveforms))), config.frames_per_s)
        period_s[rows], strength[rows] = rhythm.period / config.frames_per_s, rhythm.strength
        done += len(rows)
    on_progress(done, done)
    return period_s, strength

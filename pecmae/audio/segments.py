"""Cut a waveform into segments, the units that an autoencoder embeds.

Explaining uses `covering_segments`, which cover the whole track. Training uses `whole_segments`, which don't overlap.
Both repeat a waveform that is shorter than a segment, so that no segment contains silence that the track lacks.
"""

from typing import NamedTuple

import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES, SILENCE_DBFS


class Segments(NamedTuple):
    """Segments of a waveform.

    Args:
        waveforms: The segments' samples.
        starts_s: Where each segment starts, in seconds from the start of the waveform.

    Shape:
        `waveforms` (S, segment_samples) float32, S at least 1; `starts_s` (S,) float64.
    """

    waveforms: np.ndarray
    starts_s: np.ndarray


def covering_segments(waveform: np.ndarray, segment_samples: int = SEGMENT_SAMPLES) -> Segments:
    """Cut a waveform into segments that cover all of it.

    A segment starts every `segment_samples`. If a rest remains, one more segment ends at the end of the waveform and
    overlaps the segment before it.

    Args:
        waveform: The samples, at least one.
        segment_samples: Length of a segment.

    Shape:
        `waveform` (n_samples,).

    Example:
        >>> covering_segments(np.arange(5.0), segment_samples=2).waveforms
        array([[0., 1.],
               [2., 3.],
               [3., 4.]], dtype=float32)
    """
    return _cut(waveform, segment_samples, with_rest=True)


def whole_segments(waveform: np.ndarray, segment_samples: int = SEGMENT_SAMPLES) -> Segments:
    """Cut a waveform into segments that follow each other without overlap, and drop a rest.

    Args:
        waveform: The samples, at least one.
        segment_samples: Length of a segment.

    Shape:
        `waveform` (n_samples,).

    Example:
        >>> whole_segments(np.arange(5.0), segment_samples=2).waveforms
        array([[0., 1.],
               [2., 3.]], dtype=float32)
    """
    return _cut(waveform, segment_samples, with_rest=False)


def silent_segments(waveforms: np.ndarray) -> np.ndarray:
    """Which segments have a level below -60 dBFS (root mean square). A constant offset doesn't count as sound.

    Shape:
        (S, segment_samples) -> (S,) bool.
    """
    return waveforms.std(axis=1, dtype=np.float64) < 10 ** (SILENCE_DBFS / 20)


def _cut(waveform: np.ndarray, segment_samples: int, *, with_rest: bool) -> Segments:
    if len(waveform) < segment_samples:
        waveform = np.resize(waveform, segment_samples)  # repeats it
    starts = np.arange(0, len(waveform) - segment_samples + 1, segment_samples)
    if with_rest and len(waveform) % segment_samples:
        starts = np.append(starts, len(waveform) - segment_samples)
    waveforms = np.stack([waveform[start : start + segment_samples] for start in starts]).astype(np.float32)
    return Segments(waveforms, starts / SAMPLE_RATE)

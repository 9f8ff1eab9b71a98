"""Cut a waveform into segments, the units that an autoencoder embeds.

Explaining uses `covering_segments`, which cover the whole track. Training uses `whole_segments`, which don't overlap.
`batches_of_segments` are segments that overlap, a few at a time. All of them repeat a waveform that is shorter than a
segment, so that no segment contains silence that the track lacks.
"""

from collections.abc import Iterator
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


def batches_of_segments(
    waveform: np.ndarray, hop_samples: int, segment_samples: int = SEGMENT_SAMPLES, batch_size: int = 16
) -> Iterator[Segments]:
    """Cut a waveform into segments that cover all of it and start every `hop_samples`, and give a few at a time.

    As in `covering_segments`, one more segment ends at the end of the waveform if the others don't reach it.

    Args:
        waveform: The samples, at least one.
        hop_samples: Distance between the starts of segments, at most `segment_samples`.
        segment_samples: Length of a segment.
        batch_size: Largest number of segments in a batch.

    Yields:
        The segments of each batch, in order of time.

    Shape:
        `waveform` (n_samples,).

    Example:
        >>> [batch.waveforms.tolist() for batch in batches_of_segments(np.arange(6.0), 2, 3, batch_size=2)]
        [[[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]], [[3.0, 4.0, 5.0]]]
    """
    waveform = _filled(waveform, segment_samples)
    starts = _starts(len(waveform), segment_samples, hop_samples)
    for first in range(0, len(starts), batch_size):
        yield _segments(waveform, starts[first : first + batch_size], segment_samples)


def silent_segments(waveforms: np.ndarray) -> np.ndarray:
    """Which segments have a level below -60 dBFS (root mean square). A constant offset doesn't count as sound.

    Shape:
        (S, segment_samples) -> (S,) bool.
    """
    return waveforms.std(axis=1, dtype=np.float64) < 10 ** (SILENCE_DBFS / 20)


def _cut(waveform: np.ndarray, segment_samples: int, *, with_rest: bool) -> Segments:
    waveform = _filled(waveform, segment_samples)
    starts = _starts(len(waveform), segment_samples, segment_samples, with_rest=with_rest)
    return _segments(waveform, starts, segment_samples)


def _filled(waveform: np.ndarray, segment_samples: int) -> np.ndarray:
    """The waveform, repeated if it is shorter than a segment."""
    return waveform if len(waveform) >= segment_samples else np.resize(waveform, segment_samples)


def _starts(n_samples: int, segment_samples: int, hop_samples: int, *, with_rest: bool = True) -> np.ndarray:
    last = n_samples - segment_samples
    starts = np.arange(0, last + 1, hop_samples)
    return np.append(starts, last) if with_rest and starts[-1] != last else starts


def _segments(waveform: np.ndarray, starts: np.ndarray, segment_samples: int) -> Segments:
    waveforms = np.stack([waveform[start : start + segment_samples] for start in starts]).astype(np.float32)
    return Segments(waveforms, starts / SAMPLE_RATE)

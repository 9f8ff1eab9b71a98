"""Segments: those that cover a waveform, those that follow each other, and which of them are silent."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pecmae.audio import segments
from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.segments import batches_of_segments, covering_segments, silent_segments, whole_segments


@given(st.integers(1, 60), st.integers(1, 20))
def test_covering_segments_reach_from_the_start_to_the_end(n_samples: int, length: int) -> None:
    waveform = np.arange(n_samples, dtype=np.float32)
    waveforms, starts_s = covering_segments(waveform, length)
    starts = np.round(starts_s * SAMPLE_RATE)
    assert waveforms.shape == (max(1, -(-n_samples // length)), length) and waveforms.dtype == np.float32
    assert set(waveforms.ravel()) == set(waveform)
    if n_samples < length:
        np.testing.assert_array_equal(waveforms[0], np.arange(length) % n_samples)
        return
    np.testing.assert_array_equal(waveforms[:, 0], starts)
    assert waveforms[-1, -1] == n_samples - 1
    np.testing.assert_array_equal(starts[:-1], length * np.arange(len(starts) - 1))


@given(st.integers(1, 60), st.integers(1, 20))
def test_whole_segments_are_the_covering_ones_without_the_overlapping_last(n_samples: int, length: int) -> None:
    waveform = np.arange(n_samples, dtype=np.float32)
    whole, covering = whole_segments(waveform, length), covering_segments(waveform, length)
    n = max(1, n_samples // length)
    np.testing.assert_array_equal(whole.waveforms, covering.waveforms[:n])
    np.testing.assert_array_equal(whole.starts_s, covering.starts_s[:n])


@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 20), st.integers(1, 7))
def test_batches_of_overlapping_segments_reach_from_the_start_to_the_end(
    n_samples: int, length: int, hop: int, batch_size: int
) -> None:
    hop = min(hop, length)
    waveform = np.arange(n_samples, dtype=np.float32)
    batches = list(batches_of_segments(waveform, hop, length, batch_size))
    assert [len(batch.waveforms) for batch in batches[:-1]] == [batch_size] * (len(batches) - 1)
    waveforms = np.concatenate([batch.waveforms for batch in batches])
    starts = np.round(np.concatenate([batch.starts_s for batch in batches]) * SAMPLE_RATE)
    assert set(waveforms.ravel()) == set(waveform)
    np.testing.assert_array_equal(starts[:-1], hop * np.arange(len(starts) - 1))
    assert starts[-1] == max(n_samples - length, 0) and len(set(starts)) == len(starts)
    if hop == length:
        covering = covering_segments(waveform, length)
        np.testing.assert_array_equal(waveforms, covering.waveforms)
        np.testing.assert_array_equal(starts, np.round(covering.starts_s * SAMPLE_RATE))


def test_starts_are_in_seconds() -> None:
    waveform = np.zeros(round(13.9 * SAMPLE_RATE), dtype=np.float32)
    assert covering_segments(waveform).starts_s.tolist() == pytest.approx([0, 4, 8, 9.9])
    assert whole_segments(waveform).starts_s.tolist() == [0, 4, 8]


@pytest.mark.parametrize(("level_db", "is_silent"), [(-61, True), (-59, False)])
def test_a_segment_is_silent_below_60_db_under_full_scale(level_db: float, is_silent: bool) -> None:
    noise = np.random.default_rng(0).standard_normal(SEGMENT_SAMPLES)
    waveform = (10 ** (level_db / 20) * noise / noise.std() + 0.3).astype(np.float32)  # an offset isn't sound
    assert silent_segments(np.stack([waveform, noise])).tolist() == [is_silent, False]


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(segments).failed == 0

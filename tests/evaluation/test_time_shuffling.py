"""Shuffled time: blocks move whole, without clicks, and what a model makes of it is measured."""

from pathlib import Path

import numpy as np
import pytest

from pecmae.audio.block_shuffling import join_blocks, shuffle_blocks
from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.encoding import write_audio
from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import Dataset, DatasetDescription, Split, Track
from pecmae.errors import DatasetError
from pecmae.evaluation.time_shuffling import LabelledSegments, held_out_segments, measure_time, time_sentence
from pecmae.rendering.counterfactual_rendering import shuffle_segments

BLOCK = 6_000


def staircase(n_samples: int = SEGMENT_SAMPLES, block: int = BLOCK) -> np.ndarray:
    """Every block is a constant, its number."""
    return (np.arange(n_samples) // block).astype(np.float32)


def test_blocks_in_their_own_order_give_the_sound_again() -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, SEGMENT_SAMPLES).astype(np.float32)
    np.testing.assert_allclose(join_blocks(noise, BLOCK, np.arange(16)), noise, atol=1e-6)


def test_blocks_move_whole_and_each_once() -> None:
    shuffled = shuffle_blocks(staircase(), 250.0, np.random.default_rng(1))
    middles = shuffled.reshape(16, BLOCK)[:, BLOCK // 2]
    assert sorted(middles) == list(range(16)) and list(middles) != list(range(16))
    assert np.array_equal(shuffled.reshape(16, BLOCK)[:, 100:-100], np.repeat(middles[:, None], BLOCK - 200, axis=1))


def test_joints_dont_click() -> None:
    """A sine's largest step from sample to sample hardly grows, as it does at hard cuts."""
    sine = np.sin(2 * np.pi * 221.3 * np.arange(SEGMENT_SAMPLES) / SAMPLE_RATE).astype(np.float32)
    steepest = np.abs(np.diff(sine)).max()
    order = np.random.default_rng(2).permutation(16)
    hard = sine.reshape(16, BLOCK)[order].ravel()
    assert np.abs(np.diff(hard)).max() > 5 * steepest
    assert np.abs(np.diff(join_blocks(sine, BLOCK, order))).max() < 1.5 * steepest


def test_the_order_is_never_the_original() -> None:
    two = staircase(2 * BLOCK)
    for seed in range(8):
        assert shuffle_blocks(two, 250.0, np.random.default_rng(seed))[0] == 1


@pytest.mark.parametrize("n_samples", [BLOCK, 2 * BLOCK + 1])
def test_what_cant_be_cut_into_blocks_is_refused(n_samples: int) -> None:
    with pytest.raises(ValueError, match="blocks of 6000"):
        shuffle_blocks(np.zeros(n_samples, dtype=np.float32), 250.0, np.random.default_rng(0))


def test_segments_keep_what_they_hold() -> None:
    two = np.concatenate([staircase(), staircase() + 16])
    shuffled = shuffle_segments(two, np.random.default_rng(3))
    assert shuffled[:SEGMENT_SAMPLES].max() <= 15 and shuffled[SEGMENT_SAMPLES:].min() >= 16


def heard() -> LabelledSegments:
    """Three tracks of two segments: loud, loud; quiet, quiet; loud, quiet."""
    rng = np.random.default_rng(4)
    levels = np.array([0.5, 0.5, 0.1, 0.1, 0.5, 0.1])
    segments = levels[:, None] * rng.uniform(-1, 1, (6, SEGMENT_SAMPLES))
    return LabelledSegments(segments.astype(np.float32), np.repeat(["a", "b", "c"], 2), (levels < 0.3).astype(int))


def test_a_model_of_texture_keeps_its_decisions() -> None:
    result = measure_time(heard(), lambda segments: (segments.std(axis=1) < 0.15).astype(int))
    assert (result.n_segments, result.n_tracks, result.right) == (6, 3, 1.0)
    assert [item.kept.value for item in result.blocks] == [item.right for item in result.blocks] == [1.0, 1.0, 1.0]
    assert result.neighbours is not None and result.neighbours.value == pytest.approx(2 / 3)
    sentence = time_sentence(result)
    assert "100 % of the excerpts kept their predicted genre" in sentence and "in 67 % of cases" in sentence


def test_a_model_of_order_changes_its_decisions() -> None:
    """One that asks whether the sound grows louder can't keep its decisions when blocks are exchanged."""
    fading = np.linspace(0, 1, SEGMENT_SAMPLES, dtype=np.float32) ** 4
    segments = np.stack([fading] * 60)
    grown = LabelledSegments(segments, np.arange(60).astype(str), np.ones(60, dtype=int))
    quarter = SEGMENT_SAMPLES // 4
    result = measure_time(grown, lambda x: (x[:, -quarter:].mean(axis=1) > 3 * x[:, :quarter].mean(axis=1)).astype(int))
    assert result.right == 1.0 and result.neighbours is None
    assert all(item.kept.value < 0.7 for item in result.blocks)


def test_held_out_are_test_tracks_of_known_soundfonts(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).uniform(-0.3, 0.3, 2 * SEGMENT_SAMPLES + 50).astype(np.float32)
    tracks = []
    rows: tuple[tuple[str, Split, bool], ...] = (("a", "train", False), ("b", "test", False), ("c", "test", True))
    for name, split, unseen in rows:
        audio = tmp_path / f"{name}.wav"
        write_audio(audio, noise)
        track = Track(id=name, class_id="high", split=split, audio=audio, title=name, unseen_soundfont=unseen)
        tracks.append(track)
    description = DatasetDescription(name="tiny", kind="tones", classes=(ClassInfo("high", "high"),))
    dataset = Dataset(tmp_path, description, tuple(tracks))
    segments = held_out_segments(dataset, ("low", "high"))
    assert segments.tracks.tolist() == ["b", "b"] and segments.labels.tolist() == [1, 1]
    assert segments.segments.shape == (2, SEGMENT_SAMPLES)
    with pytest.raises(DatasetError, match="'high', which isn't a class of the bundle"):
        held_out_segments(dataset, ("low",))
    with pytest.raises(DatasetError, match="no test track"):
        held_out_segments(Dataset(tmp_path, description, ()), ("low",))

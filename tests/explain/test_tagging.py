"""Tags of a track with random weights: order, short tracks, the mean over segments."""

import numpy as np
import pytest
import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.explain.tagging import tag_waveform
from pecmae.networks.musicnn import MSD_TAGS, MusiCNN, MusicnnEncoder


@pytest.fixture(scope="module")
def encoder() -> MusicnnEncoder:
    torch.manual_seed(0)
    return MusicnnEncoder(MusiCNN(), MusiCNN()).eval()


def noise(duration_s: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=0.1, size=round(SAMPLE_RATE * duration_s)).astype(np.float32)


def test_all_tags_the_most_probable_first(encoder: MusicnnEncoder) -> None:
    tags = tag_waveform(noise(3), encoder)
    assert {tag.name for tag in tags} == set(MSD_TAGS)
    probabilities = [tag.probability for tag in tags]
    assert probabilities == sorted(probabilities, reverse=True)


def test_short_tracks_are_repeated(encoder: MusicnnEncoder) -> None:
    once, repeated = tag_waveform(noise(1.5), encoder), tag_waveform(np.tile(noise(1.5), 2), encoder)
    assert [tag.name for tag in once] == [tag.name for tag in repeated]


def test_long_tracks_are_tagged_by_segments_from_beginning_to_end(
    encoder: MusicnnEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pecmae.explain.tagging.MAX_SEGMENTS", 2)
    parts = [noise(3, seed=seed) for seed in range(4)]
    ends, whole = np.concatenate([parts[0], parts[3]]), np.concatenate(parts)
    of_ends = {tag.name: tag.probability for tag in tag_waveform(ends, encoder)}
    of_whole = {tag.name: tag.probability for tag in tag_waveform(whole, encoder)}
    assert of_whole == pytest.approx(of_ends, abs=1e-3)


def test_a_track_counts_as_the_mean_of_its_segments(encoder: MusicnnEncoder) -> None:
    first, second = noise(3, seed=1), noise(3, seed=2)
    whole = {tag.name: tag.probability for tag in tag_waveform(np.concatenate([first, second]), encoder)}
    parts = [{tag.name: tag.probability for tag in tag_waveform(part, encoder)} for part in (first, second)]
    for name in MSD_TAGS:
        assert whole[name] == pytest.approx((parts[0][name] + parts[1][name]) / 2, abs=1e-3)

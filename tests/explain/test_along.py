"""Segments along a track at any hop: those of the explanation where the hop is a segment, and all others between."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tiny import RECIPES, synthesise

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.reading import Clip
from pecmae.audio.segments import Segments
from pecmae.bundles.bundle import Bundle
from pecmae.errors import AudioError
from pecmae.explain import along
from pecmae.explain.along import segments_along
from pecmae.explain.explaining import explain
from pecmae.explain.explanation import SegmentExplanation
from pecmae.networks.autoencoder import GenerativeAutoencoder


def make_clip(waveform: np.ndarray) -> Clip:
    duration_s = len(waveform) / SAMPLE_RATE
    return Clip("clip.wav", waveform.astype(np.float32), duration_s, SAMPLE_RATE, 1, duration_s, ())


@pytest.fixture(scope="module")
def clip() -> Clip:
    """13.3 s: four timbres and, from 4 s to 8 s, silence."""
    rng, timbres = np.random.default_rng(5), RECIPES["tiny"].timbres
    waveform = np.concatenate([synthesise(timbres[name], rng) for name in ("low", "low", "high", "noise")])
    waveform[4 * SAMPLE_RATE : 8 * SAMPLE_RATE] = 0
    return make_clip(waveform[: round(13.3 * SAMPLE_RATE)])


def assert_same(segment: SegmentExplanation, other: SegmentExplanation) -> None:
    assert (segment.start_s, segment.end_s) == pytest.approx((other.start_s, other.end_s))
    assert (segment.is_silent, segment.nearest) == (other.is_silent, other.nearest)
    for name in ("logits", "scores", "distances", "map"):
        assert getattr(segment, name) == pytest.approx(getattr(other, name), abs=1e-4)


@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_with_the_hop_of_a_segment_they_are_those_of_the_explanation(
    clip: Clip,
    bundle: Bundle,
    autoencoder: GenerativeAutoencoder,
    batch_size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(along, "BATCH_SIZE", batch_size)
    expected = explain(clip, bundle, autoencoder).segments
    found = list(segments_along(clip, bundle, autoencoder, hop_s=4.0))
    assert len(found) == len(expected) == 4 and expected[1].is_silent
    for segment, other in zip(found, expected, strict=True):
        assert_same(segment, other)


def test_with_a_hop_of_a_second_the_last_one_ends_at_the_end(
    clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> None:
    found = list(segments_along(clip, bundle, autoencoder))
    assert [segment.start_s for segment in found] == pytest.approx([*range(10), 9.3])
    assert found[-1].end_s == pytest.approx(13.3)
    for segment in explain(clip, bundle, autoencoder).segments[:3]:
        assert_same(found[round(segment.start_s)], segment)
    between = make_clip(clip.waveform[3 * SAMPLE_RATE : 7 * SAMPLE_RATE])
    [expected] = explain(between, bundle, autoencoder).segments
    assert found[3].distances == pytest.approx(expected.distances, abs=1e-4)


def test_a_clip_shorter_than_a_segment_is_one_segment(
    clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> None:
    short = make_clip(clip.waveform[: 2 * SAMPLE_RATE])
    [found] = segments_along(short, bundle, autoencoder)
    assert_same(found, explain(short, bundle, autoencoder).segments[0])


def test_segments_are_computed_when_they_are_asked_for(
    clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    def recorded(segments: Segments, *rest: Any) -> Any:
        sizes.append(len(segments.waveforms))
        return explain_batch(segments, *rest)

    explain_batch = along._explain_batch
    monkeypatch.setattr(along, "BATCH_SIZE", 3)
    monkeypatch.setattr(along, "_explain_batch", recorded)
    segments = segments_along(clip, bundle, autoencoder)
    assert sizes == []
    next(segments)
    assert sizes == [3]
    assert len(list(segments)) == 10 and sizes == [3, 3, 3, 2]


def test_a_track_of_too_many_segments_is_an_error(
    clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> None:
    longest = replace(clip, read_s=600.0)
    segments_along(longest, bundle, autoencoder)
    with pytest.raises(AudioError) as caught:
        segments_along(replace(clip, read_s=601.0), bundle, autoencoder)
    assert caught.value.code == "too_many_segments"
    assert caught.value.message == (
        "'clip.wav' is 10 min 1 s long; scores for every 1 s are computed for tracks of up to 10 min, so trim it."
    )

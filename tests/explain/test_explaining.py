"""Explanations: golden numbers on a network one can compute by hand, and properties on the tiny bundle.

The logits of the shipped examples were computed before segments were made to cover the whole track and silence to be
left out; for clips of whole segments without silence neither may change them.
"""

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import RECIPES, TINY, synthesise, write_tiny_autoencoder

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.reading import Clip, read_clip
from pecmae.audio.segments import covering_segments
from pecmae.bundles.bundle import Bundle
from pecmae.bundles.manifest import AutoencoderReference, ClassInfo, Manifest, TrackInfo, changed
from pecmae.bundles.training_points import TrainingPoints
from pecmae.cli import main
from pecmae.cli.explain import to_text
from pecmae.errors import AudioError, BundleError
from pecmae.explain.explaining import explain
from pecmae.explain.explanation import Explanation
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.prototypes import PrototypeNetwork


def make_clip(waveform: np.ndarray) -> Clip:
    duration_s = len(waveform) / SAMPLE_RATE
    return Clip("clip.wav", waveform.astype(np.float32), duration_s, SAMPLE_RATE, 1, duration_s, ("A note.",))


def embed(clip: Clip, autoencoder: GenerativeAutoencoder) -> torch.Tensor:
    return autoencoder.embed(torch.from_numpy(covering_segments(clip.waveform).waveforms))


def make_noise(duration_s: float) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal(round(duration_s * SAMPLE_RATE))


@pytest.fixture(scope="module")
def clip() -> Clip:
    """14 s: two low segments, a high one and 2 s of noise; the last segment is half high and half noise."""
    rng, timbres = np.random.default_rng(5), RECIPES["tiny"].timbres
    parts = [synthesise(timbres[name], rng) for name in ("low", "low", "high", "noise")]
    return make_clip(np.concatenate(parts)[: 14 * SAMPLE_RATE])


@pytest.fixture(scope="module")
def explanation(clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder) -> Explanation:
    return explain(clip, bundle, autoencoder)


class FirstSamples:
    """Embeds a segment as its first two samples, and records the sizes of the batches."""

    dim, can_decode, config = 2, False, TINY

    def __init__(self) -> None:
        self.batches: list[int] = []

    def embed(self, waveforms: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(waveforms))
        return waveforms[:, :2]


def bundle_by_hand() -> Bundle:
    """Two classes of one prototype, at (0, 0) and (1, 1) in normalised space, which is twice the raw one."""
    network = PrototypeNetwork(2, 1, 2)
    with torch.no_grad():
        network.std.fill_(0.5)
        network.prototypes.copy_(torch.tensor([[0.0, 0.0], [1.0, 1.0]]))
        network.linear.weight.copy_(torch.tensor([[2.0, -1.0], [0.0, 3.0]]))
        network.linear.bias.copy_(torch.tensor([0.5, -0.5]))
    tracks = tuple(TrackInfo(id=f"{name}-0", title=name) for name in "ab")
    training = TrainingPoints(
        tracks=tracks,
        embeddings=np.array([[0.0, 0.0], [0.5, 0.5]], dtype=np.float32),
        labels=np.array([0, 1]),
        track_index=np.array([0, 1]),
        start_s=np.zeros(2, dtype=np.float32),
        beat_period_s=np.full(2, 0.5, dtype=np.float32),
        beat_strength=np.ones(2, dtype=np.float32),
        coordinates=np.array([[-1.0, 0.0], [1.0, 0.0]], dtype=np.float32),
        prototype_coordinates=np.array([[-1.0, 0.0], [1.0, 0.0]], dtype=np.float32),
    )
    manifest = Manifest(
        name="hand",
        version="1",
        title="",
        licence="",
        trained_on="",
        caution="",
        autoencoder=AutoencoderReference("none", ""),
        classes=(ClassInfo("a", "A"), ClassInfo("b", "B")),
        prototypes_per_class=1,
        adaptor=False,
        segment_s=4.0,
    )
    bundle = Bundle(Path("nowhere"), manifest, network, training)
    vars(bundle)["distance_quantiles"] = np.stack([np.arange(101), np.arange(101) / 10]).astype(np.float32)
    return bundle


def test_golden_numbers() -> None:
    waveform = make_noise(8.0)
    waveform[:2] = 1.0, 0.0  # z = (1, 0), normalised (2, 0): distances 4 / 2 and (1 + 1) / 2
    waveform[4 * SAMPLE_RATE :][:2] = 0.0, 0.5  # z = (0, 0.5), normalised (0, 1): distances 1 / 2 and 1 / 2
    autoencoder = FirstSamples()
    found = explain(make_clip(waveform), bundle_by_hand(), autoencoder)
    assert autoencoder.batches == [2]  # all voting segments in one batch
    s_a, s_b = (np.exp(-2) + np.exp(-0.5)) / 2, (np.exp(-1) + np.exp(-0.5)) / 2
    logits = [2 * s_a - s_b + 0.5, 3 * s_b - 0.5]
    assert found.logits == pytest.approx(logits, abs=1e-6)
    assert found.scores == pytest.approx(np.exp(logits) / np.exp(logits).sum(), abs=1e-6)
    first, second = found.prototypes
    assert (first.id, first.class_id, first.index) == ("a-0", "a", 0)
    assert [first.distance, second.distance] == pytest.approx([-math.log(s_a), -math.log(s_b)], abs=1e-6)
    assert [first.similarity, second.similarity] == pytest.approx([s_a, s_b], abs=1e-6)
    assert first.contributions == pytest.approx([2 * s_a, 0], abs=1e-6)
    assert second.contributions == pytest.approx([-s_b, 3 * s_b], abs=1e-6)
    # The mean embedding, normalised, is (1, 0.5): distances 0.625 and 0.125, weights 1 : 5, so x = 4 / 6.
    assert found.map == pytest.approx([2 / 3, 0], abs=1e-6)
    assert found.segments[0].map == pytest.approx([(-1 / 2 + 1) / (1 / 2 + 1), 0], abs=1e-6)
    assert [item.nearest for item in found.segments] == ["b-0", "a-0"]
    assert found.segments[0].distances == pytest.approx([2, 1], abs=1e-6)
    assert found.segments[1].distances == pytest.approx([0.5, 0.5], abs=1e-6)
    assert [(item.id, item.class_id, item.title, item.has_audio) for item in found.neighbours] == [
        ("b-0@0", "b", "b", False),
        ("a-0@0", "a", "a", False),
    ]
    assert [item.distance for item in found.neighbours] == pytest.approx([0.75, 1.25], abs=1e-6)
    assert found.classes[found.predicted] == found.novelty.class_id == "b"
    assert found.novelty.distance == pytest.approx(0.75, abs=1e-6)
    assert found.novelty.percentile == pytest.approx(7.5, abs=1e-4)


@pytest.mark.parametrize(
    ("segment_s", "duration_s", "starts_s", "note"),
    [
        (4.0, 2.3, [0], "The clip is 2.3 s long; it was repeated to fill one segment of 4 s."),
        (10.0, 7.0, [0], "The clip is 7 s long; it was repeated to fill one segment of 10 s."),
        (10.0, 14.0, [0, 4], None),
        (4.0, 13.0, [0, 4, 8, 9], None),
        (4.0, 12.0, [0, 4, 8], None),
    ],
)
def test_segments_cover_the_clip(segment_s: float, duration_s: float, starts_s: list[float], note: str | None) -> None:
    bundle = bundle_by_hand()
    bundle = replace(bundle, manifest=changed(bundle.manifest, segment_s=segment_s))
    found = explain(make_clip(make_noise(duration_s)), bundle, FirstSamples())
    assert [item.start_s for item in found.segments] == starts_s
    assert found.clip.analysed_s == found.segments[-1].end_s == pytest.approx(duration_s)
    assert found.clip.notes == ("A note.", note)[: 2 if note else 1]


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=16), st.integers(0, 2**32 - 1))
def test_the_ledger_adds_up_and_distances_agree_with_similarities(embeddings: list[float], seed: int) -> None:
    """For any embeddings and any network."""
    rng = np.random.default_rng(seed)
    points = np.array(embeddings[: len(embeddings) // 2 * 2]).reshape(-1, 2)
    waveform = make_noise(4.0 * len(points))
    for number, point in enumerate(points):
        waveform[number * SEGMENT_SAMPLES :][:2] = point
    bundle = bundle_by_hand()
    with torch.no_grad():
        for parameter in bundle.network.parameters():
            parameter.copy_(torch.from_numpy(rng.standard_normal(parameter.shape)))
    found = explain(make_clip(waveform), bundle, FirstSamples())
    weights = bundle.network.linear.weight.detach().numpy()  # (C, M)
    similarity = np.array([item.similarity for item in found.prototypes])
    np.testing.assert_allclose(weights @ similarity + found.bias, found.logits, atol=1e-4)
    contributions = np.sum([item.contributions for item in found.prototypes], axis=0)
    np.testing.assert_allclose(contributions + found.bias, found.logits, atol=1e-4)
    np.testing.assert_allclose([item.distance for item in found.prototypes], -np.log(similarity), rtol=1e-6, atol=1e-9)
    per_segment = np.array([item.distances for item in found.segments])
    np.testing.assert_allclose(similarity, np.exp(-per_segment).mean(axis=0), rtol=1e-6)


def test_distances_stay_finite_where_similarities_vanish() -> None:
    waveform = make_noise(8.0)
    waveform[:2] = waveform[SEGMENT_SAMPLES:][:2] = 1000
    (first, second) = explain(make_clip(waveform), bundle_by_hand(), FirstSamples()).prototypes
    assert first.similarity == second.similarity == 0
    assert first.distance == pytest.approx(4e6) and second.distance == pytest.approx(1999**2)


def test_silence_changes_no_logit(clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder) -> None:
    whole = clip.waveform[: 12 * SAMPLE_RATE]
    silence = np.zeros(4 * SAMPLE_RATE)
    plain = explain(make_clip(whole), bundle, autoencoder)
    for waveform, places in (([whole, silence], [3]), ([silence, whole, silence], [0, 4])):
        found = explain(make_clip(np.concatenate(waveform)), bundle, autoencoder)
        assert [number for number, item in enumerate(found.segments) if item.is_silent] == places
        assert found.clip.analysed_s == 12 + 4 * len(places)
        for name in ("logits", "scores", "prototypes", "neighbours", "map", "novelty"):
            assert getattr(found, name) == getattr(plain, name), name
        assert [item.logits for item in found.segments if not item.is_silent] == [
            item.logits for item in plain.segments
        ]
    assert found.clip.notes == ("A note.", "2 segments are silent (below -60 dBFS) and aren't used for the scores.")


def test_a_silent_track_raises_an_error() -> None:
    waveform = 0.0001 * make_noise(9.0)
    waveform[5] = 0.01  # a click alone isn't sound
    with pytest.raises(AudioError, match=r"'clip\.wav' is silent: no segment of 4 s reaches -60 dBFS") as caught:
        explain(make_clip(waveform), bundle_by_hand(), FirstSamples())
    assert caught.value.code == "silent"


def test_json_is_valid_and_plain(explanation: Explanation, bundle: Bundle) -> None:
    schema = Explanation.model_json_schema(mode="serialization")
    data = json.loads(explanation.model_dump_json())
    assert data == explanation.to_json()  # no tuple, no numpy number
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)
    assert Explanation.model_validate(data) == explanation
    assert data["schema"] == "pecmae.explanation/2" and list(data) == list(schema["properties"])
    assert data["classes"] == list(bundle.manifest.class_ids)
    assert [item["id"] for item in data["prototypes"]] == list(bundle.manifest.prototype_ids)
    assert {len(item["distances"]) for item in data["segments"]} == {len(data["prototypes"])}
    for wrong in ({"map": [0.0]}, {"schema": "pecmae.explanation/1"}, {"unknown": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**data, **wrong}, schema)


def test_contributions_and_bias_sum_to_the_network_s_mean_logit(
    explanation: Explanation, clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> None:
    with torch.no_grad():
        output = bundle.network(embed(clip, autoencoder))
    ledger = np.sum([item.contributions for item in explanation.prototypes], axis=0) + explanation.bias
    np.testing.assert_allclose(ledger, explanation.logits, atol=1e-4)
    np.testing.assert_allclose(output.logits.mean(dim=0), explanation.logits, atol=1e-4)
    np.testing.assert_allclose([item.logits for item in explanation.segments], output.logits, atol=1e-4)
    np.testing.assert_allclose([item.distances for item in explanation.segments], output.distance, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        output.similarity.mean(dim=0), [item.similarity for item in explanation.prototypes], atol=1e-5
    )


def test_scores_sum_to_one(explanation: Explanation) -> None:
    for scores in (explanation.scores, *(item.scores for item in explanation.segments)):
        assert min(scores) >= 0 and sum(scores) == pytest.approx(1)
    assert int(np.argmax(explanation.scores)) == int(np.argmax(explanation.logits)) == explanation.predicted


def test_segments_follow_the_clip(explanation: Explanation) -> None:
    assert [(item.start_s, item.end_s) for item in explanation.segments] == [(0, 4), (4, 8), (8, 12), (10, 14)]
    predicted = [explanation.classes[int(np.argmax(item.logits))] for item in explanation.segments[:3]]
    assert predicted == ["low", "low", "high"]


def test_neighbours_are_those_of_the_mean_embedding(
    explanation: Explanation, clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> None:
    with torch.no_grad():
        z = bundle.network.normalise(embed(clip, autoencoder)).numpy()
    to_centre = ((bundle.normalised_embeddings - z.mean(axis=0)) ** 2).mean(axis=1)
    ids = [bundle.training.points[row].id for row in np.argsort(to_centre)[:8]]
    assert [item.id for item in explanation.neighbours] == ids
    spread = ((z - z.mean(axis=0)) ** 2).mean()
    assert explanation.neighbours[0].distance == pytest.approx(to_centre.min() + spread, rel=1e-4)


def test_a_training_excerpt_finds_itself(bundle: Bundle, autoencoder: GenerativeAutoencoder) -> None:
    tones = [point for point in bundle.training.points if not point.id.startswith("noise")]
    for point in tones[::5]:
        found = explain(read_clip(bundle.point_audio(point.id)), bundle, autoencoder)
        assert found.neighbours[0].id == point.id
        assert found.map == pytest.approx(found.segments[0].map)
        assert found.classes[found.predicted] == point.id.split("-")[0]


def test_far_sounds_are_novel() -> None:
    waveform = make_noise(4.0)
    waveform[:2] = 10  # no prototype is similar: the biases decide
    found = explain(make_clip(waveform), bundle_by_hand(), FirstSamples())
    assert found.scores == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))])
    assert (found.novelty.class_id, found.novelty.percentile) == ("a", 100)
    assert found.novelty.distance == pytest.approx(400)


def test_novelty_is_the_mean_distance_of_segments_to_their_own_nearest_prototype(
    bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> None:
    files = [bundle.point_audio(name) for name in ("low-0000@0", "low-0000@4")]  # each is a prototype itself
    both = make_clip(np.concatenate([read_clip(file).waveform for file in files]))
    found = explain(both, bundle, autoencoder)
    with torch.no_grad():
        distance = bundle.network(embed(both, autoencoder)).distance[:, :2].numpy()
    assert distance.argmin(axis=1).tolist() == [0, 1]
    assert found.novelty.distance == pytest.approx(distance.min(axis=1).mean(), rel=1e-4)
    assert found.novelty.distance < distance.mean(axis=0).min()


def test_training_points_spread_over_their_own_percentiles(bundle: Bundle, autoencoder: GenerativeAutoencoder) -> None:
    files = [bundle.point_audio(point.id) for point in bundle.training.points[10:20]]
    percentiles = [explain(read_clip(file), bundle, autoencoder).novelty.percentile for file in files]
    assert 30 < np.median(percentiles) < 70


def test_the_order_of_segments_changes_nothing_but_their_list(
    clip: Clip, bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> None:
    segments = clip.waveform[: 12 * SAMPLE_RATE].reshape(3, -1)
    explanation = explain(make_clip(segments.reshape(-1)), bundle, autoencoder)
    found = explain(make_clip(segments[::-1].reshape(-1)), bundle, autoencoder)
    np.testing.assert_allclose(found.logits, explanation.logits, atol=1e-4)
    np.testing.assert_allclose(
        [item.logits for item in found.segments[::-1]], [item.logits for item in explanation.segments], atol=1e-4
    )
    assert found.map == pytest.approx(explanation.map, abs=1e-4)


def test_a_short_clip_is_one_segment_that_ends_with_it(bundle: Bundle, autoencoder: GenerativeAutoencoder) -> None:
    waveform = synthesise(RECIPES["tiny"].timbres["low"], np.random.default_rng(0))[: SAMPLE_RATE // 2]
    (only,) = explain(make_clip(waveform), bundle, autoencoder).segments
    assert (only.start_s, only.end_s) == (0, 0.5)


def test_an_autoencoder_of_another_size_raises_an_error(clip: Clip, bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="16 dimensions") as caught:
        explain(clip, bundle, FirstSamples())
    assert caught.value.code == "wrong_autoencoder"


def test_text_shows_verdict_ledger_and_notes(explanation: Explanation, bundle: Bundle) -> None:
    text = to_text(explanation, bundle)
    best = explanation.classes[explanation.predicted]
    assert text.startswith(f"clip.wav sounds most like {best} ({max(explanation.scores):.0%})")
    for line in ("A note.", bundle.manifest.caution, f"Why {best}: similarity x weight = contribution"):
        assert line in text
    ledger = [float(line.split("=")[1]) for line in text.splitlines() if line.startswith("  ") and "=" in line]
    assert sum(ledger[:-1]) == pytest.approx(ledger[-1], abs=0.004)


def test_text_of_many_prototypes_sums_the_others(explanation: Explanation, bundle: Bundle) -> None:
    many = explanation.model_copy(update={"prototypes": explanation.prototypes * 2})
    assert "4 other prototypes" in to_text(many, bundle)


def test_the_command_prints_the_same_json(
    models: Path, bundle: Bundle, autoencoder: GenerativeAutoencoder, capsys: pytest.CaptureFixture[str]
) -> None:
    file = bundle.point_audio("high-0001@4")
    assert main(["explain", str(file), "--bundle", "tiny", "--models", str(models), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data == explain(read_clip(file), bundle, autoencoder).to_json()


def test_the_command_answers_mistakes_with_one_sentence(
    models: Path, bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(bundle.point_audio("high-0001@4"))
    (tmp_path / "noise.wav").write_bytes(b"no sound")
    for clip, name, sentence in [
        (file, "nope", "There is no bundle 'nope'; the known ones are: tiny."),
        (str(tmp_path / "gone.wav"), "tiny", "gone.wav"),
        (str(tmp_path / "noise.wav"), "tiny", "noise.wav"),
    ]:
        assert main(["explain", clip, "--bundle", name, "--models", str(models)]) == 2
        error = capsys.readouterr().err
        assert sentence in error and error.startswith("pecmae: ") and error.count("\n") == 1


def test_the_command_rejects_another_autoencoder(
    models: Path, bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny_autoencoder(tmp_path / "compact", seed=1)
    file = str(bundle.point_audio("high-0001@4"))
    assert main(["explain", file, "--bundle", str(bundle.path), "--models", str(tmp_path)]) == 2
    assert "another version of the autoencoder 'compact'" in capsys.readouterr().err

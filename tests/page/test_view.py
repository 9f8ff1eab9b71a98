"""The values of the page's components, the examples, About, and the contrast of the colours."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.reading import ClipLimits, read_clip
from pecmae.bundles.bundle import Bundle, list_bundles, load_autoencoder_of, load_bundle
from pecmae.bundles.manifest import AutoencoderReference, ClassInfo, changed
from pecmae.bundles.measurements import ListenerRecognition, Metrics, Recognition
from pecmae.datasets.dataset import Dataset, DatasetDescription, Split, Track
from pecmae.errors import BundleError, DatasetError
from pecmae.explain.examples import Example, load_examples
from pecmae.explain.explaining import explain
from pecmae.explain.explanation import Explanation
from pecmae.explain.tagging import tag_waveform
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import ENCODECMAE_PREFIX
from pecmae.networks.pretrained import load_musicnn
from pecmae.page.about import about, decoding_results
from pecmae.page.address import Address
from pecmae.page.mounting import FOLDER
from pecmae.page.theme import DARK, DARK_CLASSES, LIGHT, colour_variables
from pecmae.page.view import failure, opening
from pecmae.paths import ASSETS, MODELS
from pecmae.training.example_baking import bake_examples, choose_tracks, clearest_first, loudest_excerpt, write_index

EXAMPLES = ASSETS / "examples"
READABLE = 4.5
"""Minimum contrast of text in WCAG 2 AA."""
VISIBLE = 3.0
"""Minimum contrast of symbols in WCAG 2 AA."""


def make_track(path: Path, name: str, class_id: str, split: Split = "test", unseen: bool = False) -> Track:
    return Track(
        id=name,
        class_id=class_id,
        split=split,
        audio=path / f"{name}.wav",
        title=f"Title of {name} in C major, 90 BPM",
        unseen_soundfont=unseen,
    )


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Tracks of the classes of `tiny`, of which only some may be examples; their files are 20 s of noise."""
    from pecmae.audio.encoding import write_audio

    rng = np.random.default_rng(3)
    tracks = []
    for name in ("low", "high", "noise"):
        tracks += [
            make_track(tmp_path, f"{name}-1", name, split="train"),
            make_track(tmp_path, f"{name}-2", name, unseen=True),
            make_track(tmp_path, f"{name}-3", name),
            make_track(tmp_path, f"{name}-4", name),
        ]
        write_audio(tmp_path / f"{name}-3.wav", 0.1 * rng.standard_normal(5 * SEGMENT_SAMPLES).astype(np.float32))
    classes = tuple(ClassInfo(name, name) for name in ("low", "high", "noise"))
    description = DatasetDescription(name="tiny", kind="tones", classes=classes, licence="CC0-1.0")
    return Dataset(tmp_path, description, tuple(tracks))


def test_examples_are_test_tracks_of_seen_soundfonts(dataset: Dataset) -> None:
    assert [track.id for track in choose_tracks(dataset)] == ["low-3", "high-3", "noise-3"]
    incomplete = replace(dataset, tracks=tuple(track for track in dataset.tracks if track.id != "low-3"))
    assert choose_tracks(incomplete)[0].id == "low-4"
    with pytest.raises(DatasetError, match="no suitable test track of 'high'"):
        choose_tracks(replace(dataset, tracks=tuple(t for t in dataset.tracks if t.class_id != "high")))


def test_loudest_excerpt_starts_with_a_segment() -> None:
    waveform = np.full(8 * SEGMENT_SAMPLES, 0.01, dtype=np.float32)
    waveform[4 * SEGMENT_SAMPLES + 100 : 6 * SEGMENT_SAMPLES] = 0.5
    excerpt = loudest_excerpt(waveform, n_segments=2)
    assert np.array_equal(excerpt, waveform[4 * SEGMENT_SAMPLES : 6 * SEGMENT_SAMPLES])
    short = waveform[:SAMPLE_RATE]
    assert np.array_equal(loudest_excerpt(short), short)


def test_baked_examples_are_what_the_page_loads(
    dataset: Dataset, bundle: Bundle, autoencoder: GenerativeAutoencoder, tmp_path: Path
) -> None:
    folder = tmp_path / "examples"
    entries = list(bake_examples(dataset, bundle, autoencoder, load_musicnn(), folder))
    write_index(folder, entries)
    examples = load_examples(folder)
    assert [example.id for example in examples] == ["low-3", "high-3", "noise-3"]
    value = opening(
        bundle.manifest,
        (*examples, Example("x", "X", "other", "CC0-1.0", "x")),
        ClipLimits(),
        Address(example="high-3"),
    )
    assert [item["title"] for item in value["examples"]] == [f"Title of {name}-3" for name in ("low", "high", "noise")]
    assert value["wanted"]["example"] == "high-3" and value["error"] is None
    for example in examples:
        check_baked(folder, example, bundle, autoencoder)
    clearest = clearest_first(folder, entries)
    assert sorted(clearest, key=entries.index) == entries
    write_index(folder, entries[:1])
    assert sorted(path.name for path in folder.rglob("*.*")) == [
        "index.json",
        "low-3.json",
        "low-3.ogg",
        "low-3.tags.json",
    ]


def check_baked(folder: Path, example: Example, bundle: Bundle, autoencoder: GenerativeAutoencoder) -> None:
    """The baked explanation is that of the sound beside it, but for machines that embed in another precision."""
    baked = json.loads((folder / example.explanation_file).read_text(encoding="utf-8"))
    Explanation.model_validate(baked)
    clip = read_clip(folder / example.audio_file)
    stored_tags = json.loads((folder / example.tags_file).read_text(encoding="utf-8"))["tags"]
    fresh_tags = {tag.name: tag.probability for tag in tag_waveform(clip.waveform, load_musicnn())}
    assert {tag["name"]: tag["probability"] for tag in stored_tags} == pytest.approx(fresh_tags, abs=0.01)
    fresh = explain(clip, bundle, autoencoder).to_json()
    assert list(baked) == list(fresh)
    assert baked["bundle"] == fresh["bundle"] and baked["clip"] == fresh["clip"]
    assert [item["id"] for item in baked["prototypes"]] == [item["id"] for item in fresh["prototypes"]]
    stored, found = ({item["title"] for item in explanation["neighbours"]} for explanation in (baked, fresh))
    assert len(stored & found) > len(stored) / 2
    for key, tolerance in (("logits", 0.1), ("scores", 1e-2), ("bias", 1e-6)):
        assert baked[key] == pytest.approx(fresh[key], abs=tolerance), (example.id, key)
    for name in ("distance", "similarity"):
        numbers = ([item[name] for item in explanation["prototypes"]] for explanation in (baked, fresh))
        assert next(numbers) == pytest.approx(next(numbers), abs=2e-3), (example.id, name)
    contributions = np.array([item["contributions"] for item in baked["prototypes"]])
    assert contributions.sum(axis=0) + baked["bias"] == pytest.approx(np.array(baked["logits"]), abs=1e-4)


@pytest.mark.usefixtures("trained_musicnn")
@pytest.mark.parametrize("name", list_bundles())
def test_shipped_examples_are_not_stale(name: str) -> None:
    examples = [example for example in load_examples(EXAMPLES) if example.bundle == name]
    if not examples:
        pytest.skip(f"{EXAMPLES} holds no example of {name}; `python -m pecmae examples` makes them")
    bundle = load_bundle(MODELS / name)
    autoencoder = load_autoencoder_of(bundle)
    for example in examples:
        check_baked(EXAMPLES, example, bundle, autoencoder)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted({example.bundle for example in load_examples(EXAMPLES)}))
def test_first_example_is_classified_as_its_own_class_by_a_clear_margin(name: str) -> None:
    first, *others = (example for example in load_examples(EXAMPLES) if example.bundle == name)
    explanation = Explanation.model_validate_json((EXAMPLES / first.explanation_file).read_bytes())
    scores = sorted(zip(explanation.scores, explanation.classes, strict=True), reverse=True)
    assert scores[0][1] == first.class_id and scores[0][0] - scores[1][0] > 0.5
    assert not explanation.novelty.is_novel
    assert clearest_first(EXAMPLES, [*others, first]) == [first, *others]


def test_folder_without_index_has_no_examples(tmp_path: Path) -> None:
    assert load_examples(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "isn't a list of examples"),
        (
            '{"examples": [{"id": "../x", "title": "X", "bundle": "tiny", "licence": "CC0-1.0", "class_id": "x"}]}',
            "isn't allowed",
        ),
        (
            '{"examples": [{"id": "x", "title": "X", "bundle": "tiny", "licence": "CC0-1.0", "class_id": "x"}]}',
            "x.ogg is missing",
        ),
    ],
)
def test_broken_index_says_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(BundleError, match=message):
        load_examples(tmp_path)


def test_failure_carries_the_sentence() -> None:
    assert failure(BundleError("no_bundles", "None here.")) == {
        "error": {"code": "no_bundles", "message": "None here."}
    }


ACCURACY = {"test": {"pecmae": 0.913, "mlp": 0.95, "knn": 0.9}, "unseen": {"pecmae": 0.8, "mlp": 0.8, "knn": 0.7}}
CYCLE = Recognition(n_right=59, n_total=60, seeds=(0, 1, 2, 3, 4), low=0.911, high=0.997)
LISTENER = ListenerRecognition(
    n_right=50,
    n_total=60,
    seeds=(0, 1, 2, 3, 4),
    low=0.72,
    high=0.907,
    accuracy_on_recordings=0.79,
    accuracy_on_decoded=0.61,
    n_recordings=200,
)


def test_about_describes_the_bundle_and_its_measurements(bundle: Bundle) -> None:
    metrics = Metrics(balanced_accuracy=ACCURACY, cycle_consistency=CYCLE, listener=LISTENER)
    text = about(changed(bundle.manifest, metrics=metrics))
    assert bundle.manifest.trained_on in text and bundle.manifest.caution in text
    for words in ("low, high, noise", "on the test tracks: 91.3 %", "91.3 %", "80.0 %", decoding_results(metrics)):
        assert words in text
    validated = about(changed(bundle.manifest, metrics=Metrics(balanced_accuracy={"blocks": ACCURACY["test"]})))
    assert "Balanced accuracy on the held-out tracks (cross-validation): 91.3 %" in validated
    unmeasured = about(changed(bundle.manifest, metrics=Metrics()))
    assert "alanced accuracy" not in unmeasured and "cycle consistency" not in unmeasured


def test_about_says_what_cannot_be_decoded(bundle: Bundle) -> None:
    reference = AutoencoderReference(f"{ENCODECMAE_PREFIX}base", "0" * 64)
    without = about(changed(bundle.manifest, autoencoder=reference, metrics=Metrics()))
    assert "listen to every prototype" not in without and "decoder is a neural network" not in without
    assert "You can listen to the training segments nearest to every prototype." in without
    assert "You can listen to every prototype." in about(bundle.manifest)


def test_listener_stands_beside_cycle_consistency() -> None:
    text = decoding_results(Metrics(cycle_consistency=CYCLE, listener=LISTENER))
    assert "decoded to audio 5 times, each time from different random noise." in text
    assert "98 % (95 % interval: 91 % to 100 %)" in text and "83 % (95 % interval: 72 % to 91 %)" in text
    assert "classifies 79 % of 200 original segments correctly, and 61 % of the same segments after decoding." in text
    alone = decoding_results(Metrics(cycle_consistency=CYCLE.model_copy(update={"seeds": (0,)})))
    assert "decoded to audio once." in alone and "weren't checked with a second, independent classifier" in alone
    assert "cycle consistency" not in decoding_results(Metrics(listener=LISTENER))
    assert decoding_results(Metrics()) == ""


def contrast(first: str, second: str) -> float:
    """WCAG 2's contrast ratio of two colours such as `#faf9f7`."""

    def luminance(colour: str) -> float:
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_is_readable_in_both_themes(colours: dict[str, str]) -> None:
    for ground in ("paper", "card", "accent-wash"):
        for text in ("ink", "soft", "accent"):
            assert contrast(colours[text], colours[ground]) >= READABLE, (text, ground)
    assert contrast(colours["warn"], colours["warn-wash"]) >= READABLE
    assert contrast(colours["card"], colours["accent"]) >= VISIBLE


def test_classes_are_visible_in_the_dark_theme() -> None:
    for colour in DARK_CLASSES:
        assert contrast(colour, DARK["card"]) >= VISIBLE, colour


def test_style_sheet_defines_every_colour_for_both_themes() -> None:
    _, light, dark = colour_variables().splitlines()
    assert light.startswith("body {") and dark.startswith("body.dark {")
    assert re.findall(r"(--[\w-]+):", light) == re.findall(r"(--[\w-]+):", dark)
    assert "--ink: #1f2328;" in light and "--class-9: #d0709c;" in dark


def test_styles_use_only_variables_that_are_defined() -> None:
    defined = set(re.findall(r"(--[\w-]+):", colour_variables())) | {"--class"}
    for path in FOLDER.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        own = set(re.findall(r"(--[\w-]+):", text))
        assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined | own, path.name

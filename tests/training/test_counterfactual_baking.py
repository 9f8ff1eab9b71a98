"""Classify the counterfactual set, measure whether instruments or composition decide, and store the answers."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from counterfactual_set import answer_tiny_set, write_tiny_set

from pecmae.audio.reading import read_clip
from pecmae.bundles.bundle import Bundle, load_autoencoder_of, load_bundle
from pecmae.bundles.manifest import changed
from pecmae.cli import main
from pecmae.errors import BundleError
from pecmae.explain.counterfactuals import (
    INDEX_FILE,
    CounterfactualSet,
    answers_file,
    has_answers,
    load_set,
)
from pecmae.explain.explaining import explain
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.paths import ASSETS, MODELS
from pecmae.training.counterfactual_baking import Answer, classify_set, following_sentence, measure_following

SHIPPED = ASSETS / "counterfactuals"
MAX_BYTES = 12 * 10**6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny set's folder; read only."""
    path = tmp_path_factory.mktemp("counterfactuals")
    write_tiny_set(path)
    return path


def scripted_answers(counterfactuals: CounterfactualSet, decide: str) -> dict[str, Answer]:
    """Answers of a model that always predicts the class of the `score`, that of the `band`, or the first class."""
    pieces, names = counterfactuals.piece_by_id, counterfactuals.classes
    answers = {}
    for clip in counterfactuals.clips:
        named = names[0] if decide == "first" else pieces[getattr(clip, decide)].class_id
        scores = tuple(0.8 if name == named else 0.1 for name in names)
        answers[clip.audio_file] = Answer(class_id=named, nearest=f"{named}-0", scores=scores)
    return answers


@pytest.mark.parametrize(("decide", "other"), [("band", "score"), ("score", "band")])
def test_a_model_that_follows_only_one_is_measured_so(folder: Path, decide: str, other: str) -> None:
    counterfactuals = load_set(folder)
    result = measure_following(counterfactuals, scripted_answers(counterfactuals, decide), counterfactuals.classes)
    assert (result.n_clips, result.n_scores, result.as_composed.value) == (12, 6, 1.0)
    assert getattr(result, decide).value == 1.0 > getattr(result, decide).low > 0.5  # Wilson's interval of 6 groups
    assert getattr(result, other).value == result.neither.value == 0.0
    assert getattr(result, f"{decide}_probability").value == pytest.approx(0.8)
    assert getattr(result, f"{other}_probability").value == pytest.approx(0.1)
    instruments, composition = (100, 0) if decide == "band" else (0, 100)
    assert f"instruments' genre in {instruments} %" in following_sentence(result)
    assert f"composition's genre in {composition} %" in following_sentence(result)


def test_a_model_that_follows_neither_is_at_chance(folder: Path) -> None:
    counterfactuals = load_set(folder)
    result = measure_following(counterfactuals, scripted_answers(counterfactuals, "first"), counterfactuals.classes)
    assert result.band.value == result.score.value == pytest.approx(1 / 3)
    assert result.chance == pytest.approx(1 / 3, abs=1e-4)
    assert result.band.low < 1 / 3 < result.band.high


def test_the_command_writes_the_answers_of_the_bundle(
    folder: Path,
    models: Path,
    bundle: Bundle,
    autoencoder: GenerativeAutoencoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = Path(shutil.copytree(folder, tmp_path / "set"))
    assert not has_answers(out, bundle.manifest)
    assert main(["counterfactuals", "tiny", "--models", str(models), "--out", str(out)]) == 0
    assert has_answers(out, bundle.manifest)
    stored = json.loads((out / answers_file("tiny")).read_text(encoding="utf-8"))
    printed = capsys.readouterr().out
    for sentence in stored["sentences"].values():
        assert sentence in printed
    assert f"{stored['following']['band']['value']:.1%}" in printed
    assert len(stored["clips"]) == 18 and [item["piece"] for item in stored["shuffled"]] == [
        "low-1",
        "high-1",
        "noise-1",
    ]
    for item, clip in zip(stored["clips"], load_set(out).clips, strict=True):
        explanation = explain(read_clip(out / clip.audio_file), bundle, autoencoder)
        assert item["id"] == clip.id
        assert item["scores"] == pytest.approx(explanation.scores, abs=1e-3)
    retrained = changed(bundle.manifest, files={**bundle.manifest.files, "prototypes.safetensors": "0" * 64})
    assert not has_answers(out, retrained)
    (out / INDEX_FILE).write_text((out / INDEX_FILE).read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert not has_answers(out, bundle.manifest)


def test_altered_sounds_and_other_classes_are_errors(
    folder: Path, bundle: Bundle, autoencoder: GenerativeAutoencoder, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(folder, tmp_path / "set"))
    counterfactuals = load_set(out)
    with pytest.raises(BundleError, match="has no class polka"):
        classify_set(replace(counterfactuals, classes=("polka",)), out, bundle, autoencoder)
    with (out / counterfactuals.clips[0].audio_file).open("ab") as file:
        file.write(b" ")
    with pytest.raises(BundleError, match=r"low-by-low-1\.ogg isn't the file"):
        classify_set(counterfactuals, out, bundle, autoencoder)


def test_stored_answers_load_again(
    folder: Path, bundle: Bundle, autoencoder: GenerativeAutoencoder, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(folder, tmp_path / "set"))
    path = answer_tiny_set(out, load_set(out), bundle, autoencoder)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert set(stored["time"]) == {"pieces"} and stored["time"]["pieces"]["n_segments"] == 12


@pytest.mark.usefixtures("trained_musicnn")
def test_shipped_answers_are_not_stale() -> None:
    """The shipped answers belong to the shipped bundles, and classifying a sample again gives the same scores."""
    stored_files = [path for path in SHIPPED.glob("*.json") if path.name != INDEX_FILE]
    if not stored_files:
        pytest.skip(f"{SHIPPED} holds no answers; `python -m pecmae counterfactuals rendered-genres` makes them")
    for path in stored_files:
        bundle = load_bundle(MODELS / path.stem)
        assert has_answers(SHIPPED, bundle.manifest), f"run `python -m pecmae counterfactuals {path.stem}` again"
        autoencoder = load_autoencoder_of(bundle)
        stored = json.loads(path.read_text(encoding="utf-8"))
        for item in stored["clips"][::37]:
            explanation = explain(read_clip(SHIPPED / f"clips/{item['id']}.ogg"), bundle, autoencoder)
            assert item["scores"] == pytest.approx(explanation.scores, abs=1e-2), item["id"]

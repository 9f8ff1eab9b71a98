"""The counterfactual set: composing, rendering, asking, measuring, and that what is shipped isn't stale."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
from counterfactual_set import answer_tiny_set, write_tiny_set

from pecmae.audio.clips import read_clip
from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.bundles.bundle import Bundle, load_autoencoder_of, load_bundle
from pecmae.bundles.manifest import changed
from pecmae.cli import main
from pecmae.errors import BundleError
from pecmae.evaluation.intervals import bootstrap_mean
from pecmae.explain.counterfactuals import (
    INDEX_FILE,
    CounterfactualSet,
    answers_file,
    has_answers,
    load_set,
    missing_files,
)
from pecmae.explain.explaining import explain
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.paths import ASSETS, MODELS
from pecmae.rendering import counterfactual
from pecmae.rendering.counterfactual import (
    ComposedPiece,
    compose_pieces,
    fullest_start_s,
    render_clip,
    render_set,
    sounding_instruments,
)
from pecmae.rendering.finished_set import count_sounds
from pecmae.rendering.fluidsynth import FLUID_R3, MUSESCORE
from pecmae.rendering.genres import GENRES
from pecmae.rendering.score import Note, Part, Score
from pecmae.training.counterfactual_baking import Answer, ask, following_sentence, measure_following

SHIPPED = ASSETS / "counterfactuals"
MAX_BYTES = 12 * 10**6


class StubSynthesiser:
    """A tone at a pitch of the number of notes, in place of FluidSynth; knows which soundfonts were asked for."""

    def __init__(self) -> None:
        self.soundfonts: set[str] = set()

    def render(self, soundfont: str, midi: mido.MidiFile, duration_s: float, *_: object) -> np.ndarray:
        self.soundfonts.add(soundfont)
        n_notes = sum(message.type == "note_on" for track in midi.tracks for message in track)
        time_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
        return (0.1 * np.sin(2 * np.pi * (200 + n_notes) * time_s)).astype(np.float32)

    def close(self) -> None:
        pass

    def __enter__(self) -> "StubSynthesiser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture(scope="module")
def composed() -> tuple[ComposedPiece, ...]:
    return compose_pieces(n_sets=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny set's folder; read only."""
    path = tmp_path_factory.mktemp("counterfactuals")
    write_tiny_set(path)
    return path


def test_a_set_has_a_piece_of_every_genre_and_repeats(composed: tuple[ComposedPiece, ...]) -> None:
    assert [item.piece.id for item in composed] == [f"{genre}-1" for genre in GENRES]
    assert {item.piece.soundfont for item in composed} == {FLUID_R3.name, MUSESCORE.name}
    assert compose_pieces(n_sets=1) == composed
    for item in composed:
        assert 0 <= item.piece.start_s <= 22.01
        assert sounding_instruments(item.score, item.orchestration)


def test_excerpts_begin_where_most_parts_play() -> None:
    def notes(start: int, end: int) -> tuple[Note, ...]:
        return tuple(Note(float(beat), 1.0, 60, 100) for beat in range(start, end))

    score = Score("A", "a", 60.0, "C major", 32.0, (Part("lead", notes(0, 16)), Part("bass", notes(16, 32))))
    assert fullest_start_s(score, excerpt_s=8.0) == 12.0  # beats 12 to 20 hold both parts, 0 to 8 only one
    assert fullest_start_s(replace(score, tempo_bpm=120.0, beats=32.0), excerpt_s=8.0) == 2.0


def test_a_clip_is_the_scores_excerpt_with_the_bands_soundfont(composed: tuple[ComposedPiece, ...]) -> None:
    synthesiser = StubSynthesiser()
    jazz, metal = (next(item for item in composed if item.piece.class_id == name) for name in ("jazz", "metal"))
    clip = render_clip(jazz, metal, synthesiser)
    assert clip.shape == (8 * SAMPLE_RATE,) and clip.dtype == np.float32
    assert np.abs(clip).max() == pytest.approx(10 ** (-3 / 20), abs=1e-4)
    assert clip[0] == clip[-1] == 0
    assert synthesiser.soundfonts == {metal.piece.soundfont}
    assert np.array_equal(clip, render_clip(jazz, metal, synthesiser))
    assert not np.array_equal(clip, render_clip(jazz, jazz, synthesiser))


def test_rendering_makes_what_is_missing_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterfactual, "GENRES", GENRES[:2])
    monkeypatch.setattr(counterfactual, "N_SETS", 1)
    monkeypatch.setattr(counterfactual, "compose_pieces", lambda: compose_pieces(n_sets=1))
    monkeypatch.setattr(counterfactual, "find_synthesiser", StubSynthesiser)
    made = render_set(tmp_path)
    assert load_set(tmp_path) == made and missing_files(tmp_path, made) == []
    assert len(made.files) == count_sounds(2, 1) == 6
    assert [(clip.score, clip.band) for clip in made.clips[:2]] == [("blues-1", "blues-1"), ("blues-1", "classical-1")]
    monkeypatch.setattr(counterfactual, "find_synthesiser", None)  # a whole set needs no synthesiser
    assert render_set(tmp_path) == made
    (tmp_path / made.clips[1].audio_file).unlink()
    assert missing_files(tmp_path, made) == [made.clips[1].audio_file]
    monkeypatch.setattr(counterfactual, "find_synthesiser", StubSynthesiser)
    assert missing_files(tmp_path, render_set(tmp_path)) == []


@pytest.mark.parametrize(
    "change, message",
    [
        ({"schema": "pecmae.other/1"}, "isn't an index"),
        ({"clips": [{"id": "../x", "score": "a", "band": "b", "instruments": [], "sha256": ""}]}, "isn't a safe file"),
        ({"pieces": [{"id": "a"}]}, "isn't an index"),
    ],
)
def test_a_broken_index_says_what_to_do(folder: Path, tmp_path: Path, change: dict[str, object], message: str) -> None:
    data = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
    (tmp_path / INDEX_FILE).write_text(json.dumps({**data, **change}))
    with pytest.raises(BundleError, match=message):
        load_set(tmp_path)


def test_a_missing_index_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="run `python -m pecmae counterfactuals BUNDLE`"):
        load_set(tmp_path)


def scripted(counterfactuals: CounterfactualSet, decide: str) -> dict[str, Answer]:
    """Answers of a model that always names the class of the `score`, of the `band`, or always the first class."""
    pieces, names = counterfactuals.piece_by_id, counterfactuals.classes
    answers = {}
    for clip in counterfactuals.clips:
        said = names[0] if decide == "first" else pieces[getattr(clip, decide)].class_id
        answers[clip.audio_file] = Answer(said, f"{said}-0", tuple(0.8 if name == said else 0.1 for name in names))
    return answers


@pytest.mark.parametrize("decide, other", [("band", "score"), ("score", "band")])
def test_a_model_that_hears_only_one_is_measured_so(folder: Path, decide: str, other: str) -> None:
    counterfactuals = load_set(folder)
    result = measure_following(counterfactuals, scripted(counterfactuals, decide), counterfactuals.classes)
    assert (result.n_clips, result.n_scores, result.as_composed.value) == (12, 6, 1.0)
    assert getattr(result, decide).value == getattr(result, decide).low == 1.0
    assert getattr(result, other).value == result.neither.value == 0.0
    assert getattr(result, f"{decide}_probability").value == pytest.approx(0.8)
    assert getattr(result, f"{other}_probability").value == pytest.approx(0.1)
    instruments, composition = (100, 0) if decide == "band" else (0, 100)
    assert f"instruments' genre in {instruments} %" in following_sentence(result)
    assert f"composition's genre in {composition} %" in following_sentence(result)


def test_a_model_that_hears_neither_is_at_chance(folder: Path) -> None:
    counterfactuals = load_set(folder)
    result = measure_following(counterfactuals, scripted(counterfactuals, "first"), counterfactuals.classes)
    assert result.band.value == result.score.value == pytest.approx(1 / 3)
    assert result.chance == pytest.approx(1 / 3, abs=1e-4)
    assert result.band.low < 1 / 3 < result.band.high


def test_intervals_grow_when_cases_share_their_pieces() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.integers(0, 2, 40), 10).astype(float)
    alone = bootstrap_mean(values, np.arange(400))
    together = bootstrap_mean(values, np.repeat(np.arange(40), 10))
    assert alone.value == together.value == values.mean()
    assert together.high - together.low > 2 * (alone.high - alone.low)
    standard_error = np.sqrt(values.var() / 40)
    assert together.high - together.low == pytest.approx(2 * 1.96 * standard_error, rel=0.15)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean(np.zeros(0), np.zeros(0))


def test_the_command_writes_what_the_bundle_says(
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


def test_altered_sounds_and_other_classes_are_refused(
    folder: Path, bundle: Bundle, autoencoder: GenerativeAutoencoder, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(folder, tmp_path / "set"))
    counterfactuals = load_set(out)
    with pytest.raises(BundleError, match="doesn't know polka"):
        ask(replace(counterfactuals, classes=("polka",)), out, bundle, autoencoder)
    with (out / counterfactuals.clips[0].audio_file).open("ab") as file:
        file.write(b" ")
    with pytest.raises(BundleError, match=r"low-by-low-1\.ogg isn't the file"):
        ask(counterfactuals, out, bundle, autoencoder)


def test_answers_that_are_no_answers_dont_count(folder: Path, bundle: Bundle, tmp_path: Path) -> None:
    shutil.copy(folder / INDEX_FILE, tmp_path)
    for text in ("{", "[]", "{}"):
        (tmp_path / answers_file("tiny")).write_text(text)
        assert not has_answers(tmp_path, bundle.manifest)


def test_stored_answers_load_again(
    folder: Path, bundle: Bundle, autoencoder: GenerativeAutoencoder, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(folder, tmp_path / "set"))
    path = answer_tiny_set(out, load_set(out), bundle, autoencoder)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert set(stored["time"]) == {"pieces"} and stored["time"]["pieces"]["n_segments"] == 12


def test_shipped_set_is_whole_and_small() -> None:
    if not (SHIPPED / INDEX_FILE).is_file():
        pytest.skip(f"{SHIPPED} isn't there; `python -m pecmae counterfactuals rendered-genres` makes it")
    counterfactuals = load_set(SHIPPED)
    assert missing_files(SHIPPED, counterfactuals) == []
    assert counterfactuals.classes == GENRES and len(counterfactuals.files) == count_sounds(10, 3)
    assert {piece.soundfont for piece in counterfactuals.pieces} == {FLUID_R3.name, MUSESCORE.name}
    on_disk = {path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*.ogg")}
    assert on_disk == set(counterfactuals.files)
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*.*")) <= MAX_BYTES


def test_shipped_answers_are_not_stale() -> None:
    """Every bundle that was asked is the bundle as it is now, and says what is stored, on a sample of the clips."""
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
            assert item["scores"] == pytest.approx(explanation.scores, abs=2e-3), item["id"]

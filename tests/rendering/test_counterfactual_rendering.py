"""Composing and rendering the counterfactual set, and the set that is shipped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stub_synthesiser import StubSynthesiser

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.explain.counterfactuals import (
    INDEX_FILE,
    load_set,
    missing_files,
)
from pecmae.paths import ASSETS
from pecmae.rendering import counterfactual_rendering
from pecmae.rendering.counterfactual_rendering import (
    ComposedPiece,
    compose_pieces,
    fullest_start_s,
    render_clip,
    render_set,
)
from pecmae.rendering.finished_set import count_sounds
from pecmae.rendering.fluidsynth import FLUID_R3, MUSESCORE
from pecmae.rendering.genres import GENRES
from pecmae.rendering.rendered_track import sounding_instruments
from pecmae.rendering.score import Note, Part, Score

SHIPPED = ASSETS / "counterfactuals"
MAX_BYTES = 12 * 10**6


@pytest.fixture(scope="module")
def composed() -> tuple[ComposedPiece, ...]:
    return compose_pieces(n_sets=1)


def test_a_set_has_a_piece_of_every_genre_and_is_reproducible(composed: tuple[ComposedPiece, ...]) -> None:
    assert [item.piece.id for item in composed] == [f"{genre}-1" for genre in GENRES]
    assert {item.piece.soundfont for item in composed} == {FLUID_R3.name, MUSESCORE.name}
    assert compose_pieces(n_sets=1) == composed
    for item in composed:
        assert 0 <= item.piece.start_s <= 22.01
        assert sounding_instruments(item.score, item.orchestration, number_drum_kits=False)


def test_excerpts_begin_where_most_parts_play() -> None:
    def notes(start: int, end: int) -> tuple[Note, ...]:
        return tuple(Note(float(beat), 1.0, 60, 100) for beat in range(start, end))

    score = Score("A", "a", 60.0, "C major", 32.0, (Part("lead", notes(0, 16)), Part("bass", notes(16, 32))))
    assert fullest_start_s(score, excerpt_s=8.0) == 12.0  # beats 12 to 20 hold both parts, 0 to 8 only one
    assert fullest_start_s(replace(score, tempo_bpm=120.0, beats=32.0), excerpt_s=8.0) == 2.0


def test_a_clip_is_the_scores_excerpt_with_the_bands_soundfont(composed: tuple[ComposedPiece, ...]) -> None:
    synthesiser = StubSynthesiser()
    jazz, metal = (next(item for item in composed if item.piece.class_id == name) for name in ("jazz", "metal"))
    clip = render_clip(jazz, metal, synthesiser)  # type: ignore[arg-type]
    assert clip.shape == (8 * SAMPLE_RATE,) and clip.dtype == np.float32
    assert np.abs(clip).max() == pytest.approx(10 ** (-3 / 20), abs=1e-4)
    assert clip[0] == clip[-1] == 0
    assert synthesiser.soundfonts == {metal.piece.soundfont}
    assert np.array_equal(clip, render_clip(jazz, metal, synthesiser))  # type: ignore[arg-type]
    assert not np.array_equal(clip, render_clip(jazz, jazz, synthesiser))  # type: ignore[arg-type]


def test_rendering_adds_only_missing_sounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterfactual_rendering, "GENRES", GENRES[:2])
    monkeypatch.setattr(counterfactual_rendering, "N_SETS", 1)
    monkeypatch.setattr(counterfactual_rendering, "compose_pieces", lambda: compose_pieces(n_sets=1))
    monkeypatch.setattr(counterfactual_rendering, "find_synthesiser", StubSynthesiser)
    made = render_set(tmp_path)
    assert load_set(tmp_path) == made and missing_files(tmp_path, made) == []
    assert len(made.files) == count_sounds(2, 1) == 6
    assert [(clip.score, clip.band) for clip in made.clips[:2]] == [("blues-1", "blues-1"), ("blues-1", "classical-1")]
    monkeypatch.setattr(counterfactual_rendering, "find_synthesiser", None)  # a whole set needs no synthesiser
    assert render_set(tmp_path) == made
    (tmp_path / made.clips[1].audio_file).unlink()
    assert missing_files(tmp_path, made) == [made.clips[1].audio_file]
    monkeypatch.setattr(counterfactual_rendering, "find_synthesiser", StubSynthesiser)
    assert missing_files(tmp_path, render_set(tmp_path)) == []


def test_the_shipped_set_is_complete_and_small() -> None:
    if not (SHIPPED / INDEX_FILE).is_file():
        pytest.skip(f"{SHIPPED} isn't there; `python -m pecmae counterfactuals rendered-genres` makes it")
    counterfactuals = load_set(SHIPPED)
    assert missing_files(SHIPPED, counterfactuals) == []
    assert counterfactuals.classes == GENRES and len(counterfactuals.files) == count_sounds(10, 3)
    assert {piece.soundfont for piece in counterfactuals.pieces} == {FLUID_R3.name, MUSESCORE.name}
    on_disk = {path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*.ogg")}
    assert on_disk == set(counterfactuals.files)
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*.*")) <= MAX_BYTES

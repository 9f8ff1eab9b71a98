"""What the eight instruments play: properties of the scores, no audio."""

from itertools import pairwise

import numpy as np
import pytest

from pecmae.rendering.expression import Expression, bends_for, controls_for
from pecmae.rendering.instruments import INSTRUMENTS, compose_solo
from pecmae.rendering.midi import build_midi, midi_bytes
from pecmae.rendering.phrases import (
    Manner,
    Register,
    compose_melody,
    draw_register,
    with_grace_notes,
)
from pecmae.rendering.scales import SCALES
from pecmae.rendering.score import Note

RANGES = {
    "clarinet": (48, 94),
    "distorted-electric-guitar": (35, 93),
    "female-singer": (53, 86),
    "flute": (58, 98),
    "piano": (21, 108),
    "tenor-saxophone": (42, 81),
    "trumpet": (51, 86),
    "violin": (53, 95),
}


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_solos_depend_on_the_seed_only_and_stay_in_range(instrument: str) -> None:
    files = set()
    for seed in range(6):
        score, orchestration = compose_solo(instrument, np.random.default_rng(seed), 24.0)
        again = compose_solo(instrument, np.random.default_rng(seed), 24.0)
        assert (score, orchestration) == again
        assert score.duration_s == pytest.approx(24.0, abs=0.01)
        files.add(midi_bytes(build_midi(score, orchestration)))
        for part in score.parts:
            low, high = RANGES[instrument]
            transpose = orchestration.voices_for(part.role)[0].transpose
            assert all(low <= note.pitch + transpose <= high for note in part.notes)
            assert all(1 <= note.velocity <= 127 and note.duration_beats > 0 for note in part.notes)
    assert len(files) == 6


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_solos_sound_most_of_the_time_and_vary(instrument: str) -> None:
    programs, tempos = set(), set()
    for seed in range(20):
        score, orchestration = compose_solo(instrument, np.random.default_rng(seed), 24.0)
        sounding = np.zeros(int(score.beats * 8) + 8, dtype=bool)
        for note in (note for part in score.parts for note in part.notes):
            sounding[int(note.start_beat * 8) : int((note.start_beat + note.duration_beats) * 8) + 1] = True
        assert sounding.mean() > 0.4
        programs.add((orchestration.voices[0].program, orchestration.voices[0].layers))
        tempos.add(score.tempo_bpm)
    assert len(tempos) == 20
    assert len(programs) > 1 or instrument in ("clarinet", "flute")


def test_winds_and_singers_play_one_note_at_a_time() -> None:
    for seed in range(5):
        score, _ = compose_solo("trumpet", np.random.default_rng(seed), 24.0)
        notes = score.parts[0].notes
        for note, following in pairwise(notes):
            assert note.start_beat + note.duration_beats < following.start_beat + 0.12


def test_a_register_holds_the_scale_within_the_instrument_and_reflects_at_its_ends() -> None:
    manner = Manner(50, 80)
    for seed in range(30):
        register = draw_register(2, "dorian", manner, np.random.default_rng(seed))
        assert all(50 <= p <= 80 and (p - 2) % 12 in SCALES["dorian"] for p in register.pitches)
        assert len(register.pitches) >= 6
    assert [Register((60, 62, 64, 65)).reflected(degree) for degree in (-2, -1, 0, 3, 4, 5, 6, 7)] == [
        2, 1, 0, 3, 2, 1, 0, 1,
    ]  # fmt: skip


def test_melodies_repeat_their_motifs() -> None:
    manner = Manner(55, 90)
    repeats = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        notes = compose_melody(draw_register(0, "major", manner, rng), manner, 60.0, rng)
        starts = [note.start_beat for note in notes]
        patterns = [tuple(np.round(np.diff(starts[i : i + 4]), 3)) for i in range(len(starts) - 3)]
        repeats.append(1 - len(set(patterns)) / len(patterns))
    assert np.mean(repeats) > 0.4


def test_grace_notes_take_their_time_from_their_note() -> None:
    notes = (Note(0.0, 1.0, 60, 90), Note(1.0, 0.2, 62, 90))
    graced = with_grace_notes(notes, 1.0, np.random.default_rng(0))
    assert len(graced) == 3 and graced[0].pitch != 60
    assert graced[0].duration_beats + graced[1].duration_beats == pytest.approx(1.0)
    assert graced[2] == notes[1]


def test_vibrato_moves_around_the_pitch_at_its_rate_after_its_delay() -> None:
    expression = Expression(vibrato_cents=30.0, vibrato_hz=5.0, vibrato_delay_s=0.5)
    bends = bends_for((Note(0.0, 4.0, 60, 90),), 60.0, expression, np.random.default_rng(0))
    late = np.array([bend.cents for bend in bends if bend.beat > 1.0])
    assert all(abs(bend.cents) < 1e-9 for bend in bends if bend.beat < 0.45)
    assert abs(late.mean()) < 4 and 15 < late.max() < 40
    crossings = np.sum(np.diff(np.sign(late[late != 0])) != 0)
    assert crossings == pytest.approx(2 * 5.0 * 3.0, abs=3)


def test_slides_start_away_from_the_pitch_and_reach_it() -> None:
    expression = Expression(slide=1.0, slide_cents=-150.0)
    bends = bends_for((Note(0.0, 2.0, 60, 90), Note(2.0, 2.0, 62, 90)), 60.0, expression, np.random.default_rng(0))
    for start in (0.0, 2.0):
        of_note = [bend.cents for bend in bends if start <= bend.beat < start + 2.0]
        assert of_note[0] < -60 and of_note[-1] == pytest.approx(0.0, abs=1.5)


def test_swells_move_expression_within_its_range() -> None:
    controls = controls_for((Note(0.0, 4.0, 60, 90),), 60.0, Expression(swell=1.0), np.random.default_rng(0))
    values = [control.value for control in controls]
    assert len(set(values)) > 10 and min(values) >= 0 and max(values) <= 127
    assert controls_for((Note(0.0, 4.0, 60, 90),), 60.0, Expression(), np.random.default_rng(0)) == ()

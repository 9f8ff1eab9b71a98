"""The material of the genres' composers: grooves, chords, voice leading, swing, lines, melodies and effects."""

from itertools import pairwise

import numpy as np
import pytest

from pecmae.rendering.genres import blues, country, disco, hip_hop, jazz, metal, pop, reggae, rock
from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_chords, voicings
from pecmae.rendering.genres.drums import DRUM_KEYS, FILLS, Groove, play_drums
from pecmae.rendering.genres.ensembles import draw_effect
from pecmae.rendering.genres.frame import Frame, Steps, strokes
from pecmae.rendering.genres.harmony import QUALITIES, lay_out, nearest, parse_chord, place, voice
from pecmae.rendering.genres.melody import Melody, play_melody

DRUM_MODULES = (blues, country, disco, hip_hop, jazz, metal, pop, reggae, rock)


def frame_of(progression: str, n_bars: int = 4, swing: float = 0.5, swing_beats: float = 1.0) -> Frame:
    return Frame(120.0, 0, "major", 4, 4.0 * n_bars, lay_out(progression, 0, n_bars, 4), swing, swing_beats)


def test_patterns_fill_whole_bars() -> None:
    grooves = [
        item for module in DRUM_MODULES for value in vars(module).values() if isinstance(value, tuple) for item in value
    ]
    checked = 0
    for groove in grooves:
        if isinstance(groove, Groove):
            checked += 1
            lengths = {steps.beats for _, steps in groove.lines}
            assert all(beats in (3, 4, 8) for beats in lengths), groove
            assert {drum for drum, _ in groove.lines} <= DRUM_KEYS.keys()
        if isinstance(groove, Line):
            assert groove.beats in (2, 3, 4, 8, 16), groove
    assert checked > 40
    assert {drum for family in FILLS.values() for fill in family for drum, _ in fill.lines} <= DRUM_KEYS.keys()


def test_fills_silence_the_groove_and_end_in_a_crash() -> None:
    frame = frame_of("I", 8)
    notes = play_drums(np.random.default_rng(0), frame, Groove(4, "snare ....x.......x..."), "rock", 4)
    crashes = [note.start_beat for note in notes if note.pitch == DRUM_KEYS["crash"]]
    assert set(crashes) <= {16.0}
    assert len(notes) > 16


def test_numerals() -> None:
    assert parse_chord("ii7", 0).pitch_classes == (2, 5, 9, 0)
    assert parse_chord("bVII", 2).pitch_classes == (0, 4, 7)
    assert parse_chord("V7b9", 0).pitch_classes == (7, 11, 2, 5, 8)
    assert parse_chord("iim7b5", 9).pitch_classes == (11, 2, 5, 9)
    assert parse_chord("#idim7", 0).root == 1
    with pytest.raises(ValueError, match="'H7' isn't a Roman numeral"):
        parse_chord("H7", 0)
    with pytest.raises(ValueError, match="unknown quality 'foo'"):
        parse_chord("Vfoo", 0)


def test_progressions_repeat_and_split_bars() -> None:
    spans = lay_out("I ii7,V7", 0, 3, 4)
    assert [(span.start_beat, span.duration_beats, span.chord.symbol) for span in spans] == [
        (0, 4, "I"),
        (4, 2, "ii7"),
        (6, 2, "V7"),
        (8, 4, "I"),
    ]


def test_pitches_of_a_class_are_placed_and_found() -> None:
    assert place(0, 60) == 60 and place(11, 60) == 71
    assert nearest((0, 4, 7), 65) == 64
    assert nearest((0,), 66.5) == 72


@pytest.mark.parametrize("quality", QUALITIES)
def test_voicings_stay_in_register_and_in_the_chord(quality: str) -> None:
    for tonic in range(12):
        chord = parse_chord("I" + quality, tonic) if not quality.startswith("m") or quality.startswith("maj") else None
        chord = chord or parse_chord("i" + quality, tonic)
        pitches = voice(chord, 55, 74)
        assert list(pitches) == sorted(set(pitches)) and 2 <= len(pitches) <= 4
        assert pitches[0] >= 55 and pitches[-1] <= 74
        assert {pitch % 12 for pitch in pitches} <= set(chord.pitch_classes)


def test_voices_lead_smoothly() -> None:
    placed = list(voicings(frame_of("Imaj7 vi7 ii7 V7", 8), Register(52, 74)).values())
    moves = [
        np.mean([min(abs(pitch - other) for other in before) for pitch in after]) for before, after in pairwise(placed)
    ]
    assert max(moves) <= 2.5


def test_swing_moves_off_beats_and_leaves_beats() -> None:
    frame = frame_of("I", swing=0.66)
    assert [frame.warp(beat) for beat in (0.0, 1.0, 2.5)] == [0.0, 1.0, 2.66]
    assert frame.warp(1 + 2 / 3) == pytest.approx(1.66)
    assert frame_of("I").warp(1.3) == 1.3
    sixteenths = frame_of("I", swing=0.6, swing_beats=0.5)
    assert sixteenths.warp(0.5) == 0.5
    assert sixteenths.warp(0.25) == pytest.approx(0.3)
    assert sixteenths.warp(1 / 3) == pytest.approx(1 / 3)


def test_steps_strike_hold_and_rest() -> None:
    struck = strokes(np.random.default_rng(0), Steps(2, "X_.x g__"), 8.0)
    assert [(stroke.beat, stroke.duration_beats) for stroke in struck] == [(8.0, 1.0), (9.5, 0.5), (10.0, 1.5)]
    assert struck[0].velocity > struck[1].velocity > struck[2].velocity


def test_lines_follow_the_chords_and_lead_into_the_next() -> None:
    notes = play_line(np.random.default_rng(0), frame_of("I iv", 2), (Line(1, "1 3 5' a"),), 36)
    assert [note.pitch for note in notes[:4]] == [36, 40, 55, 40]
    assert [note.pitch % 12 for note in notes[4:7]] == [5, 8, 0]


def test_chords_follow_the_harmony_and_the_rhythm() -> None:
    frame = frame_of("I V", 2)
    notes = play_chords(np.random.default_rng(0), frame, Steps(1, ".x.x"), Register(55, 74, 3), length=0.5)
    assert {note.start_beat for note in notes} == {1, 3, 5, 7}
    assert {note.pitch % 12 for note in notes if note.start_beat > 4} == {7, 11, 2}
    assert {note.duration_beats for note in notes} == {0.5}


def test_melodies_repeat_motifs_and_accent_chord_tones() -> None:
    frame = frame_of("I IV V I", 8)
    rhythms = (Steps(2, "x_x_x_xxx_x_x___"), Steps(2, "x___x_x_x_______"))
    style = Melody("major", 60, 81, rhythms, forms=("AABB",), snap=1.0)
    notes = play_melody(np.random.default_rng(5), frame, style)
    rhythm = [[note.start_beat % 8 for note in notes if note.start_beat // 8 == unit] for unit in range(4)]
    assert len(rhythm[0]) > 3
    assert rhythm[0] == rhythm[1] and rhythm[2] == rhythm[3]
    for note in notes:
        assert 60 <= note.pitch <= 81
        if note.start_beat % 2 == 0:
            assert note.pitch % 12 in frame.chord_at(note.start_beat).pitch_classes
        assert note.pitch % 12 in {0, 2, 4, 5, 7, 9, 11}
    assert np.abs(np.diff([note.pitch for note in notes])).max() <= 12


def test_effects_are_drawn_from_their_ranges() -> None:
    for seed in range(10):
        effect = draw_effect(np.random.default_rng(seed), "reverb room_size=0.3..0.6 wet=0.1")
        assert effect is not None and effect.kind == "reverb"
        assert 0.3 <= effect.value("room_size") <= 0.6
        assert effect.value("wet") == 0.1
    assert draw_effect(np.random.default_rng(0), "reverb ?0.0") is None

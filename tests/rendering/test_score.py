"""Scores, orchestrations and their MIDI: no audio, no FluidSynth."""

import mido
import numpy as np
import pytest

from pecmae.rendering.midi import DRUM_CHANNEL, TICKS_PER_BEAT, build_midi, midi_bytes, sounding_buses
from pecmae.rendering.orchestration import EFFECT_PARAMETERS, Bus, Effect, Orchestration, Voice, effect
from pecmae.rendering.score import Bend, Control, Note, Part, Score, base_role, without_overlaps

BAND = Orchestration(
    "band",
    (
        Voice("drums", 8, is_drum=True, bus="kit"),
        Voice("bass", 33, bus="low"),
        Voice("chords", 4, layers=(48,), bus="low", transpose=12),
        Voice("lead", 66, gain_db=-6.0, pan=1.0),
    ),
    (Bus("kit"), Bus("low"), Bus("main")),
)


def _score(*parts: Part, beats: float = 8.0) -> Score:
    return Score("Test", "plain", 120.0, "C major", beats, parts)


def _absolute(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    now, events = 0, []
    for message in track:
        now += message.time
        events.append((now, message))
    return events


def _notes(midi: mido.MidiFile) -> list[tuple[int, int, int]]:
    """Channel, tick and pitch of every note's start."""
    return [
        (message.channel, tick, message.note)
        for track in midi.tracks
        for tick, message in _absolute(track)
        if message.type == "note_on"
    ]


def test_a_score_lasts_its_beats_at_its_tempo() -> None:
    assert _score(beats=8.0).duration_s == 4.0


def test_numbered_roles_have_a_base_role() -> None:
    assert [base_role(role) for role in ("lead-2", "lead", "hi-hat", "2")] == ["lead", "lead", "hi-hat", "2"]


def test_overlapping_notes_of_one_pitch_are_cut_and_the_louder_of_two_stays() -> None:
    notes = (Note(1.0, 1.0, 60, 70), Note(0.0, 2.0, 60, 80), Note(0.0, 1.0, 60, 50), Note(0.5, 3.0, 64, 90))
    assert without_overlaps(notes) == (Note(0.0, 1.0, 60, 80), Note(0.5, 3.0, 64, 90), Note(1.0, 1.0, 60, 70))


def test_roles_fall_back_to_numberless_then_relatives_then_any_voice_of_their_sort() -> None:
    assert [voice.role for voice in BAND.voices_for("lead-2")] == ["lead"]
    assert [voice.role for voice in BAND.voices_for("pad")] == ["chords"]
    assert [voice.role for voice in BAND.voices_for("percussion")] == ["drums"]
    assert [voice.role for voice in BAND.voices_for("nose-flute")] == ["bass"]


def test_drums_are_silent_without_a_drummer_and_never_go_to_a_pitched_voice() -> None:
    quartet = Orchestration("quartet", (Voice("lead", 40),))
    drums = Part("drums", (Note(0.0, 1.0, 36, 90),))
    assert quartet.voices_for("drums") == ()
    assert _notes(build_midi(_score(drums), quartet)) == []
    assert sounding_buses(_score(drums), quartet) == ()


def test_effects_know_their_parameters() -> None:
    assert effect("reverb", wet=0.5) == Effect("reverb", (("wet", 0.5),))
    assert effect("reverb", wet=0.5).value("wet") == 0.5
    assert effect("reverb").value("wet") == EFFECT_PARAMETERS["reverb"]["wet"]
    with pytest.raises(AssertionError, match="no effect 'flanger'"):
        effect("flanger")
    with pytest.raises(AssertionError, match="has no"):
        effect("reverb", colour=1.0)


def test_a_voice_on_an_unknown_bus_is_refused() -> None:
    with pytest.raises(AssertionError, match="unknown buses"):
        Orchestration("wrong", (Voice("lead", 0, bus="nowhere"),))


def test_midi_places_notes_transposes_pitched_voices_only_and_layers_programmes() -> None:
    score = _score(
        Part("drums", (Note(0.0, 0.5, 36, 100),)),
        Part("chords", (Note(1.5, 1.0, 60, 80),)),
    )
    midi = build_midi(score, BAND)
    notes = _notes(midi)
    assert (DRUM_CHANNEL, 0, 36) in notes
    assert sorted(pitch for channel, _, pitch in notes if channel != DRUM_CHANNEL) == [72, 72]
    assert {tick for channel, tick, _ in notes if channel != DRUM_CHANNEL} == {round(1.5 * TICKS_PER_BEAT)}
    programmes = [message.program for track in midi.tracks for message in track if message.type == "program_change"]
    assert programmes == [8, 4, 48]


def test_a_bus_has_only_its_own_voices() -> None:
    score = _score(Part("drums", (Note(0.0, 1.0, 36, 90),)), Part("bass", (Note(0.0, 1.0, 40, 90),)))
    assert sounding_buses(score, BAND) == ("kit", "low")
    assert _notes(build_midi(score, BAND, bus="kit")) == [(DRUM_CHANNEL, 0, 36)]
    assert [pitch for _, _, pitch in _notes(build_midi(score, BAND, bus="low"))] == [40]


def test_every_note_ends_and_nothing_starts_after_the_score() -> None:
    rng = np.random.default_rng(0)
    notes = tuple(Note(float(b), float(rng.uniform(0.1, 4.0)), int(p), 90) for b, p in rng.uniform(0, 12, (200, 2)))
    midi = build_midi(_score(Part("lead", notes), beats=8.0), BAND)
    sounding: set[int] = set()
    for tick, message in _absolute(midi.tracks[1]):
        assert tick <= 8 * TICKS_PER_BEAT
        if message.type == "note_on":
            assert message.note not in sounding and tick < 8 * TICKS_PER_BEAT
            sounding.add(message.note)
        elif message.type == "note_off":
            sounding.remove(message.note)
    assert not sounding


def test_bends_controls_gain_and_pan_become_midi() -> None:
    part = Part("lead", (Note(0.0, 4.0, 60, 90),), (Bend(1.0, -1200.0), Bend(2.0, 600.0)), (Control(1.0, 11, 64),))
    messages = _absolute(build_midi(_score(part), BAND).tracks[1])
    wheel = [(tick / TICKS_PER_BEAT, message.pitch) for tick, message in messages if message.type == "pitchwheel"]
    assert wheel == [(1.0, -8192), (2.0, 4096)]
    controls = {(m.control, m.value) for _, m in messages if m.type == "control_change"}
    assert {(7, 64), (10, 127), (11, 64), (6, 12)} <= controls  # -6 dB of 90 by the square law is 64


def test_tuning_changes_pitched_voices_and_not_drums() -> None:
    score = _score(Part("drums", (Note(0.0, 1.0, 36, 90),)), Part("bass", (Note(0.0, 1.0, 40, 90),)))
    plain, tuned = build_midi(score, BAND), build_midi(score, BAND, tuning_cents=20.0)
    assert plain.tracks[1] == tuned.tracks[1]
    assert plain.tracks[2] != tuned.tracks[2]


def test_too_many_voices_for_one_file_are_refused_with_their_number() -> None:
    crowd = Orchestration("crowd", tuple(Voice("lead", program) for program in range(17)))
    with pytest.raises(ValueError, match="'crowd' needs more than 16 channels"):
        build_midi(_score(Part("lead", (Note(0.0, 1.0, 60, 90),))), crowd)


def test_a_second_drum_voice_gets_its_own_drum_channel() -> None:
    kits = Orchestration("kits", (Voice("drums", 0, is_drum=True), Voice("percussion", 48, is_drum=True)))
    score = _score(Part("drums", (Note(0.0, 1.0, 36, 90),)), Part("percussion", (Note(0.0, 1.0, 62, 90),)))
    midi = build_midi(score, kits)
    assert [pitch for _, _, pitch in _notes(midi)] == [36, 62]
    second = [message for message in midi.tracks[2] if message.type == "control_change" and message.control == 0]
    assert [(message.channel != DRUM_CHANNEL, message.value) for message in second] == [(True, 127)]


def test_the_file_reads_back_with_the_scores_length() -> None:
    from io import BytesIO

    data = midi_bytes(build_midi(_score(Part("lead", (Note(0.0, 1.0, 60, 90),)), beats=8.0), BAND))
    assert mido.MidiFile(file=BytesIO(data)).length == pytest.approx(4.0, abs=0.01)

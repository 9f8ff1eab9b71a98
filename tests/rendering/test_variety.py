"""Patches, mixed soundfonts, the computed singer and solos of recorded notes."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from stub_synthesiser import StubSynthesiser

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.datasets.dataset import RECORDED_NOTES
from pecmae.errors import DatasetError
from pecmae.rendering import render
from pecmae.rendering.acoustics import impulse_response
from pecmae.rendering.casting import MAX_DRUM_SHIFT, MAX_SHIFT, cast, cast_unvaried
from pecmae.rendering.catalogue import GENRE_STRENGTH, Kind, kind_of_dataset
from pecmae.rendering.effects import apply_effects
from pecmae.rendering.fluidsynth import (
    FLUID_R3,
    SEEN_SOUNDFONTS,
    TRAINING_SOUNDFONT,
    UNSEEN_SOUNDFONT,
    Generator,
    Synthesiser,
)
from pecmae.rendering.midi import COARSE_TUNE, FILTER_CUTOFF, build_midi, generators_for
from pecmae.rendering.note_library import (
    RECORDED_INSTRUMENTS,
    TRANSPOSED_INSTRUMENTS,
    NoteLibrary,
    find_notes,
)
from pecmae.rendering.orchestration import Bus, Orchestration, Patch, Singer, Voice, effect
from pecmae.rendering.planning import plan_recorded_track, plan_track
from pecmae.rendering.recorded_solos import SOLO_CLASSES, compose_recorded, play_notes
from pecmae.rendering.recording import draw_solo_take
from pecmae.rendering.render import plan_tracks, render_dataset
from pecmae.rendering.rendered_track import describe_track
from pecmae.rendering.score import Bend, Note, Part, Score
from pecmae.rendering.singing import sing
from pecmae.rendering.track import compose_track
from pecmae.rendering.voicings import vary_voices

NOTE = Note(0.0, 4.0, 69, 100)


@pytest.fixture(scope="module")
def note_samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A note a third of an octave of every instrument: a sine with a few harmonics, an instrument of each folder."""
    root = tmp_path_factory.mktemp("notes")
    time_s = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    for folder in {name for names in RECORDED_INSTRUMENTS.values() for name in names}:
        (root / folder).mkdir(parents=True)
        instrument = folder.split("/")[1]
        for octave in range(1, 7):
            for spelling, pitch_class in (("C", 0), ("E", 4), ("Gs", 8)):
                hz = 440.0 * 2 ** ((12 * (octave + 1) + pitch_class - 69) / 12)
                tone = sum(np.sin(2 * np.pi * k * hz * time_s) / k for k in (1, 2, 3) if k * hz < 11000)
                name = f"{instrument}_{spelling}{octave}_1_forte_normal.ogg"
                if folder.startswith("weresax"):
                    flat = {"C": "c", "E": "e", "Gs": "ab"}[spelling]
                    name = f"{flat}{octave - 1}_f_rr1_dnm.ogg"
                soundfile.write(root / folder / name, 0.2 * np.asarray(tone), SAMPLE_RATE)
    return root


def _peak_hz(audio: np.ndarray, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio)), 4 * len(audio)))
    hz = np.fft.rfftfreq(4 * len(audio), 1 / SAMPLE_RATE)
    inside = (hz > low_hz) & (hz < high_hz)
    return float(hz[inside][spectrum[inside].argmax()])


def _centroid_hz(audio: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(audio)) ** 2
    return float((np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE) * power).sum() / power.sum())


def _played(synthesiser: Synthesiser, program: int, patch: Patch) -> np.ndarray:
    score = Score("t", "", 120.0, "C", 4.0, (Part("lead", (NOTE,)),))
    player = Orchestration("one", (Voice("lead", program, patch=patch),))
    midi = build_midi(score, player, bus="main", soundfont=patch.soundfont)
    offsets = generators_for(score, player, bus="main", soundfont=patch.soundfont)
    return synthesiser.render(patch.soundfont, midi, 2.0, tuple(Generator(*offset) for offset in offsets))


@pytest.mark.parametrize("soundfont", [*SEEN_SOUNDFONTS, TRAINING_SOUNDFONT])
def test_shifted_patches_sound_at_the_written_pitch(synthesiser: Synthesiser, soundfont) -> None:  # type: ignore[no-untyped-def]
    plain = _played(synthesiser, 73, Patch(soundfont.name))
    for shift in (-5, 5):
        shifted = _played(synthesiser, 73, Patch(soundfont.name, shift=shift))
        assert _peak_hz(shifted[6000:42000], 380, 500) == pytest.approx(440.0, rel=0.01)
        # The third soundfont has one sample for all notes.
        assert np.abs(shifted - plain).max() > 0.01 or soundfont == TRAINING_SOUNDFONT
    np.testing.assert_allclose(_played(synthesiser, 73, Patch(soundfont.name)), plain, atol=1e-3)


def test_a_lower_cutoff_darkens_and_doesnt_stay(synthesiser: Synthesiser) -> None:
    plain = _played(synthesiser, 56, Patch(FLUID_R3.name))
    dark = _played(synthesiser, 56, Patch(FLUID_R3.name, cutoff_cents=-3600.0))
    assert _centroid_hz(dark) < 0.8 * _centroid_hz(plain)
    np.testing.assert_allclose(_played(synthesiser, 56, Patch(FLUID_R3.name)), plain, atol=1e-3)


def test_shifts_are_undone_by_tuning_and_drums_are_only_tuned() -> None:
    score = Score("t", "", 120.0, "C", 4.0, (Part("lead", (NOTE,)), Part("drums", (Note(0.0, 1.0, 38, 90),))))
    patch = Patch("A", cutoff_cents=-500.0, shift=3)
    band = Orchestration("two", (Voice("lead", 0, patch=patch), Voice("drums", 0, is_drum=True, patch=patch)))
    offsets = generators_for(score, band, bus="main", soundfont="A")
    assert {(channel, value) for channel, number, value in offsets if number == COARSE_TUNE} == {(0, 3.0), (9, 3.0)}
    assert [value for _, number, value in offsets if number == FILTER_CUTOFF] == [-500.0, -500.0]
    pitches = {
        message.note
        for track in build_midi(score, band, bus="main", soundfont="A").tracks
        for message in track
        if message.type == "note_on"
    }
    assert pitches == {66, 38}
    assert len(build_midi(score, band, bus="main", soundfont="B").tracks) == 1


def test_casting_mixes_soundfonts_in_training_only_and_varies_within_limits() -> None:
    voices = (Voice("lead", 0), Voice("bass", 32, bus="low"), Voice("drums", 0, is_drum=True, bus="low"))
    band = Orchestration("band", voices, (Bus("main"), Bus("low")))
    n_mixed, n_varied = {"train": 0, "test": 0}, 0
    for split in n_mixed:
        for seed in range(300):
            cast_band = cast(band, FLUID_R3.name, split, np.random.default_rng(seed))
            assert cast_band == cast(band, FLUID_R3.name, split, np.random.default_rng(seed))
            patches = [(voice.is_drum, voice.patch) for voice in cast_band.voices]
            n_mixed[split] += any(patch.soundfont != FLUID_R3.name for _, patch in patches)
            n_varied += any(patch.cutoff_cents for _, patch in patches)
            assert all(abs(patch.shift) <= (MAX_DRUM_SHIFT if drum else MAX_SHIFT) for drum, patch in patches)
            assert UNSEEN_SOUNDFONT.name not in {patch.soundfont for _, patch in patches}
    assert n_mixed["test"] == 0 and 0.25 < n_mixed["train"] / 300 < 0.45
    assert 0.5 < n_varied / 600 < 0.7
    assert {voice.patch for voice in cast_unvaried(band, "X").voices} == {Patch("X")}


def test_unseen_tracks_are_as_composed_and_rows_say_what_may_be_shipped() -> None:
    kind = kind_of_dataset("instruments")
    mit = {soundfont.name for soundfont in SEEN_SOUNDFONTS}
    shippable = []
    for number in range(60):
        plan = plan_track("instruments", "female-singer", number, 1)
        score, orchestration, take = compose_track(kind, plan)
        track = describe_track(kind, plan, score, orchestration, take)
        assert plan.soundfont != TRAINING_SOUNDFONT.name or plan.split == "train"
        if plan.unseen_soundfont:
            assert {(voice.patch, voice.singer) for voice in orchestration.voices} == {
                (Patch(UNSEEN_SOUNDFONT.name), None)
            }
        assert track.shippable == (set(track.soundfonts) <= mit)
        shippable.append(track.shippable)
    assert 0.6 < np.mean(shippable) < 0.95


def test_other_voices_are_drawn_for_the_classes_that_need_them() -> None:
    plain = Orchestration("solo", (Voice("lead", 1),), (Bus("main", (effect("vowels"),)),))
    for instrument, programs in (
        ("trumpet", {56, 57, 59}),
        ("tenor-saxophone", {64, 65, 66, 67}),
        ("violin", {41, 42}),
    ):
        drawn = [vary_voices(instrument, plain, np.random.default_rng(seed)) for seed in range(150)]
        assert programs <= {voice.program for item in drawn for voice in item.voices}
        kinds = {treatment.kind for item in drawn for treatment in item.buses[0].effects}
        assert {"brighten", "breath"} <= kinds and ("growl" in kinds) == (instrument == "tenor-saxophone")
    sung = [vary_voices("female-singer", plain, np.random.default_rng(seed)) for seed in range(200)]
    assert 0.5 < np.mean([item.voices[0].singer is not None for item in sung]) < 0.7
    assert all((item.voices[0].singer is None) == (item.buses[0].effects != ()) for item in sung)


def _steady(tilt_db: float = -8.0, cluster_db: float = 0.0) -> Singer:
    return Singer(
        cluster_db=cluster_db,
        tilt_db=tilt_db,
        breath_db=-60.0,
        vibrato_cents=0.0,
        jitter_cents=0.0,
        consonants=0.0,
    )


def test_the_singer_holds_the_written_pitch_follows_bends_and_rests() -> None:
    part = Part("lead", (Note(0.0, 2.0, 69, 90), Note(4.0, 4.0, 64, 90)), (Bend(4.0, 100.0),))
    voice = sing(part, _steady(), 120.0, 4.0, np.random.default_rng(0))
    assert voice.shape == (4 * SAMPLE_RATE,) and np.isfinite(voice).all()
    assert _peak_hz(voice[4000:22000], 300, 600) == pytest.approx(440.0, rel=0.005)
    assert _peak_hz(voice[54000:90000], 300, 600) == pytest.approx(349.2, rel=0.005)
    rest = voice[round(1.3 * SAMPLE_RATE) : round(1.8 * SAMPLE_RATE)]
    assert np.abs(rest).max() < 0.02 * np.abs(voice).max()
    np.testing.assert_array_equal(voice, sing(part, _steady(), 120.0, 4.0, np.random.default_rng(0)))


def test_soft_singing_and_steep_tilts_are_darker_and_the_cluster_raises_three_kilohertz() -> None:
    def sung(velocity: int, singer: Singer) -> np.ndarray:
        part = Part("lead", (Note(0.0, 4.0, 62, velocity),))
        return sing(part, singer, 120.0, 2.0, np.random.default_rng(3))

    def ratio(audio: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(audio)) ** 2
        hz = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
        return float(power[(hz > 2600) & (hz < 3700)].sum() / power.sum())

    assert _centroid_hz(sung(120, _steady())) > 1.05 * _centroid_hz(sung(40, _steady()))
    assert _centroid_hz(sung(90, _steady(tilt_db=-5.0))) > 1.1 * _centroid_hz(sung(90, _steady(tilt_db=-12.0)))
    assert ratio(sung(90, _steady(cluster_db=15.0))) > 4 * ratio(sung(90, _steady()))


def test_rooms_decay_as_long_as_they_say() -> None:
    for rt60_s in (0.5, 2.0):
        response = impulse_response(rt60_s, 10.0, 0.3, np.random.default_rng(0))
        assert not response[: SAMPLE_RATE // 101].any()
        blocks = response[: len(response) // 1200 * 1200].reshape(-1, 1200)
        level_db = 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-20)
        late = level_db[2 : round(0.8 * rt60_s / 0.05)]  # after the first reflections
        slope_db = np.polyfit(np.arange(len(late)) * 0.05, late, 1)[0]
        assert slope_db == pytest.approx(-60.0 / rt60_s, rel=0.35)


def test_brightness_follows_loudness_and_breath_follows_the_sound() -> None:
    time_s = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * 300 * k * time_s) / k for k in range(1, 30)) * np.where(time_s < 1, 0.02, 0.2)
    treated = apply_effects(np.asarray(buzz, np.float32), (effect("brighten"),), np.random.default_rng(0))
    soft, loud = treated[2400:21600], treated[26400:45600]
    assert _centroid_hz(loud) > 1.4 * _centroid_hz(soft)
    half = (np.sin(2 * np.pi * 300 * time_s) * np.where(time_s < 1, 0.2, 0.0)).astype(np.float32)
    air = apply_effects(half, (effect("breath", level_db=-20.0),), np.random.default_rng(0)) - half
    assert np.std(air[2400:21600]) == pytest.approx(0.2 / np.sqrt(2) / 10, rel=0.2) and np.std(air[30000:]) < 1e-4


def test_training_genres_are_recorded_more_roughly_than_the_others() -> None:
    kind = kind_of_dataset("genres")
    n_effects = {
        split: np.mean([len(kind.draw_take(np.random.default_rng(seed), split).effects) for seed in range(150)])
        for split in GENRE_STRENGTH
    }
    assert n_effects["train"] > 1.15 * n_effects["test"] and n_effects["valid"] == n_effects["test"]


def test_solos_are_recorded_close_far_and_through_anything() -> None:
    takes = [draw_solo_take(np.random.default_rng(seed)) for seed in range(300)]
    rt60s = [item.value("rt60_s") for take in takes for item in take.effects if item.kind == "room"]
    assert min(rt60s) < 0.3 and max(rt60s) > 2.5
    assert 0.3 < np.mean([any(e.kind in ("room", "reverb") for e in take.effects) for take in takes]) < 0.85
    assert {"mp3", "vinyl", "lowpass", "noise"} <= {item.kind for take in takes for item in take.effects}


def test_recorded_notes_play_the_written_pitch_for_its_length(note_samples: Path) -> None:
    notes = find_notes(note_samples)
    assert len(notes.notes["flute"]) == 18 and len(notes.notes["tenor-saxophone"]) == 36
    for class_id, pitch in (("flute", 74), ("tenor-saxophone", 57), ("tenor-saxophone", 46), ("trumpet", 70)):
        hz = 440.0 * 2 ** ((pitch - 69) / 12)
        score = Score("t", "", 60.0, "C", 4.0, (Part("lead", (Note(0.5, 2.5, pitch, 100),)),))
        for seed in range(3):
            solo = play_notes(notes, class_id, score, 4.0, np.random.default_rng(seed))
            assert _peak_hz(solo[SAMPLE_RATE : 2 * SAMPLE_RATE], hz * 0.8, hz * 1.25) == pytest.approx(hz, rel=0.004)
            assert not solo[: SAMPLE_RATE // 2].any() and not solo[round(3.2 * SAMPLE_RATE) :].any()
            sounding = np.abs(solo[round(0.6 * SAMPLE_RATE) : round(2.8 * SAMPLE_RATE)])
            assert sounding.reshape(-1, 480).max(axis=1).min() > 0.2 * sounding.max()
            # No click: nowhere steeper than the three harmonics of the notes, 1.5 for the fades.
            assert np.abs(np.diff(solo)).max() < 1.5 * 3 * 2 * np.pi * hz / SAMPLE_RATE * np.abs(solo).max()


def test_solos_of_every_recorded_instrument_are_composed_and_repeat(note_samples: Path) -> None:
    notes = find_notes(note_samples)
    for class_id in RECORDED_INSTRUMENTS:
        score, _ = compose_recorded(class_id, np.random.default_rng(1), 6.0)
        first, again = (play_notes(notes, class_id, score, 6.0, np.random.default_rng(2)) for _ in range(2))
        np.testing.assert_array_equal(first, again)
        assert np.sqrt(np.mean(first**2)) > 0.005
        assert all(low.start_beat <= high.start_beat + 1 for low, high in pairwise(score.parts[0].notes))


def test_notes_add_as_many_training_solos_as_were_rendered(
    note_samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Kind = replace(kind_of_dataset("instruments"), class_ids=("flute", "piano"), duration_s=2.0)
    kind = replace(kind, recorded_class_ids=("flute",))
    stub = StubSynthesiser()
    monkeypatch.setattr(render, "find_synthesiser", lambda: stub)
    monkeypatch.setattr(render, "kind_of_dataset", lambda _: kind)
    dataset = render_dataset("instruments", tmp_path, 10, 7, workers=1, note_samples=note_samples)
    recorded = [track for track in dataset.tracks if track.soundfont == RECORDED_NOTES]
    assert [track.id for track in recorded] == [f"flute-recorded-{number:04d}" for number in range(7)]
    assert all(track.split == "train" and not track.shippable and track.class_id == "flute" for track in recorded)
    assert len(dataset.tracks) == 27
    attribution = json.loads((tmp_path / "dataset.json").read_text())["attribution"]
    assert "Philharmonia Orchestra (CC BY-SA 3.0" in attribution and "Weresax (CC0)" in attribution


def test_recorded_datasets_need_notes_and_genres_take_none(tmp_path: Path) -> None:
    recorded, genres = kind_of_dataset("recorded"), kind_of_dataset("genres")
    with pytest.raises(DatasetError, match="--note-samples"):
        plan_tracks(recorded, 2, 1, with_notes=False)
    with pytest.raises(DatasetError, match="leave out --note-samples"):
        plan_tracks(genres, 2, 1, with_notes=True)
    with pytest.raises(DatasetError, match="no notes of banjo"):
        find_notes(tmp_path)
    plans = plan_tracks(recorded, 10, 1, with_notes=True)
    plans = plan_tracks(recorded, 10, 1, with_notes=True)
    assert len(plans) == 10 * len(RECORDED_INSTRUMENTS) and {plan.class_id for plan in plans} == set(recorded.class_ids)
    assert set(SOLO_CLASSES) - set(TRANSPOSED_INSTRUMENTS) < set(recorded.class_ids)
    assert {plan.split for plan in plans} == {"train", "valid", "test"}
    assert not any(plan.unseen_soundfont for plan in plans) and all(plan.is_recorded for plan in plans)
    assert plan_recorded_track("instruments", "flute", 3, 1, training_only=True).split == "train"


def test_the_library_drops_the_least_recently_used_audio(note_samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pecmae.rendering import note_library

    monkeypatch.setattr(note_library, "N_DECODED", 3)
    notes: NoteLibrary = find_notes(note_samples)
    for note in notes.notes["oboe"][:6]:
        notes.waveform(note, 1)
    assert len(notes._decoded) == 3

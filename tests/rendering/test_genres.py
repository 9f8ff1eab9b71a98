"""The genres' composers: determinism, ranges, and what makes each style what it is."""

import numpy as np
import pytest

from pecmae.errors import DatasetError
from pecmae.rendering.genres import CATALOGUE, GENRES, compose, compose_score, disco, jazz, orchestrate
from pecmae.rendering.genres.bass import walk
from pecmae.rendering.genres.drums import DRUM_KEYS
from pecmae.rendering.genres.frame import draw_frame
from pecmae.rendering.genres.harmony import KEY_NAMES
from pecmae.rendering.orchestration import ROLE_RELATIVES
from pecmae.rendering.score import PERCUSSIVE_ROLES, Score, base_role

DURATION_S = 30.0
PIECES = [(genre, arrangement) for genre in GENRES for arrangement in CATALOGUE[genre].arrangements]
# Quarter notes a minute that no arrangement of the class leaves.
TEMPI_BPM = {
    "blues": (54, 184),
    "classical": (58, 186),
    "country": (66, 158),
    "disco": (104, 132),
    "hip-hop": (68, 156),
    "jazz": (58, 228),
    "metal": (58, 224),
    "pop": (62, 144),
    "reggae": (64, 152),
    "rock": (62, 196),
}
# Lowest and highest note of a role, whatever instrument plays it.
RANGES = {"bass": (21, 60), "riff": (28, 84), "lead": (48, 96), "melody": (55, 96), "chords": (45, 84)}


def piece(genre: str, arrangement: str, seed: int = 0, duration_s: float = DURATION_S) -> Score:
    return compose_score(genre, np.random.default_rng(seed), duration_s, arrangement)


def starts(score: Score, role: str, *drums: str) -> np.ndarray:
    keys = {DRUM_KEYS[drum] for drum in drums}
    notes = next(part.notes for part in score.parts if part.role == role)
    return np.array([note.start_beat for note in notes if not keys or note.pitch in keys])


def test_classes_are_gtzans_in_order() -> None:
    assert GENRES == ("blues", "classical", "country", "disco", "hip-hop", "jazz", "metal", "pop", "reggae", "rock")
    assert all(len(CATALOGUE[genre].arrangements) >= 5 for genre in GENRES)


@pytest.mark.parametrize("genre", GENRES)
def test_the_same_seed_gives_the_same_music(genre: str) -> None:
    first = compose(genre, np.random.default_rng(7), DURATION_S)
    assert first == compose(genre, np.random.default_rng(7), DURATION_S)
    assert first != compose(genre, np.random.default_rng(8), DURATION_S)


@pytest.mark.parametrize(("genre", "arrangement"), PIECES)
def test_every_arrangement_is_sound(genre: str, arrangement: str) -> None:
    low_bpm, high_bpm = TEMPI_BPM[genre]
    for seed in range(3):
        score = piece(genre, arrangement, seed)
        assert score.arrangement == arrangement
        assert score.duration_s == pytest.approx(DURATION_S)
        assert low_bpm <= score.tempo_bpm <= high_bpm
        assert score.title.endswith(f"in {score.key}, {score.tempo_bpm:.0f} BPM")
        assert len({part.role for part in score.parts}) == len(score.parts) >= 2
        for part in score.parts:
            assert base_role(part.role) in ROLE_RELATIVES
            low, high = RANGES.get(base_role(part.role), (27, 108))
            for note in part.notes:
                assert note.start_beat >= 0
                assert note.duration_beats > 0
                assert note.start_beat + note.duration_beats <= score.beats + 1e-3
                assert 1 <= note.velocity <= 127
                if part.is_percussive:
                    assert note.pitch in DRUM_KEYS.values()
                else:
                    assert low <= note.pitch <= high, (part.role, note)


@pytest.mark.parametrize(("genre", "arrangement"), PIECES)
def test_something_sounds_all_the_time(genre: str, arrangement: str) -> None:
    score = piece(genre, arrangement, 3)
    onsets = np.unique([note.start_beat for part in score.parts for note in part.notes])
    gaps_s = np.diff([0.0, *onsets, score.beats]) * 60 / score.tempo_bpm
    assert gaps_s.max() < 4.0


@pytest.mark.parametrize("duration_s", [4.0, 75.0])
def test_any_duration(duration_s: float) -> None:
    for genre in GENRES:
        score, _ = compose(genre, np.random.default_rng(1), duration_s)
        assert score.duration_s == pytest.approx(duration_s)
        last = max(note.start_beat for part in score.parts for note in part.notes)
        assert last * 60 / score.tempo_bpm > duration_s - 4


@pytest.mark.parametrize("genre", GENRES)
def test_every_orchestration_plays_every_role(genre: str) -> None:
    for arrangement in (None, *CATALOGUE[genre].arrangements):
        for seed in range(4):
            band = orchestrate(genre, np.random.default_rng(seed), arrangement)
            for role in ROLE_RELATIVES:
                if role in PERCUSSIVE_ROLES and not any(voice.is_drum for voice in band.voices):
                    assert genre == "classical"
                else:
                    assert band.voices_for(role), (band.name, role)


def test_a_score_can_be_played_by_any_genres_band() -> None:
    score = piece("hip-hop", "boom-bap")
    for genre in GENRES:
        band = orchestrate(genre, np.random.default_rng(0), score.arrangement)
        assert all(band.voices_for(part.role) for part in score.parts if not part.is_percussive)


def test_orchestration_suits_the_arrangement() -> None:
    names = {orchestrate("blues", np.random.default_rng(seed), "delta").name for seed in range(8)}
    assert names == {"porch"}


def test_unknown_names_are_errors() -> None:
    with pytest.raises(DatasetError, match=r"polka.*blues"):
        compose("polka", np.random.default_rng(0), DURATION_S)
    with pytest.raises(DatasetError, match=r"samba.*bossa"):
        compose_score("jazz", np.random.default_rng(0), DURATION_S, "samba")


def test_classical_and_bluegrass_have_no_drums() -> None:
    drumless = [("classical", name) for name in CATALOGUE["classical"].arrangements] + [("country", "bluegrass")]
    for genre, arrangement in drumless:
        for seed in range(4):
            assert not any(part.is_percussive for part in piece(genre, arrangement, seed).parts)


@pytest.mark.parametrize("seed", range(6))
def test_one_drop_leaves_the_first_beat_empty(seed: int) -> None:
    kicks = starts(piece("reggae", "one-drop", seed), "drums", "kick") % 4
    assert len(kicks) >= 6
    np.testing.assert_allclose(kicks, 2.0, atol=0.1)


@pytest.mark.parametrize("seed", range(6))
def test_reggae_chords_fall_off_the_beat(seed: int) -> None:
    chops = starts(piece("reggae", "one-drop", seed), "chords") % 4
    assert np.abs(chops[:, None] - np.array([0.0, 2.0, 4.0])).min() > 0.6


@pytest.mark.parametrize("arrangement", disco.ARRANGEMENTS)
def test_disco_kicks_on_every_beat_and_opens_the_hat_between(arrangement: str) -> None:
    score = piece("disco", arrangement, 2)
    kicks, opens = starts(score, "drums", "kick"), starts(score, "drums", "open")
    beats = np.arange(int(score.beats) - 1)
    assert np.abs(kicks[None] - beats[:, None]).min(1).max() < 0.1
    np.testing.assert_allclose(opens % 1, 0.5, atol=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_blues_shuffle_follows_the_twelve_bars(seed: int) -> None:
    score = piece("blues", "shuffle", seed, 45.0)
    notes = next(part.notes for part in score.parts if part.role == "bass")
    tonic = KEY_NAMES.index(score.key.split()[0])
    for bar, degree in ((4, 5), (6, 0), (8, 7), (12, 0), (16, 5)):
        first = min(notes, key=lambda note: abs(note.start_beat - 4 * bar))
        assert (first.pitch - tonic) % 12 == degree, f"bar {bar + 1}"


@pytest.mark.parametrize("seed", range(4))
def test_jazz_ride_swings(seed: int) -> None:
    rides = starts(piece("jazz", "combo", seed), "drums", "ride", "hat") % 1
    off_beat = rides[(rides > 0.25) & (rides < 0.85)]
    assert len(off_beat) > 30
    assert 0.58 < off_beat.mean() < 0.69


@pytest.mark.parametrize("seed", range(4))
def test_jazz_bass_walks_in_quarters_and_small_steps(seed: int) -> None:
    frame = draw_frame(np.random.default_rng(seed), DURATION_S, (160, 160), jazz.STANDARDS)
    notes = walk(np.random.default_rng(seed), frame, 28, 50, skips=0.0)
    assert [note.start_beat for note in notes] == list(range(frame.n_bars * 4))
    pitches = np.array([note.pitch for note in notes])
    assert pitches.min() >= 28 and pitches.max() <= 50
    assert np.median(np.abs(np.diff(pitches))) <= 5
    for span in frame.spans:
        assert notes[round(span.start_beat)].pitch % 12 == span.chord.root


def test_rock_has_its_backbeat() -> None:
    for seed in range(4):
        snares = starts(piece("rock", "backbeat", seed), "drums", "snare")
        on_two_and_four = np.abs(snares[:, None] % 4 - np.array([1.0, 3.0])).min(1) < 0.1
        assert on_two_and_four.mean() > 0.5


def test_metal_has_double_kick_and_low_power_chords() -> None:
    score = piece("metal", "melodic", 1)
    assert len(starts(score, "drums", "kick")) > 3 * score.beats * 0.7
    riff = next(part.notes for part in score.parts if part.role == "riff")
    assert min(note.pitch for note in riff) < 47
    intervals = np.diff(np.unique([note.pitch for note in riff if abs(note.start_beat - riff[0].start_beat) < 0.03]))
    assert set(intervals) <= {5, 7}


def test_waltzes_are_in_three() -> None:
    for genre in ("country", "classical"):
        bass = starts(piece(genre, "waltz", 1), "bass") % 3
        assert (np.abs(bass[:, None] - np.array([0.0, 3.0])).min(1) < 0.15).mean() > 0.6


def test_hip_hop_loops_repeat_exactly() -> None:
    score = piece("hip-hop", "trap", 4)
    loop = next(part.notes for part in score.parts if part.role == "lead")
    first = [(round(note.start_beat * 4), note.pitch) for note in loop if note.start_beat < 15.9]
    second = [(round(note.start_beat * 4) - 64, note.pitch) for note in loop if 15.9 <= note.start_beat < 31.9]
    assert first == second

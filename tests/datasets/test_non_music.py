"""Sounds that aren't music: what their spectra should look like, their seeds, and recorded speech."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.datasets.non_music import LEVELS_DBFS, SYNTHESISED, fetch_speech, read_speech, synthesise
from pecmae.errors import DatasetError


def octave_levels_db(sound: np.ndarray) -> np.ndarray:
    """Energy in the octaves from 200 Hz to 6.4 kHz."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    edges = 200 * 2.0 ** np.arange(6)
    return np.array([10 * np.log10(power[(frequencies >= f) & (frequencies < 2 * f)].sum()) for f in edges[:-1]])


@pytest.mark.parametrize("kind", SYNTHESISED)
@pytest.mark.parametrize("for_testing", [False, True])
def test_a_number_is_a_sound(kind: str, for_testing: bool) -> None:
    sound = synthesise(kind, 3, for_testing=for_testing)
    assert sound.shape == (SEGMENT_SAMPLES,) and sound.dtype == np.float32
    assert LEVELS_DBFS[0] - 0.1 < 20 * np.log10(sound.std()) < LEVELS_DBFS[1] + 0.1
    np.testing.assert_array_equal(sound, synthesise(kind, 3, for_testing=for_testing))
    for other in (synthesise(kind, 4, for_testing=for_testing), synthesise(kind, 3, for_testing=not for_testing)):
        assert abs(np.corrcoef(sound, other)[0, 1]) < 0.9


@pytest.mark.parametrize(("kind", "slope_db"), [("white noise", 3.0), ("pink noise", 0.0)])
def test_slope_of_noise_in_octaves(kind: str, slope_db: float) -> None:
    levels = octave_levels_db(synthesise(kind, 0, for_testing=True))
    assert np.diff(levels) == pytest.approx(slope_db, abs=0.6)


def test_hum_has_the_harmonics_of_mains() -> None:
    power = np.abs(np.fft.rfft(synthesise("hum", 0, for_testing=True))) ** 2
    frequencies = np.fft.rfftfreq(SEGMENT_SAMPLES, 1 / SAMPLE_RATE)
    ratios = [power[np.abs(frequencies / f - np.round(frequencies / f)) * f < 2].sum() / power.sum() for f in (50, 60)]
    assert max(ratios) > 0.95 > min(ratios)


def test_speech_is_drawn_from_the_files_that_are_long_enough(tmp_path: Path) -> None:
    folder = tmp_path / "a-package" / "sound" / "nl"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, duration_s in (("long", 5.0), ("longer", 6.0), ("short", 2.0), ("tiny", 0.2)):
        soundfile.write(folder / f"{name}.wav", rng.normal(scale=0.1, size=round(8000 * duration_s)), 8000)
    soundfile.write(folder.parent / "music.wav", np.zeros(100), 8000)
    files = fetch_speech(("a-package",), tmp_path)
    assert [file.stem for file in files] == ["long", "longer", "short", "tiny"]
    assert [len(segment) for segment in read_speech(files, 2)] == [SEGMENT_SAMPLES] * 2
    with pytest.raises(DatasetError, match="2 spoken files are 4 s long, and 3 are needed"):
        read_speech(files, 3)

"""Effects, levels and recordings, on synthetic sound."""

import numpy as np
import pytest

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.encoding import faded
from pecmae.rendering.effects import apply_effects
from pecmae.rendering.orchestration import EFFECT_PARAMETERS, Bus, Effect, Orchestration, Voice, effect
from pecmae.rendering.production import REFERENCE_DB, at_peak, limited, loudness_db, produce
from pecmae.rendering.recording import PEAK_DB, TUNING_CENTS, draw_take

N = SAMPLE_RATE  # one second


def _tone(hz: float, level: float = 0.1) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(N) / SAMPLE_RATE)).astype(np.float32)


def _band_db(audio: np.ndarray, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio)))) ** 2
    frequency = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
    return float(10 * np.log10(spectrum[(frequency >= low_hz) & (frequency < high_hz)].sum() + 1e-20))


def _applied(audio: np.ndarray, treatment: Effect, seed: int = 0) -> np.ndarray:
    return apply_effects(audio, (treatment,), np.random.default_rng(seed))


@pytest.mark.parametrize("kind", sorted(EFFECT_PARAMETERS))
def test_every_effect_changes_the_sound_keeps_its_length_and_is_reproducible(kind: str) -> None:
    audio = _tone(440.0) + _tone(1300.0, 0.05)
    treated = _applied(audio, Effect(kind))
    assert treated.shape == audio.shape and treated.dtype == np.float32
    assert np.isfinite(treated).all() and np.abs(treated).max() > 1e-3
    np.testing.assert_array_equal(treated, _applied(audio, Effect(kind)))


def test_filters_attenuate_the_right_bands() -> None:
    both = _tone(100.0) + _tone(5000.0)
    low = _applied(both, effect("lowpass", cutoff_hz=1000.0))
    high = _applied(both, effect("highpass", cutoff_hz=1000.0))
    assert _band_db(both, 4900, 5100) - _band_db(low, 4900, 5100) > 15
    assert _band_db(both, 90, 110) - _band_db(high, 90, 110) > 15


def test_distortion_adds_odd_harmonics_without_aliasing() -> None:
    hz = 2500.0  # its 5th harmonic lies above the top and would fold to 11.5 kHz
    driven = _applied(_tone(hz), effect("distortion", drive_db=30.0))
    assert _band_db(driven, 7400, 7600) > _band_db(_tone(hz), 7400, 7600) + 40
    assert _band_db(driven, 11450, 11550) < _band_db(driven, 7400, 7600) - 12


def test_noise_has_its_level() -> None:
    noise = _applied(np.zeros(N, dtype=np.float32), effect("noise", level_db=-50.0))
    assert 10 * np.log10(np.mean(noise.astype(np.float64) ** 2)) == pytest.approx(-50.0, abs=0.1)


def test_vowels_change_in_time() -> None:
    buzz = sum(_tone(220.0 * k, 0.05 / k) for k in range(1, 30))
    sung = _applied(np.asarray(buzz, dtype=np.float32), effect("vowels", rate_hz=4.0, mix=1.0, consonants=0.0))
    tilts = [_band_db(part, 600, 900) - _band_db(part, 1500, 2500) for part in np.array_split(sung, 8)]
    assert max(tilts) - min(tilts) > 4
    steady = [_band_db(part, 600, 900) - _band_db(part, 1500, 2500) for part in np.array_split(np.asarray(buzz), 8)]
    assert max(steady) - min(steady) < 1


def test_loudness_ignores_silence() -> None:
    tone = _tone(440.0)
    assert loudness_db(tone) == pytest.approx(-23.0, abs=0.1)
    assert loudness_db(np.concatenate([tone, np.zeros(3 * N, dtype=np.float32)])) == pytest.approx(-23.0, abs=0.2)
    assert loudness_db(np.zeros(N, dtype=np.float32)) == -np.inf


def test_peaks_and_fades() -> None:
    assert np.abs(at_peak(_tone(440.0), -6.0)).max() == pytest.approx(10 ** (-6 / 20), rel=1e-4)
    assert not at_peak(np.zeros(N, dtype=np.float32), -6.0).any()
    flat = faded(np.ones(N, dtype=np.float32), 0.1)
    assert flat[0] == flat[-1] == 0.0 and flat[N // 2] == 1.0


def test_a_limit_bends_only_peaks() -> None:
    ramp = np.linspace(-2.0, 2.0, 4001, dtype=np.float32)
    bent = limited(ramp, -6.0)
    limit = 10 ** (-6 / 20)
    quiet = np.abs(ramp) <= limit / 2
    np.testing.assert_array_equal(bent[quiet], ramp[quiet])
    assert np.abs(bent).max() <= limit and (np.diff(bent) >= 0).all()


def test_buses_are_mixed_at_their_levels_whatever_their_stems() -> None:
    orchestra = Orchestration("two", (Voice("lead", 0),), (Bus("main"), Bus("back", level_db=-12.0)))
    stems = {"main": _tone(500.0, 0.01), "back": _tone(3000.0, 0.9)}
    mix = produce(stems, orchestra, np.random.default_rng(0))
    assert _band_db(mix, 450, 550) - _band_db(mix, 2950, 3050) == pytest.approx(12.0, abs=0.2)
    assert loudness_db(mix) == pytest.approx(REFERENCE_DB, abs=0.1)


def test_a_silent_bus_stays_silent() -> None:
    orchestra = Orchestration("two", (Voice("lead", 0),), (Bus("main"), Bus("back")))
    mix = produce({"main": _tone(500.0), "back": np.zeros(N, dtype=np.float32)}, orchestra, np.random.default_rng(0))
    assert np.isfinite(mix).all() and loudness_db(mix) == pytest.approx(REFERENCE_DB, abs=0.1)


def test_takes_vary_within_their_limits_and_strength_adds_effects() -> None:
    strong = [draw_take(np.random.default_rng(seed), strength=1.0) for seed in range(200)]
    bare = [draw_take(np.random.default_rng(seed), strength=0.0) for seed in range(200)]
    for take in strong:
        assert PEAK_DB[0] <= take.peak_db <= PEAK_DB[1] and TUNING_CENTS[0] <= take.tuning_cents <= TUNING_CENTS[1]
    assert {"reverb", "noise", "compressor", "lowpass"} <= {e.kind for take in strong for e in take.effects}
    assert {e.kind for take in bare for e in take.effects} <= {"low_shelf", "high_shelf", "peak"}
    assert all(e.value("gain_db") == 0.0 for take in bare for e in take.effects)
    assert len({take.peak_db for take in strong}) > 50

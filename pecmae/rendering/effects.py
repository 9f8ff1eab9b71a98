"""Apply the effects that `orchestration` declares.

Most are `pedalboard` plugins; the others are computed here or in `acoustics`. Audio is mono at `SAMPLE_RATE`.
"""

from collections.abc import Callable

import numpy as np
import pedalboard
import soxr
from pedalboard._pedalboard import Pedalboard
from scipy import signal

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering.acoustics import breath, brighten, growl, room
from pecmae.rendering.orchestration import Effect

OVERSAMPLING = 2  # of non-linear effects, to reduce aliasing
MAX_CUTOFF_HZ = 0.45 * SAMPLE_RATE

# Formants of the vowels a, e, i, o, u as sung by a woman: centre (Hz), gain (dB).
VOWELS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((800, 0), (1150, -4), (2900, -16), (3900, -20)),
    ((450, 0), (1800, -10), (2700, -15), (3500, -20)),
    ((350, 0), (2100, -14), (2900, -16), (3700, -22)),
    ((450, 0), (850, -7), (2830, -18), (3800, -22)),
    ((330, 0), (720, -10), (2550, -22), (3500, -26)),
)
FORMANT_Q = 7.0


def apply_effects(audio: np.ndarray, effects: tuple[Effect, ...], rng: np.random.Generator) -> np.ndarray:
    """Apply effects in order.

    Args:
        audio: Mono samples.
        effects: The effects, first to last.
        rng: Draws noise, crackles and vowels.

    Returns:
        As many samples.

    Shape:
        `(n_samples,)` in and out.
    """
    for effect in effects:
        if effect.kind in _COMPUTED:
            audio = _COMPUTED[effect.kind](audio, effect, rng)
            continue
        plugin = _PLUGINS[effect.kind](effect)
        if effect.kind in ("distortion", "clipping"):
            rate = SAMPLE_RATE * OVERSAMPLING
            raised = soxr.resample(audio, SAMPLE_RATE, rate, quality="MQ")
            audio = _sized(soxr.resample(plugin(raised, rate), rate, SAMPLE_RATE, quality="MQ"), len(audio))
        else:
            audio = plugin(audio, SAMPLE_RATE)
    return np.nan_to_num(audio).astype(np.float32)


def _cutoff(effect: Effect) -> float:
    return min(effect.value("cutoff_hz"), MAX_CUTOFF_HZ)


def _equaliser(plugin: Callable[[float, float, float], pedalboard.Plugin]) -> Callable[[Effect], pedalboard.Plugin]:
    return lambda effect: plugin(_cutoff(effect), effect.value("gain_db"), effect.value("q"))


def _cabinet(effect: Effect) -> pedalboard.Plugin:
    """A guitar loudspeaker: steep band-pass, a dip in the lower mids, a presence peak."""
    low_hz, high_hz = effect.value("low_hz"), min(effect.value("high_hz"), MAX_CUTOFF_HZ)
    return Pedalboard(
        [
            pedalboard.HighpassFilter(low_hz),
            pedalboard.HighpassFilter(low_hz),
            pedalboard.PeakFilter(400.0, -3.0, 1.0),
            pedalboard.PeakFilter(high_hz * 0.6, 5.0, 1.2),
            pedalboard.LadderFilter(pedalboard.LadderFilter.LPF24, high_hz),
        ]
    )


def _reverb(effect: Effect) -> pedalboard.Plugin:
    wet = effect.value("wet")
    return pedalboard.Reverb(effect.value("room_size"), effect.value("damping"), wet, 1.0 - wet / 2)


_PLUGINS: dict[str, Callable[[Effect], pedalboard.Plugin]] = {
    "gain": lambda e: pedalboard.Gain(e.value("gain_db")),
    "distortion": lambda e: pedalboard.Distortion(e.value("drive_db")),
    "clipping": lambda e: pedalboard.Clipping(e.value("threshold_db")),
    "cabinet": _cabinet,
    "highpass": lambda e: pedalboard.HighpassFilter(_cutoff(e)),
    "lowpass": lambda e: pedalboard.LadderFilter(pedalboard.LadderFilter.LPF12, _cutoff(e)),
    "low_shelf": _equaliser(pedalboard.LowShelfFilter),
    "high_shelf": _equaliser(pedalboard.HighShelfFilter),
    "peak": _equaliser(pedalboard.PeakFilter),
    "compressor": lambda e: pedalboard.Compressor(
        e.value("threshold_db"), e.value("ratio"), e.value("attack_ms"), e.value("release_ms")
    ),
    "limiter": lambda e: pedalboard.Limiter(e.value("threshold_db"), e.value("release_ms")),
    "chorus": lambda e: pedalboard.Chorus(e.value("rate_hz"), e.value("depth"), mix=e.value("mix")),
    "phaser": lambda e: pedalboard.Phaser(e.value("rate_hz"), e.value("depth"), mix=e.value("mix")),
    "delay": lambda e: pedalboard.Delay(e.value("delay_s"), e.value("feedback"), e.value("mix")),
    "reverb": _reverb,
    "bitcrush": lambda e: pedalboard.Bitcrush(e.value("bits")),
    "mp3": lambda e: pedalboard.MP3Compressor(e.value("quality")),
}


def _tremolo(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    phase = 2 * np.pi * (effect.value("rate_hz") * np.arange(len(audio)) / SAMPLE_RATE + rng.uniform())
    return audio * (1.0 - effect.value("depth") * (0.5 + 0.5 * np.sin(phase)))


def _lofi(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    """Resample to a low rate and back, which removes everything above half of that rate."""
    rate = effect.value("sample_rate")
    lowered = soxr.resample(audio, SAMPLE_RATE, rate, quality="LQ")
    return _sized(soxr.resample(lowered, rate, SAMPLE_RATE, quality="LQ"), len(audio))


def _noise(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    return audio + _coloured_noise(len(audio), effect.value("level_db"), effect.value("tilt_db"), rng)


def _vinyl(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    """Add surface noise, rumble, and crackles, which are short bursts at random times."""
    level_db = effect.value("level_db")
    surface = _coloured_noise(len(audio), level_db, -3.0, rng) + _coloured_noise(len(audio), level_db, -9.0, rng)
    n_crackles = rng.poisson(12.0 * effect.value("crackle") * len(audio) / SAMPLE_RATE)
    impulses = np.zeros(len(audio))
    impulses[rng.integers(0, len(audio), n_crackles)] = rng.laplace(size=n_crackles) * 10 ** (level_db / 20) * 30
    colour = signal.butter(2, (900, 5000), "bandpass", fs=SAMPLE_RATE, output="sos")
    return audio + surface + signal.sosfilt(colour, impulses)


def _vowels(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    """Filter the sound by the formants of one vowel after another; some syllables begin with a sibilant."""
    n_samples = len(audio)
    hiss = np.zeros(n_samples)
    weights = np.zeros((len(VOWELS), n_samples), dtype=np.float32)
    start, vowel = 0, int(rng.integers(len(VOWELS)))
    while start < n_samples:
        stop = start + max(1, round(SAMPLE_RATE * rng.uniform(0.5, 1.8) / effect.value("rate_hz")))
        weights[vowel, start:stop] = 1.0
        if rng.random() < effect.value("consonants"):
            length = min(round(SAMPLE_RATE * rng.uniform(0.03, 0.16)), n_samples - start)
            hiss[start : start + length] = rng.uniform(0.1, 1.0) * np.hanning(length) * rng.standard_normal(length)
        start, vowel = stop, int(rng.integers(len(VOWELS)))
    glide = signal.windows.hann(round(0.06 * SAMPLE_RATE))
    weights = signal.oaconvolve(weights, (glide / glide.sum())[None], mode="same", axes=1)
    scale = effect.value("scale")
    sung = np.zeros(n_samples)
    for weight, formants in zip(weights, VOWELS, strict=True):
        for centre_hz, gain_db in formants:
            numerator, denominator = signal.iirpeak(min(centre_hz * scale, MAX_CUTOFF_HZ), FORMANT_Q, fs=SAMPLE_RATE)
            sung += weight * 10 ** (gain_db / 20) * signal.lfilter(numerator, denominator, audio)
    mix = effect.value("mix")
    source_level = np.sqrt(np.mean(audio**2))
    sung *= source_level / max(float(np.sqrt(np.mean(sung**2))), 1e-6)
    sibilance = signal.butter(2, (3500, 9000), "bandpass", fs=SAMPLE_RATE, output="sos")
    return (1.0 - mix) * audio + mix * sung + source_level * signal.sosfilt(sibilance, hiss)


def _coloured_noise(n_samples: int, level_db: float, tilt_db: float, rng: np.random.Generator) -> np.ndarray:
    """Noise of a given level whose spectrum changes by `tilt_db` per octave above 50 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(n_samples, 1 / SAMPLE_RATE), 50.0) / 50.0)
    noise = np.fft.irfft(spectrum * 10 ** (tilt_db * octaves / 20), n_samples)
    return noise * (10 ** (level_db / 20) / np.sqrt(np.mean(noise**2)))


def _sized(audio: np.ndarray, n_samples: int) -> np.ndarray:
    """Cut or zero-pad audio to a number of samples."""
    return np.pad(audio[:n_samples], (0, max(0, n_samples - len(audio))))


_COMPUTED: dict[str, Callable[[np.ndarray, Effect, np.random.Generator], np.ndarray]] = {
    "tremolo": _tremolo,
    "lofi": _lofi,
    "noise": _noise,
    "vinyl": _vinyl,
    "vowels": _vowels,
    "brighten": brighten,
    "growl": growl,
    "breath": breath,
    "room": room,
}

"""Effects of players and rooms: brightness that follows loudness, growl, air and bow noise, reverberation.

Each effect takes mono samples at `SAMPLE_RATE`, its parameters and a random generator.
"""

from itertools import pairwise

import numpy as np
from scipy import signal

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering.orchestration import Effect

ENVELOPE_S = 0.03
CONTROL_STEP = 120  # samples between two values of an envelope
EARLY_S = 0.06


def envelope(audio: np.ndarray) -> np.ndarray:
    """Compute a smoothed loudness envelope, the root mean square around each sample.

    Args:
        audio: Mono samples.

    Returns:
        One level per sample.

    Shape:
        `(n_samples,)` in and out.
    """
    power = np.add.reduceat(np.square(audio, dtype=np.float64), np.arange(0, len(audio), CONTROL_STEP)) / CONTROL_STEP
    window = signal.windows.hann(2 * round(ENVELOPE_S * SAMPLE_RATE / CONTROL_STEP) + 1)
    level = np.sqrt(np.maximum(np.convolve(power, window / window.sum(), mode="same"), 0.0))
    return np.interp(np.arange(len(audio)), (np.arange(len(level)) + 0.5) * CONTROL_STEP, level)


def brighten(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    """Raise the treble of loud passages and lower that of soft ones, as brass and reeds do."""
    level = envelope(audio)
    position = np.clip(level / max(np.percentile(level, 95), 1e-6), 0.0, 1.0)
    gain = 10 ** (effect.value("amount_db") * (2 * position - 1) / 20)
    highs = signal.sosfilt(_band(effect.value("cutoff_hz"), None), audio)
    return audio + (gain - 1.0) * highs


def growl(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    """Multiply the sound by a low tone whose pitch and depth vary slowly."""
    n_points = max(2, len(audio) // (SAMPLE_RATE // 4))
    points, times = np.linspace(0, len(audio), n_points), np.arange(len(audio))
    rate_hz = np.interp(times, points, effect.value("rate_hz") * rng.uniform(0.8, 1.25, n_points))
    depth = np.interp(times, points, effect.value("depth") * rng.uniform(0.0, 1.0, n_points))
    tone = np.sin(2 * np.pi * np.cumsum(rate_hz) / SAMPLE_RATE)
    return audio * (1.0 + depth * np.tanh(2.0 * tone))


def breath(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    """Add band-limited noise whose level follows the sound."""
    noise = rng.standard_normal(len(audio))
    band = signal.sosfilt(_band(effect.value("low_hz"), effect.value("high_hz")), noise)
    band /= np.sqrt(np.mean(band**2))
    return audio + 10 ** (effect.value("level_db") / 20) * envelope(audio) * band


def room(audio: np.ndarray, effect: Effect, rng: np.random.Generator) -> np.ndarray:
    """Convolve with the impulse response of a room."""
    response = impulse_response(effect.value("rt60_s"), effect.value("predelay_ms"), effect.value("damping"), rng)
    wet = signal.oaconvolve(audio, response)[: len(audio)]
    dry_level, wet_level = np.sqrt(np.mean(audio**2)), np.sqrt(np.mean(wet**2))
    return audio + wet * (10 ** (effect.value("wet_db") / 20) * dry_level / max(float(wet_level), 1e-9))


def impulse_response(rt60_s: float, predelay_ms: float, damping: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the impulse response of a room, without the direct sound.

    It has a few early reflections and a tail of noise whose treble decays faster than its bass.

    Args:
        rt60_s: Reverberation time of the bass: the time in which it falls by 60 dB.
        predelay_ms: Time until the first reflection.
        damping: With 0 the treble decays as slowly as the bass, with 1 in a fifth of the time.
        rng: Draws the reflections and the noise.

    Returns:
        The response.

    Shape:
        `(n_samples,)`
    """
    n_samples = round(1.1 * rt60_s * SAMPLE_RATE)
    time_s = np.arange(n_samples) / SAMPLE_RATE
    response = np.zeros(n_samples)
    edges_hz = (60.0, 500.0, 2000.0, 5500.0, 0.47 * SAMPLE_RATE)
    for i, (low_hz, high_hz) in enumerate(pairwise(edges_hz)):
        band_rt60_s = rt60_s * (1.0 - 0.8 * damping * i / (len(edges_hz) - 2))
        noise = signal.sosfilt(_band(low_hz, high_hz), rng.standard_normal(n_samples))
        response += noise * 10 ** (-3.0 * time_s / band_rt60_s) * 10 ** (-3.0 * damping * i / 20)
    response *= 1.0 - np.exp(-time_s / 0.012)
    n_reflections = int(rng.integers(4, 14))
    places = np.minimum((rng.uniform(0.0, EARLY_S, n_reflections) * SAMPLE_RATE).astype(int), n_samples - 1)
    response[places] += rng.choice((-1.0, 1.0), n_reflections) * rng.uniform(0.5, 4.0, n_reflections)
    return np.pad(response, (round(predelay_ms * SAMPLE_RATE / 1000), 0))


def _band(low_hz: float, high_hz: float | None) -> np.ndarray:
    if high_hz is None:
        return signal.butter(1, low_hz, "highpass", fs=SAMPLE_RATE, output="sos")
    return signal.butter(2, (low_hz, high_hz), "bandpass", fs=SAMPLE_RATE, output="sos")

"""Synthesise a singing voice with a source-filter model: harmonics shaped by the formants of sung vowels.

The source is a sum of the harmonics of the score's pitch, so that there is no aliasing. The level of a harmonic is the
source's spectral slope times the response of a cascade of formants at its frequency. The slope is less steep in loud
singing. On high notes the first formant follows the fundamental, and in trained voices the third to fifth formants form
a cluster, the singer's formant (J. Sundberg, The Science of the Singing Voice, 1987).

Control values such as pitch and level are computed once per frame of `CONTROL_STEP` samples.
"""

from dataclasses import dataclass

import numpy as np
from scipy import signal
from scipy.ndimage import gaussian_filter1d

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering.expression import EXPRESSION
from pecmae.rendering.orchestration import Singer
from pecmae.rendering.score import Note, Part

CONTROL_STEP = 96  # 4 ms
CONTROL_HZ = SAMPLE_RATE / CONTROL_STEP
TOP_HZ = 0.47 * SAMPLE_RATE
MAX_HARMONICS = 64

# First five formants, in Hz, of the vowels a, e, i, o, u, ae and schwa as sung by a woman.
VOWELS_HZ = np.array(
    [
        (820, 1200, 2850, 3900, 4900),
        (480, 2050, 2850, 3850, 4900),
        (330, 2500, 3100, 3950, 5000),
        (480, 900, 2800, 3850, 4900),
        (360, 760, 2650, 3800, 4900),
        (760, 1750, 2750, 3900, 4900),
        (560, 1500, 2700, 3850, 4900),
    ]
)
BANDWIDTHS_HZ = np.array([80.0, 95.0, 130.0, 170.0, 250.0])
CLUSTER_HZ = 3150.0
CLUSTER_WIDTH_HZ = 450.0
SIBILANTS_HZ = ((4500, 9500), (2300, 6500), (1500, 9000))


@dataclass(frozen=True)
class _Line:
    """What is sung, frame by frame: pitch as MIDI note number, level from 0 to 1, formants, and starts of syllables."""

    pitch: np.ndarray  # (n_frames,)
    level: np.ndarray  # (n_frames,)
    formants_hz: np.ndarray  # (n_frames, 5)
    onsets: tuple[int, ...]  # samples


def sing(
    part: Part,
    singer: Singer,
    tempo_bpm: float,
    duration_s: float,
    rng: np.random.Generator,
    *,
    transpose: float = 0.0,
) -> np.ndarray:
    """Sing a monophonic part.

    Args:
        part: The part; its notes, bends and expression controllers are followed.
        singer: Who sings.
        tempo_bpm: Tempo of the score.
        duration_s: Duration of the result.
        rng: Draws vowels, consonants, jitter and breath.
        transpose: Semitones added to every pitch; may be a fraction.

    Returns:
        The voice, which may exceed -1 to 1.

    Shape:
        `(duration_s * SAMPLE_RATE,)`
    """
    n_samples = round(duration_s * SAMPLE_RATE)
    line = _draw_line(part, singer, 60.0 / tempo_bpm, n_samples, rng)
    hz = 440.0 * 2 ** ((line.pitch + transpose - 69.0) / 12)
    voice = _harmonics(hz, line, singer, n_samples, rng)
    air = _shaped_noise(line, singer, n_samples, rng)
    hiss = _consonants(line.onsets, singer, n_samples, rng)
    loudness = float(np.sqrt(np.mean(voice**2))) or 1.0
    return (voice / loudness * 0.1 + air * 0.1 * 10 ** (singer.breath_db / 20) + 0.1 * hiss).astype(np.float32)


def _draw_line(part: Part, singer: Singer, beat_s: float, n_samples: int, rng: np.random.Generator) -> _Line:
    n_frames = n_samples // CONTROL_STEP + 2
    time_s = np.arange(n_frames) / CONTROL_HZ
    notes = sorted(part.notes, key=lambda note: note.start_beat)
    pitch = np.full(n_frames, float(notes[0].pitch) if notes else 69.0)
    level, depth = np.zeros(n_frames), np.zeros(n_frames)
    formants = np.tile(VOWELS_HZ[0].astype(float), (n_frames, 1))
    vowel, onsets, sounding_until_s = int(rng.integers(len(VOWELS_HZ))), [], -1.0
    for note in notes:
        start_s, length_s = note.start_beat * beat_s, note.duration_beats * beat_s
        first, last = _frame(start_s, n_frames), _frame(start_s + length_s, n_frames)
        pitch[first:] = note.pitch
        if last <= first:
            continue
        rests = start_s - sounding_until_s > 0.12
        if rests or rng.random() < singer.syllable:
            vowel = int(rng.integers(len(VOWELS_HZ)))
            if rng.random() < singer.consonants:
                onsets.append(round(start_s * SAMPLE_RATE))
        formants[first:] = VOWELS_HZ[vowel] * singer.tract * (1 + 0.04 * rng.standard_normal(5))
        level[first:last] = _note_level(note, length_s, last - first, rng)
        depth[first:last] = rng.uniform(0.6, 1.2) * np.clip((time_s[: last - first] - 0.12) / 0.35, 0, 1)
        sounding_until_s = start_s + length_s
    for onset in onsets:
        at = onset // CONTROL_STEP
        level[max(0, at - round(0.035 * CONTROL_HZ)) : at + 1] *= 0.15
    pitch = gaussian_filter1d(pitch, max(1.0, singer.portamento_s * CONTROL_HZ / 2.5))
    if part.bends:
        beats, cents = np.array([(bend.beat, bend.cents) for bend in part.bends]).T
        held = np.searchsorted(beats * beat_s, time_s, side="right")
        pitch += gaussian_filter1d(np.concatenate([[0.0], cents])[held], 0.008 * CONTROL_HZ) / 100
    rate_hz = singer.vibrato_hz * (1 + 0.08 * _wander(n_frames, 1.0, rng))
    vibrato = np.sin(2 * np.pi * np.cumsum(rate_hz) / CONTROL_HZ)
    pitch += singer.vibrato_cents / 100 * depth * vibrato
    pitch += singer.jitter_cents / 100 * (_wander(n_frames, 12.0, rng) + _wander(n_frames, 2.0, rng))
    swells = [control for control in part.controls if control.number == EXPRESSION]
    if swells:
        times_s = np.array([control.beat * beat_s for control in swells])
        level *= np.interp(time_s, times_s, [control.value / 112 for control in swells])
    level *= 1 + 0.08 * singer.vibrato_cents / 40 * depth * vibrato + 0.05 * _wander(n_frames, 8.0, rng)
    level = gaussian_filter1d(np.clip(level, 0.0, 1.5), 0.014 * CONTROL_HZ)
    return _Line(pitch, level, gaussian_filter1d(formants, 0.025 * CONTROL_HZ, axis=0), tuple(onsets))


def _note_level(note: Note, length_s: float, n_frames: int, rng: np.random.Generator) -> np.ndarray:
    """The level of one note: its velocity times an attack and an arch."""
    time_s = np.arange(n_frames) / CONTROL_HZ
    attack_s = min(rng.uniform(0.02, 0.1), length_s / 3)
    arch = 1 + rng.uniform(-0.1, 0.35) * np.sin(np.pi * np.clip(time_s / max(length_s, 1e-3), 0, 1))
    return (note.velocity / 127) ** 1.3 * arch * np.clip(time_s / attack_s, 0.15, 1.0)


def _frame(time_s: float, n_frames: int) -> int:
    return min(n_frames, max(0, round(time_s * CONTROL_HZ)))


def _wander(n_frames: int, cutoff_hz: float, rng: np.random.Generator) -> np.ndarray:
    """Low-pass noise of unit variance."""
    noise = gaussian_filter1d(rng.standard_normal(n_frames), CONTROL_HZ / (2 * np.pi * cutoff_hz))
    return noise / max(float(noise.std()), 1e-9)


def _response(hz: np.ndarray, formants_hz: np.ndarray, cluster_db: float) -> np.ndarray:
    """The gain of the vocal tract: a cascade of formants and the singer's formant.

    Shape:
        `hz` and result `(n, n_frames)`, `formants_hz` `(n_frames, 5)`.
    """
    gain = np.ones_like(hz)
    squared = hz**2
    for index, width_hz in enumerate(BANDWIDTHS_HZ.astype(np.float32)):
        centre = formants_hz[:, index].astype(np.float32)
        gain *= centre**2 / np.sqrt((centre**2 - squared) ** 2 + (width_hz * hz) ** 2)
    cluster = np.exp(-0.5 * ((hz - CLUSTER_HZ) / CLUSTER_WIDTH_HZ) ** 2)
    # Compensates for the higher formants, without which a cascade of five is too weak at high frequencies.
    higher = np.minimum(1.0 + (hz / 4500.0) ** 4, 30.0)
    return gain * higher * 10 ** (cluster_db * cluster / 20)


def _harmonics(hz: np.ndarray, line: _Line, singer: Singer, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    n_harmonics = int(min(MAX_HARMONICS, TOP_HZ // max(60.0, float(hz[line.level > 0.01].min(initial=1000.0)))))
    numbers = np.arange(1, n_harmonics + 1, dtype=np.float32)[:, None]
    frequencies = (numbers * hz).astype(np.float32)  # (n_harmonics, n_frames)
    formants = line.formants_hz.copy()
    formants[:, 0] = np.maximum(formants[:, 0], 1.02 * hz)
    formants[:, 1] = np.maximum(formants[:, 1], formants[:, 0] + 250.0)
    tilt_db = singer.tilt_db - 5.0 * (0.5 - np.clip(line.level, 0.0, 1.0))
    amplitudes = 10 ** (np.log2(numbers) * tilt_db.astype(np.float32) / 20)
    amplitudes *= _response(frequencies, formants, singer.cluster_db) * line.level.astype(np.float32)
    amplitudes *= np.clip((TOP_HZ - frequencies) / 800.0, 0.0, 1.0)
    control = np.arange(len(hz)) * CONTROL_STEP
    phase = 2 * np.pi * np.cumsum(np.interp(np.arange(n_samples), control, hz)) / SAMPLE_RATE
    base = np.exp(1j * phase).astype(np.complex64)
    turning, voice = np.ones(n_samples, dtype=np.complex64), np.zeros(n_samples, dtype=np.float32)
    ramp = (np.arange(CONTROL_STEP, dtype=np.float32) / CONTROL_STEP)[None]
    for amplitude, offset in zip(amplitudes, rng.uniform(-0.5, 0.5, n_harmonics), strict=True):
        turning *= base
        rise = np.diff(amplitude)[:, None]
        gain = (amplitude[:-1, None] + rise * ramp).ravel()[:n_samples]
        rotation = np.complex64(np.exp(1j * offset))
        voice += gain * (turning * rotation).imag
    return voice


def _shaped_noise(line: _Line, singer: Singer, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Breath: noise shaped by the same formants, which follows the level of the voice."""
    hop, size = 2 * CONTROL_STEP, 768
    window = signal.windows.hann(size, sym=False)
    n_frames = n_samples // hop + size // hop + 1
    noise = rng.standard_normal(n_frames * hop + size)
    frames = np.lib.stride_tricks.sliding_window_view(noise, size)[::hop][:n_frames] * window
    spectrum = np.fft.rfft(frames, axis=1)  # (n_frames, n_bins)
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32)
    rows = np.minimum(2 * np.arange(n_frames), len(line.level) - 1)
    tall = np.broadcast_to(hz[:, None], (len(hz), n_frames))
    gain = _response(tall, line.formants_hz[rows], singer.cluster_db).T * np.minimum(hz / 1500.0, 1.0)
    shaped = np.fft.irfft(spectrum * gain * np.sqrt(line.level[rows])[:, None], size, axis=1) * window
    result = np.zeros(n_frames * hop + size)
    for part in range(size // hop):
        stretch = shaped[part :: size // hop]
        flat = stretch.reshape(-1)
        result[part * hop : part * hop + len(flat)] += flat
    result = result[size // 2 : size // 2 + n_samples]
    result = np.pad(result, (0, n_samples - len(result)))
    return result / max(float(np.sqrt(np.mean(result**2))), 1e-9)


def _consonants(onsets: tuple[int, ...], singer: Singer, n_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Sibilants and plosives just before their syllables, for a voice of unit level."""
    hiss = np.zeros(n_samples)
    for onset in onsets:
        sibilant = rng.random() < 0.55
        length = round(SAMPLE_RATE * (rng.uniform(0.04, 0.13) if sibilant else rng.uniform(0.008, 0.025)))
        start = max(0, onset - round(0.8 * length))
        length = min(length, n_samples - start)
        if length < 64:
            continue
        low_hz, high_hz = SIBILANTS_HZ[int(rng.integers(len(SIBILANTS_HZ)))]
        band = signal.butter(2, (low_hz, high_hz), "bandpass", fs=SAMPLE_RATE, output="sos")
        burst = signal.sosfilt(band, rng.standard_normal(length))
        shape = signal.windows.hann(length) if sibilant else np.exp(-4 * np.arange(length) / length)
        hiss[start : start + length] += rng.uniform(0.15, 0.9) * burst * shape
    return hiss

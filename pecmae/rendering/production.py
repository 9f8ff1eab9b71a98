"""Stems to a finished track: the mix and its levels. Everything is mono at `SAMPLE_RATE`."""

import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering.effects import apply_effects
from pecmae.rendering.orchestration import Bus, Orchestration

REFERENCE_DB = -20.0  # loudness of every bus before and after its effects
BLOCK_S = 0.05
LIMIT_DB = 16.0  # highest peak above the loudness of a finished track
GATE_DB = 30.0  # blocks this far below the loudest don't count as sounding


def produce(stems: dict[str, np.ndarray], orchestration: Orchestration, rng: np.random.Generator) -> np.ndarray:
    """Treat each stem by its bus, mix, treat the mix.

    Args:
        stems: Rendered audio by bus name, of one length.
        orchestration: Its buses and master effects.
        rng: Draws noise, crackles and vowels.

    Returns:
        The mix at the reference loudness, with limited peaks.

    Shape:
        `(n_samples,)` each.
    """
    treated = [_treat(stems[bus.name], bus, rng) for bus in orchestration.buses if bus.name in stems]
    mix = at_loudness(np.sum(treated, axis=0), REFERENCE_DB)
    finished = apply_effects(mix, orchestration.master, rng)
    return limited(at_loudness(finished - finished.mean(), REFERENCE_DB), REFERENCE_DB + LIMIT_DB)


def limited(audio: np.ndarray, limit_db: float) -> np.ndarray:
    """Bend peaks from 6 dB below a level on, so that none passes it: a stick's click mustn't set a track's level."""
    limit = 10 ** (limit_db / 20)
    knee = limit / 2
    bent = knee + (limit - knee) * np.tanh((np.abs(audio) - knee) / (limit - knee))
    return np.where(np.abs(audio) > knee, np.copysign(bent, audio), audio).astype(np.float32)


def loudness_db(audio: np.ndarray) -> float:
    """Root mean square of the sounding blocks in dB re full scale; -inf for silence."""
    block = round(BLOCK_S * SAMPLE_RATE)
    padded = np.pad(audio, (0, -len(audio) % block)).reshape(-1, block)
    power = np.mean(padded.astype(np.float64) ** 2, axis=1)  # (n_blocks,)
    sounding = power[power > power.max() * 10 ** (-GATE_DB / 10)]
    return float(10 * np.log10(sounding.mean())) if sounding.size else float("-inf")


def at_loudness(audio: np.ndarray, level_db: float) -> np.ndarray:
    """Scale to a loudness; silence stays silence."""
    now_db = loudness_db(audio)
    return audio if np.isneginf(now_db) else (audio * 10 ** ((level_db - now_db) / 20)).astype(np.float32)


def at_peak(audio: np.ndarray, peak_db: float) -> np.ndarray:
    """Scale so that the largest sample has a level; silence stays silence."""
    peak = float(np.abs(audio).max(initial=0.0))
    return audio if peak == 0.0 else (audio * (10 ** (peak_db / 20) / peak)).astype(np.float32)


def _treat(stem: np.ndarray, bus: Bus, rng: np.random.Generator) -> np.ndarray:
    treated = apply_effects(at_loudness(stem, REFERENCE_DB), bus.effects, rng)
    return at_loudness(treated, REFERENCE_DB + bus.level_db)

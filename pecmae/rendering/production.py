"""Mix the stems into a finished mono track and set its loudness. Audio is mono at `SAMPLE_RATE`."""

import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering.effects import apply_effects
from pecmae.rendering.orchestration import Bus, Orchestration

REFERENCE_DB = -20.0  # loudness of a stem before its effects, and of the mix; a bus's `level_db` is relative to it
BLOCK_S = 0.05
LIMIT_DB = 16.0  # largest peak of a finished track relative to its loudness
GATE_DB = 30.0  # blocks this far below the loudest count as silent


def produce(stems: dict[str, np.ndarray], orchestration: Orchestration, rng: np.random.Generator) -> np.ndarray:
    """Apply the effects of each bus to its stem, mix the stems, and apply the master effects.

    Args:
        stems: Rendered audio by bus name, all of one length.
        orchestration: The buses and the master effects.
        rng: Source of randomness for the effects (noise, crackles, sung vowels).

    Returns:
        The mix at the reference loudness, with limited peaks.

    Shape:
        Each stem and the result: `(n_samples,)`.
    """
    processed = [_process(stems[bus.name], bus, rng) for bus in orchestration.buses if bus.name in stems]
    mix = at_loudness(np.sum(processed, axis=0), REFERENCE_DB)
    finished = apply_effects(mix, orchestration.master, rng)
    return limited(at_loudness(finished - finished.mean(), REFERENCE_DB), REFERENCE_DB + LIMIT_DB)


def limited(audio: np.ndarray, limit_db: float) -> np.ndarray:
    """Limit peaks smoothly, so that one loud click doesn't make the track quiet when it is later scaled by its peak.

    Args:
        audio: Mono samples.
        limit_db: No sample exceeds this level; samples more than 6 dB below it don't change.

    Returns:
        The limited samples, float32.
    """
    limit = 10 ** (limit_db / 20)
    knee = limit / 2
    bent = knee + (limit - knee) * np.tanh((np.abs(audio) - knee) / (limit - knee))
    return np.where(np.abs(audio) > knee, np.copysign(bent, audio), audio).astype(np.float32)


def loudness_db(audio: np.ndarray) -> float:
    """Measure loudness as the root mean square of the blocks that aren't silent.

    Args:
        audio: Mono samples.

    Returns:
        The loudness in dB relative to full scale; -inf for silence.
    """
    block = round(BLOCK_S * SAMPLE_RATE)
    padded = np.pad(audio, (0, -len(audio) % block)).reshape(-1, block)
    power = np.mean(padded.astype(np.float64) ** 2, axis=1)  # (n_blocks,)
    sounding = power[power > power.max() * 10 ** (-GATE_DB / 10)]
    return float(10 * np.log10(sounding.mean())) if sounding.size else float("-inf")


def at_loudness(audio: np.ndarray, level_db: float) -> np.ndarray:
    """Scale audio to a loudness; silence stays silence."""
    now_db = loudness_db(audio)
    return audio if np.isneginf(now_db) else (audio * 10 ** ((level_db - now_db) / 20)).astype(np.float32)


def at_peak(audio: np.ndarray, peak_db: float) -> np.ndarray:
    """Scale audio so that its largest sample has a given level; silence stays silence."""
    peak = float(np.abs(audio).max(initial=0.0))
    return audio if peak == 0.0 else (audio * (10 ** (peak_db / 20) / peak)).astype(np.float32)


def _process(stem: np.ndarray, bus: Bus, rng: np.random.Generator) -> np.ndarray:
    processed = apply_effects(at_loudness(stem, REFERENCE_DB), bus.effects, rng)
    return at_loudness(processed, REFERENCE_DB + bus.level_db)

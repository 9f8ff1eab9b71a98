"""Choose the soundfonts and patches of a track: soundfonts mixed and layered, patches varied.

A soundfont has one flute. Samples of other pitches played at the written pitch, another filter, attack and release
make more flutes of it, so that a model doesn't memorise one. Tracks of the unseen soundfont aren't varied: they measure
how a model does on that soundfont.
"""

from dataclasses import replace

import numpy as np

from pecmae.rendering.fluidsynth import SEEN_SOUNDFONTS, TRAINING_SOUNDFONT
from pecmae.rendering.orchestration import Orchestration, Patch, Voice

VARIED_RATIO = 0.6  # of tracks, those with varied patches
MIXED_RATIO = 0.4  # of training tracks, those that mix or layer two soundfonts
TRAINING_PARTNER_PROBABILITY = 0.2  # that the second soundfont is the one of training tracks only
LAYER_GAIN_DB = (-7.0, 0.0)
LAYER_DETUNE_CENTS = (2.0, 9.0)
MAX_SHIFT, MAX_DRUM_SHIFT = 5, 3


def cast(orchestration: Orchestration, soundfont: str, split: str, rng: np.random.Generator) -> Orchestration:
    """Give every voice a soundfont and a patch.

    Args:
        orchestration: Who plays.
        soundfont: The track's soundfont.
        split: The track's split; only training tracks mix soundfonts.
        rng: Source of randomness.

    Returns:
        The orchestration, with more voices where soundfonts are layered.
    """
    mixed = rng.random() < MIXED_RATIO and split == "train"
    varied = rng.random() < VARIED_RATIO
    partner = _partner(soundfont, rng)
    buses = list(dict.fromkeys(voice.bus for voice in orchestration.voices))
    borrowed = _some(buses, rng)
    layered = len(buses) == 1 or bool(rng.random() < 0.5)
    doubled = _some([voice.role for voice in orchestration.voices if not voice.is_drum], rng)
    voices: list[Voice] = []
    for voice in orchestration.voices:
        own = partner if mixed and not layered and voice.bus in borrowed else soundfont
        patch = replace(draw_patch(rng, is_drum=voice.is_drum), soundfont=own) if varied else Patch(own)
        patch = replace(patch, shift=patch.shift + voice.patch.shift)
        voices.append(replace(voice, patch=patch))
        if mixed and layered and not voice.is_drum and voice.role in doubled:
            detune_cents = float(rng.choice((-1, 1)) * rng.uniform(*LAYER_DETUNE_CENTS))
            gain_db = max(-40.0, voice.gain_db + float(rng.uniform(*LAYER_GAIN_DB)))
            layer = replace(patch, soundfont=partner, detune_cents=round(detune_cents, 1))
            voices.append(replace(voice, patch=layer, gain_db=round(gain_db, 2)))
    return replace(orchestration, voices=tuple(voices))


def cast_unvaried(orchestration: Orchestration, soundfont: str) -> Orchestration:
    """Give every voice the same soundfont, without varying its patch."""
    voices = (replace(voice, patch=replace(voice.patch, soundfont=soundfont)) for voice in orchestration.voices)
    return replace(orchestration, voices=tuple(voices))


def draw_patch(rng: np.random.Generator, *, is_drum: bool = False) -> Patch:
    """Draw a variation of a patch; of drums, only the tuning and the filter vary."""
    if is_drum:
        shift = int(rng.integers(-MAX_DRUM_SHIFT, MAX_DRUM_SHIFT + 1))
        return Patch(cutoff_cents=round(float(rng.uniform(-1500, 600))), shift=shift)
    return Patch(
        cutoff_cents=round(float(rng.uniform(-3600, 1200))),
        resonance_cb=round(float(rng.uniform(0, 60))) if rng.random() < 0.4 else 0.0,
        attack=round(float(rng.uniform(-1500, 1500))),
        decay=round(float(rng.uniform(-1200, 1200))),
        release=round(float(rng.uniform(-1500, 900))),
        shift=int(np.clip(round(rng.normal(0.0, 2.4)), -MAX_SHIFT, MAX_SHIFT)),
    )


def _some(names: list[str], rng: np.random.Generator) -> set[str]:
    """Choose about half of the names, at least one if there are any."""
    chosen = {name for name, is_chosen in zip(names, rng.random(len(names)) < 0.5, strict=True) if is_chosen}
    return chosen or ({names[int(rng.integers(len(names)))]} if names else set())


def _partner(soundfont: str, rng: np.random.Generator) -> str:
    """Draw the soundfont that is mixed with the track's own."""
    others = [item.name for item in SEEN_SOUNDFONTS if item.name != soundfont]
    if rng.random() < TRAINING_PARTNER_PROBABILITY and soundfont != TRAINING_SOUNDFONT.name:
        return TRAINING_SOUNDFONT.name
    return others[int(rng.integers(len(others)))]

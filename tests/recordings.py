"""Folders of short tones as somebody's own recordings, for tests."""

from pathlib import Path

import numpy as np
import soundfile
from tiny import RECIPES, synthesise

from pecmae.audio.conventions import SAMPLE_RATE

DURATION_S = 4.5


def write_recordings(folder: Path, n_per_class: int = 5, classes: tuple[str, ...] = ("low", "high", "noise")) -> Path:
    """A subfolder a class, `n_per_class` recordings each, every one another sound."""
    rng = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(n_per_class):
            write_recording(folder / name / f"take {number}.wav", name, rng)
    return folder


def write_recording(path: Path, timbre: str, rng: np.random.Generator) -> Path:
    """A few seconds of one of the timbres of `tiny`; of another name, of the first one."""
    timbres = RECIPES["tiny"].timbres
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = synthesise(timbres.get(timbre, timbres["low"]), rng, round(DURATION_S * SAMPLE_RATE))
    soundfile.write(path, sound, SAMPLE_RATE)
    return path

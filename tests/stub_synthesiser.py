"""A stand-in for FluidSynth."""

import mido
import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering import fluidsynth


class StubSynthesiser:
    """Renders a tone whose pitch depends on the number of notes; records what it was asked to render.

    Attributes:
        rendered: Number of files that were rendered.
        soundfonts: Names of the soundfonts that were used.
    """

    def __init__(self) -> None:
        self.rendered = 0
        self.soundfonts: set[str] = set()

    def render(
        self,
        soundfont: str,
        midi: mido.MidiFile,
        duration_s: float,
        generators: tuple[fluidsynth.Generator, ...] = (),
    ) -> np.ndarray:
        self.rendered += 1
        self.soundfonts.add(soundfont)
        n_notes = sum(message.type == "note_on" for track in midi.tracks for message in track)
        time_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
        return np.sin(2 * np.pi * (200 + n_notes) * time_s).astype(np.float32)

    def close(self) -> None:
        pass

    def __enter__(self) -> "StubSynthesiser":
        return self

    def __exit__(self, *_: object) -> None:
        pass

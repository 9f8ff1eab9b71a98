"""A stand-in for FluidSynth."""

import mido
import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering import fluidsynth


class StubSynthesiser:
    """A tone at every note of the file, in place of FluidSynth; counts the files that it renders."""

    def __init__(self) -> None:
        self.rendered = 0

    def render(
        self,
        soundfont: str,
        midi: mido.MidiFile,
        duration_s: float,
        generators: tuple[fluidsynth.Generator, ...] = (),
    ) -> np.ndarray:
        self.rendered += 1
        n_notes = sum(message.type == "note_on" for track in midi.tracks for message in track)
        time_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
        return np.sin(2 * np.pi * (200 + n_notes) * time_s).astype(np.float32)

    def close(self) -> None:
        pass

    def __enter__(self) -> "StubSynthesiser":
        return self

    def __exit__(self, *_: object) -> None:
        pass

"""Render MIDI files with FluidSynth and the soundfonts of Debian's packages.

FluidSynth's own reverb and chorus are off, because rooms belong to `production`.

The unseen soundfont measures how well a model does on instruments that it wasn't trained on. So no soundfont that
shares samples with it may be used in training. That rules out csound's sf_GMbank.sf2: 257 of its samples equal those of
TimGM6mb byte for byte.
"""

import ctypes
import ctypes.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido
import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.errors import DatasetError
from pecmae.rendering.midi import DRUM_CHANNEL, midi_bytes

SOUNDFONT_FOLDERS = tuple(
    Path(root) / "sounds" / kind for root in ("/usr/share", "/usr/local/share") for kind in ("sf2", "sf3")
)
GAIN = 0.5
ALL_CHANNELS = -1
SILENCING_SAMPLES = 1024
LOG_ERROR, LOG_WARNING = 1, 2


@dataclass(frozen=True)
class Soundfont:
    """A General MIDI soundfont, the Debian package that installs it, and its licence."""

    name: str
    file_name: str
    package: str
    licence: str


FLUID_R3 = Soundfont("FluidR3_GM", "FluidR3_GM.sf2", "fluid-soundfont-gm", "MIT")
MUSESCORE = Soundfont("MuseScore_General", "MuseScore_General.sf3", "musescore-general-soundfont", "MIT")
TIM = Soundfont("TimGM6mb", "TimGM6mb.sf2", "timgm6mb-soundfont", "GPL-2.0")
OPL3 = Soundfont("OPL-3_FM_128M", "OPL-3_FM_128M.sf2", "opl3-soundfont", "CC-BY-SA-4.0")
SEEN_SOUNDFONTS = (FLUID_R3, MUSESCORE)
"""Used in all splits. Audio rendered with them may be passed on."""
TRAINING_SOUNDFONT = OPL3
"""Used in training tracks only. Audio rendered with it isn't passed on."""
UNSEEN_SOUNDFONT = TIM
"""Used in some test tracks only."""
SOUNDFONTS = (*SEEN_SOUNDFONTS, TRAINING_SOUNDFONT, UNSEEN_SOUNDFONT)


@dataclass(frozen=True)
class Generator:
    """An offset to a SoundFont 2 generator, that is a synthesis parameter, of a channel, in the generator's unit."""

    channel: int
    number: int
    value: float


class Synthesiser:
    """FluidSynth with several soundfonts; each is loaded when it is first played.

    The library is used instead of the program, because loading an instrument decodes its compressed samples: kept in
    memory, they are decoded once and not once per track. Close the synthesiser or use it in a `with` statement.

    Args:
        library: FluidSynth's library, from `find_synthesiser`.
        paths: The files of the soundfonts by name.
    """

    def __init__(self, library: ctypes.CDLL, paths: dict[str, Path]) -> None:
        self._library = library
        self._paths = paths
        self._loaded: dict[str, _LoadedSynth] = {}

    def render(
        self, soundfont: str, midi: mido.MidiFile, duration_s: float, generators: tuple[Generator, ...] = ()
    ) -> np.ndarray:
        """Render a MIDI file to mono.

        Args:
            soundfont: Name of the soundfont.
            midi: The file to play.
            duration_s: Duration of the result, which is cut or padded with silence.
            generators: Offsets to the synthesis parameters of the soundfont's instruments.

        Returns:
            Float samples at `SAMPLE_RATE`, which may exceed -1 to 1.

        Shape:
            `(duration_s * SAMPLE_RATE,)`

        Raises:
            DatasetError: `fluidsynth_failed`: FluidSynth couldn't load the soundfont or play the file.
        """
        if soundfont not in self._loaded:
            self._loaded[soundfont] = _LoadedSynth.open(self._library, self._paths[soundfont])
        return self._loaded[soundfont].render(midi, round(duration_s * SAMPLE_RATE), generators)

    def close(self) -> None:
        """Unload the soundfonts."""
        while self._loaded:
            self._loaded.popitem()[1].close()

    def __enter__(self) -> "Synthesiser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find_synthesiser(folders: tuple[Path, ...] = SOUNDFONT_FOLDERS) -> Synthesiser:
    """Find FluidSynth and the four soundfonts.

    Args:
        folders: The folders to search for soundfonts.

    Returns:
        The synthesiser; nothing is loaded yet.

    Raises:
        DatasetError: `fluidsynth_missing`, `fluidsynth_old` or `soundfont_missing`, with the packages to install.
    """
    library = ctypes.util.find_library("fluidsynth")
    if library is None:
        raise DatasetError(
            "fluidsynth_missing", "Rendering needs FluidSynth 2.2 or later: install it with `apt install fluidsynth`."
        )
    found, missing = {}, []
    for soundfont in SOUNDFONTS:
        paths = [folder / soundfont.file_name for folder in folders if (folder / soundfont.file_name).is_file()]
        if paths:
            found[soundfont.name] = paths[0]
        else:
            missing.append(soundfont)
    if missing:
        names = ", ".join(soundfont.file_name for soundfont in missing)
        packages = " ".join(soundfont.package for soundfont in missing)
        raise DatasetError("soundfont_missing", f"Rendering needs {names}: install with `apt install {packages}`.")
    return Synthesiser(_declare(ctypes.CDLL(library)), found)


@dataclass(frozen=True)
class _LoadedSynth:
    """A FluidSynth synthesiser with one soundfont."""

    library: ctypes.CDLL
    settings: int
    synth: int
    soundfont_id: int

    @classmethod
    def open(cls, library: ctypes.CDLL, path: Path) -> "_LoadedSynth":
        # Failures show in the results of the calls. A missing drum kit is replaced by the standard kit.
        for log_level in (LOG_ERROR, LOG_WARNING):
            library.fluid_set_log_function(log_level, None, None)
        settings = library.new_fluid_settings()
        library.fluid_settings_setnum(settings, b"synth.sample-rate", float(SAMPLE_RATE))
        library.fluid_settings_setnum(settings, b"synth.gain", GAIN)
        library.fluid_settings_setstr(settings, b"synth.midi-bank-select", b"xg")
        for name in (b"synth.reverb.active", b"synth.chorus.active", b"synth.lock-memory", b"player.reset-synth"):
            library.fluid_settings_setint(settings, name, 0)
        library.fluid_settings_setint(settings, b"synth.dynamic-sample-loading", 1)
        synth = library.new_fluid_synth(settings)
        soundfont_id = library.fluid_synth_sfload(synth, str(path).encode(), 1) if synth else -1
        if soundfont_id < 0:
            raise DatasetError("fluidsynth_failed", f"FluidSynth couldn't load {path.name}: install it again.")
        return cls(library, settings, synth, soundfont_id)

    def render(self, midi: mido.MidiFile, n_samples: int, generators: tuple[Generator, ...]) -> np.ndarray:
        library = self.library
        library.fluid_synth_system_reset(self.synth)
        for bank, program in _programs(midi):
            library.fluid_synth_pin_preset(self.synth, self.soundfont_id, bank, program)
        for item in generators:
            library.fluid_synth_set_gen(self.synth, item.channel, item.number, item.value)
        data = midi_bytes(midi)
        player = library.new_fluid_player(self.synth)
        try:
            if library.fluid_player_add_mem(player, data, len(data)) or library.fluid_player_play(player):
                raise DatasetError("fluidsynth_failed", "FluidSynth couldn't play the composed MIDI file.")
            stereo = self._write(n_samples)
        finally:
            library.fluid_player_stop(player)
            library.delete_fluid_player(player)
            # Otherwise notes would ring into the next track; the synthesiser releases them only while it writes.
            library.fluid_synth_all_sounds_off(self.synth, ALL_CHANNELS)
            self._write(SILENCING_SAMPLES)
        return stereo.mean(axis=0)

    def _write(self, n_samples: int) -> np.ndarray:
        """Render the next samples, `(2, n_samples)`."""
        stereo = np.zeros((2, n_samples), dtype=np.float32)
        left, right = (channel.ctypes.data_as(ctypes.c_void_p) for channel in stereo)
        if self.library.fluid_synth_write_float(self.synth, n_samples, left, 0, 1, right, 0, 1):
            raise DatasetError("fluidsynth_failed", "FluidSynth couldn't render the composed MIDI file.")
        return stereo

    def close(self) -> None:
        self.library.delete_fluid_synth(self.synth)
        self.library.delete_fluid_settings(self.settings)


def _programs(midi: mido.MidiFile) -> set[tuple[int, int]]:
    """The bank and program of every instrument in a file; bank 128 holds the drum kits."""
    drums = {DRUM_CHANNEL}
    drums |= {m.channel for track in midi.tracks for m in track if m.type == "control_change" and m.control == 0}
    changes = (message for track in midi.tracks for message in track if message.type == "program_change")
    return {(128 if message.channel in drums else 0, message.program) for message in changes}


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Declare the types of the functions that are used here for `ctypes`."""
    pointer, text, integer = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "fluid_set_log_function": (pointer, [integer, pointer, pointer]),
        "new_fluid_settings": (pointer, []),
        "delete_fluid_settings": (None, [pointer]),
        "fluid_settings_setnum": (integer, [pointer, text, ctypes.c_double]),
        "fluid_settings_setint": (integer, [pointer, text, integer]),
        "fluid_settings_setstr": (integer, [pointer, text, text]),
        "new_fluid_synth": (pointer, [pointer]),
        "delete_fluid_synth": (None, [pointer]),
        "fluid_synth_sfload": (integer, [pointer, text, integer]),
        "fluid_synth_system_reset": (integer, [pointer]),
        "fluid_synth_all_sounds_off": (integer, [pointer, integer]),
        "fluid_synth_set_gen": (integer, [pointer, integer, integer, ctypes.c_float]),
        "fluid_synth_pin_preset": (integer, [pointer, integer, integer, integer]),
        "fluid_synth_write_float": (integer, [pointer, integer, pointer, integer, integer, pointer, integer, integer]),
        "new_fluid_player": (pointer, [pointer]),
        "delete_fluid_player": (None, [pointer]),
        "fluid_player_add_mem": (integer, [pointer, text, ctypes.c_size_t]),
        "fluid_player_play": (integer, [pointer]),
        "fluid_player_stop": (integer, [pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name, None)
        if function is None:
            raise DatasetError("fluidsynth_old", f"FluidSynth has no {name}: install version 2.2 or later.")
        function.restype, function.argtypes = result, arguments
    return library

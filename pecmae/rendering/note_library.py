"""Recordings of single notes, by instrument.

The folder of the notes has files `philharmonia/INSTRUMENT/INSTRUMENT_PITCH_LENGTH_DYNAMIC_ARTICULATION.ogg` and
`weresax/alto-saxophone/PITCH_DYNAMIC_...ogg`. There are no notes of a trumpet or a violin. A trombone and a cello,
transposed together with their formants but not sped up, stand in for them.

Music that is assembled from these notes may be used for training, but isn't passed on.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pedalboard
import soundfile
import soxr

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.errors import DatasetError

RECORDED_INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "banjo": ("philharmonia/banjo",),
    "bass-clarinet": ("philharmonia/bass-clarinet",),
    "bassoon": ("philharmonia/bassoon",),
    "cello": ("philharmonia/cello",),
    "clarinet": ("philharmonia/clarinet",),
    "contrabassoon": ("philharmonia/contrabassoon",),
    "cor-anglais": ("philharmonia/cor-anglais",),
    "double-bass": ("philharmonia/double-bass",),
    "flute": ("philharmonia/flute",),
    "french-horn": ("philharmonia/french-horn",),
    "guitar": ("philharmonia/guitar",),
    "mandolin": ("philharmonia/mandolin",),
    "oboe": ("philharmonia/oboe",),
    "tenor-saxophone": ("philharmonia/saxophone", "weresax/alto-saxophone"),
    "trombone": ("philharmonia/trombone",),
}
"""Folders of the notes of each class. The saxophones are altos, also transposed down to a tenor's register."""
TRANSPOSED_INSTRUMENTS: dict[str, tuple[str, int]] = {
    "trumpet": ("philharmonia/trombone", 12),
    "violin": ("philharmonia/cello", 15),
}
"""For each class without notes of its own, the folder of a larger relative and the transposition in semitones.

A trumpet is half as long as a trombone. The strings of a violin are 19 semitones above those of a cello, the resonances
of its body about 13.
"""
SUSTAINED = (
    "normal",
    "arco-normal",
    "tongued-slur",
    "legato",
    "tenuto",
    "nonlegato",
    "subtone",
    "non-vibrato",
    "molto-vibrato",
    "vibrato",
    "tremolo",
    "fluttertonguing",
    "portato",
    "arco-portato",
    "arco-detache",
    "arco-tremolo",
    "detache",
)
RARE = ("tremolo", "arco-tremolo", "fluttertonguing", "subtone")
DYNAMICS = {
    "molto-pianissimo": 0.05,
    "pianissimo": 0.15,
    "piano": 0.35,
    "p": 0.35,
    "mezzo-piano": 0.5,
    "mezzo-forte": 0.65,
    "forte": 0.8,
    "f": 0.8,
    "fortissimo": 0.95,
}
PITCH_CLASSES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
WERESAX_OCTAVE_OFFSET = 2  # its octave 3 contains MIDI note 60
N_DECODED = 700
REFERENCE_LEVEL = 0.1
SILENCE_DB = -40.0


@dataclass(frozen=True)
class RecordedNote:
    """A recording of one note.

    Attributes:
        path: The file.
        pitch: MIDI note number after the transposition.
        dynamic: From 0 (soft) to 1 (loud).
        duration_s: Duration of the recording.
        rare: Whether its articulation is to be used rarely.
        transposition: Semitones by which it must be transposed, with its formants, to have `pitch`.
    """

    path: Path
    pitch: int
    dynamic: float
    duration_s: float
    rare: bool
    transposition: int


@dataclass(frozen=True)
class NoteLibrary:
    """Notes by class, with a cache of decoded audio that drops the least recently used.

    Attributes:
        notes: The notes of each class.
    """

    notes: dict[str, tuple[RecordedNote, ...]]
    _decoded: OrderedDict[tuple[Path, int], np.ndarray] = field(default_factory=OrderedDict)

    def waveform(self, note: RecordedNote, shift: int) -> np.ndarray:
        """Decode a note, trim silence at both ends, and set its level.

        Args:
            note: The note.
            shift: Semitones by which it is transposed by resampling.

        Returns:
            Mono samples at `SAMPLE_RATE`.

        Shape:
            `(n_samples,)`
        """
        key = (note.path, shift)
        if key in self._decoded:
            self._decoded.move_to_end(key)
            return self._decoded[key]
        audio, rate = soundfile.read(note.path, dtype="float32", always_2d=True)
        mono = audio.mean(axis=1)
        if note.transposition:
            mono = pedalboard.time_stretch(
                mono, rate, pitch_shift_in_semitones=note.transposition, preserve_formants=False
            )[0]
        mono = soxr.resample(mono, rate * 2 ** (shift / 12), SAMPLE_RATE, quality="HQ")
        loud = np.flatnonzero(np.abs(mono) > 10 ** (SILENCE_DB / 20) * np.abs(mono).max(initial=1e-9))
        mono = mono[loud[0] : loud[-1] + 1] if loud.size else mono
        level = float(np.sqrt(np.mean(mono[: 2 * SAMPLE_RATE] ** 2))) if len(mono) else 0.0
        self._decoded[key] = (mono * (REFERENCE_LEVEL / max(level, 1e-6))).astype(np.float32)
        if len(self._decoded) > N_DECODED:
            self._decoded.popitem(last=False)
        return self._decoded[key]


def find_notes(folder: Path) -> NoteLibrary:
    """Find the notes of all instruments, without decoding them.

    Args:
        folder: The folder that contains `philharmonia` and `weresax`.

    Returns:
        The notes by class.

    Raises:
        DatasetError: `notes_missing`: the folder has no notes of an instrument.
    """
    notes = {}
    sources = {class_id: [(name, 0) for name in names] for class_id, names in RECORDED_INSTRUMENTS.items()}
    sources |= {class_id: [source] for class_id, source in TRANSPOSED_INSTRUMENTS.items()}
    for class_id, folders in sources.items():
        found = [
            _parse(path, transposition)
            for name, transposition in folders
            for path in sorted((folder / name).glob("*.ogg"))
        ]
        notes[class_id] = tuple(note for note in found if note is not None)
        if not notes[class_id]:
            raise DatasetError(
                "notes_missing", f"{folder} has no notes of {class_id}: give the folder of the recorded notes."
            )
    return NoteLibrary(notes)


def _parse(path: Path, transposition: int) -> RecordedNote | None:
    """Read a note's properties from its file name; None if it isn't sustained or its dynamic isn't known."""
    words = path.stem.split("_")
    if path.parent.parent.name == "weresax":
        spelling, dynamic, articulation = words[0], words[1], "normal"
        octaves = int(spelling[-1]) + WERESAX_OCTAVE_OFFSET
        pitch = 12 * octaves + PITCH_CLASSES[spelling[0]] - (1 if "b" in spelling[1:-1] else 0)
    else:
        _, spelling, length, dynamic, articulation = words
        pitch = 12 * (int(spelling[-1]) + 1) + PITCH_CLASSES[spelling[0].lower()] + (1 if "s" in spelling[1:-1] else 0)
        if length == "phrase":
            return None
    if dynamic not in DYNAMICS or articulation not in SUSTAINED:
        return None
    duration_s = soundfile.info(path).duration
    return RecordedNote(path, pitch + transposition, DYNAMICS[dynamic], duration_s, articulation in RARE, transposition)

"""Solos out of recorded single notes: the timbre of real players under this project's own scores.

A folder of notes has `philharmonia/INSTRUMENT/INSTRUMENT_PITCH_LENGTH_DYNAMIC_ARTICULATION.ogg` and
`weresax/alto-saxophone/PITCH_DYNAMIC_...ogg`. A written note is played by a recording near its pitch, shifted by
resampling, cut or lengthened to its duration, and joined to its neighbours by overlapping fades. Of a trumpet and a
violin there are no notes: a trombone and a cello, transposed with their formants and not in time, stand in for their
smaller sisters. What is made of them may train models and is never shipped.
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
from pecmae.rendering.instruments import compose_range, compose_solo
from pecmae.rendering.orchestration import Orchestration
from pecmae.rendering.score import Note, Score

SOLO_CLASSES = ("clarinet", "flute", "tenor-saxophone", "trumpet", "violin")
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
"""Folders of every class's notes; the saxophones are altos, which are also played down into a tenor's register."""
SCALED_INSTRUMENTS: dict[str, tuple[str, int]] = {
    "trumpet": ("philharmonia/trombone", 12),
    "violin": ("philharmonia/cello", 15),
}
"""Stand-ins: the larger sister's folder, and how many semitones the smaller one is above her. A trumpet has half a
trombone's length; a violin's strings are 19 semitones above a cello's and its body's resonances about 13."""
PLUCKED = ("banjo", "guitar", "mandolin")
DOWNWARD_SHIFTS = {"tenor-saxophone": 4}
MAX_SHIFT = 2
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
WERESAX_OCTAVES_BELOW = 2  # its octave 3 holds MIDI note 60
ATTACK_S, RELEASE_S, OVERLAP_S, JOIN_S = 0.004, 0.06, 0.03, 0.12
JOIN_SEARCH = 600  # samples: a period of the lowest notes
N_DECODED = 700
REFERENCE_LEVEL = 0.1
SILENCE_DB = -40.0


@dataclass(frozen=True)
class RecordedNote:
    """One recording: its file, pitch (MIDI), dynamic (0 soft to 1 loud) and length.

    `transposition` is the number of semitones by which it must be transposed to have that pitch.
    """

    path: Path
    pitch: int
    dynamic: float
    duration_s: float
    rare: bool
    transposition: int


@dataclass(frozen=True)
class NoteLibrary:
    """Notes by class; decoded sound is kept, the least recently played is dropped."""

    notes: dict[str, tuple[RecordedNote, ...]]
    _decoded: OrderedDict[tuple[Path, int], np.ndarray] = field(default_factory=OrderedDict)

    def waveform(self, note: RecordedNote, shift: int) -> np.ndarray:
        """A note's sound, shifted by semitones, without silence at its start, at one level.

        Shape: (n_samples,)
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
        power = float(np.sqrt(np.mean(mono[: 2 * SAMPLE_RATE] ** 2))) if len(mono) else 0.0
        self._decoded[key] = (mono * (REFERENCE_LEVEL / max(power, 1e-6))).astype(np.float32)
        if len(self._decoded) > N_DECODED:
            self._decoded.popitem(last=False)
        return self._decoded[key]


def find_notes(folder: Path) -> NoteLibrary:
    """Find the notes of all instruments; none is decoded yet.

    Args:
        folder: Holds `philharmonia` and `weresax`.

    Returns:
        The notes by class, the scaled instruments' too.

    Raises:
        DatasetError: `notes_missing`, an instrument has no notes there.
    """
    notes = {}
    sources = {class_id: [(name, 0) for name in names] for class_id, names in RECORDED_INSTRUMENTS.items()}
    sources |= {class_id: [source] for class_id, source in SCALED_INSTRUMENTS.items()}
    for class_id, folders in sources.items():
        found = [
            _parse(path, transposition)
            for name, transposition in folders
            for path in sorted((folder / name).glob("*.ogg"))
        ]
        notes[class_id] = tuple(note for note in found if note is not None)
        if not notes[class_id]:
            raise DatasetError("notes_missing", f"{folder} has no notes of {class_id}: give the notes' folder.")
    return NoteLibrary(notes)


def compose_recorded(class_id: str, rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    """Compose a solo for an instrument of the notes.

    Args:
        class_id: One of `RECORDED_INSTRUMENTS`.
        rng: Draws everything.
        duration_s: Length of the piece.

    Returns:
        What is played and by whom.
    """
    if class_id in SOLO_CLASSES:
        return compose_solo(class_id, rng, duration_s)
    return compose_range(class_id, *_RANGES[class_id], rng, duration_s)


def play_notes(
    library: NoteLibrary,
    class_id: str,
    score: Score,
    duration_s: float,
    rng: np.random.Generator,
    *,
    tuning_cents: float = 0.0,
) -> np.ndarray:
    """Play a score's first part by recorded notes; its bends are left out, players bring their own vibrato.

    Args:
        library: The notes.
        class_id: Whose notes.
        score: What is played.
        duration_s: Length of the result.
        rng: Chooses among recordings.
        tuning_cents: Offset of the pitch.

    Returns:
        The solo, not limited to -1 to 1.

    Shape:
        `(duration_s * SAMPLE_RATE,)`
    """
    beat_s = 60.0 / score.tempo_bpm
    player = _choose_player(library.notes[class_id], rng)
    solo = np.zeros(round(duration_s * SAMPLE_RATE), dtype=np.float32)
    for note in sorted(score.parts[0].notes, key=lambda item: item.start_beat):
        start, length_s = round(note.start_beat * beat_s * SAMPLE_RATE), note.duration_beats * beat_s
        recording, shift = _choose(player, class_id, note, length_s, rng)
        waveform = library.waveform(recording, shift)
        sounding = _fitted(waveform, length_s, rings=class_id in PLUCKED)
        gain = 10 ** ((note.velocity / 127 - 0.8) * 18 / 20)
        stop = min(len(solo), start + len(sounding))
        if stop > start:
            solo[start:stop] += gain * sounding[: stop - start]
    if tuning_cents:
        tuned = soxr.resample(solo, SAMPLE_RATE * 2 ** (tuning_cents / 1200), SAMPLE_RATE, quality="HQ")[: len(solo)]
        solo = np.pad(tuned, (0, len(solo) - len(tuned)))
    return solo


def _choose_player(notes: tuple[RecordedNote, ...], rng: np.random.Generator) -> tuple[RecordedNote, ...]:
    """The notes of one of the players, where there are several."""
    groups = sorted({note.path.parent for note in notes})
    chosen = groups[int(rng.integers(len(groups)))]
    return tuple(note for note in notes if note.path.parent == chosen)


def _choose(
    notes: tuple[RecordedNote, ...], class_id: str, written: Note, length_s: float, rng: np.random.Generator
) -> tuple[RecordedNote, int]:
    """A recording for a written note, and the semitones by which it is shifted."""
    down = DOWNWARD_SHIFTS.get(class_id, MAX_SHIFT)
    pitch = written.pitch
    lowest, highest = min(n.pitch for n in notes) - down, max(n.pitch for n in notes) + MAX_SHIFT
    while pitch < lowest:
        pitch += 12
    while pitch > highest:
        pitch -= 12
    shifts = np.array([pitch - note.pitch for note in notes])
    allowed = (shifts <= MAX_SHIFT) & (shifts >= -down)
    away = np.abs(shifts) + np.where(allowed, 0.0, 100.0)
    if down > MAX_SHIFT and rng.random() < 0.5:  # a tenor's body: the alto's samples from above
        away = np.abs(shifts + 3) + np.where(allowed, 0.0, 100.0)
    cost = away + 4.0 * np.abs(np.array([note.dynamic for note in notes]) - written.velocity / 127)
    too_short = np.array([max(0.0, length_s - note.duration_s) for note in notes])
    cost += 2.5 * np.minimum(too_short, 2.0) + 3.0 * np.array([note.rare for note in notes])
    cost += rng.gumbel(0.0, 0.6, len(notes))
    best = int(np.argmin(cost))
    return notes[best], int(shifts[best])


def _fitted(waveform: np.ndarray, length_s: float, *, rings: bool) -> np.ndarray:
    """Cut a recording to a note's length with a short release, or lengthen it by its own middle."""
    wanted = round((length_s + OVERLAP_S) * SAMPLE_RATE) + (round(0.4 * SAMPLE_RATE) if rings else 0)
    join = round(JOIN_S * SAMPLE_RATE)
    turn = len(waveform) * 3 // 4
    middle, ending = waveform[len(waveform) // 4 : turn], waveform[turn:]
    waveform = waveform[:turn]
    while not rings and len(waveform) + len(ending) < wanted and len(middle) > 2 * join + JOIN_SEARCH:
        # The two periods that are joined must be in phase, or they cancel.
        alike = np.correlate(middle[: join + JOIN_SEARCH], waveform[-join:], mode="valid")
        again = middle[int(alike.argmax()) :]
        ramp = np.linspace(0.0, 1.0, join, dtype=np.float32)
        joined = waveform[-join:] * (1 - ramp) + again[:join] * ramp
        waveform = np.concatenate([waveform[:-join], joined, again[join:]])
    fitted = np.concatenate([waveform, ending])[:wanted]
    attack = min(round(ATTACK_S * SAMPLE_RATE), len(fitted) // 4)
    release = min(round((0.3 if rings else RELEASE_S) * SAMPLE_RATE), len(fitted) // 2)
    fitted[:attack] *= np.linspace(0.0, 1.0, attack, dtype=np.float32)
    fitted[len(fitted) - release :] *= 0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, release, dtype=np.float32))
    return fitted


def _parse(path: Path, transposition: int) -> RecordedNote | None:
    """A file as a note; None where it isn't a sustained one or of no dynamic."""
    words = path.stem.split("_")
    if path.parent.parent.name == "weresax":
        spelling, dynamic, articulation = words[0], words[1], "normal"
        octaves = int(spelling[-1]) + WERESAX_OCTAVES_BELOW
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


# Ranges in which the other instruments' scores are written.
_RANGES: dict[str, tuple[int, int]] = {
    "banjo": (48, 84),
    "bass-clarinet": (36, 79),
    "bassoon": (34, 72),
    "cello": (36, 79),
    "contrabassoon": (22, 53),
    "cor-anglais": (52, 81),
    "double-bass": (28, 60),
    "french-horn": (36, 74),
    "guitar": (40, 79),
    "mandolin": (55, 91),
    "oboe": (58, 89),
    "trombone": (40, 72),
}

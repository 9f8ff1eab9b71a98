"""What the index of a rendered dataset says of each track."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pretty_midi

from pecmae.datasets.dataset import Track
from pecmae.rendering.catalogue import Kind
from pecmae.rendering.fluidsynth import SEEN_SOUNDFONTS
from pecmae.rendering.midi import sounding_buses
from pecmae.rendering.orchestration import Orchestration, Patch, Singer, Voice
from pecmae.rendering.planning import TrackPlan
from pecmae.rendering.recording import Take
from pecmae.rendering.score import Score


class RenderedTrack(Track):
    """A line of the index of a rendered dataset.

    Attributes:
        midi: The MIDI file, relative to the dataset's folder.
        seed: The track's seed.
        tempo_bpm: Tempo in quarter notes per minute.
        key: Tonic and mode.
        arrangement: Which of the class's arrangements it is.
        instruments: Names of the instruments that play.
        soundfonts: Names of all soundfonts that play.
        patches: For each voice, what differs from the soundfont's own instrument.
        effects: The effects that are heard, each as `bus: kind`.
        tuning_cents: Offset of the tuning from A = 440 Hz.
        peak_db: Level of the largest sample.
    """

    midi: Path
    seed: int
    tempo_bpm: float
    key: str
    arrangement: str
    instruments: tuple[str, ...]
    soundfonts: tuple[str, ...]
    patches: tuple[dict[str, Any], ...]
    effects: tuple[str, ...]
    tuning_cents: float
    peak_db: float


def describe_track(
    kind: Kind, plan: TrackPlan, score: Score, orchestration: Orchestration, take: Take
) -> RenderedTrack:
    """Describe a composed track for the index.

    Args:
        kind: Kind of the dataset.
        plan: The track's plan.
        score: Its score.
        orchestration: Its orchestration.
        take: Its recording.

    Returns:
        The line of the index.
    """
    voices = [] if plan.is_recorded else sounding_voices(score, orchestration)
    soundfonts = {voice.patch.soundfont for voice in voices if voice.singer is None}
    if plan.is_recorded:
        instruments: tuple[str, ...] = (f"{plan.class_id.replace('-', ' ').capitalize()} (recorded notes)",)
    else:
        instruments = sounding_instruments(score, orchestration, number_drum_kits=True)
    return RenderedTrack(
        id=plan.id,
        class_id=plan.class_id,
        split=plan.split,
        audio=Path(f"audio/{plan.id}.flac"),
        title=score.title,
        unseen_soundfont=plan.unseen_soundfont,
        shippable=soundfonts <= {item.name for item in SEEN_SOUNDFONTS} and not plan.is_recorded,
        soundfont=plan.soundfont,
        duration_s=kind.duration_s,
        midi=Path(f"midi/{plan.id}.mid"),
        seed=plan.seed,
        tempo_bpm=score.tempo_bpm,
        key=score.key,
        arrangement=score.arrangement,
        instruments=instruments,
        soundfonts=tuple(sorted(soundfonts)),
        patches=tuple(_changes(voice) for voice in voices),
        effects=_effects(score, orchestration),
        tuning_cents=take.tuning_cents,
        peak_db=take.peak_db,
    )


def sounding_voices(score: Score, orchestration: Orchestration) -> list[Voice]:
    """The voices that play some part of a score, each once."""
    voices = [voice for part in score.parts if part.notes for voice in orchestration.voices_for(part.role)]
    return list(dict.fromkeys(voices))


def sounding_instruments(score: Score, orchestration: Orchestration, *, number_drum_kits: bool) -> tuple[str, ...]:
    """Name the General MIDI instruments that play a score.

    Args:
        score: The score.
        orchestration: Who plays it.
        number_drum_kits: Whether drum kits are told apart by their program number.

    Returns:
        The names, each once.
    """
    names = []
    for voice in sounding_voices(score, orchestration):
        if voice.singer is not None:
            names.append("Singer (computed)")
            continue
        for program in (voice.program, *voice.layers):
            if voice.is_drum:
                names.append(f"Drum kit {program}" if number_drum_kits else "Drum kit")
            else:
                names.append(pretty_midi.program_to_instrument_name(program))
    return tuple(dict.fromkeys(names))


def _changes(voice: Voice) -> dict[str, Any]:
    """A voice's role and program, with what differs from the soundfont's own instrument or from the default singer."""
    drawn: Patch | Singer = voice.singer if voice.singer is not None else voice.patch
    default = Singer() if voice.singer is not None else Patch()
    values = {field.name: getattr(drawn, field.name) for field in fields(drawn)}
    changed = {name: value for name, value in values.items() if value != getattr(default, name)}
    source = {"singer": True} if voice.singer is not None else {"program": voice.program}
    return {"role": voice.role, **source, **changed}


def _effects(score: Score, orchestration: Orchestration) -> tuple[str, ...]:
    sounding = sounding_buses(score, orchestration)
    effects = [
        f"{bus.name}: {effect.kind}" for bus in orchestration.buses if bus.name in sounding for effect in bus.effects
    ]
    return tuple(dict.fromkeys(effects + [f"master: {effect.kind}" for effect in orchestration.master]))

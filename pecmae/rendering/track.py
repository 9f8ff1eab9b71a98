"""One track: compose, render, write, describe."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.encoding import faded, write_audio
from pecmae.errors import DatasetError
from pecmae.files import write_at_once
from pecmae.rendering.casting import as_it_is, cast
from pecmae.rendering.catalogue import Kind
from pecmae.rendering.fluidsynth import SEEN_SOUNDFONTS, Generator, Synthesiser
from pecmae.rendering.midi import build_midi, generators_for, midi_bytes, sounding_buses
from pecmae.rendering.orchestration import Orchestration, Patch, Singer, Voice
from pecmae.rendering.planning import TrackPlan
from pecmae.rendering.production import at_peak, produce
from pecmae.rendering.recorded import NoteLibrary, play_notes
from pecmae.rendering.recording import Take
from pecmae.rendering.score import Score
from pecmae.rendering.singing import sing

FADE_S = 0.02
COMPOSING, RECORDING, PRODUCING, CASTING, SINGING = 0, 1, 3, 4, 5  # independent streams of chance of one seed


def compose_track(kind: Kind, plan: TrackPlan) -> tuple[Score, Orchestration, Take]:
    """Compose a planned track and draw its recording.

    Args:
        kind: Kind of the dataset.
        plan: The track's plan.

    Returns:
        The score, the orchestration with the recording at the end of its master effects, and the recording.
    """
    score, orchestration = kind.compose(plan.class_id, np.random.default_rng([plan.seed, COMPOSING]), kind.duration_s)
    take = kind.draw_take(np.random.default_rng([plan.seed, RECORDING]), plan.split)
    casting = np.random.default_rng([plan.seed, CASTING])
    if plan.unseen_soundfont or plan.is_recorded:
        orchestration = as_it_is(orchestration, plan.soundfont)
    else:
        orchestration = cast(kind.vary(plan.class_id, orchestration, casting), plan.soundfont, plan.split, casting)
    return score, replace(orchestration, master=orchestration.master + take.effects), take


def render_score(
    score: Score,
    orchestration: Orchestration,
    synthesiser: Synthesiser,
    soundfont: str,
    duration_s: float,
    rng: np.random.Generator,
    *,
    tuning_cents: float = 0.0,
    peak_db: float = -3.0,
) -> np.ndarray:
    """Render any score with any orchestration.

    Args:
        score: What is played.
        orchestration: Who plays it, and its treatment.
        synthesiser: From `find_synthesiser`.
        soundfont: Name of one of its soundfonts, for the voices whose patch names none.
        duration_s: Length of the result.
        rng: Draws noise and the like.
        tuning_cents: Offset of the pitched voices.
        peak_db: Level of the largest sample, dB re full scale.

    Returns:
        The track, `(n_samples,)` float32 mono at `SAMPLE_RATE`.

    Raises:
        DatasetError: `silent_track`, none of the score's parts has a voice that sounds.
    """
    voices = tuple(
        voice if voice.patch.soundfont else replace(voice, patch=replace(voice.patch, soundfont=soundfont))
        for voice in orchestration.voices
    )
    orchestration = replace(orchestration, voices=voices)
    stems = {}
    for bus in sounding_buses(score, orchestration):
        stem = _sung(score, orchestration, bus, duration_s, tuning_cents, rng)
        for name in _soundfonts(score, orchestration, bus):
            midi = build_midi(score, orchestration, bus=bus, soundfont=name, tuning_cents=tuning_cents)
            generators = generators_for(score, orchestration, bus=bus, soundfont=name)
            stem += synthesiser.render(name, midi, duration_s, tuple(Generator(*item) for item in generators))
        stems[bus] = stem
    if not any(stem.any() for stem in stems.values()):
        raise DatasetError("silent_track", f"{score.title!r} with {orchestration.name!r} is silent in {soundfont}.")
    return at_peak(faded(produce(stems, orchestration, rng), FADE_S), peak_db)


def render_track(
    kind: Kind, plan: TrackPlan, synthesiser: Synthesiser, out: Path, notes: NoteLibrary | None = None
) -> dict[str, Any]:
    """Compose, render and write one track; returns its line of the index.

    Args:
        kind: Kind of the dataset.
        plan: The track's plan.
        synthesiser: Plays the soundfonts.
        out: The dataset's folder.
        notes: Recorded notes; needed where the plan asks for them.
    """
    score, orchestration, take = compose_track(kind, plan)
    rng = np.random.default_rng([plan.seed, PRODUCING])
    if plan.is_recorded:
        assert notes is not None, "plans of recorded notes are made only where there are some"
        stem = play_notes(notes, plan.class_id, score, kind.duration_s, rng, tuning_cents=take.tuning_cents)
        stems = {bus.name: stem for bus in orchestration.buses}
        audio = at_peak(faded(produce(stems, orchestration, rng), FADE_S), take.peak_db)
    else:
        audio = render_score(
            score,
            orchestration,
            synthesiser,
            plan.soundfont,
            kind.duration_s,
            rng,
            tuning_cents=take.tuning_cents,
            peak_db=take.peak_db,
        )
    row = track_row(kind, plan, score, orchestration, take)
    midi = build_midi(score, _as_written(orchestration), tuning_cents=take.tuning_cents)
    write_at_once(out / row["midi"], midi_bytes(midi))
    temporary = out / "audio" / f".{plan.id}.part.flac"
    write_audio(temporary, audio)
    temporary.replace(out / row["audio"])
    return row


def track_row(kind: Kind, plan: TrackPlan, score: Score, orchestration: Orchestration, take: Take) -> dict[str, Any]:
    """A track's line of the index."""
    voices = [] if plan.is_recorded else _sounding_voices(score, orchestration)
    soundfonts = {voice.patch.soundfont for voice in voices if voice.singer is None}
    shippable = soundfonts <= {item.name for item in SEEN_SOUNDFONTS} and not plan.is_recorded
    return {
        "id": plan.id,
        "class": plan.class_id,
        "split": plan.split,
        "unseen_soundfont": plan.unseen_soundfont,
        "audio": f"audio/{plan.id}.flac",
        "midi": f"midi/{plan.id}.mid",
        "duration_s": kind.duration_s,
        "seed": plan.seed,
        "tempo_bpm": score.tempo_bpm,
        "key": score.key,
        "arrangement": score.arrangement,
        "title": score.title,
        "instruments": [_spoken(plan.class_id)] if plan.is_recorded else _instruments(score, orchestration),
        "soundfont": plan.soundfont,
        "soundfonts": sorted(soundfonts),
        "shippable": shippable,
        "patches": [_patch_row(voice) for voice in voices],
        "effects": _effects(score, orchestration),
        "tuning_cents": take.tuning_cents,
        "peak_db": take.peak_db,
    }


def _sung(
    score: Score,
    orchestration: Orchestration,
    bus: str,
    duration_s: float,
    tuning_cents: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """What a bus's singers sing; silence where it has none."""
    stem = np.zeros(round(duration_s * SAMPLE_RATE), dtype=np.float32)
    for part in score.parts:
        for voice in orchestration.voices_for(part.role):
            if part.notes and voice.bus == bus and voice.singer is not None:
                transpose = voice.transpose + tuning_cents / 100
                stem += sing(part, voice.singer, score.tempo_bpm, duration_s, rng, transpose=transpose)
    return stem


def _soundfonts(score: Score, orchestration: Orchestration, bus: str) -> list[str]:
    """Names of the soundfonts that sound on a bus."""
    voices = _sounding_voices(score, orchestration)
    return sorted({voice.patch.soundfont for voice in voices if voice.bus == bus and voice.singer is None})


def _sounding_voices(score: Score, orchestration: Orchestration) -> list[Voice]:
    voices = [voice for part in score.parts if part.notes for voice in orchestration.voices_for(part.role)]
    return list(dict.fromkeys(voices))


def _as_written(orchestration: Orchestration) -> Orchestration:
    """Each voice once, without its patch: a soundfont's layers are no part of the music."""
    plain = (replace(voice, patch=Patch(), singer=None) for voice in orchestration.voices)
    by_seat = {(voice.role, voice.program, voice.bus, voice.transpose, voice.pan): voice for voice in plain}
    return replace(orchestration, voices=tuple(by_seat.values()))


def _patch_row(voice: Voice) -> dict[str, Any]:
    """How a voice sounds, with what differs from the soundfont's own instrument."""
    drawn: Patch | Singer = voice.singer if voice.singer is not None else voice.patch
    changed = {field.name: getattr(drawn, field.name) for field in fields(drawn)}
    plain = Singer() if voice.singer is not None else Patch()
    row = {name: value for name, value in changed.items() if value != getattr(plain, name)}
    sound = {"singer": True} if voice.singer is not None else {"program": voice.program}
    return {"role": voice.role, **sound, **row}


def _spoken(class_id: str) -> str:
    return f"{class_id.replace('-', ' ').capitalize()} (recorded notes)"


def _instruments(score: Score, orchestration: Orchestration) -> list[str]:
    """Names of the General MIDI instruments that play, drum kits as such, each once."""
    names = []
    for part in score.parts:
        for voice in orchestration.voices_for(part.role) if part.notes else ():
            if voice.singer is not None:
                names.append("Singer (computed)")
                continue
            for program in (voice.program, *voice.layers):
                name = f"Drum kit {program}" if voice.is_drum else pretty_midi.program_to_instrument_name(program)
                names.append(name)
    return list(dict.fromkeys(names))


def _effects(score: Score, orchestration: Orchestration) -> list[str]:
    """Kinds of the effects that are heard, by bus, each as `bus: kind`."""
    sounding = sounding_buses(score, orchestration)
    buses = [
        f"{bus.name}: {effect.kind}" for bus in orchestration.buses if bus.name in sounding for effect in bus.effects
    ]
    return list(dict.fromkeys(buses + [f"master: {effect.kind}" for effect in orchestration.master]))

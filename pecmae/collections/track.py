"""One track: compose, render, write, describe."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi

from pecmae.audio import faded, write_audio
from pecmae.collections.catalogue import Kind
from pecmae.collections.collection import write_at_once
from pecmae.collections.fluidsynth import Synthesiser
from pecmae.collections.midi import build_midi, midi_bytes, sounding_buses
from pecmae.collections.orchestration import Orchestration
from pecmae.collections.planning import TrackPlan
from pecmae.collections.production import at_peak, produce
from pecmae.collections.recording import Take, draw_take
from pecmae.collections.score import Score
from pecmae.errors import CollectionError

FADE_S = 0.02
COMPOSING, RECORDING, PRODUCING = 0, 1, 3  # independent streams of chance of one seed


def compose_track(kind: Kind, plan: TrackPlan) -> tuple[Score, Orchestration, Take]:
    """Compose a planned track and draw its recording.

    Args:
        kind: Kind of the collection.
        plan: The track's plan.

    Returns:
        The score, the orchestration with the recording at the end of its master effects, and the recording.
    """
    score, orchestration = kind.compose(plan.class_id, np.random.default_rng([plan.seed, COMPOSING]), kind.duration_s)
    take = draw_take(np.random.default_rng([plan.seed, RECORDING]), strength=kind.recording_strength)
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
        soundfont: Name of one of its soundfonts.
        duration_s: Length of the result.
        rng: Draws noise and the like.
        tuning_cents: Offset of the pitched voices.
        peak_db: Level of the largest sample, dB re full scale.

    Returns:
        The track, `(n_samples,)` float32 mono at `SAMPLE_RATE`.

    Raises:
        CollectionError: `silent_track`, none of the score's parts has a voice that sounds.
    """
    stems = {}
    for bus in sounding_buses(score, orchestration):
        midi = build_midi(score, orchestration, bus=bus, tuning_cents=tuning_cents)
        stems[bus] = synthesiser.render(soundfont, midi, duration_s)
    if not any(stem.any() for stem in stems.values()):
        raise CollectionError("silent_track", f"{score.title!r} with {orchestration.name!r} is silent in {soundfont}.")
    return at_peak(faded(produce(stems, orchestration, rng), FADE_S), peak_db)


def render_track(kind: Kind, plan: TrackPlan, synthesiser: Synthesiser, out: Path) -> dict[str, Any]:
    """Compose, render and write one track; returns its line of the index."""
    score, orchestration, take = compose_track(kind, plan)
    audio = render_score(
        score,
        orchestration,
        synthesiser,
        plan.soundfont,
        kind.duration_s,
        np.random.default_rng([plan.seed, PRODUCING]),
        tuning_cents=take.tuning_cents,
        peak_db=take.peak_db,
    )
    row = track_row(kind, plan, score, orchestration, take)
    midi = build_midi(score, orchestration, tuning_cents=take.tuning_cents)
    write_at_once(out / row["midi"], midi_bytes(midi))
    temporary = out / "audio" / f".{plan.id}.part.flac"
    write_audio(temporary, audio)
    temporary.replace(out / row["audio"])
    return row


def track_row(kind: Kind, plan: TrackPlan, score: Score, orchestration: Orchestration, take: Take) -> dict[str, Any]:
    """A track's line of the index."""
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
        "instruments": _instruments(score, orchestration),
        "soundfont": plan.soundfont,
        "effects": _effects(score, orchestration),
        "tuning_cents": take.tuning_cents,
        "peak_db": take.peak_db,
    }


def _instruments(score: Score, orchestration: Orchestration) -> list[str]:
    """Names of the General MIDI instruments that play, drum kits as such, each once."""
    names = []
    for part in score.parts:
        for voice in orchestration.voices_for(part.role) if part.notes else ():
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

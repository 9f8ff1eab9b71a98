"""Compose, render and write one track."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.encoding import faded, write_audio
from pecmae.errors import DatasetError
from pecmae.files import replacing, write_at_once
from pecmae.rendering.casting import cast, cast_unvaried
from pecmae.rendering.catalogue import Kind
from pecmae.rendering.fluidsynth import Generator, Synthesiser
from pecmae.rendering.midi import build_midi, generators_for, midi_bytes, sounding_buses
from pecmae.rendering.note_library import NoteLibrary
from pecmae.rendering.orchestration import Orchestration, Patch
from pecmae.rendering.planning import TrackPlan
from pecmae.rendering.production import at_peak, produce
from pecmae.rendering.recorded_solos import play_notes
from pecmae.rendering.recording import Take
from pecmae.rendering.rendered_track import RenderedTrack, describe_track, sounding_voices
from pecmae.rendering.score import Score
from pecmae.rendering.singing import sing

FADE_S = 0.02
COMPOSING, RECORDING, PRODUCING, CASTING = 0, 1, 3, 4  # independent random streams of a track's seed


def compose_track(kind: Kind, plan: TrackPlan) -> tuple[Score, Orchestration, Take]:
    """Compose a planned track and draw its recording.

    Args:
        kind: Kind of the dataset.
        plan: The track's plan.

    Returns:
        The score, the orchestration with the recording's effects at the end of its master effects, and the recording.
    """
    score, orchestration = kind.compose(plan.class_id, np.random.default_rng([plan.seed, COMPOSING]), kind.duration_s)
    take = kind.draw_take(np.random.default_rng([plan.seed, RECORDING]), plan.split)
    casting = np.random.default_rng([plan.seed, CASTING])
    if plan.unseen_soundfont or plan.is_recorded:
        orchestration = cast_unvaried(orchestration, plan.soundfont)
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
        orchestration: Who plays it, and the effects.
        synthesiser: From `find_synthesiser`.
        soundfont: Name of the soundfont for voices whose patch names none.
        duration_s: Duration of the result.
        rng: Draws whatever is random in voices and effects, such as noise.
        tuning_cents: Offset of the pitched voices.
        peak_db: Level of the largest sample, in dB relative to full scale.

    Returns:
        The track, mono float32 at `SAMPLE_RATE`.

    Raises:
        DatasetError: `silent_track`: no part of the score has a voice that sounds.

    Shape:
        `(duration_s * SAMPLE_RATE,)`
    """
    voices = tuple(
        voice if voice.patch.soundfont else replace(voice, patch=replace(voice.patch, soundfont=soundfont))
        for voice in orchestration.voices
    )
    orchestration = replace(orchestration, voices=voices)
    stems = {}
    for bus in sounding_buses(score, orchestration):
        stem = _sing_bus(score, orchestration, bus, duration_s, tuning_cents, rng)
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
) -> RenderedTrack:
    """Compose, render and write one track.

    Args:
        kind: Kind of the dataset.
        plan: The track's plan.
        synthesiser: Plays the soundfonts.
        out: The dataset's folder.
        notes: Recorded notes; needed if the plan asks for them.

    Returns:
        The track's line of the index.
    """
    score, orchestration, take = compose_track(kind, plan)
    rng = np.random.default_rng([plan.seed, PRODUCING])
    if plan.is_recorded:
        assert notes is not None, "tracks of recorded notes are planned only where notes are given"
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
    track = describe_track(kind, plan, score, orchestration, take)
    midi = build_midi(score, _without_patches(orchestration), tuning_cents=take.tuning_cents)
    write_at_once(out / track.midi, midi_bytes(midi))
    with replacing(out / track.audio) as beside:
        write_audio(beside, audio)
    return track


def _sing_bus(
    score: Score,
    orchestration: Orchestration,
    bus: str,
    duration_s: float,
    tuning_cents: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """The sum of a bus's singers; silence if it has none."""
    stem = np.zeros(round(duration_s * SAMPLE_RATE), dtype=np.float32)
    for part in score.parts:
        for voice in orchestration.voices_for(part.role):
            if part.notes and voice.bus == bus and voice.singer is not None:
                transpose = voice.transpose + tuning_cents / 100
                stem += sing(part, voice.singer, score.tempo_bpm, duration_s, rng, transpose=transpose)
    return stem


def _soundfonts(score: Score, orchestration: Orchestration, bus: str) -> list[str]:
    """Names of the soundfonts that play on a bus."""
    voices = sounding_voices(score, orchestration)
    return sorted({voice.patch.soundfont for voice in voices if voice.bus == bus and voice.singer is None})


def _without_patches(orchestration: Orchestration) -> Orchestration:
    """The orchestration as composed: soundfont layers and patches belong to the sound, not to the MIDI file."""
    plain = (replace(voice, patch=Patch(), singer=None) for voice in orchestration.voices)
    by_seat = {(voice.role, voice.program, voice.bus, voice.transpose, voice.pan): voice for voice in plain}
    return replace(orchestration, voices=tuple(by_seat.values()))

"""What a player does within a note: vibrato, slides, falls and swells, as pitch bends and controllers."""

from dataclasses import dataclass

import numpy as np

from pecmae.rendering.score import Bend, Control, Note

MODULATION, EXPRESSION = 1, 11
STEP_S = 0.02


@dataclass(frozen=True)
class Expression:
    """How expressively a take is played.

    Attributes:
        vibrato_cents: Depth of the vibrato; 0 is a straight tone.
        vibrato_hz: Rate of the vibrato.
        vibrato_delay_s: Time before the vibrato of a note begins.
        slide: Probability that a note begins with a slide.
        slide_cents: Pitch at which a slide starts, relative to the note.
        fall: Probability that a note ends with a fall.
        swell: Probability that a longer note has a crescendo or decrescendo.
        modulation: Depth of the soundfont's own vibrato, 0 to 127.
    """

    vibrato_cents: float = 0.0
    vibrato_hz: float = 5.5
    vibrato_delay_s: float = 0.15
    slide: float = 0.0
    slide_cents: float = -150.0
    fall: float = 0.0
    swell: float = 0.0
    modulation: int = 0


def bends_for(
    notes: tuple[Note, ...], tempo_bpm: float, expression: Expression, rng: np.random.Generator
) -> tuple[Bend, ...]:
    """Draw the vibrato, slides and falls of a monophonic line.

    Args:
        notes: Notes in order, one at a time.
        tempo_bpm: The tempo.
        expression: How the line is played.
        rng: Chooses the notes and varies the depth.

    Returns:
        Bends in order. Each note starts at its own pitch or at the start of its slide.
    """
    beat_s = 60.0 / tempo_bpm
    bends: list[Bend] = []
    for note in notes:
        length_s = note.duration_beats * beat_s
        times_s = np.arange(0.0, length_s, STEP_S)
        cents = np.zeros(len(times_s))
        if expression.vibrato_cents and length_s > expression.vibrato_delay_s + 0.15:
            depth = expression.vibrato_cents * rng.uniform(0.6, 1.2)
            rate_hz = expression.vibrato_hz * rng.uniform(0.95, 1.05)
            onset = np.clip((times_s - expression.vibrato_delay_s) / 0.3, 0.0, 1.0)
            cents += depth * onset * np.sin(2 * np.pi * rate_hz * (times_s - expression.vibrato_delay_s))
        if rng.random() < expression.slide:
            slide_s = min(rng.uniform(0.05, 0.2), length_s * 0.6)
            cents += expression.slide_cents * rng.uniform(0.5, 1.3) * np.clip(1 - times_s / slide_s, 0.0, 1.0) ** 1.5
        if length_s > 0.3 and rng.random() < expression.fall:
            cents -= rng.uniform(100, 400) * np.clip((times_s - length_s + 0.2) / 0.2, 0.0, 1.0) ** 2
        last: float | None = None
        for time_s, value in zip(times_s.tolist(), cents.tolist(), strict=True):
            if last is None or abs(value - last) >= 1.0:
                bends.append(Bend(note.start_beat + time_s / beat_s, value))
                last = value
    return tuple(bend for bend, following in zip(bends, [*bends[1:], None], strict=True) if _is_heard(bend, following))


def controls_for(
    notes: tuple[Note, ...], tempo_bpm: float, expression: Expression, rng: np.random.Generator
) -> tuple[Control, ...]:
    """Draw the swells of longer notes, and set the modulation wheel at the start.

    Args:
        notes: Notes in order.
        tempo_bpm: The tempo.
        expression: How the line is played.
        rng: Chooses the notes and the shapes.

    Returns:
        Controller values in order.
    """
    beat_s = 60.0 / tempo_bpm
    controls = [Control(0.0, MODULATION, expression.modulation)] if expression.modulation else []
    if not expression.swell:
        return tuple(controls)
    for note in notes:
        length_s = note.duration_beats * beat_s
        if length_s < 0.45 or rng.random() > expression.swell:
            controls.append(Control(note.start_beat, EXPRESSION, 112))
            continue
        start, middle, end = rng.uniform(60, 110), rng.uniform(95, 127), rng.uniform(50, 115)
        times_s = np.arange(0.0, length_s, 0.06)
        values = np.interp(times_s / length_s, (0.0, rng.uniform(0.2, 0.7), 1.0), (start, middle, end))
        controls += [
            Control(note.start_beat + time_s / beat_s, EXPRESSION, round(value))
            for time_s, value in zip(times_s.tolist(), values.tolist(), strict=True)
        ]
    return tuple(controls)


def _is_heard(bend: Bend, following: Bend | None) -> bool:
    """Whether a bend lasts: the following one comes later."""
    return following is None or following.beat > bend.beat

"""Compose and render the counterfactual set: scores of each genre with each genre's orchestration and production.

Three sets of ten pieces, one a genre. Within a set every score is played by every piece's band, which keeps its
instruments, levels, effects, mastering and soundfont whatever it plays. On the diagonal, a piece is heard as composed.
All clips of a score show the same eight seconds of it. Nothing is drawn that a genre doesn't decide: no room, no
microphone, no detuning. Only soundfonts under the MIT licence play, so the sounds may be passed on.

The folder's format is told in `pecmae.explain.counterfactuals`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pecmae.audio.block_shuffling import shuffle_blocks
from pecmae.audio.clips import read_clip
from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.encoding import faded, write_audio
from pecmae.explain.counterfactuals import (
    INDEX_FILE,
    CounterfactualClip,
    CounterfactualSet,
    Piece,
    ShuffledPiece,
    clip_id,
)
from pecmae.files import replacing, sha256, write_at_once
from pecmae.rendering.catalogue import LICENCE
from pecmae.rendering.finished_set import count_sounds, load_finished_set
from pecmae.rendering.fluidsynth import FLUID_R3, MUSESCORE, Synthesiser, find_synthesiser
from pecmae.rendering.genres import GENRES, compose
from pecmae.rendering.orchestration import Orchestration
from pecmae.rendering.production import at_peak
from pecmae.rendering.rendered_track import sounding_instruments
from pecmae.rendering.score import Score
from pecmae.rendering.track import render_score

SEED = 20_240_218
N_SETS = 3
PIECE_S = 30.0
EXCERPT_S = 8.0
BLOCK_MS = 250.0
FADE_S = 0.02
PEAK_DB = -3.0
VORBIS_COMPRESSION = 1.0
"""Of libsndfile, 0 to 1: about 35 kB for 8 s of mono at 24 kHz."""
SOUNDFONTS = (FLUID_R3, MUSESCORE)
ATTRIBUTION = (
    "Composed and rendered by PECMAE Explorer with FluidSynth and the soundfonts FluidR3 GM (Frank Wen, MIT) and "
    "MuseScore General (S. Christian Collins and others, MIT)."
)
COMPOSING, PRODUCING, SHUFFLING = 0, 1, 2  # independent streams of chance of one seed
Notify = Callable[[int, int], None]


@dataclass(frozen=True)
class ComposedPiece:
    """A piece's facts with its score and its band."""

    piece: Piece
    score: Score
    orchestration: Orchestration


def compose_pieces(n_sets: int = N_SETS, seed: int = SEED) -> tuple[ComposedPiece, ...]:
    """Compose all pieces and draw their bands.

    Args:
        n_sets: How many pieces a genre has.
        seed: What everything is drawn from.

    Returns:
        The pieces, set by set, each in the order of `GENRES`.
    """
    pieces = []
    for number in range(1, n_sets + 1):
        for g, genre in enumerate(GENRES):
            score, orchestration = compose(genre, np.random.default_rng([seed, COMPOSING, g, number]), PIECE_S)
            soundfont = SOUNDFONTS[(g + number) % len(SOUNDFONTS)]
            piece = Piece(
                id=f"{genre}-{number}",
                class_id=genre,
                set=number,
                title=score.title,
                arrangement=score.arrangement,
                start_s=fullest_start_s(score),
                band=orchestration.name,
                soundfont=soundfont.name,
            )
            pieces.append(ComposedPiece(piece, score, orchestration))
    return tuple(pieces)


def fullest_start_s(score: Score, excerpt_s: float = EXCERPT_S) -> float:
    """Where the excerpt with the most parts begins, and among those the one with the most notes.

    It begins at a multiple of four beats, so that it doesn't start within a figure, and leaves `excerpt_s` to the end.
    """
    length = excerpt_s * score.tempo_bpm / 60
    starts = np.arange(0.0, max(score.beats - length, 0.0) + 1e-6, 4.0)

    def fullness(start: float) -> tuple[int, int]:
        counts = [sum(start <= note.start_beat < start + length for note in part.notes) for part in score.parts]
        return sum(count > 0 for count in counts), sum(counts)

    best = max(starts.tolist(), key=fullness)  # the first of equals
    return round(best * 60 / score.tempo_bpm, 4)


def render_clip(score: ComposedPiece, band: ComposedPiece, synthesiser: Synthesiser) -> np.ndarray:
    """Render the excerpt of one piece's score by another's band.

    Args:
        score: Gives the notes and says where the excerpt begins.
        band: Gives instruments, production and soundfont.
        synthesiser: From `find_synthesiser`.

    Returns:
        The excerpt at `PEAK_DB`, faded at both ends.

    Raises:
        DatasetError: The band plays no part of the score.

    Shape: (EXCERPT_S * SAMPLE_RATE,) float32.
    """
    start_s, length = score.piece.start_s, round(EXCERPT_S * SAMPLE_RATE)
    stream = [SEED, PRODUCING, GENRES.index(score.piece.class_id), GENRES.index(band.piece.class_id), score.piece.set]
    waveform = render_score(
        score.score,
        band.orchestration,
        synthesiser,
        band.piece.soundfont,
        start_s + EXCERPT_S,
        np.random.default_rng(stream),
    )
    return at_peak(faded(waveform[-length:], FADE_S), PEAK_DB).astype(np.float32)


def shuffle_segments(waveform: np.ndarray, rng: np.random.Generator, block_ms: float = BLOCK_MS) -> np.ndarray:
    """Shuffle the blocks of every whole segment by itself, so that a segment keeps what it holds.

    Shape: (n_segments * SEGMENT_SAMPLES,) -> the same.
    """
    segments = waveform.reshape(-1, SEGMENT_SAMPLES)
    return np.concatenate([shuffle_blocks(segment, block_ms, rng) for segment in segments])


def render_set(folder: Path, notify: Notify = lambda done, total: None) -> CounterfactualSet:
    """Render a set, or what is missing of it, and write its index.

    A set whose index and files are whole is only read, so it needs neither FluidSynth nor soundfonts.

    Args:
        folder: Such as `assets/counterfactuals`.
        notify: Called with how many sounds are there and how many there will be.

    Returns:
        The set.

    Raises:
        BundleError: The index is broken.
        DatasetError: FluidSynth or a soundfont is missing.
    """
    finished = load_finished_set(folder)
    if finished is not None:
        return finished
    pieces = compose_pieces()
    pairs = [(score, band) for score in pieces for band in pieces if score.piece.set == band.piece.set]
    total = count_sounds(len(GENRES), N_SETS)
    for name in ("clips", "shuffled"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    clips: list[CounterfactualClip] = []
    shuffled: list[ShuffledPiece] = []
    with find_synthesiser() as synthesiser:
        for score, band in pairs:
            clip = _describe(score, band)
            if not (folder / clip.audio_file).is_file():
                _write(folder / clip.audio_file, render_clip(score, band, synthesiser))
            clips.append(replace(clip, sha256=sha256(folder / clip.audio_file)))
            notify(len(clips), total)
    for g, item in enumerate(pieces[: len(GENRES)]):
        path = folder / ShuffledPiece(item.piece.id, "").audio_file
        whole = read_clip(folder / _describe(item, item).audio_file).waveform
        _write(path, shuffle_segments(whole, np.random.default_rng([SEED, SHUFFLING, g])))
        shuffled.append(ShuffledPiece(item.piece.id, sha256(path)))
        notify(len(clips) + len(shuffled), total)
    made = CounterfactualSet(
        classes=GENRES,
        n_sets=N_SETS,
        seed=SEED,
        excerpt_s=EXCERPT_S,
        block_ms=BLOCK_MS,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        pieces=tuple(item.piece for item in pieces),
        clips=tuple(clips),
        shuffled=tuple(shuffled),
    )
    write_index(folder, made)
    return made


def write_index(folder: Path, counterfactuals: CounterfactualSet) -> None:
    """Write the index at once, a line for each piece and clip."""
    data = counterfactuals.to_json()
    parts = [f" {json.dumps(key)}: {_lines(value)}" for key, value in data.items()]
    write_at_once(folder / INDEX_FILE, ("{\n" + ",\n".join(parts) + "\n}\n").encode())


def _describe(score: ComposedPiece, band: ComposedPiece) -> CounterfactualClip:
    instruments = sounding_instruments(score.score, band.orchestration, number_drum_kits=False)
    return CounterfactualClip(clip_id(score.piece, band.piece), score.piece.id, band.piece.id, instruments, "")


def _write(path: Path, waveform: np.ndarray) -> None:
    with replacing(path) as beside:
        write_audio(beside, waveform, compression_level=VORBIS_COMPRESSION)


def _lines(value: object) -> str:
    if isinstance(value, Sequence) and value and isinstance(value[0], dict):
        rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in value)
        return f"[\n{rows}\n ]"
    return json.dumps(value, ensure_ascii=False)

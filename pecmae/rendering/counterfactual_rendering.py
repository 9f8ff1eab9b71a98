"""Compose and render the counterfactual set: the scores of each genre, played by the bands of each genre.

There are three sets of ten pieces, one piece per genre. Within a set, each score is played by the band of each piece. A
band keeps its instruments, levels, effects, mastering and soundfont whatever it plays. On the diagonal, a piece sounds
as composed. All clips of a score are the same eight seconds of it. Nothing varies that isn't part of a genre: there is
no room, no microphone and no detuning. Only soundfonts under the MIT licence are used, so that the sounds may be passed
on.

`pecmae.explain.counterfactuals` describes the folder.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pecmae.audio.block_shuffling import shuffle_blocks
from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.encoding import faded, write_audio
from pecmae.audio.reading import read_clip
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
"""libsndfile's compression level, 0 to 1; 1 gives about 35 kB for 8 s of mono audio at 24 kHz."""
SOUNDFONTS = (FLUID_R3, MUSESCORE)
ATTRIBUTION = (
    "Composed and rendered by PECMAE Explorer with FluidSynth and the soundfonts FluidR3 GM (Frank Wen, MIT) and "
    "MuseScore General (S. Christian Collins and others, MIT)."
)
COMPOSING, PRODUCING, SHUFFLING = 0, 1, 2  # independent random streams of the seed
Notify = Callable[[int, int], None]


@dataclass(frozen=True)
class ComposedPiece:
    """A piece of the index with its score and its band."""

    piece: Piece
    score: Score
    orchestration: Orchestration


def compose_pieces(n_sets: int = N_SETS, seed: int = SEED) -> tuple[ComposedPiece, ...]:
    """Compose all pieces and draw their bands.

    Args:
        n_sets: Number of pieces per genre.
        seed: Seed of the scores and bands.

    Returns:
        The pieces, set by set, within a set in the order of `GENRES`.
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
    """Find the excerpt in which the most parts play, and among these the one with the most notes.

    Args:
        score: The score.
        excerpt_s: Duration of the excerpt.

    Returns:
        The start of the excerpt in seconds. It is a multiple of four beats, so that no figure is cut, and the excerpt
        ends within the score.
    """
    length = excerpt_s * score.tempo_bpm / 60
    starts = np.arange(0.0, max(score.beats - length, 0.0) + 1e-6, 4.0)

    def fullness(start: float) -> tuple[int, int]:
        counts = [sum(start <= note.start_beat < start + length for note in part.notes) for part in score.parts]
        return sum(count > 0 for count in counts), sum(counts)

    best = max(starts.tolist(), key=fullness)  # the first of equal ones
    return round(best * 60 / score.tempo_bpm, 4)


def render_clip(score: ComposedPiece, band: ComposedPiece, synthesiser: Synthesiser) -> np.ndarray:
    """Render the excerpt of one piece's score with another piece's band.

    Args:
        score: The piece whose score is played; it also decides where the excerpt begins.
        band: The piece whose instruments, production and soundfont are used.
        synthesiser: From `find_synthesiser`.

    Returns:
        The excerpt, float32, with its peak at `PEAK_DB` and faded at both ends.

    Raises:
        DatasetError: `silent_track`: the band plays no part of the score.

    Shape:
        `(EXCERPT_S * SAMPLE_RATE,)`
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
    """Shuffle the blocks within each segment; no block leaves its segment.

    Args:
        waveform: A whole number of segments.
        rng: Draws the orders.
        block_ms: Length of a block.

    Returns:
        The shuffled waveform.

    Shape:
        `(n_segments * SEGMENT_SAMPLES,)` in and out.
    """
    segments = waveform.reshape(-1, SEGMENT_SAMPLES)
    return np.concatenate([shuffle_blocks(segment, block_ms, rng) for segment in segments])


def render_set(folder: Path, notify: Notify = lambda _done, _total: None) -> CounterfactualSet:
    """Render the sounds that a set lacks, and write its index.

    A complete set is only read, which needs neither FluidSynth nor soundfonts.

    Args:
        folder: The set's folder, such as `assets/counterfactuals`.
        notify: Called with the number of sounds that exist and the number of all sounds.

    Returns:
        The set.

    Raises:
        BundleError: The index can't be read.
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
    """Write the index, with one line per piece and clip.

    Args:
        folder: The set's folder.
        counterfactuals: The set.
    """
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

"""A small counterfactual set for the classes of the bundle `tiny`: synthetic sounds in place of rendered pieces."""

from pathlib import Path

import numpy as np
from tiny import RECIPES, synthesise

from pecmae.audio.conventions import SEGMENT_SAMPLES
from pecmae.audio.encoding import write_audio
from pecmae.bundles.bundle import Bundle
from pecmae.evaluation.time_shuffling import classifier_of, measure_time
from pecmae.explain.counterfactuals import CounterfactualClip, CounterfactualSet, Piece, ShuffledPiece, clip_id
from pecmae.files import sha256
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.rendering.counterfactual_rendering import shuffle_segments, write_index
from pecmae.training.counterfactual_baking import classify_set, composed_segments, measure_following, store_answers

N_SETS = 2


def write_tiny_set(folder: Path) -> CounterfactualSet:
    """Write index and sounds; a clip sounds as its band's timbre."""
    rng = np.random.default_rng(5)
    timbres = RECIPES["tiny"].timbres
    for name in ("clips", "shuffled"):
        (folder / name).mkdir(parents=True)
    pieces = [
        Piece(f"{name}-{number}", name, number, f"A {name} étude in C major, 90 BPM", "étude", 2.5, "trio", "none")
        for number in range(1, N_SETS + 1)
        for name in timbres
    ]
    clips, shuffled = [], []
    for score, band in ((score, band) for score in pieces for band in pieces if score.set == band.set):
        clip = CounterfactualClip(clip_id(score, band), score.id, band.id, ("Flute", "Drum kit"), "")
        write_audio(folder / clip.audio_file, synthesise(timbres[band.class_id], rng, 2 * SEGMENT_SAMPLES))
        clips.append(
            CounterfactualClip(clip.id, clip.score, clip.band, clip.instruments, sha256(folder / clip.audio_file))
        )
    for piece in pieces[: len(timbres)]:
        path = folder / ShuffledPiece(piece.id, "").audio_file
        write_audio(path, shuffle_segments(synthesise(timbres[piece.class_id], rng, 2 * SEGMENT_SAMPLES), rng))
        shuffled.append(ShuffledPiece(piece.id, sha256(path)))
    made = CounterfactualSet(
        tuple(timbres),
        N_SETS,
        5,
        8.0,
        250.0,
        "CC0-1.0",
        "Made for tests.",
        tuple(pieces),
        tuple(clips),
        tuple(shuffled),
    )
    write_index(folder, made)
    return made


def answer_tiny_set(
    folder: Path, counterfactuals: CounterfactualSet, bundle: Bundle, autoencoder: GenerativeAutoencoder
) -> Path:
    """Classify the set with a bundle and store the answers."""
    class_ids = bundle.manifest.class_ids
    answers = classify_set(counterfactuals, folder, bundle, autoencoder)
    following = measure_following(counterfactuals, answers, class_ids)
    segments = composed_segments(counterfactuals, folder, class_ids)
    time = {"pieces": measure_time(segments, classifier_of(bundle, autoencoder))}
    return store_answers(folder, counterfactuals, bundle, answers, following, time, {})

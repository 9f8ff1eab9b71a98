"""Classify the counterfactual set with a bundle: do its decisions follow the band or the score?

A clip off the diagonal has the score of one class and the band of another, and the set holds all such pairs equally
often. So a model that follows neither names the class of the score in one clip of C, and that of the band too, whatever
classes it prefers.

Conventions: C classes, n clips. Probabilities are the softmax of a clip's mean logits, as in an explanation.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pecmae.audio.reading import read_clip
from pecmae.audio.segments import whole_segments
from pecmae.bundles.bundle import Bundle
from pecmae.errors import BundleError
from pecmae.evaluation.intervals import Interval, bootstrap_mean
from pecmae.evaluation.time_shuffling import LabelledSegments, TimeResult, time_sentence
from pecmae.explain.counterfactuals import (
    AGAIN,
    ANSWERS_SCHEMA,
    INDEX_FILE,
    CounterfactualSet,
    answers_file,
    fingerprint_of,
    missing_files,
)
from pecmae.explain.explaining import explain
from pecmae.files import sha256
from pecmae.networks.autoencoder import Embedder

_DECIMALS = 4


class Answer(BaseModel):
    """How a bundle classifies a clip.

    Attributes:
        class_id: The class with the highest score.
        nearest: Id of the nearest prototype.
        scores: The scores of all classes, in the bundle's order.
    """

    model_config = ConfigDict(frozen=True)

    class_id: str = Field(serialization_alias="said")
    nearest: str
    scores: tuple[float, ...]


class Following(BaseModel):
    """What the decisions follow where the score and the band of a clip are of different classes.

    Attributes:
        n_clips: Number of clips whose score and band are of different classes.
        n_scores: Number of different scores among them.
        chance: The ratio to expect for `band` and `score` if a model follows neither.
        band: Ratio of the clips that are classified as the class of the band.
        score: Ratio of the clips that are classified as the class of the score.
        neither: Ratio of the clips that are classified as another class.
        band_probability: Mean probability of the class of the band.
        score_probability: Mean probability of the class of the score.
        as_composed: Ratio of the clips on the diagonal that are classified correctly.
    """

    model_config = ConfigDict(frozen=True)

    n_clips: int
    n_scores: int
    chance: float
    band: Interval
    score: Interval
    neither: Interval
    band_probability: Interval
    score_probability: Interval
    as_composed: Interval


def classify_set(
    counterfactuals: CounterfactualSet,
    folder: Path,
    bundle: Bundle,
    autoencoder: Embedder,
    progress: Callable[[list[str]], Any] = iter,
) -> dict[str, Answer]:
    """Classify every sound of a counterfactual set.

    Args:
        counterfactuals: The set.
        folder: The set's folder.
        bundle: The bundle that classifies.
        autoencoder: The bundle's autoencoder.
        progress: Wraps the list of files to show progress, as `tqdm` does.

    Returns:
        The answer for each of `counterfactuals.files`.

    Raises:
        BundleError: `wrong_classes`: the bundle lacks a class of the set; `altered_file`: a sound differs from the
            index.
    """
    unknown = set(counterfactuals.classes) - set(bundle.manifest.class_ids)
    if unknown:
        raise BundleError(
            "wrong_classes",
            f"Bundle {bundle.manifest.name!r} has no class {', '.join(sorted(unknown))}; use one with the classes of "
            "the counterfactual set, such as rendered-genres.",
        )
    damaged = missing_files(folder, counterfactuals)
    if damaged:
        raise BundleError("altered_file", f"{folder / damaged[0]} isn't the file that the index describes; {AGAIN}.")
    answers = {}
    for file in progress(list(counterfactuals.files)):
        explanation = explain(read_clip(folder / file), bundle, autoencoder)
        best = explanation.classes[int(np.argmax(explanation.scores))]
        nearest = min(explanation.prototypes, key=lambda prototype: prototype.distance)
        scores = tuple(round(score, _DECIMALS) for score in explanation.scores)
        answers[file] = Answer(class_id=best, nearest=nearest.id, scores=scores)
    return answers


def measure_following(
    counterfactuals: CounterfactualSet, answers: dict[str, Answer], class_ids: tuple[str, ...], seed: int = 0
) -> Following:
    """Measure whether decisions follow the bands or the scores.

    Args:
        counterfactuals: The set.
        answers: From `classify_set`.
        class_ids: The bundle's classes, in the order of `Answer.scores`.
        seed: Seed of the bootstrap, which resamples scores and bands.

    Returns:
        The ratios and mean probabilities.
    """
    pieces = counterfactuals.piece_by_id
    clips = counterfactuals.clips
    scores = np.array([clip.score for clip in clips])
    bands = np.array([clip.band for clip in clips])
    score_class = np.array([pieces[clip.score].class_id for clip in clips])
    band_class = np.array([pieces[clip.band].class_id for clip in clips])
    decided = np.array([answers[clip.audio_file].class_id for clip in clips])
    probabilities = np.array([answers[clip.audio_file].scores for clip in clips])  # (n, C)
    column = {name: c for c, name in enumerate(class_ids)}
    rows = np.arange(len(clips))
    band_probability = probabilities[rows, [column[name] for name in band_class]]
    score_probability = probabilities[rows, [column[name] for name in score_class]]
    off = score_class != band_class

    def interval(values: np.ndarray) -> Interval:
        return bootstrap_mean(values[off].astype(float), scores[off], bands[off], seed=seed)

    return Following(
        n_clips=int(off.sum()),
        n_scores=len(np.unique(scores)),
        chance=round(1 / len(counterfactuals.classes), _DECIMALS),
        band=interval(decided == band_class),
        score=interval(decided == score_class),
        neither=interval((decided != band_class) & (decided != score_class)),
        band_probability=interval(band_probability),
        score_probability=interval(score_probability),
        as_composed=bootstrap_mean((decided == band_class)[~off].astype(float), scores[~off], seed=seed),
    )


def composed_segments(counterfactuals: CounterfactualSet, folder: Path, class_ids: tuple[str, ...]) -> LabelledSegments:
    """Read the segments of the clips on the diagonal, which are played as composed.

    Args:
        counterfactuals: The set.
        folder: The set's folder.
        class_ids: The bundle's classes.

    Returns:
        The segments, to shuffle their blocks.
    """
    pieces = counterfactuals.piece_by_id
    clips = [clip for clip in counterfactuals.clips if clip.score == clip.band]
    return LabelledSegments.of_tracks(
        [whole_segments(read_clip(folder / clip.audio_file).waveform).waveforms for clip in clips],
        [clip.score for clip in clips],
        [class_ids.index(pieces[clip.score].class_id) for clip in clips],
    )


def following_sentence(following: Following) -> str:
    """State the result in one sentence for readers without a technical background."""
    n_others = following.n_clips // following.n_scores
    return (
        f"Of {following.n_clips} clips ({following.n_scores} compositions, each with the instruments of {n_others} "
        f"other genres), the model predicted the instruments' genre in {100 * following.band.value:.0f} % and the "
        f"composition's genre in {100 * following.score.value:.0f} %."
    )


def store_answers(
    folder: Path,
    counterfactuals: CounterfactualSet,
    bundle: Bundle,
    answers: dict[str, Answer],
    following: Following,
    time: dict[str, TimeResult],
    provenance: dict[str, Any],
) -> Path:
    """Write a bundle's answers and the measures into the set's folder.

    Args:
        folder: The set's folder.
        counterfactuals: The set.
        bundle: The bundle that answered.
        answers: From `classify_set`.
        following: From `measure_following`.
        time: From `measure_time`: `pieces` for the set's pieces as composed and, if there was a dataset, `held_out` for
            its test tracks.
        provenance: From `describe_run`.

    Returns:
        The file that was written.
    """
    manifest = bundle.manifest
    shown_time = time.get("held_out", time["pieces"])
    rows = {file: answer.model_dump(mode="json", by_alias=True) for file, answer in answers.items()}
    data = {
        "schema": ANSWERS_SCHEMA,
        "bundle": {"name": manifest.name, "version": manifest.version, "fingerprint": fingerprint_of(manifest)},
        "index": sha256(folder / INDEX_FILE),
        "classes": list(manifest.class_ids),
        "sentences": {
            "following": following_sentence(following),
            "time": time_sentence(shown_time),
        },
        "following": following.model_dump(),
        "time": {name: result.model_dump() for name, result in time.items()},
        "provenance": provenance,
        "clips": [{"id": clip.id, **rows[clip.audio_file]} for clip in counterfactuals.clips],
        "shuffled": [{"piece": item.piece, **rows[item.audio_file]} for item in counterfactuals.shuffled],
    }
    path = folder / answers_file(manifest.name)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path

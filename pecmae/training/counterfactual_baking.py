"""Ask a bundle what it hears in the counterfactual set: does it follow who plays, or what is played?

Off the diagonal a clip has the score of one class and the band of another, and the set holds every such pair equally
often. So a model that decides by neither names each of the two in one clip of C, however it favours some classes.

Conventions: C classes, n clips. Scores are the softmax of a clip's mean logits, as `explain` gives them.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pecmae.audio.clips import read_clip
from pecmae.audio.segments import whole_segments
from pecmae.bundles.bundle import Bundle
from pecmae.errors import BundleError
from pecmae.evaluation.intervals import Interval, bootstrap_mean
from pecmae.evaluation.time_shuffling import HeardSegments, TimeResult, time_sentence
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
from pecmae.networks.embedder import Embedder

_DECIMALS = 4


@dataclass(frozen=True)
class Answer:
    """What a bundle says of a sound: the class with the highest score, all scores, the nearest prototype."""

    said: str
    nearest: str
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Following:
    """What the decisions follow where score and band disagree.

    Attributes:
        n_clips: How many clips have the score and the band of two classes.
        n_scores: How many different scores.
        chance: Share of either for a model that decides by neither.
        band: Share of clips that are given the class of the band.
        score: Share of clips that are given the class of the score.
        neither: Share of clips that are given another class.
        band_probability: Mean score given to the class of the band.
        score_probability: Mean score given to the class of the score.
        as_composed: Share of the clips on the diagonal that are given their class.
    """

    n_clips: int
    n_scores: int
    chance: float
    band: Interval
    score: Interval
    neither: Interval
    band_probability: Interval
    score_probability: Interval
    as_composed: Interval

    def to_json(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value.model_dump() if isinstance(value, Interval) else value for name, value in fields.items()}


def ask(
    counterfactuals: CounterfactualSet,
    folder: Path,
    bundle: Bundle,
    autoencoder: Embedder,
    progress: Callable[[list[str]], Any] = iter,
) -> dict[str, Answer]:
    """What a bundle says of every sound of a set.

    Args:
        counterfactuals: The set.
        folder: Where its sounds are.
        bundle: Is asked.
        autoencoder: The bundle's.
        progress: Wraps the files, such as `tqdm`.

    Returns:
        An answer for each of `counterfactuals.files`.

    Raises:
        BundleError: `wrong_classes`, the bundle knows other classes; `altered_file`, a sound isn't the index's.
    """
    unknown = set(counterfactuals.classes) - set(bundle.manifest.class_ids)
    if unknown:
        raise BundleError(
            "wrong_classes",
            f"Bundle {bundle.manifest.name!r} doesn't know {', '.join(sorted(unknown))}; ask one that knows the "
            "classes of the counterfactual set, such as rendered-genres.",
        )
    damaged = missing_files(folder, counterfactuals)
    if damaged:
        raise BundleError("altered_file", f"{folder / damaged[0]} isn't the file that the index describes; {AGAIN}.")
    answers = {}
    for file in progress(list(counterfactuals.files)):
        explanation = explain(read_clip(folder / file), bundle, autoencoder)
        best = explanation.classes[int(np.argmax(explanation.scores))]
        nearest = min(explanation.prototypes, key=lambda prototype: prototype.distance)
        answers[file] = Answer(best, nearest.id, tuple(round(score, _DECIMALS) for score in explanation.scores))
    return answers


def measure_following(
    counterfactuals: CounterfactualSet, answers: dict[str, Answer], class_ids: tuple[str, ...], seed: int = 0
) -> Following:
    """Measure whether decisions follow bands or scores; intervals are over scores and bands.

    Args:
        counterfactuals: The set.
        answers: From `ask`.
        class_ids: The bundle's classes, in the order of the scores.
        seed: Of the bootstrap.
    """
    pieces = counterfactuals.piece_by_id
    clips = counterfactuals.clips
    scores = np.array([clip.score for clip in clips])
    bands = np.array([clip.band for clip in clips])
    score_class = np.array([pieces[clip.score].class_id for clip in clips])
    band_class = np.array([pieces[clip.band].class_id for clip in clips])
    said = np.array([answers[clip.audio_file].said for clip in clips])
    given = np.array([answers[clip.audio_file].scores for clip in clips])  # (n, C)
    place = {name: c for c, name in enumerate(class_ids)}
    rows = np.arange(len(clips))
    band_given = given[rows, [place[name] for name in band_class]]
    score_given = given[rows, [place[name] for name in score_class]]
    off = score_class != band_class

    def interval(values: np.ndarray) -> Interval:
        return bootstrap_mean(values[off].astype(float), scores[off], bands[off], seed=seed)

    return Following(
        n_clips=int(off.sum()),
        n_scores=len(np.unique(scores)),
        chance=round(1 / len(counterfactuals.classes), _DECIMALS),
        band=interval(said == band_class),
        score=interval(said == score_class),
        neither=interval((said != band_class) & (said != score_class)),
        band_probability=interval(band_given),
        score_probability=interval(score_given),
        as_composed=bootstrap_mean((said == band_class)[~off].astype(float), scores[~off], seed=seed),
    )


def composed_segments(counterfactuals: CounterfactualSet, folder: Path, class_ids: tuple[str, ...]) -> HeardSegments:
    """The segments of the clips on the diagonal, pieces as they were composed, to shuffle."""
    pieces = counterfactuals.piece_by_id
    clips = [clip for clip in counterfactuals.clips if clip.score == clip.band]
    segments = [whole_segments(read_clip(folder / clip.audio_file).waveform).waveforms for clip in clips]
    counts = [len(item) for item in segments]
    labels = [class_ids.index(pieces[clip.score].class_id) for clip in clips]
    ids = [clip.score for clip in clips]
    return HeardSegments(
        np.concatenate(segments), np.repeat(np.array(ids), counts), np.repeat(np.array(labels), counts)
    )


def following_sentence(following: Following) -> str:
    """The result in one sentence for people who know music."""
    return (
        f"Of {following.n_clips} pieces played with another genre's instruments, the model named the instruments' "
        f"genre in {100 * following.band.value:.0f} % and the composition's genre in "
        f"{100 * following.score.value:.0f} %."
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
    """Write what a bundle says, with the measures, beside the sounds.

    Args:
        folder: The set's folder.
        counterfactuals: The set.
        bundle: Was asked.
        answers: From `ask`.
        following: From `measure_following`.
        time: From `measure_time`: `pieces`, those of the set as composed, and `held_out` tracks if they were at hand.
        provenance: From `describe_run`.

    Returns:
        The file.
    """
    manifest = bundle.manifest
    heard = time.get("held_out", time["pieces"])
    data = {
        "schema": ANSWERS_SCHEMA,
        "bundle": {"name": manifest.name, "version": manifest.version, "fingerprint": fingerprint_of(manifest)},
        "index": sha256(folder / INDEX_FILE),
        "classes": list(manifest.class_ids),
        "sentences": {"following": following_sentence(following), "time": time_sentence(heard)},
        "following": following.to_json(),
        "time": {name: result.to_json() for name, result in time.items()},
        "provenance": provenance,
    }
    clips = [{"id": clip.id, **asdict(answers[clip.audio_file])} for clip in counterfactuals.clips]
    shuffled = [{"piece": item.piece, **asdict(answers[item.audio_file])} for item in counterfactuals.shuffled]
    head = json.dumps(data, indent=1, ensure_ascii=False).removesuffix("\n}")
    lists = "".join(
        f',\n "{name}": [\n' + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n ]"
        for name, rows in (("clips", clips), ("shuffled", shuffled))
    )
    path = folder / answers_file(manifest.name)
    path.write_text(f"{head}{lists}\n}}\n", encoding="utf-8")
    return path

"""What an independent listener hears in a bundle's sounds.

Cycle consistency asks the encoder in whose space the prototypes lie; it may react to what nobody else can hear. The
listener is YAMNet, which no part of the model learns from, with a linear probe on its scores. The probe learns from
recordings only, never from a decoded sound. It judges segments as recorded, the same segments decoded, and prototypes.

Conventions: N segments, C classes. Waveforms are mono at 24 kHz; all are brought to one level.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from tqdm import tqdm

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.levelling import levelled
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.acoustics import frechet_distance
from pecmae.evaluation.decoding_measures import DecodedSounds
from pecmae.evaluation.intervals import Interval, Proportion, Rounded, bootstrap_mean, bootstrap_ratio, wilson
from pecmae.evaluation.threads import single_threaded
from pecmae.evaluation.yamnet import Yamnet

N_BLOCKS = 5
SCORE_OFFSET = 1e-3
INVERSE_PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1)
"""Values of C of the logistic regression to choose from."""
N_TRAINING_SEGMENTS = 1000
BATCH_SIZE = 10


class ClassFigures(BaseModel):
    """How often the listener names the right class, for the sounds of one class or of all.

    Attributes:
        recorded: Accuracy on segments as recorded, with an interval over tracks.
        decoded: Accuracy on the same segments, decoded from their embeddings.
        prototypes: Number of decoded prototypes, over all noise seeds, that are given their own class.
    """

    model_config = ConfigDict(frozen=True)

    recorded: Interval
    decoded: Interval
    prototypes: Proportion


class ListenerFigures(ClassFigures):
    """What the listener says of all sounds and of each class.

    Attributes:
        kept: Accuracy on decoded segments divided by that on the recordings.
        by_class: Figures by class id.
        n_training_segments: Number of recorded segments that the probe learned from.
        is_cross_validated: Whether judged tracks are among these, so that each was judged by a probe of other tracks.
        n_segments: Number of judged segments.
        seeds: The noise seeds of the prototypes.
        frechet_decoded: Fréchet distance, in the listener's features, of decoded segments to the recordings of others.
        frechet_recorded: Distance of the recordings of the former to the same: what equal music would reach.
    """

    kept: Interval
    by_class: dict[str, ClassFigures]
    n_training_segments: int
    is_cross_validated: bool
    n_segments: int
    seeds: tuple[int, ...]
    frechet_decoded: Rounded
    frechet_recorded: Rounded


@single_threaded()
def fit_probe(features: np.ndarray, labels: np.ndarray, tracks: np.ndarray) -> GridSearchCV:
    """Logistic regression on the listener's features, its C chosen by cross-validation in blocks of tracks.

    Args:
        features: Of recorded segments; at least two tracks of every class.
        labels: Their classes.
        tracks: Their tracks.

    Returns:
        The fitted classifier.

    Shape: `features` (N, 521), `labels` and `tracks` (N,).
    """
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    grid = {"logisticregression__C": INVERSE_PENALTIES}
    folds = PredefinedSplit(contiguous_blocks(labels, tracks))
    return GridSearchCV(pipeline, grid, cv=folds).fit(features, labels)


def hear(yamnet: Yamnet, waveforms: Tensor) -> np.ndarray:
    """The listener's features: the logarithm of the mean scores of a clip plus 0.001.

    Shape: (N, n_samples) -> (N, 521)
    """
    batches = tqdm(levelled(waveforms).split(BATCH_SIZE), desc="listening", unit="batch", leave=False)
    scores = [yamnet.mean_scores(batch.numpy(), SAMPLE_RATE) for batch in batches]
    return np.asarray(np.log(np.concatenate(scores) + SCORE_OFFSET))


def contiguous_blocks(labels: np.ndarray, tracks: np.ndarray, n_blocks: int = N_BLOCKS) -> np.ndarray:
    """Blocks of neighbouring tracks, equally large in every class, since neighbours are often by one artist.

    Shape: `labels` and `tracks`, numbers in the dataset's order, (N,); result (N,) from 0 to `n_blocks` - 1.
    """
    blocks = np.zeros(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        _, rank = np.unique(tracks[labels == label], return_inverse=True)
        blocks[labels == label] = rank * n_blocks // (rank.max() + 1)
    return blocks


def measure_listener(
    yamnet: Yamnet,
    sounds: DecodedSounds,
    prototype_labels: np.ndarray,
    learned: EmbeddedDataset,
    waveforms: Tensor,
) -> ListenerFigures:
    """Train the listener on recordings, and ask it about segments, the same segments decoded, and prototypes.

    Args:
        yamnet: The network.
        sounds: The sounds that it classifies.
        prototype_labels: Classes of the prototypes.
        learned: Recorded segments that it is trained on. If tracks of `sounds` are among them, it is trained five
            times: each time on four of five blocks of tracks, to classify the segments of the fifth.
        waveforms: The waveforms of `learned`.

    Returns:
        The figures.

    Shape: `prototype_labels` (M,), `waveforms` (N', n_samples).
    """
    segments, labels, tracks = sounds.segments, sounds.segments.labels, sounds.segments.track_index
    recorded, decoded = hear(yamnet, sounds.recorded), hear(yamnet, sounds.decoded)
    known, known_labels, known_tracks = hear(yamnet, waveforms), learned.labels, learned.track_index
    probe = fit_probe(known, known_labels, known_tracks)
    judges, blocks = {0: probe}, 0 * labels
    is_cross_validated = bool(np.isin(tracks, known_tracks).any())
    if is_cross_validated:
        joined = contiguous_blocks(np.concatenate([labels, known_labels]), np.concatenate([tracks, known_tracks]))
        blocks, known_blocks = np.split(joined, [len(labels)])
        others = {number: known_blocks != number for number in np.unique(blocks)}
        judges = {n: fit_probe(known[rest], known_labels[rest], known_tracks[rest]) for n, rest in others.items()}

    def is_right(features: np.ndarray) -> np.ndarray:
        predictions = np.empty_like(labels)
        for block, judge in judges.items():
            predictions[blocks == block] = judge.predict(features[blocks == block])
        return (predictions == labels).astype(float)

    right_recorded, right_decoded = is_right(recorded), is_right(decoded)
    named = np.stack([probe.predict(hear(yamnet, waveforms)) for waveforms in sounds.prototypes.values()])
    right_prototypes = named == prototype_labels  # (n_seeds, M)

    def figures(chosen: np.ndarray, prototypes: np.ndarray) -> ClassFigures:
        return ClassFigures(
            recorded=bootstrap_mean(right_recorded[chosen], tracks[chosen]),
            decoded=bootstrap_mean(right_decoded[chosen], tracks[chosen]),
            prototypes=wilson(int(right_prototypes[:, prototypes].sum()), int(prototypes.sum()) * len(named)),
        )

    is_other = np.unique(tracks, return_inverse=True)[1] % 2 == 1
    return ListenerFigures(
        **dict(figures(np.ones(len(labels), bool), np.ones(len(prototype_labels), bool))),
        kept=bootstrap_ratio(right_decoded, right_recorded, tracks),
        by_class={
            segments.classes[label]: figures(labels == label, prototype_labels == label) for label in np.unique(labels)
        },
        n_training_segments=len(learned),
        is_cross_validated=is_cross_validated,
        n_segments=len(labels),
        seeds=tuple(sounds.prototypes),
        frechet_decoded=frechet_distance(recorded[is_other], decoded[~is_other]),
        frechet_recorded=frechet_distance(recorded[is_other], recorded[~is_other]),
    )

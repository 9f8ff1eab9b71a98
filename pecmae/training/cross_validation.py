"""Choose a prototype network's settings on validation tracks, and test them on tracks that weren't used for the choice.

A dataset with blocks is cross-validated. A block is a group of tracks that may be by one artist, such as tracks with
neighbouring numbers. Blocks form up to five folds. For each fold, the settings are chosen without it: each other fold
validates networks that learned from all tracks outside these two folds. Then each block of the fold is tested with a
network of the chosen settings that learned from all tracks outside this block. So no track is tested with settings that
it helped to choose, and with one block per track every test leaves one track out. A dataset without blocks uses its
validation and test splits instead.

A network is saved in a file named by its settings, in a folder named by a digest of its training embeddings and labels.
So an interrupted run continues, and no run with other data uses the file.

An MLP and kNN are measured beside the prototype network, on the same embeddings and tests. Their numbers of epochs and
of neighbours are chosen on the validation tracks. No prototype network of the cross-validation stops early: the weights
of the last step are kept.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from pecmae.bundles.measurements import ClassifierMetrics
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.baselines import Classify, fit_knn, fit_mlp, prototype_scores
from pecmae.evaluation.comparison import CLASSIFIERS
from pecmae.evaluation.intervals import Rounded
from pecmae.evaluation.metrics import aggregate_tracks, balanced_accuracy, evaluate
from pecmae.files import replacing
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.prototype_training import PrototypeSettings, default_steps, train_prototypes

MAX_FOLDS = 5
PROTOTYPE_COUNTS = (1, 2, 3, 5, 10)
"""Numbers of prototypes per class to choose from."""


@dataclass(frozen=True)
class Fold:
    """Tracks that are tested with the same settings.

    Attributes:
        validations: Pairs of training and validation segments, on which the settings are chosen.
        tests: Pairs of training and test segments.
    """

    validations: tuple[tuple[EmbeddedDataset, EmbeddedDataset], ...]
    tests: tuple[tuple[EmbeddedDataset, EmbeddedDataset], ...]


class Head(BaseModel):
    """The settings that are compared: prototypes per class, the adaptor, and lambda, the weight of a loss."""

    model_config = ConfigDict(frozen=True)

    prototypes_per_class: int
    adaptor: bool
    classification_weight: float

    @property
    def name(self) -> str:
        """Such as `5-adaptor-lambda0.25`; safe as a file name."""
        adaptor = "-adaptor" if self.adaptor else ""
        return f"{self.prototypes_per_class}{adaptor}-lambda{self.classification_weight:g}"


class ValidatedHead(Head):
    """Settings, and their mean balanced accuracy on the validation tracks of all folds, between 0 and 1."""

    accuracy: Rounded


class CrossValidation(BaseModel):
    """The results.

    Attributes:
        n_blocks: How many blocks were tested; 0 if the test split was.
        heads: All settings that were compared.
        chosen: For each fold, the position of its settings in `heads`.
        tested: Results of each classifier on all tested tracks, by its name.
    """

    model_config = ConfigDict(frozen=True)

    n_blocks: int
    heads: tuple[ValidatedHead, ...]
    chosen: tuple[int, ...]
    tested: dict[str, ClassifierMetrics]

    @property
    def best(self) -> Head:
        """The settings with the best validation over all folds; if several are equally good, the first."""
        return max(self.heads, key=lambda row: row.accuracy)


def make_folds(embedded: EmbeddedDataset) -> tuple[Fold, ...]:
    """The folds of a dataset with blocks; otherwise one fold of its splits.

    Blocks are dealt to the folds in the order of their names.

    Raises:
        DatasetError: A dataset without blocks has an empty split.
    """
    if not embedded.blocks:
        train = embedded.part("train")
        return (Fold(((train, embedded.part("valid")),), ((train, embedded.part("test")),)),)
    block, fold = _block_and_fold(embedded)
    n_blocks, n_folds = block.max() + 1, fold.max() + 1
    return tuple(
        Fold(
            tuple(_hold_out(embedded, fold == other, fold == tested) for other in range(n_folds) if other != tested),
            tuple(_hold_out(embedded, block == number) for number in range(tested, n_blocks, n_folds)),
        )
        for tested in range(n_folds)
    )


def calibration_parts(embedded: EmbeddedDataset) -> tuple[EmbeddedDataset, EmbeddedDataset]:
    """Training segments, and held-out ones to calibrate on: the last fold, or without blocks the validation split."""
    if not embedded.blocks:
        return embedded.part("train"), embedded.part("valid")
    _, fold = _block_and_fold(embedded)
    return _hold_out(embedded, fold == fold.max())


def head_grid(
    embedded: EmbeddedDataset, counts: Iterable[int], lambdas: Sequence[float], *, adaptor: bool = False
) -> tuple[Head, ...]:
    """Every count that is at most the size of the smallest class in any training part, with every lambda."""
    trains = [train for fold in make_folds(embedded) for train, _ in fold.validations]
    smallest = min(np.bincount(train.labels, minlength=len(train.classes)).min() for train in trains)
    return tuple(
        Head(prototypes_per_class=count, adaptor=adaptor, classification_weight=weight)
        for count in counts
        if count <= smallest
        for weight in lambdas
    )


def cross_validate(
    embedded: EmbeddedDataset,
    heads: Sequence[Head],
    folder: Path,
    *,
    n_steps: int | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    show_progress: bool = False,
) -> CrossValidation:
    """Choose the settings of each fold by validation, and test them.

    Args:
        embedded: The dataset.
        heads: The settings to choose from; if several are equally good, the first is chosen.
        folder: Where networks are kept, so that an interrupted run continues.
        n_steps: Training steps of every network; None is `default_steps`.
        on_progress: Called with the number of networks trained so far and the number of all.
        show_progress: Whether to draw a progress bar.

    Returns:
        The results.

    Raises:
        DatasetError: A class is too small for a setting, or a split is empty.
    """
    folds = make_folds(embedded)
    total = sum(len(heads) * len(fold.validations) + len(fold.tests) for fold in folds)
    bar = tqdm(range(total), desc="training heads", unit="head", disable=not show_progress)
    numbers = iter(bar)

    def trained(train: EmbeddedDataset, head: Head) -> PrototypeNetwork:
        on_progress(next(numbers), total)
        return train_once(folder, train, head, n_steps or default_steps(len(train)))

    accuracies, chosen = [], []
    parts: dict[str, list[tuple[np.ndarray, EmbeddedDataset]]] = {name: [] for name in CLASSIFIERS}
    for fold in folds:
        networks = [[trained(train, head) for train, _ in fold.validations] for head in heads]
        held_out = [valid for _, valid in fold.validations]
        row = [track_accuracy(map(prototype_scores, of_head), held_out) for of_head in networks]
        best = int(np.argmax(row))
        accuracies.append(row)
        chosen.append(best)
        pairs = [(*pair, network) for pair, network in zip(fold.validations, networks[best], strict=True)]
        n_epochs = round(median(fit_mlp(*pair)[1] for pair in pairs))
        n_neighbours = round(median(fit_knn(*pair)[1] for pair in pairs))
        for train, test in fold.tests:
            network = trained(train, heads[best])
            classifiers = {
                "pecmae": prototype_scores(network),
                "mlp": fit_mlp(train, None, network, n_epochs=n_epochs)[0],
                "knn": fit_knn(train, None, network, counts=(n_neighbours,))[0],
            }
            for name, classify in classifiers.items():
                parts[name].append((classify(test.embeddings), test))
    means = np.mean(accuracies, axis=0)
    return CrossValidation(
        n_blocks=len({*embedded.blocks} - {""}),
        heads=tuple(
            ValidatedHead(**dict(head), accuracy=accuracy) for head, accuracy in zip(heads, means.tolist(), strict=True)
        ),
        chosen=tuple(chosen),
        tested={name: _evaluate(scored) for name, scored in parts.items()},
    )


def train_once(folder: Path, train: EmbeddedDataset, head: Head, n_steps: int) -> PrototypeNetwork:
    """The network with the given settings, in evaluation mode: trained, or loaded if it was trained before.

    Args:
        folder: Where networks are kept.
        train: Training segments.
        head: The settings.
        n_steps: Training steps.

    Raises:
        DatasetError: A class has fewer training segments than prototypes.
    """
    digest = hashlib.sha256(train.embeddings.tobytes() + train.labels.tobytes()).hexdigest()
    path = folder / digest[:16] / f"{head.name}-steps{n_steps}.safetensors"
    if path.is_file():
        dim = train.embeddings.shape[1]
        network = PrototypeNetwork(len(train.classes), head.prototypes_per_class, dim, head.adaptor)
        network.load_state_dict(load_file(path))
        return network.eval()
    settings = PrototypeSettings(**dict(head), n_steps=n_steps)
    network = train_prototypes(train, None, settings, show_progress=False).network
    with replacing(path) as beside:
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, beside)
    return network


def _block_and_fold(embedded: EmbeddedDataset) -> tuple[np.ndarray, np.ndarray]:
    """For each segment, the index of its block and that of its fold; -1 if it has no block. Shape: (N,) each."""
    names = sorted({*embedded.blocks} - {""})
    of_track = np.array([names.index(block) if block else -1 for block in embedded.blocks])
    block = of_track[embedded.track_index]
    return block, np.where(block < 0, -1, block % min(MAX_FOLDS, len(names)))


def _hold_out(
    embedded: EmbeddedDataset, held_out: np.ndarray, left_out: np.ndarray | bool = False
) -> tuple[EmbeddedDataset, EmbeddedDataset]:
    """Training segments that are neither held out nor left out, and those that are held out."""
    return embedded.select((embedded.split == "train") & ~(held_out | left_out)), embedded.select(held_out)


def track_accuracy(classifiers: Iterable[Classify], parts: Sequence[EmbeddedDataset]) -> float:
    """Balanced accuracy of the tracks of all parts together; each part has its own classifier."""
    scored = [
        aggregate_tracks(classify(part.embeddings), part.labels, part.track_index)
        for classify, part in zip(classifiers, parts, strict=True)
    ]
    predictions = np.concatenate([scores.argmax(axis=1) for scores, _ in scored])
    return balanced_accuracy(np.concatenate([labels for _, labels in scored]), predictions)


def _evaluate(scored: Sequence[tuple[np.ndarray, EmbeddedDataset]]) -> ClassifierMetrics:
    labels = np.concatenate([part.labels for _, part in scored])
    track_index = np.concatenate([part.track_index for _, part in scored])
    return evaluate(np.concatenate([scores for scores, _ in scored]), labels, track_index, scored[0][1].classes)

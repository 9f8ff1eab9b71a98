"""Compare prototypes with an MLP probe and kNN, all on the same embeddings and the same tests.

The test split is measured whole, and apart by whether its soundfont was heard in training: `seen` and `unseen`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.baselines import MlpSettings, fit_knn, train_mlp
from pecmae.evaluation.metrics import Evaluation, evaluate
from pecmae.networks.prototypes import PrototypeNetwork

CLASSIFIERS = {"pecmae": "PECMAE", "mlp": "MLP", "knn": "kNN"}
PARTS = {"test": "test", "seen": "seen soundfonts", "unseen": "unseen soundfont"}


@dataclass(frozen=True)
class Comparison:
    """Evaluations by part of the test split and classifier; a part that has no tracks is absent."""

    evaluations: dict[str, dict[str, Evaluation]]
    n_neighbours: int

    def to_json(self) -> dict[str, Any]:
        """The metrics of a manifest: balanced accuracies (0 to 1) to read first, then everything."""
        return {
            "balanced_accuracy": {
                part: {name: round(evaluation.balanced_accuracy, 6) for name, evaluation in by_classifier.items()}
                for part, by_classifier in self.evaluations.items()
            },
            "n_neighbours": self.n_neighbours,
            "evaluations": {
                part: {name: evaluation.to_json() for name, evaluation in by_classifier.items()}
                for part, by_classifier in self.evaluations.items()
            },
        }


def compare_classifiers(embedded: EmbeddedDataset, network: PrototypeNetwork, seed: int) -> Comparison:
    """Train the two baselines and measure all three classifiers on the test split.

    Args:
        embedded: The whole dataset.
        network: The trained prototype network, whose normalisation the baselines share.
        seed: Seed of the MLP probe.

    Returns:
        The evaluations.

    Raises:
        DatasetError: A split is empty.
    """
    train, valid, test = embedded.training, embedded.part("valid"), embedded.part("test")
    probe = train_mlp(train, valid, network.mean, network.std, MlpSettings(seed=seed))
    neighbours = fit_knn(train, valid, network.mean, network.std)
    classifiers: dict[str, Callable[[Tensor], Tensor]] = {
        "pecmae": lambda z: network(z).logits,
        "mlp": lambda z: probe(network.normalise(z)),
        "knn": lambda z: neighbours(network.normalise(z)),
    }
    return Comparison(
        {
            part: {name: evaluate_segments(classify, segments) for name, classify in classifiers.items()}
            for part, segments in parts_of_test(test).items()
        },
        neighbours.k,
    )


def format_table(metrics: Mapping[str, Any], prototypes_per_class: int) -> str:
    """Balanced accuracy in %, a row a classifier, a column a part of the test split, for a terminal.

    Args:
        metrics: From `Comparison.to_json`, as a manifest has them.
        prototypes_per_class: K.
    """
    parts: Mapping[str, Any] = metrics["evaluations"]
    rows = [["balanced accuracy, %", *(PARTS[part] for part in parts)]]
    for name, title in CLASSIFIERS.items():
        scores = [by_classifier[name]["balanced_accuracy"] for by_classifier in parts.values()]
        shown = f"{title}-{prototypes_per_class}" if name == "pecmae" else title
        rows.append([shown, *(f"{100 * score:.1f}" for score in scores)])
    rows.append(["tracks", *(str(by_classifier["pecmae"]["n_tracks"]) for by_classifier in parts.values())])
    return "\n".join("".join(f"{row[0]:<22}") + "".join(f"{cell:>18}" for cell in row[1:]) for row in rows)


def parts_of_test(test: EmbeddedDataset) -> dict[str, EmbeddedDataset]:
    """The test split whole, and, where some of it sounds with a soundfont that wasn't heard in training, both parts."""
    if not test.unseen.any():
        return {"test": test}
    parts = {"test": test, "seen": test.select(~test.unseen), "unseen": test.select(test.unseen)}
    return {part: segments for part, segments in parts.items() if len(segments) > 0}


@torch.no_grad()
def evaluate_segments(classify: Callable[[Tensor], Tensor], segments: EmbeddedDataset) -> Evaluation:
    """Measure a classifier on embedded segments.

    Args:
        classify: From raw embeddings (B, D) to scores (B, C).
        segments: What to classify.
    """
    scores = classify(torch.from_numpy(segments.embeddings)).numpy().astype(np.float64)
    return evaluate(scores, segments.labels, segments.track_index, segments.classes)

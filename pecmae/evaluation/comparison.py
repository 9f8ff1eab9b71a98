"""Compare prototypes with an MLP probe and kNN, all on the same embeddings and the same tests.

The test split is measured as a whole and, where some of its tracks sound with a soundfont that isn't in the training
split, in two parts: `seen` and `unseen`.
"""

from collections.abc import Mapping
from typing import Any

from pecmae.bundles.measurements import ClassifierMetrics, Metrics
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.baselines import Classify, fit_knn, fit_mlp, prototype_scores
from pecmae.evaluation.metrics import evaluate
from pecmae.networks.prototypes import PrototypeNetwork

CLASSIFIERS = {"pecmae": "PECMAE", "mlp": "MLP", "knn": "kNN"}
BLOCKS = "blocks"
PARTS = {
    BLOCKS: "held-out blocks",
    "valid": "validation",
    "test": "test",
    "seen": "seen soundfonts",
    "unseen": "unseen soundfont",
}


def compare_classifiers(embedded: EmbeddedDataset, network: PrototypeNetwork, seed: int) -> dict[str, Any]:
    """Train the two baselines and measure all three classifiers on the test split.

    Args:
        embedded: The whole dataset.
        network: The trained prototype network, whose normalisation the baselines share.
        seed: Seed of the MLP probe.

    Returns:
        The metrics of a manifest: `balanced_accuracy` (0 to 1) by part and classifier, `n_neighbours` of kNN, and
        `evaluations`, the JSON of `ClassifierMetrics` by part and classifier. A part without tracks is absent.

    Raises:
        DatasetError: A split is empty.
    """
    train, valid = embedded.part("train"), embedded.part("valid")
    neighbours, n_neighbours = fit_knn(train, valid, network)
    mlp, _ = fit_mlp(train, valid, network, seed)
    classifiers = {"pecmae": prototype_scores(network), "mlp": mlp, "knn": neighbours}
    evaluations = {
        part: {name: evaluate_segments(classify, segments) for name, classify in classifiers.items()}
        for part, segments in parts_of_test(embedded.part("test")).items()
    }
    metrics: dict[str, Any] = {"n_neighbours": n_neighbours}
    for part, results in evaluations.items():
        metrics = add_part(metrics, part, results)
    return metrics


def add_part(metrics: dict[str, Any], part: str, results: Mapping[str, ClassifierMetrics]) -> dict[str, Any]:
    """Metrics with the results of the classifiers on one more part."""
    accuracies = {name: round(result.balanced_accuracy, 6) for name, result in results.items()}
    dumped = {name: result.model_dump(mode="json") for name, result in results.items()}
    return {
        **metrics,
        "balanced_accuracy": {**metrics.get("balanced_accuracy", {}), part: accuracies},
        "evaluations": {**metrics.get("evaluations", {}), part: dumped},
    }


def format_table(metrics: Metrics, prototypes_per_class: int) -> str:
    """Balanced accuracy in %, one row per classifier, one column per part of the test split, for a terminal.

    Args:
        metrics: A manifest's.
        prototypes_per_class: K.
    """
    accuracies = metrics.balanced_accuracy
    rows = [["balanced accuracy, %", *(PARTS[part] for part in accuracies)]]
    for name, title in CLASSIFIERS.items():
        shown = f"{title}-{prototypes_per_class}" if name == "pecmae" else title
        rows.append([shown, *(f"{100 * by_classifier[name]:.1f}" for by_classifier in accuracies.values())])
    counts = [str(by_classifier["pecmae"].n_tracks) for by_classifier in metrics.evaluations.values()]
    rows.append(["tracks", *counts])
    return "\n".join(f"{row[0]:<22}" + "".join(f"{cell:>18}" for cell in row[1:]) for row in rows)


def parts_of_test(test: EmbeddedDataset) -> dict[str, EmbeddedDataset]:
    """The test split as a whole and, where some of it has a soundfont that isn't in the training split, in parts."""
    if not test.unseen.any():
        return {"test": test}
    parts = {"test": test, "seen": test.select(~test.unseen), "unseen": test.select(test.unseen)}
    return {part: segments for part, segments in parts.items() if len(segments) > 0}


def evaluate_segments(classify: Classify, segments: EmbeddedDataset) -> ClassifierMetrics:
    """Measure a classifier on embedded segments."""
    return evaluate(classify(segments.embeddings), segments.labels, segments.track_index, segments.classes)

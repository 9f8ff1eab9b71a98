"""Compare prototype networks of several settings with a bundle's own, and with an MLP and kNN on the same embeddings.

Other settings are measured on the validation split only, since that is where settings are chosen. The test split is
for the bundle's own network. Losses are not compared, because lambda changes how their terms are weighted.
"""

from collections.abc import Sequence
from typing import Any

import torch
from tqdm import tqdm

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.baselines import Classify, fit_knn, fit_mlp, prototype_scores
from pecmae.evaluation.comparison import evaluate_segments, parts_of_test
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.heads import Head, HeadStore, diversity

N_SEGMENTS_FOR_DIVERSITY = 2000


def measure_classification(
    embedded: EmbeddedDataset,
    network: PrototypeNetwork,
    store: HeadStore,
    heads: Sequence[Head],
) -> dict[str, Any]:
    """Measure a bundle's network and the baselines on the test split, and all settings on the validation split.

    Args:
        embedded: The dataset that the bundle was trained on.
        network: The bundle's network.
        store: Trains the networks of the other settings.
        heads: The settings; the bundle's own first.

    Returns:
        JSON: tracks by part, balanced accuracies by classifier and part, and a row for every setting.

    Raises:
        DatasetError: A split is empty, or a class has fewer training segments than prototypes.
    """
    valid, test = embedded.part("valid"), embedded.part("test")
    parts = {"valid": valid} | parts_of_test(test)
    classifiers: dict[str, Classify] = {
        "pecmae": prototype_scores(network),
        "mlp": fit_mlp(store.train, store.valid, network)[0],
        "knn": fit_knn(store.train, store.valid, network)[0],
    }
    rows = []
    for number, head in enumerate(tqdm(heads, desc="training heads", unit="head")):
        trained = store.network(head) if number else network
        spread = diversity(trained.adapted_prototypes(), trained.prototype_labels())
        rows.append(
            head_to_json(head)
            | {"valid": _accuracy(prototype_scores(trained), valid), "diversity": spread and round(spread, 6)}
        )
    return {
        "head_steps": store.n_steps,
        "n_tracks": {part: segments.n_tracks for part, segments in parts.items()},
        "balanced_accuracy": {
            name: {part: _accuracy(classify, segments) for part, segments in parts.items()}
            for name, classify in classifiers.items()
        },
        "heads": rows,
        "diversity_of_segments": _diversity_of_segments(test, network),
    }


def head_to_json(head: Head) -> dict[str, Any]:
    """The settings that identify a row."""
    return {
        "prototypes_per_class": head.prototypes_per_class,
        "adaptor": head.adaptor,
        "lambda": head.classification_weight,
    }


def _accuracy(classify: Classify, segments: EmbeddedDataset) -> dict[str, float]:
    return evaluate_segments(classify, segments).interval.model_dump()


def _diversity_of_segments(test: EmbeddedDataset, network: PrototypeNetwork) -> float | None:
    """Diversity of the held-out segments, for comparison with the diversity of the prototypes."""
    rows = torch.linspace(0, len(test) - 1, min(len(test), N_SEGMENTS_FOR_DIVERSITY)).long()
    normalised = network.normalise(torch.from_numpy(test.embeddings)[rows])
    spread = diversity(normalised, torch.from_numpy(test.labels)[rows])
    return None if spread is None else round(spread, 6)

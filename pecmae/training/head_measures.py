"""How well heads of many settings classify, over seeds, with an MLP and kNN on the same embeddings.

Parts are those of `training.comparison`, and `real`: recordings that nothing was trained on, if there are any.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.baselines import MlpSettings, fit_knn, train_mlp
from pecmae.evaluation.comparison import evaluate_segments, parts_of_test
from pecmae.evaluation.intervals import over_seeds
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.heads import Head, HeadStore, diversity

REAL = "real"
N_SEGMENTS_FOR_DIVERSITY = 2000


def measure_classification(
    embedded: EmbeddedDataset,
    recordings: EmbeddedDataset | None,
    store: HeadStore,
    heads: Sequence[Head],
    seeds: Sequence[int],
    grid_seeds: Sequence[int],
) -> dict[str, Any]:
    """Train and measure heads and baselines once a seed.

    Args:
        embedded: The dataset that the bundle was trained on.
        recordings: Embedded recordings of the same classes, or None.
        store: Where heads come from.
        heads: Which; the bundle's own first.
        seeds: Seeds of the bundle's own head and of the MLP; kNN has none.
        grid_seeds: Seeds of the other heads.

    Returns:
        JSON: tracks by part, then a row for every head and baseline.

    Raises:
        DatasetError: A split is empty, or a class too small for that many prototypes.
    """
    parts = parts_of_test(embedded.part("test")) | ({} if recordings is None else {REAL: recordings})
    rows: list[dict[str, Any]] = []
    with tqdm(heads, desc="training heads", unit="head") as progress:
        for head in progress:
            progress.set_postfix_str(head.name)
            networks = [store.network(head, seed) for seed in (grid_seeds if rows else seeds)]
            rows.append(head_to_json(head) | _measure_head(networks, parts))
    return {
        "seeds": list(seeds),
        "grid_seeds": list(grid_seeds),
        "head_steps": store.n_steps,
        "n_tracks": {part: segments.n_tracks for part, segments in parts.items()},
        "heads": rows,
        "baselines": _measure_baselines(store, networks[0], parts, seeds),
        "diversity_of_segments": _diversity_of_segments(parts["test"], networks[0]),
    }


def head_to_json(head: Head) -> dict[str, Any]:
    """The entries that tell a head's row from others."""
    return {
        "prototypes_per_class": head.prototypes_per_class,
        "adaptor": head.adaptor,
        "lambda": head.classification_weight,
    }


def train_probes(store: HeadStore, network: PrototypeNetwork, seeds: Sequence[int]) -> list[Callable[[Tensor], Tensor]]:
    """An MLP for every seed, from raw embeddings (B, D) to logits (B, C), in the network's normalised space."""
    modules = [train_mlp(store.train, store.valid, network.mean, network.std, MlpSettings(seed=seed)) for seed in seeds]
    return [lambda z, module=module: module(network.normalise(z)) for module in modules]  # type: ignore[misc]


def _measure_head(networks: list[PrototypeNetwork], parts: dict[str, EmbeddedDataset]) -> dict[str, Any]:
    classifiers = [lambda z, network=network: network(z).logits for network in networks]
    spreads = [diversity(network.adapted_prototypes(), network.prototype_labels()) for network in networks]
    known = [spread for spread in spreads if spread is not None]
    return {
        "balanced_accuracy": _accuracies(classifiers, parts),
        "diversity": over_seeds(known).to_json() if known else None,
    }


def _measure_baselines(
    store: HeadStore, network: PrototypeNetwork, parts: dict[str, EmbeddedDataset], seeds: Sequence[int]
) -> dict[str, Any]:
    neighbours = fit_knn(store.train, store.valid, network.mean, network.std)
    return {
        "mlp": {"balanced_accuracy": _accuracies(train_probes(store, network, seeds), parts)},
        "knn": {"balanced_accuracy": _accuracies([lambda z: neighbours(network.normalise(z))], parts)},
    }


def _accuracies(classifiers: Sequence[Callable[[Tensor], Tensor]], parts: dict[str, EmbeddedDataset]) -> dict[str, Any]:
    return {
        part: over_seeds(
            [evaluate_segments(classify, segments).balanced_accuracy for classify in classifiers]
        ).to_json()
        for part, segments in parts.items()
    }


def _diversity_of_segments(test: EmbeddedDataset, network: PrototypeNetwork) -> float | None:
    """What the diversity of prototypes is read against: that of held-out segments."""
    rows = torch.linspace(0, len(test) - 1, min(len(test), N_SEGMENTS_FOR_DIVERSITY)).long()
    normalised = network.normalise(torch.from_numpy(test.embeddings)[rows])
    spread = diversity(normalised, torch.from_numpy(test.labels)[rows])
    return None if spread is None else round(spread, 6)

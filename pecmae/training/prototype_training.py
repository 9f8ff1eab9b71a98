"""Train a prototype network on embeddings.

The recipe is that of arXiv 2402.09318: k-means centroids of each class as the initial prototypes, Adam with weight
decay, a one-cycle learning rate, and the weights of the step with the lowest validation loss, or of the last step where
nothing is held out. All embeddings are in one tensor, so a step is a few small matrix products. The paper trains for
150,000 steps. An interrupted training continues from a checkpoint and ends in the same weights.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.errors import DatasetError
from pecmae.evaluation.threads import single_threaded
from pecmae.files import replacing
from pecmae.networks.prototypes import CLASSIFICATION_WEIGHT, PrototypeNetwork, pecmae_loss

KMEANS_RESTARTS = 10
MIN_STEPS, MAX_STEPS = 2_000, 15_000
N_EPOCHS = 400
SECONDS_PER_CHECKPOINT = 5.0


@dataclass(frozen=True)
class PrototypeSettings:
    """How a prototype network is trained; the defaults are the paper's except for `n_steps`.

    Attributes:
        prototypes_per_class: K.
        adaptor: Whether prototypes pass through a transformer layer.
        classification_weight: Lambda in `loss = lambda * L_c + (1 - lambda) * L_p`.
        n_steps: Training steps.
        batch_size: Embeddings per step.
        peak_learning_rate: Maximum of the one-cycle schedule.
        weight_decay: Weight decay of Adam.
        steps_per_validation: Interval of the validation.
        seed: Seed of k-means, of the batches and of the adaptor.
    """

    prototypes_per_class: int
    adaptor: bool = False
    classification_weight: float = CLASSIFICATION_WEIGHT
    n_steps: int = MAX_STEPS
    batch_size: int = 256
    peak_learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    steps_per_validation: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.prototypes_per_class < 1:
            raise DatasetError(
                "bad_prototypes_per_class",
                f"{self.prototypes_per_class} prototypes per class can't be trained; ask for at least 1.",
            )
        if not 0 <= self.classification_weight <= 1:
            raise DatasetError("bad_lambda", f"lambda is {self.classification_weight}; it lies between 0 and 1.")
        if self.n_steps < 1:
            raise DatasetError("bad_steps", f"{self.n_steps} steps train nothing; ask for at least 1.")


@dataclass(frozen=True, eq=False)
class TrainedPrototypes:
    """The best network, on the CPU in evaluation mode, with its step and, if there was a validation, its loss."""

    network: PrototypeNetwork
    best_step: int
    best_validation_loss: float | None


class _Best(NamedTuple):
    """The weights with the lowest validation loss so far."""

    loss: float
    step: int
    weights: dict[str, Tensor]


def default_steps(n_embeddings: int, batch_size: int = PrototypeSettings.batch_size) -> int:
    """The default number of training steps: 400 epochs, but at least 2,000 and at most 15,000 steps."""
    return min(MAX_STEPS, max(MIN_STEPS, N_EPOCHS * n_embeddings // batch_size))


@single_threaded()
def train_prototypes(
    train: EmbeddedDataset,
    valid: EmbeddedDataset | None,
    settings: PrototypeSettings,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    show_progress: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> TrainedPrototypes:
    """Train prototypes, their optional adaptor and the linear layer; the autoencoder isn't involved.

    The same embeddings, settings and device give the same network. The caller's random state doesn't change.

    Args:
        train: Training segments.
        valid: Validation segments, which choose the step whose weights are kept; None keeps those of the last step.
        settings: Sizes, schedule and seed.
        device: Where to train, such as "cpu" or "cuda".
        checkpoint: File of the state of training. It is written every few seconds, and training continues from it if
            it exists. It must belong to the same embeddings and settings.
        show_progress: Whether to draw a progress bar.
        on_progress: Called with the number of steps that are done and the number of all.

    Returns:
        The network of the kept step, the loss's temperature folded into its linear layer.

    Raises:
        DatasetError: A class has fewer training segments than prototypes.
    """
    z, labels = torch.from_numpy(train.embeddings).to(device), torch.from_numpy(train.labels).to(device)
    validation = None
    if valid is not None:
        validation = torch.from_numpy(valid.embeddings).to(device), torch.from_numpy(valid.labels).to(device)
    weight, every = settings.classification_weight, settings.steps_per_validation
    with torch.random.fork_rng():  # the adaptor's initial weights and dropout draw from the global generator
        torch.manual_seed(settings.seed)
        network = initial_network(train, settings).to(device)
        prototype_labels = network.prototype_labels()
        optimiser = torch.optim.Adam(network.parameters(), weight_decay=settings.weight_decay, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.peak_learning_rate, settings.n_steps)
        batches = shuffled_batches(len(z), settings.batch_size, torch.Generator().manual_seed(settings.seed))
        stateful = {"network": network, "optimiser": optimiser, "schedule": schedule}
        best = _Best(math.inf, 0, network.state_dict())
        first = 0
        if checkpoint is not None and checkpoint.is_file():
            first, best = _load_checkpoint(checkpoint, stateful, device)
            for _ in range(first):  # the batches that were seen already
                next(batches)
        saved_at_s = time.monotonic()
        steps = range(first, settings.n_steps + 1)
        progress = tqdm(steps, desc="training prototypes", unit="step", disable=not show_progress)
        for step in progress:
            if step % every == 0 or step == settings.n_steps:
                if on_progress:
                    on_progress(step, settings.n_steps)
                loss = _validation_loss(network, *validation, weight) if validation else math.inf
                if loss < best.loss or validation is None:
                    best = _Best(loss, step, {name: value.clone() for name, value in network.state_dict().items()})
                progress.set_postfix(validation=f"{loss:.4f}", best=f"{best.loss:.4f}", refresh=False)
                if checkpoint is not None and time.monotonic() - saved_at_s >= SECONDS_PER_CHECKPOINT:
                    _save_checkpoint(checkpoint, stateful, step, best)
                    saved_at_s = time.monotonic()
            if step < settings.n_steps:
                batch = next(batches).to(device)
                loss_parts = pecmae_loss(network(z[batch]), labels[batch], prototype_labels, weight)
                optimiser.zero_grad()
                loss_parts.total.backward()
                optimiser.step()
                schedule.step()
    network.load_state_dict(best.weights)
    network.fold_temperature()
    return TrainedPrototypes(network.cpu().eval(), best.step, best.loss if validation else None)


def initial_network(train: EmbeddedDataset, settings: PrototypeSettings) -> PrototypeNetwork:
    """A network with the statistics of the training embeddings and k-means prototypes, before training.

    Args:
        train: Training segments.
        settings: Sizes and seed.

    Raises:
        DatasetError: A class has fewer training segments than prototypes.
    """
    z = torch.from_numpy(train.embeddings)
    network = PrototypeNetwork(len(train.classes), settings.prototypes_per_class, z.shape[1], settings.adaptor)
    network.fit_normalisation(z)
    centroids = kmeans_prototypes(
        network.normalise(z),
        torch.from_numpy(train.labels),
        train.classes,
        settings.prototypes_per_class,
        settings.seed,
    )
    with torch.no_grad():
        network.prototypes.copy_(centroids)
    return network


def kmeans_prototypes(
    normalised: Tensor, labels: Tensor, classes: tuple[str, ...], prototypes_per_class: int, seed: int
) -> Tensor:
    """K-means centroids of every class, class-major as `PrototypeNetwork` reads them.

    Args:
        normalised: Normalised training embeddings.
        labels: Their classes.
        classes: Names of the classes, in the order of the labels.
        prototypes_per_class: K.
        seed: Seed of k-means.

    Returns:
        Centroids, those of class 0 first.

    Raises:
        DatasetError: A class has fewer than K training segments.

    Shape: `normalised` (N, D), `labels` (N,); result (C * K, D).
    """
    from sklearn.cluster import KMeans

    centroids = []
    for label, name in enumerate(classes):
        members = normalised[labels == label].double().numpy()
        if len(members) < prototypes_per_class:
            raise DatasetError(
                "class_too_small",
                f"Class '{name}' has {len(members)} training segments, too few for {prototypes_per_class} prototypes "
                "per class; give it more training tracks or ask for fewer prototypes.",
            )
        kmeans = KMeans(prototypes_per_class, n_init=KMEANS_RESTARTS, random_state=seed).fit(members)
        centroids.append(torch.from_numpy(kmeans.cluster_centers_))
    return torch.cat(centroids).float()


def shuffled_batches(n_items: int, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield positions of batches without end: in each epoch every item once, in random order.

    The last, incomplete batch of an epoch is left out.

    Shape: each (min(batch_size, n_items),) int64.
    """
    batch_size = min(batch_size, n_items)
    while True:
        order = torch.randperm(n_items, generator=generator)
        yield from order[: n_items - n_items % batch_size].split(batch_size)


@torch.no_grad()
def _validation_loss(network: PrototypeNetwork, z: Tensor, labels: Tensor, classification_weight: float) -> float:
    network.eval()
    loss = pecmae_loss(network(z), labels, network.prototype_labels(), classification_weight).total.item()
    network.train()
    return loss


def _save_checkpoint(path: Path, stateful: Mapping[str, Any], step: int, best: _Best) -> None:
    states = {name: part.state_dict() for name, part in stateful.items()}
    with replacing(path) as beside:
        torch.save({**states, "random_state": torch.get_rng_state(), "step": step, "best": best._asdict()}, beside)


def _load_checkpoint(path: Path, stateful: Mapping[str, Any], device: str) -> tuple[int, _Best]:
    """Restore the state of training; returns the next step and the best weights."""
    state = torch.load(path, map_location=device, weights_only=True)
    for name, part in stateful.items():
        part.load_state_dict(state[name])
    torch.set_rng_state(state["random_state"].cpu())
    return state["step"], _Best(**state["best"])

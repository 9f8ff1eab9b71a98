"""Train a prototype network on embeddings that are already there.

The recipe of arXiv 2402.09318: k-means centroids of each class to start from, Adam with weight decay, a one-cycle
learning rate, and the weights of the step with the lowest validation loss. All embeddings sit in one tensor, so a step
is a few small matrix products and 15,000 of them take half a minute on two CPU cores; the paper's own 150,000 are an
option. `benchmarks/head_steps.py` compares the two. Training that is interrupted goes on from a checkpoint, to the very
weights that it would have had.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.datasets.embeddings import AUGMENTED, EmbeddedDataset
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

    `classification_weight` is the paper's lambda: `loss = lambda * L_c + (1 - lambda) * L_p`.
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
                f"{self.prototypes_per_class} prototypes a class can't be trained; ask for at least 1.",
            )
        if not 0 <= self.classification_weight <= 1:
            raise DatasetError("bad_lambda", f"lambda is {self.classification_weight}; it lies between 0 and 1.")
        if self.n_steps < 1:
            raise DatasetError("bad_steps", f"{self.n_steps} steps train nothing; ask for at least 1.")


@dataclass(frozen=True, eq=False)
class TrainedPrototypes:
    """The best network, on the CPU in evaluation mode, and the step and validation loss it's from."""

    network: PrototypeNetwork
    best_step: int
    best_validation_loss: float


def default_steps(n_embeddings: int, batch_size: int = PrototypeSettings.batch_size) -> int:
    """How long to train where nobody says: 400 times over the embeddings, from 2,000 to 15,000 steps."""
    return min(MAX_STEPS, max(MIN_STEPS, N_EPOCHS * n_embeddings // batch_size))


@single_threaded()
def train_prototypes(
    train: EmbeddedDataset,
    valid: EmbeddedDataset,
    settings: PrototypeSettings,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    show_progress: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> TrainedPrototypes:
    """Train prototypes, their optional adaptor and the linear layer; the autoencoder has no part in it.

    The same embeddings, settings and device give the same network. The caller's random state is left as it was.

    Args:
        train: Training segments.
        valid: Validation segments, which choose the step whose weights are kept.
        settings: Sizes, schedule and seed.
        device: Where to train, such as "cpu" or "cuda".
        checkpoint: A file of the state of training, written every few seconds and gone on from if it's there. It
            belongs to these embeddings and settings alone.
        show_progress: Whether to draw a progress bar.
        on_progress: Told how many of the steps are done.

    Returns:
        The network of the step with the lowest validation loss, the loss's temperature folded into its linear layer.

    Raises:
        DatasetError: A class has fewer training segments than prototypes.
    """
    z, labels = torch.from_numpy(train.embeddings).to(device), torch.from_numpy(train.labels).to(device)
    valid_z, valid_labels = torch.from_numpy(valid.embeddings).to(device), torch.from_numpy(valid.labels).to(device)
    with torch.random.fork_rng():  # the adaptor's initial weights and dropout draw from the global generator
        torch.manual_seed(settings.seed)
        network = initial_network(train, settings).to(device)
        prototype_labels = network.prototype_labels()
        optimiser = torch.optim.Adam(network.parameters(), weight_decay=settings.weight_decay, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.peak_learning_rate, settings.n_steps)
        batches = shuffled_batches(len(z), settings.batch_size, torch.Generator().manual_seed(settings.seed))
        first, best_loss, best_step, best_weights = 0, float("inf"), 0, network.state_dict()
        if checkpoint is not None and checkpoint.is_file():
            state = torch.load(checkpoint, map_location=device, weights_only=True)
            network.load_state_dict(state["network"])
            optimiser.load_state_dict(state["optimiser"])
            schedule.load_state_dict(state["schedule"])
            torch.set_rng_state(state["random_state"].cpu())
            first, best_loss, best_step = state["step"], state["best_loss"], state["best_step"]
            best_weights = state["best_weights"]
            for _ in range(first):  # the batches that were seen already
                next(batches)
        saved_at_s = time.monotonic()
        steps = range(first, settings.n_steps + 1)
        progress = tqdm(steps, desc="training prototypes", unit="step", disable=not show_progress)
        for step in progress:
            if step % settings.steps_per_validation == 0 or step == settings.n_steps:
                if on_progress:
                    on_progress(step, settings.n_steps)
                loss = _validation_loss(network, valid_z, valid_labels, settings.classification_weight)
                if loss < best_loss:
                    best_loss, best_step = loss, step
                    best_weights = {name: value.clone() for name, value in network.state_dict().items()}
                progress.set_postfix(validation=f"{loss:.4f}", best=f"{best_loss:.4f}", refresh=False)
                if checkpoint is not None and time.monotonic() - saved_at_s >= SECONDS_PER_CHECKPOINT:
                    state = {
                        "network": network.state_dict(),
                        "optimiser": optimiser.state_dict(),
                        "schedule": schedule.state_dict(),
                        "random_state": torch.get_rng_state(),
                        "step": step,
                        "best_loss": best_loss,
                        "best_step": best_step,
                        "best_weights": best_weights,
                    }
                    with replacing(checkpoint) as beside:
                        torch.save(state, beside)
                    saved_at_s = time.monotonic()
            if step < settings.n_steps:
                batch = next(batches).to(device)
                output = network(z[batch])
                loss_parts = pecmae_loss(output, labels[batch], prototype_labels, settings.classification_weight)
                optimiser.zero_grad()
                loss_parts.total.backward()
                optimiser.step()
                schedule.step()
    network.load_state_dict(best_weights)
    network.fold_temperature()
    return TrainedPrototypes(network.cpu().eval(), best_step, best_loss)


def initial_network(train: EmbeddedDataset, settings: PrototypeSettings) -> PrototypeNetwork:
    """A network with the statistics of the training embeddings and k-means prototypes, not yet trained.

    Prototypes start among tracks as they are: what augmentation scatters between the classes would keep some there.

    Args:
        train: Training segments, and views of them.
        settings: Sizes and seed.

    Raises:
        DatasetError: A class has fewer training segments than prototypes.
    """
    z = torch.from_numpy(train.embeddings)
    network = PrototypeNetwork(len(train.classes), settings.prototypes_per_class, z.shape[1], settings.adaptor)
    network.fit_normalisation(z)
    as_they_are = torch.from_numpy(train.split != AUGMENTED)
    centroids = kmeans_prototypes(
        network.normalise(z[as_they_are]),
        torch.from_numpy(train.labels)[as_they_are],
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
    from threadpoolctl import threadpool_limits

    centroids = []
    for label, name in enumerate(classes):
        members = normalised[labels == label].double().numpy()
        if len(members) < prototypes_per_class:
            raise DatasetError(
                "class_too_small",
                f"Class '{name}' has {len(members)} training segments, too few for {prototypes_per_class} prototypes "
                f"a class; give it more training tracks or ask for fewer prototypes.",
            )
        with threadpool_limits(limits=1):
            kmeans = KMeans(prototypes_per_class, n_init=KMEANS_RESTARTS, random_state=seed).fit(members)
        centroids.append(torch.from_numpy(kmeans.cluster_centers_))
    return torch.cat(centroids).float()


def shuffled_batches(n_items: int, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Positions of endless batches: every item once an epoch in random order; an epoch's incomplete batch is left out.

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

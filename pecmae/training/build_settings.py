"""The settings of a build."""

from dataclasses import dataclass

import numpy as np

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.errors import BundleError
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.prototypes import CLASSIFICATION_WEIGHT
from pecmae.training.prototype_training import PrototypeSettings, default_steps

DEFAULT_PROTOTYPES = 3


@dataclass(frozen=True)
class BuildSettings:
    """How a bundle is built; what is None is chosen for the dataset.

    Attributes:
        prototypes_per_class: K; None is 3, or fewer where a class has fewer than two training segments per prototype.
        adaptor: Whether prototypes pass through a transformer layer.
        classification_weight: Weight of the classification loss (lambda in arXiv 2402.09318).
        n_steps: Training steps; None is `default_steps`.
        seed: Seed of training, of the choice of excerpts, of the sampler and of the map.
        points_per_class: Training segments per class whose sound the bundle carries, at most.
        title: One line for people; if empty, it is made from the dataset's name.
        version: Version of the bundle.
        sampler: How prototypes are decoded; None is as the autoencoder's configuration says.
    """

    prototypes_per_class: int | None = None
    adaptor: bool = False
    classification_weight: float = CLASSIFICATION_WEIGHT
    n_steps: int | None = None
    seed: int = 0
    points_per_class: int = 60
    title: str = ""
    version: str = "1.0.0"
    sampler: SamplerSettings | None = None

    def __post_init__(self) -> None:
        if self.points_per_class < 1:
            raise BundleError("bad_argument", "A bundle needs at least 1 excerpt per class (--points-per-class).")
        PrototypeSettings(
            1 if self.prototypes_per_class is None else self.prototypes_per_class,
            classification_weight=self.classification_weight,
            n_steps=1 if self.n_steps is None else self.n_steps,
        )  # impossible values are errors before anything is embedded

    def head_for(self, embedded: EmbeddedDataset) -> PrototypeSettings:
        """The training settings of the prototype network."""
        smallest = int(np.bincount(embedded.part("train").labels, minlength=len(embedded.classes)).min())
        return PrototypeSettings(
            self.prototypes_per_class or min(DEFAULT_PROTOTYPES, max(1, smallest // 2)),
            adaptor=self.adaptor,
            classification_weight=self.classification_weight,
            n_steps=self.n_steps or default_steps(len(embedded.part("train"))),
            seed=self.seed,
        )

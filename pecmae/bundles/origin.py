"""How a bundle was made, as its manifest holds it."""

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from pecmae.networks.configuration import SamplerSettings


class _Origin(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )


class Run(_Origin):
    """One run of a command: the command, the day (UTC), the machine, the device and the versions of libraries."""

    command: str | None = None
    date: str | None = None
    machine: str | None = None
    device: str | None = None
    versions: dict[str, str] = {}


class DatasetOrigin(_Origin):
    """The dataset that a bundle learned from.

    Attributes:
        name: Its name.
        kind: What its classes are, such as "genres".
        seed: Seed of its rendering, if it was rendered.
        tracks: Number of tracks by split.
        segments: Number of segments by split.
        unseen_soundfont: The soundfont that sounds in the test split alone, if there is one.
        licence: Its licence.
        attribution: Whom to credit.
        shareable: False if excerpts of it mustn't be passed on.
    """

    name: str
    kind: str | None = None
    seed: int | None = None
    tracks: dict[str, NonNegativeInt] = {}
    segments: dict[str, NonNegativeInt] = {}
    unseen_soundfont: str | None = None
    licence: str | None = None
    attribution: str | None = None
    shareable: bool | None = None


class SonificationOrigin(_Origin):
    """How the prototypes were decoded: the sampler and the seed of its noise."""

    solver: str
    n_steps: int
    guidance: float
    seed: int

    @property
    def sampler(self) -> SamplerSettings:
        """The sampler's settings."""
        return SamplerSettings(self.solver, self.n_steps, self.guidance)


class MapOrigin(_Origin):
    """How the map was fitted."""

    n_neighbours: int
    min_distance: float
    seed: int
    method: str


class Provenance(Run):
    """How a bundle was made; what isn't known is None.

    Attributes:
        seed: Seed of training and of the choice of excerpts.
        steps: Training steps of the prototype network.
        classification_weight: Weight of the classification loss (lambda in arXiv 2402.09318); `lambda` in JSON.
        best_step: The step with the lowest validation loss, whose weights were kept.
        best_validation_loss: That loss.
        build: SHA-256 of all that the bundle was built from.
        dataset: What it learned from.
        sonification: How its prototypes were decoded.
        map: How its map was fitted.
        evaluation: The runs of `pecmae evaluate`, by section of the report.
    """

    seed: int | None = None
    steps: NonNegativeInt | None = None
    classification_weight: float | None = Field(default=None, validation_alias="lambda", serialization_alias="lambda")
    best_step: int | None = None
    best_validation_loss: float | None = None
    build: str | None = None
    dataset: DatasetOrigin | None = None
    sonification: SonificationOrigin | None = None
    map: MapOrigin | None = None
    evaluation: dict[str, Run] = {}

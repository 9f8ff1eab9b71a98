"""A bundle's manifest: what the bundle is, how it was made, what was measured, and the SHA-256 of each other file.

The JSON form is `manifest.json` with the schema `pecmae.bundle/2`. Paths in `files` are relative, with forward slashes,
and of the kinds that a bundle may hold: no code, no pickles.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass

from pecmae.bundles.measurements import Metrics, Ratio
from pecmae.bundles.origin import Provenance
from pecmae.errors import BundleError, first_fault
from pecmae.networks.configuration import ENCODECMAE_PREFIX

BUNDLE_SCHEMA: Literal["pecmae.bundle/2"] = "pecmae.bundle/2"
MANIFEST_FILE = "manifest.json"
FILE_KINDS = (".json", ".safetensors", ".ogg", ".md")
_NAME = r"[A-Za-z0-9][A-Za-z0-9._@-]*"
_FILE = rf"^({_NAME}/)*{_NAME}({'|'.join(re.escape(kind) for kind in FILE_KINDS)})$"
NAME_PATTERN = re.compile(_NAME)
"""Names and ids that are safe as a file name and in a web address: no separators, no leading dot."""

PointSounds = Literal["recorded", "decoded"]
"""What the sounds of training segments are: excerpts of the original audio, or audio decoded from their embeddings."""
SafeName = Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]
FilePath = Annotated[str, StringConstraints(pattern=_FILE)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class ClassInfo:
    """A class of the classifier: a stable `id`, and the `label` that people read."""

    id: SafeName
    label: str


@dataclass(frozen=True)
class AutoencoderReference:
    """The autoencoder in whose latent space the prototypes lie: its name, and the fingerprint of its weights."""

    name: SafeName
    fingerprint: str

    @property
    def can_decode(self) -> bool:
        """Whether it can decode latents to audio; the encoders of the package `encodecmae` can't."""
        return not self.name.startswith(ENCODECMAE_PREFIX)


class TrackInfo(BaseModel):
    """A training track."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: SafeName
    title: str


class DecodedPrototype(BaseModel):
    """What the classifier says of a decoded prototype: the class with the highest score, and that score."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True)

    class_id: SafeName = Field(validation_alias="class", serialization_alias="class")
    score: Ratio


class Manifest(BaseModel):
    """The description of one bundle.

    Attributes:
        name: The bundle's name: that of its folder, or on a server the name under which it is offered.
        version: Version of the bundle's contents.
        title: One line for people.
        licence: Licence of weights and sounds.
        trained_on: One sentence: what the prototypes were learned from.
        caution: What the scores are worth on other music, in a few sentences.
        autoencoder: The autoencoder that the bundle needs.
        classes: The classes, in the order of the logits.
        prototypes_per_class: K.
        adaptor: Whether the network has the transformer adaptor.
        segment_s: Length of a segment in seconds.
        point_sounds: What the training segments' sounds are.
        tracks: The training tracks, to which `training.safetensors` refers by position.
        decoded: What the classifier says of each decoded prototype, in the order of `prototype_ids`; empty before
            `sonify`.
        provenance: How it was made.
        metrics: Measured results.
        files: SHA-256 of every file but the manifest, by relative path. Filled when the bundle is written.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )

    schema_name: Literal["pecmae.bundle/2"] = Field(
        default=BUNDLE_SCHEMA, validation_alias="schema", serialization_alias="schema"
    )
    name: SafeName
    version: str
    title: str
    licence: str
    trained_on: str
    caution: str
    autoencoder: AutoencoderReference
    classes: Annotated[tuple[ClassInfo, ...], Field(min_length=1)]
    prototypes_per_class: PositiveInt
    adaptor: bool
    segment_s: PositiveFloat
    point_sounds: PointSounds = "recorded"
    tracks: tuple[TrackInfo, ...] = ()
    decoded: tuple[DecodedPrototype, ...] = ()
    provenance: Provenance = Provenance()
    metrics: Metrics = Metrics()
    files: dict[FilePath, Sha256] = {}

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for name, items in (("classes", self.classes), ("tracks", self.tracks)):
            if len({item.id for item in items}) != len(items):
                raise ValueError(f"two of the {name} have the same id")
        if self.decoded and len(self.decoded) != self.n_prototypes:
            raise ValueError("decoded needs one entry per prototype")
        if not {item.class_id for item in self.decoded} <= set(self.class_ids):
            raise ValueError("decoded names an unknown class")
        return self

    @property
    def class_ids(self) -> tuple[str, ...]:
        """Ids of the classes, in order."""
        return tuple(item.id for item in self.classes)

    @property
    def n_prototypes(self) -> int:
        """Number of prototypes; computed without listing them: an untrusted manifest may state a huge number."""
        return len(self.classes) * self.prototypes_per_class

    @property
    def prototype_ids(self) -> tuple[str, ...]:
        """Ids such as `reggae-2`, in the order of the network's prototypes."""
        return tuple(f"{item.id}-{k}" for item in self.classes for k in range(self.prototypes_per_class))


class _SchemaName(BaseModel):
    """The schema of any manifest, whatever its version."""

    model_config = ConfigDict(extra="ignore")

    schema_name: Any = Field(default=None, alias="schema")


_Model = TypeVar("_Model", bound=BaseModel)


def changed(model: _Model, **fields: Any) -> _Model:
    """A copy of a model with other values in some fields, validated."""
    kept = {name: getattr(model, name) for name in type(model).model_fields}
    return type(model).model_validate({**kept, **fields})


def read_manifest(path: Path, source: str | None = None) -> Manifest:
    """Read and check a manifest.

    Args:
        path: The file.
        source: How error messages name the file; by default its path.

    Raises:
        BundleError: `missing_file`, `wrong_schema` or `bad_manifest`; the sentence names the file and the fault.
    """
    source = source or str(path)
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise BundleError("missing_file", f"{source} is missing; this isn't a bundle.") from error
    try:
        found = _SchemaName.model_validate_json(text).schema_name
        if found == BUNDLE_SCHEMA:
            return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise BundleError(
            "bad_manifest", f"{source} isn't a valid manifest ({first_fault(error)}); fetch or build the bundle again."
        ) from error
    raise BundleError(
        "wrong_schema",
        f"{source} has the schema {found!r}, and this version reads {BUNDLE_SCHEMA!r}. Fetch a current version of the "
        "bundle, or build it anew with `python -m pecmae build`.",
    )

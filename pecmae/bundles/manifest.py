"""A bundle's manifest: what the bundle is, what made it, and the SHA-256 of each of its files.

The JSON form is `manifest.json` with the schema `pecmae.bundle/1`. Paths in `files` are relative, with forward slashes,
and of the kinds that a bundle may hold: no code, no pickles.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pecmae.errors import BundleError
from pecmae.networks.configuration import ENCODECMAE_PREFIX

BUNDLE_SCHEMA = "pecmae.bundle/1"
MANIFEST_FILE = "manifest.json"
FILE_KINDS = (".json", ".safetensors", ".ogg", ".md")
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
"""Names and ids that are safe as a file name and in a web address: no separators, no leading dot."""

_REQUIRED: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "version": str,
    "title": str,
    "licence": str,
    "trained_on": str,
    "caution": str,
    "autoencoder": dict,
    "classes": list,
    "prototypes_per_class": int,
    "adaptor": bool,
    "segment_s": (int, float),
    "provenance": dict,
    "metrics": dict,
    "files": dict,
}


@dataclass(frozen=True)
class ClassInfo:
    """A class of the classifier: a stable `id`, and the `label` that people read."""

    id: str
    label: str


@dataclass(frozen=True)
class AutoencoderReference:
    """Which autoencoder the prototypes live in: its name among the `checkpoints`, and its fingerprint."""

    name: str
    fingerprint: str

    @property
    def can_decode(self) -> bool:
        """Whether it makes sound of points; an encoder of the package `encodecmae` doesn't."""
        return not self.name.startswith(ENCODECMAE_PREFIX)


@dataclass(frozen=True)
class Manifest:
    """Facts of one bundle.

    Args:
        name: The bundle's name, which is its folder's.
        version: Version of the bundle's contents.
        title: One line for people.
        licence: Licence of weights and sounds.
        trained_on: One sentence: what the prototypes were learned from.
        caution: One sentence: what the scores are worth on other music.
        autoencoder: The autoencoder that the bundle needs.
        classes: The classes, in the order of the logits.
        prototypes_per_class: K.
        adaptor: Whether the network has the transformer adaptor.
        segment_s: Length of a segment in seconds.
        provenance: How it was made: dataset, seeds, steps, the map's and the sonification's settings.
        metrics: Measured results.
        files: SHA-256 (hex) of every file but the manifest, by relative path. Filled when the bundle is written.
    """

    name: str
    version: str
    title: str
    licence: str
    trained_on: str
    caution: str
    autoencoder: AutoencoderReference
    classes: tuple[ClassInfo, ...]
    prototypes_per_class: int
    adaptor: bool
    segment_s: float
    provenance: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def class_ids(self) -> tuple[str, ...]:
        return tuple(item.id for item in self.classes)

    @property
    def prototype_ids(self) -> tuple[str, ...]:
        """Ids such as `reggae-2`, in the order of the network's prototypes."""
        return tuple(f"{item.id}-{k}" for item in self.classes for k in range(self.prototypes_per_class))

    def to_json(self) -> dict[str, Any]:
        return {"schema": BUNDLE_SCHEMA, **asdict(self), "classes": [asdict(item) for item in self.classes]}


def parse_manifest(data: object, source: str) -> Manifest:
    """Check and convert the JSON of a manifest.

    Args:
        data: The parsed JSON.
        source: Where it comes from, for the error's sentence.

    Returns:
        The manifest.

    Raises:
        BundleError: If it is of another schema, lacks a field, or names an unsafe file.
    """
    if not isinstance(data, dict) or data.get("schema") != BUNDLE_SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise BundleError("wrong_schema", f"{source} is of schema {found!r}, this version reads {BUNDLE_SCHEMA!r}.")
    for key, kind in _REQUIRED.items():
        if not isinstance(data.get(key), kind):
            raise BundleError("bad_manifest", f"{source} has no valid {key!r}; fetch or train the bundle again.")
    try:
        classes = tuple(ClassInfo(str(item["id"]), str(item["label"])) for item in data["classes"])
        autoencoder = AutoencoderReference(str(data["autoencoder"]["name"]), str(data["autoencoder"]["fingerprint"]))
    except (KeyError, TypeError) as error:
        raise BundleError(
            "bad_manifest", f"{source}: classes need an id and a label, the autoencoder a name and a fingerprint."
        ) from error
    names = [data["name"], autoencoder.name, *(item.id for item in classes)]
    for name in names:
        if not NAME_PATTERN.fullmatch(name):
            raise BundleError("bad_manifest", f"{source}: {name!r} isn't a safe name.")
    if not classes or len({item.id for item in classes}) != len(classes) or data["prototypes_per_class"] < 1:
        raise BundleError("bad_manifest", f"{source} needs distinct classes and at least one prototype a class.")
    for name in data["files"]:
        parts = PurePosixPath(name).parts
        if not parts or not all(NAME_PATTERN.fullmatch(part) for part in parts):
            raise BundleError("bad_manifest", f"{source} lists the file {name!r}, which isn't a safe relative path.")
        if not name.endswith(FILE_KINDS):
            raise BundleError(
                "bad_manifest",
                f"{source} lists {name!r}, and a bundle holds {', '.join(FILE_KINDS)} alone; use another bundle.",
            )
    fields = {key: data[key] for key in _REQUIRED}
    return Manifest(**{**fields, "classes": classes, "autoencoder": autoencoder, "segment_s": float(data["segment_s"])})


def read_manifest(path: Path, source: str | None = None) -> Manifest:
    """Read and check a manifest.

    Args:
        path: The file.
        source: What errors call it, if not by its path.

    Raises:
        BundleError: If it's missing, isn't JSON, or isn't a valid manifest.
    """
    try:
        return parse_manifest(json.loads(path.read_text(encoding="utf-8")), source or str(path))
    except FileNotFoundError as error:
        raise BundleError("missing_file", f"{path} is missing; this isn't a bundle.") from error
    except (ValueError, RecursionError) as error:
        raise BundleError(
            "bad_manifest", f"{source or path} isn't valid JSON; fetch or train the bundle again."
        ) from error

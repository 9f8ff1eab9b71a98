"""Settings of the server, and the limits on uploads.

A setting is an option of `python app.py`, an environment variable `PECMAE_*`, or its default.
"""

import os
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict

from pecmae.audio.conventions import MAX_CLIP_S, MAX_UPLOAD_BYTES, MIN_CLIP_S
from pecmae.audio.reading import ClipLimits
from pecmae.errors import PecmaeError
from pecmae.paths import CACHE_VARIABLE, MODELS

if TYPE_CHECKING:
    from pecmae.server.offers import Offer

_PREFIX = "PECMAE_"
_MEGABYTE = 2**20


class UploadLimits(BaseModel):
    """Limits on the zip of a visitor's collection."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    clip: ClipLimits
    """Limits on each clip."""
    max_zip_bytes: int
    """Largest zip."""
    max_unpacked_ratio: int = 2
    """Largest total size of the clips relative to `max_zip_bytes`; audio files shrink little in a zip."""
    min_classes: int = 2
    max_classes: int = 20
    min_clips_per_class: int = 5
    """3 for training, 1 for validation, 1 for testing."""
    max_clips: int = 400
    max_total_s: float = 3600.0
    """Longest duration of all clips together."""
    max_prototypes_per_class: int = 5
    max_bundle_bytes: int = 128 * _MEGABYTE
    """Largest unpacked bundle."""
    max_bundle_json_bytes: int = 4 * _MEGABYTE
    """Largest JSON file of a bundle, because it is parsed at once."""
    max_bundle_files: int = 5000

    @property
    def max_unpacked_bytes(self) -> int:
        """Largest total size of the clips."""
        return self.max_unpacked_ratio * self.max_zip_bytes


Megabytes = Annotated[float, Field(ge=0.01, le=10_000)]


class Settings(BaseSettings):
    """Serves the page and the HTTP API of the PECMAE Explorer."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,
        frozen=True,
        use_attribute_docstrings=True,
        cli_prog_name="python app.py",
        cli_kebab_case=True,
        cli_show_env_vars=True,
    )

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 7860
    """Port to listen on; 0 takes a free port."""
    models: Annotated[Path, AfterValidator(Path.expanduser)] = MODELS
    """Folder of the bundles and autoencoders."""
    bundles: str = ""
    """Bundles to offer, in order, separated by spaces or commas: names in the models folder, paths of folders, or
    addresses hf://owner/name[@revision]. If empty, all bundles of the models folder."""
    max_clip_s: Annotated[float, Field(ge=MIN_CLIP_S, le=86_400)] = MAX_CLIP_S
    """Longest accepted clip, in seconds."""
    max_upload_mb: Megabytes = MAX_UPLOAD_BYTES / _MEGABYTE
    """Largest accepted audio file, in units of 2^20 bytes."""
    max_collections: Annotated[int, Field(ge=0, le=1000)] = 20
    """Number of visitors' collections that are kept at a time; 0 accepts none."""
    max_collection_mb: Megabytes = 300
    """Largest accepted zip of a collection, in units of 2^20 bytes."""

    @model_validator(mode="after")
    def _check_bundles(self) -> "Settings":
        try:
            _ = self.offers
        except PecmaeError as error:
            raise ValueError(error.message) from error
        return self

    @property
    def offers(self) -> "tuple[Offer, ...]":
        """The bundles to offer, in order; empty for all bundles of the models folder."""
        if not self.bundles.strip(", "):
            return ()
        from pecmae.server.offers import parse_offers  # imports torch, which `--help` needn't wait for

        return parse_offers(self.bundles, self.models)

    @property
    def limits(self) -> ClipLimits:
        """Limits on a clip to explain."""
        return ClipLimits(max_s=self.max_clip_s, max_bytes=round(self.max_upload_mb * _MEGABYTE))

    @property
    def max_waiting_bytes(self) -> int:
        """Largest size of all uploads that wait for a use."""
        return max(20 * self.limits.max_bytes, 4 * self.collection_limits.max_zip_bytes)

    @property
    def collection_limits(self) -> UploadLimits:
        """Limits on a visitor's collection."""
        return UploadLimits(clip=self.limits, max_zip_bytes=round(self.max_collection_mb * _MEGABYTE))


def read_settings(arguments: Sequence[str] = ()) -> Settings:
    """Read the settings from command-line options, then from the environment.

    Unknown options and `--help` end the process, as usual for `argparse`.

    Args:
        arguments: The options, such as `["--port", "8000"]`.

    Returns:
        The settings.

    Raises:
        PecmaeError: `bad_setting`, with one line per unknown variable or impossible value.
    """
    faults = _unknown_variables()
    try:
        settings = CliApp.run(Settings, list(arguments))
    except ValidationError as error:
        faults += [_describe_fault(details["loc"], details["input"], details["msg"]) for details in error.errors()]
    if faults:
        raise PecmaeError("bad_setting", "\n".join(faults))
    return settings


def _unknown_variables() -> list[str]:
    known = [name.upper() for name in Settings.model_fields] + [CACHE_VARIABLE.removeprefix(_PREFIX)]
    sentences = []
    for name in sorted(os.environ):
        if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) not in known:
            similar = get_close_matches(name.removeprefix(_PREFIX), known, n=1) or known
            remedy = f"unset it, or use {' or '.join(_PREFIX + word for word in similar)}"
            sentences.append(f"The environment variable {name} isn't a setting; {remedy}.")
    return sentences


def _describe_fault(location: tuple[int | str, ...], value: Any, message: str) -> str:
    name = str(location[0]) if location else ""
    if name not in Settings.model_fields:
        return message.removeprefix("Value error, ")
    schema = Settings.model_json_schema()["properties"][name]
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    range_ = f"from {schema['minimum']:g} to {schema['maximum']:.0f}"
    return f"{_PREFIX}{name.upper()} (--{name.replace('_', '-')}) is {value!r}; give {kind} {range_}."

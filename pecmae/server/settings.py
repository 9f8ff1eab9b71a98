"""Settings of the server, from environment variables; everything has a default.

| variable | meaning | default |
|---|---|---|
| `PECMAE_HOST` | address to listen on | 127.0.0.1 |
| `PECMAE_PORT` | port to listen on; 0 takes a free one | 7860 |
| `PECMAE_MODELS` | folder of the bundles and the autoencoder | `models` of the repository |
| `PECMAE_BUNDLES` | bundles to offer, with commas between: names, paths, `hf://owner/name[@revision]` | all in there |
| `PECMAE_MAX_CLIP_S` | longest accepted clip, in seconds | 600 |
| `PECMAE_MAX_UPLOAD_MB` | largest accepted file, in units of 2**20 bytes | 100 |
| `PECMAE_MAX_COLLECTIONS` | how many collections of visitors are kept at a time; 0 takes none | 20 |
| `PECMAE_MAX_COLLECTION_MB` | largest accepted collection, in units of 2**20 bytes | 300 |
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pecmae.audio.clips import ClipLimits
from pecmae.audio.conventions import MAX_CLIP_S, MAX_UPLOAD_BYTES, MIN_CLIP_S
from pecmae.errors import PecmaeError
from pecmae.paths import MODELS
from pecmae.server.offers import Offer, parse_offers

_MEGABYTE = 2**20


@dataclass(frozen=True)
class Settings:
    """What can be set about the server.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        models: Folder of the bundles and the autoencoder.
        max_clip_s: Longest accepted clip.
        max_upload_bytes: Largest accepted file.
        max_collections: How many collections of visitors are kept at a time; 0 takes none.
        max_collection_bytes: Largest accepted collection.
        offers: The bundles to offer, in order; none means all of the models folder.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    models: Path = MODELS
    max_clip_s: float = MAX_CLIP_S
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    max_collections: int = 20
    max_collection_bytes: int = 300 * _MEGABYTE
    offers: tuple[Offer, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; a variable that is unset or empty leaves its default.

        Raises:
            PecmaeError: `bad_setting`, with the variable, its value and what it may be.
        """
        models = Path(environment.get("PECMAE_MODELS") or cls.models).expanduser()
        bundles = environment.get("PECMAE_BUNDLES", "").strip(", ")
        return cls(
            host=environment.get("PECMAE_HOST") or cls.host,
            port=round(_number(environment, "PECMAE_PORT", cls.port, 0, 65_535, whole=True)),
            models=models,
            max_clip_s=_number(environment, "PECMAE_MAX_CLIP_S", cls.max_clip_s, MIN_CLIP_S, 86_400),
            max_upload_bytes=_megabytes(environment, "PECMAE_MAX_UPLOAD_MB", cls.max_upload_bytes),
            max_collections=round(
                _number(environment, "PECMAE_MAX_COLLECTIONS", cls.max_collections, 0, 1000, whole=True)
            ),
            max_collection_bytes=_megabytes(environment, "PECMAE_MAX_COLLECTION_MB", cls.max_collection_bytes),
            offers=parse_offers(bundles, models) if bundles else (),
        )

    @property
    def limits(self) -> ClipLimits:
        """What `audio.read_clip` may accept."""
        return ClipLimits(max_s=self.max_clip_s, max_bytes=self.max_upload_bytes)


def _megabytes(environment: Mapping[str, str], name: str, default_bytes: int) -> int:
    return round(_number(environment, name, default_bytes / _MEGABYTE, 0.01, 10_000) * _MEGABYTE)


def _number(
    environment: Mapping[str, str], name: str, default: float, lowest: float, highest: float, *, whole: bool = False
) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest or (whole and not value.is_integer()):
        kind = "whole number" if whole else "number"
        raise PecmaeError(
            "bad_setting", f"{name} is {text!r}; give a {kind} from {lowest:g} to {highest:.0f}, or unset it."
        )
    return value

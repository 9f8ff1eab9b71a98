"""What the page says of a bundle before a track is heard: its opening facts, its examples, the text of the tab About.

An example is a clip of the project's own with its explanation, prebaked so that it shows at once. The examples' folder
holds `index.json` ({"examples": [{"id", "title", "bundle", "licence"}, ...]}), `<id>.ogg` and `<bundle>/<id>.json`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pecmae.audio import ClipLimits
from pecmae.errors import BundleError, PecmaeError
from pecmae.manifest import NAME_PATTERN

INDEX_FILE = "index.json"
EXAMPLES_URL = "/examples"


@dataclass(frozen=True)
class Example:
    """A clip that the page offers with one bundle."""

    id: str
    title: str
    bundle: str
    licence: str

    @property
    def audio_file(self) -> str:
        return f"{self.id}.ogg"

    @property
    def explanation_file(self) -> str:
        return f"{self.bundle}/{self.id}.json"


def load_examples(folder: Path) -> tuple[Example, ...]:
    """Read the index of examples; a folder without one has no examples.

    Args:
        folder: Such as `assets/examples`.

    Returns:
        The examples in the index's order.

    Raises:
        BundleError: If the index or a file that it names is missing or unsafe.
    """
    index = folder / INDEX_FILE
    if not index.is_file():
        return ()
    try:
        rows = json.loads(index.read_text(encoding="utf-8"))["examples"]
        examples = tuple(Example(row["id"], row["title"], row["bundle"], row["licence"]) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError("bad_examples", f"{index} isn't a list of examples; run `pecmae examples` again.") from error
    for example in examples:
        if not NAME_PATTERN.fullmatch(example.id) or not NAME_PATTERN.fullmatch(example.bundle):
            raise BundleError("bad_examples", f"{index} names {example.id!r}, which isn't a safe file name.")
        for name in (example.audio_file, example.explanation_file):
            if not (folder / name).is_file():
                raise BundleError("bad_examples", f"{folder / name} is missing; run `pecmae examples` again.")
    return examples


def opening(
    bundle: str, examples: tuple[Example, ...], limits: ClipLimits, chosen: str | None = None
) -> dict[str, Any]:
    """The value of the page's main component: which bundle it shows, with which examples.

    Args:
        bundle: Name of the chosen bundle.
        examples: All examples; those of other bundles are left out.
        limits: What the server accepts.
        chosen: Id of the example to open first; an unknown one is ignored.

    Returns:
        Plain JSON types.
    """
    return {
        "error": None,
        "name": bundle,
        "limits": {"max_s": limits.max_s},
        "example": chosen,
        "examples": [
            {
                "id": example.id,
                "title": example.title,
                "licence": example.licence,
                "audio": f"{EXAMPLES_URL}/{example.audio_file}",
                "explanation": f"{EXAMPLES_URL}/{example.explanation_file}",
            }
            for example in examples
            if example.bundle == bundle
        ],
    }


def failure(error: PecmaeError) -> dict[str, Any]:
    """The value of the page's main component when there is no bundle to show."""
    return {"error": {"code": error.code, "message": error.message}}

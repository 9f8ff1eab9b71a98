"""The clips that the page offers, with their explanations prebaked so that they show at once.

An examples' folder holds `index.json` ({"examples": [{"id", "title", "bundle", "licence"}, ...]}), `<id>.ogg` and
`<bundle>/<id>.json`, a `pecmae.explanation/2`. `pecmae.training.example_baking` makes it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from pecmae.bundles.manifest import NAME_PATTERN
from pecmae.errors import BundleError

INDEX_FILE = "index.json"


@dataclass(frozen=True)
class Example:
    """A clip that the page offers with one bundle, and a row of the index.

    The title is the track's beginning: "Jump blues" of "Jump blues in G major, 168 BPM".
    """

    id: str
    title: str
    bundle: str
    licence: str

    @property
    def audio_file(self) -> str:
        """Path of the audio file in the examples' folder."""
        return f"{self.id}.ogg"

    @property
    def explanation_file(self) -> str:
        """Path of the explanation in the examples' folder."""
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

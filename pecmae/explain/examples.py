"""The clips that the page offers, with precomputed explanations and tags so that they show at once.

A folder of examples contains `index.json` ({"examples": [{"id", "title", "bundle", "licence", "class_id"}, ...]}),
`<id>.ogg`, `<id>.tags.json` (what `tagging` says of it) and `<bundle>/<id>.json`, a `pecmae.explanation/2`. The first
example of a bundle is the one that the page opens with. `pecmae.training.example_baking` makes it.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from pecmae.bundles.manifest import SafeName
from pecmae.errors import BundleError, first_fault

INDEX_FILE = "index.json"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Example:
    """A clip that the page offers with one bundle; an entry of the index.

    The title is the beginning of the track's: "Jump blues" for "Jump blues in G major, 168 BPM".
    """

    id: SafeName
    title: str
    bundle: SafeName
    licence: str
    class_id: SafeName
    """The class that the track was made for, whatever the bundle predicts."""

    @property
    def audio_file(self) -> str:
        """Relative path of the audio."""
        return f"{self.id}.ogg"

    @property
    def tags_file(self) -> str:
        """Relative path of the tags."""
        return f"{self.id}.tags.json"

    @property
    def explanation_file(self) -> str:
        """Relative path of the explanation."""
        return f"{self.bundle}/{self.id}.json"


class ExampleIndex(BaseModel):
    """The contents of `index.json`."""

    examples: tuple[Example, ...]


def load_examples(folder: Path) -> tuple[Example, ...]:
    """Read the index of examples; a folder without one has no examples.

    Args:
        folder: Such as `assets/examples`.

    Returns:
        The examples in the index's order.

    Raises:
        BundleError: `bad_examples`: the index is invalid, or a file that it names is missing.
    """
    index = folder / INDEX_FILE
    if not index.is_file():
        return ()
    try:
        examples = ExampleIndex.model_validate_json(index.read_bytes()).examples
    except ValidationError as error:
        raise BundleError(
            "bad_examples", f"{index} isn't a list of examples ({first_fault(error)}); run `pecmae examples` again."
        ) from error
    for example in examples:
        for name in (example.audio_file, example.tags_file, example.explanation_file):
            if not (folder / name).is_file():
                raise BundleError("bad_examples", f"{folder / name} is missing; run `pecmae examples` again.")
    return examples

"""The value of the page's main component: the chosen bundle with its examples."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.audio.reading import ClipLimits
from pecmae.bundles.manifest import Manifest
from pecmae.errors import PecmaeError
from pecmae.explain.counterfactuals import CLIP_AUDIO, INDEX_FILE, SHUFFLED_AUDIO, answers_file
from pecmae.explain.examples import Example
from pecmae.page.about import decoding_results
from pecmae.page.address import Address
from pecmae.page.languages import ENGLISH, Texts

EXAMPLES_URL = "/examples"
COUNTERFACTUALS_URL = "/counterfactuals"
_NUMBERS = count(1)  # Gradio passes on only values that differ from the last one


def opening(
    manifest: Manifest,
    examples: tuple[Example, ...],
    limits: ClipLimits,
    address: Address | None = None,
    *,
    texts: Texts = ENGLISH,
    has_counterfactuals: bool = False,
    tested: Sequence[str] = (),
) -> dict[str, Any]:
    """The value of the page's main component: the chosen bundle with its examples.

    Args:
        manifest: Manifest of the chosen bundle.
        examples: Examples of all bundles; those of other bundles are left out.
        limits: The server's limits on clips.
        address: The example, class, prototype and tab to show first, without those that the page can't show.
        texts: The texts in the visitor's language.
        has_counterfactuals: Whether there are answers of the bundle (`counterfactuals.has_answers`).
        tested: Titles of all bundles of which there are answers.

    Returns:
        Plain JSON types.
    """
    return {
        "error": None,
        "number": next(_NUMBERS),
        "name": manifest.name,
        "decoding": decoding_results(manifest.metrics, texts),
        "autoencoder": manifest.autoencoder.name,
        "limits": {"max_s": limits.max_s, "suffixes": AUDIO_SUFFIXES},
        "wanted": (address or Address()).model_dump(mode="json", include={"example", "class_id", "prototype", "tab"}),
        "counterfactuals": {
            "index": f"{COUNTERFACTUALS_URL}/{INDEX_FILE}",
            "answers": f"{COUNTERFACTUALS_URL}/{answers_file(manifest.name)}",
            "clip_audio": f"{COUNTERFACTUALS_URL}/{CLIP_AUDIO}",
            "shuffled_audio": f"{COUNTERFACTUALS_URL}/{SHUFFLED_AUDIO}",
        }
        if has_counterfactuals
        else None,
        "tested": list(tested),
        "examples": [
            {
                "id": example.id,
                "title": example.title,
                "licence": example.licence,
                "audio": f"{EXAMPLES_URL}/{example.audio_file}",
                "explanation": f"{EXAMPLES_URL}/{example.explanation_file}",
                "tags": f"{EXAMPLES_URL}/{example.tags_file}",
            }
            for example in examples
            if example.bundle == manifest.name
        ],
    }


def failure(error: PecmaeError) -> dict[str, Any]:
    """What a component's value says of an error; the main component's whole value if no bundle can be shown."""
    return {"error": {"code": error.code, "message": error.message}}

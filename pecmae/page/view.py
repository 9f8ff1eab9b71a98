"""What the page says of a bundle before a track is heard: its opening facts and its examples."""

from typing import Any

from pecmae.audio.clips import ClipLimits
from pecmae.errors import PecmaeError
from pecmae.explain.counterfactuals import INDEX_FILE, answers_file
from pecmae.explain.examples import Example

EXAMPLES_URL = "/examples"
COUNTERFACTUALS_URL = "/counterfactuals"


def opening(
    bundle: str,
    examples: tuple[Example, ...],
    limits: ClipLimits,
    chosen: str | None = None,
    *,
    has_counterfactuals: bool = False,
) -> dict[str, Any]:
    """The value of the page's main component: which bundle it shows, with which examples.

    Args:
        bundle: Name of the chosen bundle.
        examples: All examples; those of other bundles are left out.
        limits: What the server accepts.
        chosen: Id of the example to open first; an unknown one is ignored.
        has_counterfactuals: Whether the bundle was asked about the counterfactual set (`counterfactuals.has_answers`).

    Returns:
        Plain JSON types.
    """
    return {
        "error": None,
        "name": bundle,
        "limits": {"max_s": limits.max_s},
        "example": chosen,
        "counterfactuals": {
            "folder": COUNTERFACTUALS_URL,
            "index": f"{COUNTERFACTUALS_URL}/{INDEX_FILE}",
            "answers": f"{COUNTERFACTUALS_URL}/{answers_file(bundle)}",
        }
        if has_counterfactuals
        else None,
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

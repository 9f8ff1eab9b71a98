"""An explanation as HTML for notebooks: the highest scores, and the nearest prototypes with players.

The sounds are part of the HTML, as data URIs, so that a saved notebook still plays them. Colours are those of the
notebook's own text, so that the table can be read in its light and its dark theme.
"""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pecmae.explain.explanation import NOVEL
from pecmae.templates import render

if TYPE_CHECKING:
    from pecmae.explain.explanation import Explanation

TEMPLATE = Path(__file__).parent / "explanation.html.jinja"
N_ROWS = 5


def to_html(explanation: "Explanation", prototype_audio: Mapping[str, Path]) -> str:
    """The explanation as a fragment of HTML.

    Args:
        explanation: The explanation.
        prototype_audio: Ogg files of prototypes by their ids. A prototype without a file has no player.
    """
    scores = sorted(zip(explanation.classes, explanation.scores, strict=True), key=lambda row: -row[1])[:N_ROWS]
    nearest = sorted(explanation.prototypes, key=lambda item: item.distance)[:N_ROWS]
    files = {item.id: prototype_audio[item.id] for item in nearest if item.id in prototype_audio}
    sounds = {name: b64encode(file.read_bytes()).decode("ascii") for name, file in files.items() if file.is_file()}
    return render(TEMPLATE, explanation=explanation, novel=NOVEL, scores=scores, nearest=nearest, sounds=sounds)

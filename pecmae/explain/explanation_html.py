"""An explanation as HTML for notebooks: the scores, and the nearest prototypes with players.

The sounds are part of the HTML, as data URIs, so that a saved notebook still plays them. Colours are those of the
notebook's own text, so that the table can be read in its light and its dark theme.
"""

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from pecmae.explain.explanation import NOVEL

if TYPE_CHECKING:
    from pecmae.explain.explanation import Explanation, PrototypeEvidence

N_CLASSES = 5
N_PROTOTYPES = 5
_BAR = "display:inline-block;height:0.7em;background:currentColor;opacity:0.5;width:{width:.2f}em"
_CELL = "text-align:left;padding:0.2em 1em 0.2em 0;color:inherit;background:none"


def to_html(explanation: "Explanation", prototype_audio: Mapping[str, Path]) -> str:
    """The explanation as a fragment of HTML.

    Args:
        explanation: The explanation.
        prototype_audio: Ogg files of prototypes by their ids. A prototype without a file has no player.
    """
    clip, bundle = explanation.clip, explanation.bundle
    order = sorted(range(len(explanation.classes)), key=lambda c: -explanation.scores[c])[:N_CLASSES]
    nearest = sorted(explanation.prototypes, key=lambda item: item.distance)[:N_PROTOTYPES]
    summary = f"{clip.analysed_s:.1f} s, explained by {bundle.name} {bundle.version}."
    scores = [_row(explanation.classes[c], _bar(explanation.scores[c])) for c in order]
    prototypes = [_prototype(item, prototype_audio) for item in nearest]
    novel = f"<p><b>{NOVEL}</b></p>" if explanation.novelty.is_novel else ""
    notes = escape(" ".join((summary, *clip.notes)))
    return (
        f'<div style="color:inherit">{novel}<p><b>{escape(clip.name)}</b>: {notes}</p>'
        f"{_table(('class', 'score'), scores)}{_table(('nearest prototype', 'similarity', ''), prototypes)}</div>"
    )


def _table(heads: tuple[str, ...], rows: list[str]) -> str:
    head = "".join(f'<th style="{_CELL}">{text}</th>' for text in heads)
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<table style="color:inherit;background:none">{body}</table>'


def _row(name: str, *cells: str) -> str:
    """A row; the name is escaped, the cells are HTML."""
    columns = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in (escape(name), *cells))
    return f'<tr style="background:none">{columns}</tr>'


def _prototype(item: "PrototypeEvidence", prototype_audio: Mapping[str, Path]) -> str:
    file = prototype_audio.get(item.id)
    player = ""
    if file is not None and file.is_file():
        data = b64encode(file.read_bytes()).decode("ascii")
        player = f'<audio controls preload="none" src="data:audio/ogg;base64,{data}"></audio>'
    return _row(item.id, _bar(item.similarity), player)


def _bar(value: float) -> str:
    """A number between 0 and 1, with a bar."""
    return f'{value:.3f} <span style="{_BAR.format(width=8 * value)}"></span>'

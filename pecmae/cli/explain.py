"""`pecmae explain CLIP`: explain how a bundle classifies an audio file, as text or in a format of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pecmae.cli import options
from pecmae.explain.exports import ExportFormat, export
from pecmae.paths import MODELS

if TYPE_CHECKING:
    from pecmae.bundles.bundle import Bundle
    from pecmae.explain.explanation import Explanation

TEMPLATE = Path(__file__).parent / "explanation.txt.jinja"
N_ROWS = 8
"""Rows of the tables of prototypes."""


def run(
    clip: Annotated[Path, typer.Argument(help="An audio file.")],
    bundle: Annotated[
        str | None,
        typer.Option(
            help="A name in the models folder, a bundle's folder, or hf://owner/name[@revision].",
            show_default="the first one",
        ),
    ] = None,
    models: options.ModelsFolder = MODELS,
    first_part: Annotated[
        bool, typer.Option("--first-part", help="Analyse the first part of a clip that is over the length limit.")
    ] = False,
    export_format: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            help="Print everything as JSON (schema pecmae.explanation/2), the segments as CSV or as a label track for "
            "Audacity and Sonic Visualiser, or classes and segments as JAMS.",
            show_default="a table to read",
        ),
    ] = None,
) -> None:
    """Explain how an audio file is classified.

    Classifies the file by its similarity to prototypes, and shows how the scores come about.
    """
    from pecmae.errors import NotFoundError
    from pecmae.explainer import load

    if not clip.is_file():
        raise NotFoundError("unknown_file", f"There is no file {str(clip)!r}; give the path of an audio file.")
    explainer = load(bundle, models=models)
    explanation = explainer.explain(clip, first_part=first_part)
    text = export(explanation, export_format) if export_format else to_text(explanation, explainer.bundle) + "\n"
    print(text, end="")


def to_text(explanation: "Explanation", bundle: "Bundle") -> str:
    """The explanation as text: verdict, scores, nearest prototypes, and the ledger of the first class."""
    from pecmae.explain.explanation import NOVEL
    from pecmae.templates import render

    manifest, c = bundle.manifest, explanation.predicted
    return render(
        TEMPLATE,
        explanation=explanation,
        manifest=manifest,
        novel=NOVEL,
        n_rows=N_ROWS,
        scores=sorted(zip(manifest.classes, explanation.scores, strict=True), key=lambda row: -row[1]),
        nearest=sorted(explanation.prototypes, key=lambda item: item.distance)[:N_ROWS],
        ledger=sorted(explanation.prototypes, key=lambda item: -abs(item.contributions[c])),
        weights=dict(zip(manifest.prototype_ids, bundle.network.linear.weight[c].tolist(), strict=True)),
    )

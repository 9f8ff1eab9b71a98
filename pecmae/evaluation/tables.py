"""An evaluation as Markdown: what `pecmae evaluate` prints and the model card quotes.

It is made from JSON alone, so that a card can be written anew from a manifest. Sections that weren't measured are left
out.
"""

from pathlib import Path
from typing import Any

from pecmae.evaluation.acoustics import MEASURES, Acoustics
from pecmae.evaluation.comparison import CLASSIFIERS
from pecmae.templates import render

TEMPLATE = Path(__file__).parent / "report.md.jinja"
VALIDATION = "validation"
"""Section of the report that is the JSON of a `CrossValidation`."""


def to_markdown(evaluation: dict[str, Any], provenance: dict[str, dict[str, Any]]) -> str:
    """The report.

    Args:
        evaluation: The JSON of the measured sections of `evaluation_folder.SECTIONS`, and of the validation.
        provenance: Entries of `provenance.describe_run` for each of them.
    """
    measured = [provenance[name] for name in evaluation if name in provenance]
    acoustics = evaluation.get("acoustics")
    return render(
        TEMPLATE,
        validation=evaluation.get(VALIDATION),
        decoding=evaluation.get("decoding"),
        acoustics=acoustics and Acoustics.model_validate(acoustics),
        listener=evaluation.get("listener"),
        measures=MEASURES,
        classifiers=CLASSIFIERS,
        runs={run["command"]: run for run in measured},  # one command may have measured several sections
    )

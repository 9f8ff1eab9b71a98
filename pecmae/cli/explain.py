"""`pecmae explain CLIP`: explain how a bundle classifies an audio file, as text or as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pecmae.cli import options
from pecmae.paths import MODELS

if TYPE_CHECKING:
    from pecmae.bundles.bundle import Bundle
    from pecmae.explain.explanation import Explanation

BAR_WIDTH = 40
N_ROWS = 8


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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the explanation as JSON (schema pecmae.explanation/2).")
    ] = False,
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
    if as_json:
        print(explanation.model_dump_json(indent=2))
    else:
        print(to_text(explanation, explainer.bundle))


def to_text(explanation: "Explanation", bundle: "Bundle") -> str:
    """The explanation as text: verdict, scores, nearest prototypes, and the ledger of the first class."""
    return "\n\n".join(
        "\n".join(lines)
        for lines in (
            _verdict(explanation, bundle),
            _scores(explanation, bundle),
            _nearest(explanation),
            _ledger(explanation, bundle),
            _neighbourhood(explanation),
        )
    )


def _verdict(explanation: "Explanation", bundle: "Bundle") -> list[str]:
    from pecmae.explain.explanation import NOVEL

    clip, labels = explanation.clip, [item.label for item in bundle.manifest.classes]
    order = sorted(range(len(labels)), key=lambda c: -explanation.scores[c])
    sentence = f"{clip.name} sounds most like {labels[order[0]]} ({explanation.scores[order[0]]:.0%})"
    if len(order) > 1:
        sentence += f", then like {labels[order[1]]} ({explanation.scores[order[1]]:.0%})"
    n_segments = len(explanation.segments)
    analysed = (
        f"{clip.analysed_s:.1f} s of {clip.duration_s:.1f} s in {n_segments} segment{'s' if n_segments > 1 else ''}"
    )
    return [
        *([NOVEL] if explanation.novelty.is_novel else []),
        sentence + ".",
        f"Explained by {explanation.bundle.name} {explanation.bundle.version}: {analysed}.",
        *clip.notes,
        bundle.manifest.caution,
    ]


def _scores(explanation: "Explanation", bundle: "Bundle") -> list[str]:
    rows = sorted(zip(bundle.manifest.classes, explanation.scores, strict=True), key=lambda row: -row[1])
    width = max(len(item.label) for item, _ in rows)
    return ["Scores"] + [
        f"  {item.label:<{width}}  {'█' * round(score * BAR_WIDTH):<{BAR_WIDTH}} {score:6.1%}" for item, score in rows
    ]


def _nearest(explanation: "Explanation") -> list[str]:
    rows = sorted(explanation.prototypes, key=lambda item: item.distance)[:N_ROWS]
    width = max(len("prototype"), *(len(item.id) for item in rows))
    return [
        "Nearest prototypes",
        f"  {'prototype':<{width}}  distance  similarity",
        *(f"  {item.id:<{width}}  {item.distance:8.3f}  {item.similarity:10.3f}" for item in rows),
    ]


def _ledger(explanation: "Explanation", bundle: "Bundle") -> list[str]:
    c = explanation.predicted
    weights = dict(zip(bundle.manifest.prototype_ids, bundle.network.linear.weight[c].tolist(), strict=True))
    rows = sorted(explanation.prototypes, key=lambda item: -abs(item.contributions[c]))
    rest = sum(item.contributions[c] for item in rows[N_ROWS:])
    width = max(len(item.id) for item in rows)
    lines = [
        f"Why {bundle.manifest.classes[c].label}: similarity x weight = contribution",
        *(
            f"  {item.id:<{width}}  {item.similarity:.3f} x {weights[item.id]:+.3f} = {item.contributions[c]:+.3f}"
            for item in rows[:N_ROWS]
        ),
    ]
    sums = [(f"{len(rows) - N_ROWS} other prototypes", rest)] if len(rows) > N_ROWS else []
    sums += [("bias", explanation.bias[c]), ("logit", explanation.logits[c])]
    return lines + [f"  {name:<{width + 17}} = {value:+.3f}" for name, value in sums]


def _neighbourhood(explanation: "Explanation") -> list[str]:
    novelty = explanation.novelty
    width = max(len(item.id) for item in explanation.neighbours)
    return [
        f"{novelty.percentile:.0f} % of the training segments of {novelty.class_id} are nearer to their nearest "
        f"prototype than this track, whose distance is {novelty.distance:.3f}.",
        "Nearest training segments",
        *(f"  {item.id:<{width}}  {item.distance:8.3f}  {item.title}" for item in explanation.neighbours),
    ]

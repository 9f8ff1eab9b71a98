"""An evaluation as Markdown: what `pecmae evaluate` prints and the model card quotes.

It is made from JSON alone, so that a card can be written anew from a manifest. Sections that weren't measured are left
out.
"""

from typing import Any

from pecmae.evaluation.acoustics import MEASURES, Acoustics, ClassAcoustics
from pecmae.evaluation.comparison import CLASSIFIERS
from pecmae.evaluation.intervals import Interval, Proportion, format_interval
from pecmae.evaluation.listener import ClassFigures, ListenerFigures
from pecmae.evaluation.metrics import Evaluation

VALIDATION = "validation"


def to_markdown(evaluation: dict[str, Any], provenance: dict[str, dict[str, Any]]) -> str:
    """The report.

    Args:
        evaluation: The JSON of the measured sections of `evaluation_folder.SECTIONS`.
        provenance: Entries of `provenance.describe_run` for each of them.
    """
    parts = []
    if VALIDATION in evaluation:
        parts.append(_validation(evaluation[VALIDATION]))
    if "decoding" in evaluation:
        parts.append(_decoding(evaluation["decoding"]))
    if "acoustics" in evaluation:
        parts.append(_acoustics(Acoustics.model_validate(evaluation["acoustics"])))
    if "listener" in evaluation:
        parts.append(_listener(ListenerFigures.model_validate(evaluation["listener"])))
    measured = {name: provenance[name] for name in evaluation if name in provenance}
    return "\n\n".join([*parts, *_commands(measured)])


def _validation(section: dict[str, Any]) -> str:
    """The JSON of a `CrossValidation`."""
    n_blocks, tested, heads = section["n_blocks"], section["tested"], section["heads"]
    weights = sorted({row["classification_weight"] for row in heads})
    counts = dict.fromkeys(row["prototypes_per_class"] for row in heads)
    by_head = {(row["prototypes_per_class"], row["classification_weight"]): row["accuracy"] for row in heads}
    best = max(by_head.values())
    where = f"cross-validation in {n_blocks} blocks" if n_blocks else "the test split"
    lines = [
        f"Balanced accuracy of tracks on {'validation blocks' if n_blocks else 'the validation split'}, %, which "
        "chooses the number of prototypes and lambda; the best is bold.",
        "",
        *_header(["prototypes per class", *(f"lambda {weight:g}" for weight in weights)]),
    ]
    for count in counts:
        cells = [(by_head[count, weight], f"{100 * by_head[count, weight]:.1f}") for weight in weights]
        lines.append(_row([str(count), *(f"**{text}**" if value == best else text for value, text in cells)]))
    lines += [
        "",
        f"Balanced accuracy by {where}, %, on {tested['pecmae']['n_tracks']} tracks that chose nothing, with its 95 % "
        "interval by bootstrap over tracks:",
        "",
        *_header(["", "accuracy"]),
        *(_row([CLASSIFIERS[name], _accuracy(result)]) for name, result in tested.items()),
    ]
    return "\n".join(lines)


def _decoding(section: dict[str, Any]) -> str:
    sampler, seconds, cycle = section["sampler"], section["seconds"], section["cycle_consistency"]
    one, ten = (seconds["batch"][size] for size in ("1", "10"))
    plural = "s" if seconds["threads"] > 1 else ""
    return "\n".join(
        [
            f"Decoded by {sampler['solver']} in {sampler['n_steps']} steps at guidance {sampler['guidance']:g}, with "
            f"95 % intervals (Wilson's for prototypes, bootstrap over tracks for segments):",
            "",
            f"- Cycle consistency: {cycle['n_right']} of {cycle['n_total']} sounds of prototypes "
            f"({section['n_prototypes']} prototypes, {len(section['seeds'])} noise seeds), {_percent(cycle)} %, are "
            "classified by this bundle as the prototype's class.",
            f"- {_percent(section['class_kept'])} % of {section['n_segments']} held-out segments keep their predicted "
            "class after encoding, decoding and encoding again.",
            f"- The distance between a prototype and the embedding of its sound is {section['prototype_distance']:.3f}"
            f"; for the held-out segments it is "
            f"{format_interval(Interval(**section['segment_distance']), scale=1, digits=3)}.",
            f"- Decoding one prototype takes {one:.2f} s, ten in a batch {ten:.2f} s ({seconds['machine']}; "
            f"{seconds['threads']} thread{plural}).",
        ]
    )


def _acoustics(acoustics: Acoustics) -> str:
    lines = [
        f"Acoustic measures of {acoustics.n_segments} segments: the median of the recordings and of the same segments "
        "decoded (quartiles in brackets), and the ratio of the medians.",
        "",
        *_header(
            ["class", *(title for name in MEASURES for title in (f"{MEASURES[name]}: recorded", "decoded", "ratio"))]
        ),
    ]
    for class_id in next(iter(acoustics.measures.values())):
        results = [acoustics.measures[name][class_id] for name in MEASURES]
        lines.append(_row([class_id, *(cell for result in results for cell in _acoustic_cells(result))]))
    near = [f"{MEASURES[n]} {sum(r.is_near for r in acoustics.measures[n].values())}" for n in MEASURES]
    n_classes = len(acoustics.measures["beat_regularity"])
    return "\n".join([*lines, "", f"Classes of {n_classes} whose medians lie within 25 %: {', '.join(near)}."])


def _acoustic_cells(result: ClassAcoustics) -> list[str]:
    shown = [f"{middle:.2f} ({low:.2f}–{high:.2f})" for low, middle, high in (result.recorded, result.decoded)]
    return [*shown, "–" if result.ratio is None else f"{result.ratio:.2f}"]


def _listener(figures: ListenerFigures) -> str:
    learned = f"trained on {figures.n_training_segments:,} recorded segments" + (
        " and cross-validated in five blocks of tracks" if figures.is_cross_validated else ""
    )
    lines = [
        f"An independent listener (YAMNet with a linear probe, {learned}) names the right class for this percentage of "
        f"{figures.n_segments} segments as recorded, of the same segments decoded, and of the prototypes' sounds "
        f"(noise seeds: {len(figures.seeds)}):",
        "",
        *_header(["class", "recorded", "decoded", "prototypes"]),
    ]
    rows: dict[str, ClassFigures] = {"**all**": figures, **figures.by_class}
    for name, row in rows.items():
        lines.append(_row([name, *(format_interval(cell) for cell in (row.recorded, row.decoded, row.prototypes))]))
    lines += [
        "",
        f"Decoded segments keep {format_interval(figures.kept)} % of its accuracy. In its features, the Fréchet "
        f"distance of decoded segments to recordings of other tracks is {figures.frechet_decoded:.1f}; that of their "
        f"own recordings is {figures.frechet_recorded:.1f}.",
    ]
    return "\n".join(lines)


def _commands(provenance: dict[str, dict[str, Any]]) -> list[str]:
    runs: dict[str, str] = {}  # one command may have measured several sections
    for entry in provenance.values():
        runs[entry["command"]] = f"Printed on {entry['date']} ({entry['machine']}) by"
    return [f"{sentence}\n\n```\n{command}\n```" for command, sentence in runs.items()]


def _accuracy(result: dict[str, Any]) -> str:
    """The JSON of an `Evaluation`, in %."""
    return format_interval(Evaluation.model_construct(**result).interval)


def _percent(result: dict[str, Any]) -> str:
    """The JSON of an interval or a proportion, in %."""
    is_counted = "n_total" in result
    return format_interval((Proportion if is_counted else Interval).model_validate(result))


def _header(cells: list[str]) -> list[str]:
    return [_row(cells), _row(["---", *["---:"] * (len(cells) - 1)])]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"

"""An evaluation as Markdown: what `pecmae evaluate` prints and the model card quotes.

It is made from JSON alone, so that a card can be written anew from a manifest. Sections that weren't measured are left
out.
"""

from typing import Any

from pecmae.evaluation.comparison import CLASSIFIERS, PARTS
from pecmae.evaluation.intervals import format_interval
from pecmae.training.head_measures import REAL

TITLES = {**PARTS, REAL: "recordings"}
HEAD_KEYS = ("prototypes_per_class", "adaptor", "lambda")


def to_markdown(evaluation: dict[str, Any], provenance: dict[str, dict[str, Any]]) -> str:
    """The report.

    Args:
        evaluation: The JSON of the measured sections: `classification`, `prototypes`, `decoding`, `real`.
        provenance: Entries of `provenance.describe_run` for each of them.
    """
    parts = []
    if "classification" in evaluation:
        parts += [_classification(evaluation["classification"]), _heads(evaluation)]
    if "decoding" in evaluation:
        parts.append(_decoding(evaluation["decoding"]))
    if "real" in evaluation:
        parts.append(_recordings(evaluation["real"]))
    measured = {name: provenance[name] for name in evaluation if name in provenance}
    return "\n\n".join([*parts, *_commands(measured)])


def _classification(section: dict[str, Any]) -> str:
    shipped, parts = section["heads"][0], section["n_tracks"]
    rows = {
        f"PECMAE-{shipped['prototypes_per_class']}": shipped,
        **{CLASSIFIERS[name]: result for name, result in section["baselines"].items()},
    }
    n_seeds = len(section["seeds"])
    lines = [f"Balanced accuracy of tracks, %: mean over {n_seeds} seeds of training (lowest–highest)."]
    lines += ["", *_head_row(["", *(f"{TITLES[part]} (n = {n})" for part, n in parts.items())])]
    for title, result in rows.items():
        lines.append(_row([title, *(format_interval(result["balanced_accuracy"][part]) for part in parts)]))
    return "\n".join(lines)


def _heads(evaluation: dict[str, Any]) -> str:
    section = evaluation["classification"]
    decoded = {_key(row): row for row in evaluation.get("prototypes", {}).get("heads", [])}
    parts = [part for part in ("test", "unseen", REAL) if part in section["n_tracks"]]
    titles = ["prototypes a class", "adaptor", "lambda", *(TITLES[part] for part in parts), "diversity"]
    lines = [
        "Numbers of prototypes, adaptor and lambda: balanced accuracy, % (seeds: "
        f"{len(section['grid_seeds'])}, first row {len(section['seeds'])}). Diversity is the mean distance of two "
        f"prototypes of a class; of two held-out segments it is {section['diversity_of_segments'] or 0:.2f}."
        + (
            " cycle consistency, %, and the distance of a prototype to its sound are of one network a row."
            if decoded
            else ""
        ),
        "",
        *_head_row([*titles, *(["cycle consistency", "distance"] if decoded else [])]),
    ]
    for number, row in enumerate(section["heads"]):
        cells = [str(row["prototypes_per_class"]), "yes" if row["adaptor"] else "no", f"{row['lambda']:g}"]
        cells += [format_interval(row["balanced_accuracy"][part]) for part in parts]
        cells.append(format_interval(row["diversity"], scale=1, digits=2))
        if decoded:
            sound = decoded.get(_key(row))
            cells += (
                [f"{100 * sound['cycle_consistency']:.1f}", f"{sound['prototype_distance']:.2f}"]
                if sound
                else ["–", "–"]
            )
        lines.append(_row([f"**{cells[0]}**" if number == 0 else cells[0], *cells[1:]]))
    return "\n".join(lines)


def _decoding(section: dict[str, Any]) -> str:
    sampler, seconds = section["sampler"], section["seconds"]
    one, ten = (seconds["batch"][size] for size in ("1", "10"))
    n_seeds = len(section["seeds"])
    return "\n".join(
        [
            f"Decoded by {sampler['solver']} in {sampler['n_steps']} steps at guidance {sampler['guidance']:g}; "
            f"mean over {n_seeds} seeds of the sampler (lowest–highest):",
            "",
            f"- {format_interval(section['cycle_consistency'])} % of the {section['n_prototypes']} prototypes "
            "come back as their own class when their sound is classified (cycle consistency).",
            f"- {format_interval(section['class_kept'])} % of {section['n_segments']} held-out segments keep their "
            "predicted class when they are encoded, decoded to sound and encoded again.",
            f"- Between a prototype and what its sound is embedded as the distance is "
            f"{format_interval(section['prototype_distance'], scale=1, digits=3)}; for the held-out segments it is "
            f"{format_interval(section['segment_distance'], scale=1, digits=3)}.",
            f"- One prototype takes {one:.2f} s, ten in a batch {ten:.2f} s ({seconds['machine']}; "
            f"{seconds['threads']} thread{'s' if seconds['threads'] > 1 else ''}).",
        ]
    )


def _recordings(section: dict[str, Any]) -> str:
    classes = section["classes"]
    accuracy = 100 * section["pecmae"]["balanced_accuracy"]
    lines = [
        f"Of {section['n_recordings']} recordings that nothing was trained on, balanced accuracy is {accuracy:.1f} %, "
        f"and {format_interval(section['mlp_over_seeds'])} % for an MLP on the same embeddings. Rows are true classes, "
        "columns what PECMAE hears:",
        "",
        *_head_row(["", *(str(number) for number in range(1, len(classes) + 1))]),
    ]
    for number, (name, counts) in enumerate(zip(classes, section["pecmae"]["confusion"], strict=True), start=1):
        lines.append(_row([f"{number} {name}", *(str(count) if count else "" for count in counts)]))
    return "\n".join(lines)


def _commands(provenance: dict[str, dict[str, Any]]) -> list[str]:
    said: dict[str, str] = {}  # one command may have measured several sections
    for entry in provenance.values():
        said[entry["command"]] = f"Printed on {entry['date']} ({entry['machine']}) by"
    return [f"{sentence}\n\n```\n{command}\n```" for command, sentence in said.items()]


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in HEAD_KEYS)


def _head_row(cells: list[str]) -> list[str]:
    return [_row(cells), _row(["---", *["---:"] * (len(cells) - 1)])]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"

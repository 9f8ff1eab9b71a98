"""The text of the tab About: what the explorer is, in a musician's words, and what is measured of the chosen bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pecmae.bundles.manifest import Manifest
from pecmae.networks.configuration import NO_DECODER

PARTS = {
    "test": "tracks of its own kind that it never heard",
    "unseen": "those of them whose instruments come from a soundfont that it never heard",
}
TEXT = Path(__file__).parent / "static" / "about.md"


def about(manifest: Manifest) -> str:
    """Markdown of the tab About for one bundle."""
    return TEXT.read_text(encoding="utf-8").format(bundle=_bundle_section(manifest))


def _bundle_section(manifest: Manifest) -> str:
    classes = ", ".join(item.label for item in manifest.classes)
    lines = [
        f"**{manifest.title}.** {manifest.trained_on}",
        manifest.caution,
        f"Its classes: {classes}. {manifest.prototypes_per_class} prototypes a class. Licence: {manifest.licence}.",
    ]
    if not manifest.autoencoder.can_decode:
        lines.append(f"There's one thing missing: {NO_DECODER}")
    return "\n\n".join(line for line in [*lines, _metrics(manifest.metrics)] if line)


def _metrics(metrics: Mapping[str, Any]) -> str:
    """What was measured, in one sentence a figure; a bundle that wasn't measured says nothing."""
    accuracy: Mapping[str, Mapping[str, float]] = metrics.get("balanced_accuracy", {})
    sentences = []
    for part, description in PARTS.items():
        if part in accuracy:
            scores = accuracy[part]
            sentences.append(
                f"On {description} it names the class of {_percent(scores['pecmae'])} of the tracks, all classes "
                f"counting the same; an MLP on the same embeddings, {_percent(scores['mlp'])}; the nearest neighbours "
                f"among the training tracks, {_percent(scores['knn'])}."
            )
    if "cycle_consistency" in metrics:
        sentences.append(
            f"{_percent(metrics['cycle_consistency'])} of its prototypes, heard as sound, come back as their own class."
        )
    return " ".join(sentences)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"

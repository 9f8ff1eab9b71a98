"""The text of the tab About: what the explorer is, in a musician's words, and what is measured of the chosen bundle."""

from pathlib import Path

from pecmae.bundles.manifest import Manifest
from pecmae.bundles.measurements import Metrics
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
        f"Its classes: {classes}. {manifest.prototypes_per_class} prototypes per class. Licence: {manifest.licence}.",
    ]
    if not manifest.autoencoder.can_decode:
        lines.append(f"There's one thing missing: {NO_DECODER}")
    return "\n\n".join(line for line in [*lines, _metrics(manifest.metrics)] if line)


def _metrics(metrics: Metrics) -> str:
    """What was measured, in one sentence per figure; nothing for a bundle that wasn't measured."""
    sentences = []
    for part, description in PARTS.items():
        if scores := metrics.balanced_accuracy.get(part):
            sentences.append(
                f"On {description} it names the class of {_percent(scores['pecmae'])} of the tracks, all classes "
                f"counting the same; an MLP on the same embeddings, {_percent(scores['mlp'])}; the nearest neighbours "
                f"among the training tracks, {_percent(scores['knn'])}."
            )
    if measured := metrics.cycle_consistency:
        sentences.append(
            f"Decoded to sound and classified again, {measured.n_right} of {measured.n_total} prototypes "
            f"({_percent(measured.ratio)}, over {len(measured.seeds)} noise seeds) are given their own class."
        )
    if listener := metrics.listener:
        sentences.append(
            "An independent classifier of log-mel statistics, which knows nothing of the encoder, gives "
            f"{_percent(listener.ratio)} of these sounds their class, and it is right about "
            f"{_percent(listener.accuracy_on_recordings)} of held-out recorded segments."
        )
    return " ".join(sentences)


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f} %"

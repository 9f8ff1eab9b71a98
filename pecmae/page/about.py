"""The text of the tab About: how the explorer works, and what was measured of the chosen bundle."""

from pathlib import Path

from pecmae.bundles.manifest import Manifest
from pecmae.bundles.measurements import Metrics, Recognition
from pecmae.networks.configuration import NO_DECODER

TEXT = Path(__file__).parent / "static" / "about.md"
TEST_SETS = {
    "test": "the test tracks",
    "unseen": "the test tracks that were rendered with a soundfont which isn't in the training data",
}
"""The parts of a dataset whose balanced accuracy is shown, and how a sentence names them."""


def about(manifest: Manifest) -> str:
    """Markdown of the tab About for one bundle."""
    text = TEXT.read_text(encoding="utf-8")
    return text.format(bundle=_describe_bundle(manifest), segment_s=f"{manifest.segment_s:g}")


def decoding_results(metrics: Metrics) -> str:
    """Sentences on the classification of decoded prototypes by the bundle's model and by an independent listener.

    Args:
        metrics: The manifest's metrics.

    Returns:
        The sentences, empty if neither was measured.
    """
    cycle, listener = metrics.cycle_consistency, metrics.listener
    sentences = []
    if cycle:
        sentences.append(
            f"Each prototype was decoded to audio with {_count(len(cycle.seeds), 'noise seed')}. The model assigns "
            f"{_rate(cycle)} of these sounds to the class of the prototype (cycle consistency)."
        )
    if listener:
        decoded = listener.accuracy_on_decoded
        sentences.append(
            "An independent listener, a network that no part of the model learned from, assigns "
            f"{_rate(listener)} of the decoded prototypes to their class. For comparison, it names the class of "
            f"{100 * listener.accuracy_on_recordings:.0f} % of {listener.n_recordings} segments as recorded"
            + (f" and of {100 * decoded:.0f} % of the same segments decoded." if decoded is not None else ".")
        )
    elif cycle:
        sentences.append(
            "The decoded sounds weren't checked with a second, independent classifier, so this result doesn't show "
            "that people would agree."
        )
    return " ".join(sentences)


def _describe_bundle(manifest: Manifest) -> str:
    classes = ", ".join(item.label for item in manifest.classes)
    paragraphs = [
        f"**{manifest.title}.** {manifest.trained_on}",
        manifest.caution,
        f"Classes: {classes}. {_count(manifest.prototypes_per_class, 'prototype')} per class. "
        f"Licence: {manifest.licence}.",
        "" if manifest.autoencoder.can_decode else f"Note: {NO_DECODER}",
        _describe_accuracy(manifest.metrics),
        decoding_results(manifest.metrics),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _describe_accuracy(metrics: Metrics) -> str:
    sentences = [
        f"Balanced accuracy on {name}: {_percent(accuracy['pecmae'])} (an MLP on the same embeddings: "
        f"{_percent(accuracy['mlp'])}; nearest neighbours: {_percent(accuracy['knn'])})."
        for part, name in TEST_SETS.items()
        if (accuracy := metrics.balanced_accuracy.get(part, {})).keys() >= {"pecmae", "mlp", "knn"}
    ]
    if sentences:
        sentences.append("Balanced accuracy is the mean over classes of the percentage of tracks classified correctly.")
    return " ".join(sentences)


def _rate(recognition: Recognition) -> str:
    low, high = 100 * recognition.low, 100 * recognition.high
    return f"{100 * recognition.ratio:.0f} % (95 % interval {low:.0f} to {high:.0f} %)"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f} %"

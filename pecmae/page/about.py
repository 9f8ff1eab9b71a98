"""The text of the tab About: how the explorer works, and what was measured of the chosen bundle."""

from pathlib import Path

from pecmae.bundles.manifest import Manifest
from pecmae.bundles.measurements import Metrics, Recognition
from pecmae.networks.configuration import NO_DECODER

TEXT = Path(__file__).parent / "static" / "about.md"
TEST_SETS = {
    "test": "the test tracks",
    "unseen": "the test tracks whose soundfont (set of sampled instruments) isn't in the training data",
    "blocks": "the held-out tracks (cross-validation)",
}
"""The parts of a dataset whose balanced accuracy is shown, and how a sentence names them."""

WITH_DECODER = {
    "decoding": "A prototype lies in the same space as the segments, so a generative model can decode it to audio. You "
    "can listen to an approximation of what the model compares your track with.",
    "listening": "You can listen to every prototype.",
    "decoder": " The decoder is a neural network too: its audio approximates the prototype and adds details that the "
    "prototype doesn't determine, and it plays to the beat of a training segment near the prototype.",
    "order": "Listen to the nearest prototype, then to the training segments nearest to it, then to your track where "
    "the score of its class is high.",
}
"""Parts of the text for a bundle whose prototypes can be decoded to audio."""
WITHOUT_DECODER = {
    "decoding": "A prototype lies in the same space as the segments. This bundle's encoder has no decoder, so you "
    "can't listen to the prototypes themselves, only to the training segments nearest to them.",
    "listening": "You can listen to the training segments nearest to every prototype.",
    "decoder": "",
    "order": "Listen to the training segments nearest to the nearest prototype, then to your track where the score of "
    "its class is high.",
}
"""The same parts for a bundle without a decoder."""


def about(manifest: Manifest) -> str:
    """Markdown of the tab About for one bundle."""
    text = TEXT.read_text(encoding="utf-8")
    return text.format(
        bundle=_describe_bundle(manifest),
        segment_s=f"{manifest.segment_s:g}",
        **(WITH_DECODER if manifest.autoencoder.can_decode else WITHOUT_DECODER),
    )


def decoding_results(metrics: Metrics) -> str:
    """Sentences on the classification of decoded prototypes by the bundle's model and by an independent classifier.

    Args:
        metrics: The manifest's metrics.

    Returns:
        The sentences, empty if neither was measured.
    """
    cycle, listener = metrics.cycle_consistency, metrics.listener
    sentences = []
    if cycle:
        sentences.append(
            f"Each prototype of this bundle was decoded to audio {_times(len(cycle.seeds))}. The model assigns "
            f"{_rate(cycle)} of all these sounds to the class of their prototype (cycle consistency)."
        )
    if listener:
        decoded = listener.accuracy_on_decoded
        sentences.append(
            "A second, independent classifier, which wasn't used to train the model, assigns "
            f"{_rate(listener)} of the sounds to the class of their prototype. For comparison, it classifies "
            f"{100 * listener.accuracy_on_recordings:.0f} % of {listener.n_recordings} original segments correctly"
            + (f", and {100 * decoded:.0f} % of the same segments after decoding." if decoded is not None else ".")
        )
    elif cycle:
        sentences.append(
            "The decoded sounds weren't checked with a second, independent classifier, so other classifiers "
            "and people may not recognise the classes."
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
        f"Balanced accuracy on {name}: {_percent(accuracy['pecmae'])} (a small neural network (MLP) on the same "
        f"embeddings: {_percent(accuracy['mlp'])}; a nearest-neighbour classifier (kNN): {_percent(accuracy['knn'])})."
        for part, name in TEST_SETS.items()
        if (accuracy := metrics.balanced_accuracy.get(part, {})).keys() >= {"pecmae", "mlp", "knn"}
    ]
    if sentences:
        sentences.append("Balanced accuracy is the mean over classes of the percentage of tracks classified correctly.")
    return " ".join(sentences)


def _rate(recognition: Recognition) -> str:
    low, high = 100 * recognition.low, 100 * recognition.high
    return f"{100 * recognition.ratio:.0f} % (95 % interval {low:.0f} to {high:.0f} %)"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times, each time from different random noise"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f} %"

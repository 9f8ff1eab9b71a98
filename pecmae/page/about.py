"""The text of the tab About: how the explorer works, and what was measured of the chosen bundle."""

from pathlib import Path

from pecmae.bundles.manifest import Manifest
from pecmae.bundles.measurements import Metrics, Recognition
from pecmae.networks.configuration import NO_DECODER
from pecmae.page.languages import ENGLISH, Texts

FOLDER = Path(__file__).parent / "static"


def about(manifest: Manifest, t: Texts = ENGLISH) -> str:
    """Markdown of the tab About for one bundle, in the language of `t`."""
    name = "about.md" if t.language == ENGLISH.language else f"about.{t.language}.md"
    text = (FOLDER / name).read_text(encoding="utf-8")
    return text.format(
        bundle=_describe_bundle(manifest, t),
        segment_s=f"{manifest.segment_s:g}",
        **(_with_decoder(t) if manifest.autoencoder.can_decode else _without_decoder(t)),
    )


def no_bundle(t: Texts) -> str:
    """Markdown of the tab About if no bundle can be shown."""
    title = t("The bundle can't be loaded")
    return "\n\n".join((f"## {title}", t("The tab Explore says why.")))


def _with_decoder(t: Texts) -> dict[str, str]:
    """Parts of the text for a bundle whose prototypes can be decoded to audio."""
    return {
        "decoding": t(
            "A prototype lies in the same space as the segments, so a generative model can decode it to audio. You can "
            "listen to an approximation of what the model compares your track with."
        ),
        "listening": t("You can listen to every prototype."),
        "decoder": t(
            "The decoder is a neural network too: its audio approximates the prototype and adds details that the "
            "prototype doesn't determine, and it plays to the beat of a training segment near the prototype."
        ),
        "order": t(
            "Listen to the nearest prototype, then to the training segments nearest to it, then to your track where "
            "the score of its class is high."
        ),
    }


def _without_decoder(t: Texts) -> dict[str, str]:
    """The same parts for a bundle without a decoder."""
    return {
        "decoding": t(
            "A prototype lies in the same space as the segments. This bundle's encoder has no decoder, so you can't "
            "listen to the prototypes themselves, only to the training segments nearest to them."
        ),
        "listening": t("You can listen to the training segments nearest to every prototype."),
        "decoder": "",
        "order": t(
            "Listen to the training segments nearest to the nearest prototype, then to your track where the score of "
            "its class is high."
        ),
    }


def decoding_results(metrics: Metrics, t: Texts = ENGLISH) -> str:
    """Sentences on the classification of decoded prototypes by the bundle's model and by an independent classifier.

    Args:
        metrics: The manifest's metrics.
        t: The texts in the visitor's language.

    Returns:
        The sentences, empty if neither was measured.
    """
    cycle, listener = metrics.cycle_consistency, metrics.listener
    sentences = []
    if cycle:
        sentences += [
            t.plural(
                "Each prototype of this bundle was decoded to audio once.",
                "Each prototype of this bundle was decoded to audio {n} times, each time from different random noise.",
                len(cycle.seeds),
            ),
            t(
                "The model assigns {rate} of all these sounds to the class of their prototype (cycle consistency).",
                rate=_rate(cycle, t),
            ),
        ]
    if listener:
        decoded = listener.accuracy_on_decoded
        sentences.append(
            t(
                "A second, independent classifier, which wasn't used to train the model, assigns {rate} of the sounds "
                "to the class of their prototype.",
                rate=_rate(listener, t),
            )
        )
        values = {"original": _percent(listener.accuracy_on_recordings), "n": listener.n_recordings}
        sentences.append(
            t("For comparison, it classifies {original} of {n} original segments correctly.", **values)
            if decoded is None
            else t(
                "For comparison, it classifies {original} of {n} original segments correctly, and {decoded} of the "
                "same segments after decoding.",
                decoded=_percent(decoded),
                **values,
            )
        )
    elif cycle:
        sentences.append(
            t(
                "The decoded sounds weren't checked with a second, independent classifier, so other classifiers and "
                "people may not recognise the classes."
            )
        )
    return " ".join(sentences)


def _describe_bundle(manifest: Manifest, t: Texts) -> str:
    classes = ", ".join(t.translated(item.label) for item in manifest.classes)
    paragraphs = [
        f"**{t.translated(manifest.title)}.** {t.translated(manifest.trained_on)}",
        t.translated(manifest.caution),
        t.plural(
            "Classes: {classes}. {n} prototype per class. Licence: {licence}.",
            "Classes: {classes}. {n} prototypes per class. Licence: {licence}.",
            manifest.prototypes_per_class,
            classes=classes,
            licence=manifest.licence,
        ),
        "" if manifest.autoencoder.can_decode else t("Note: {text}", text=t.translated(NO_DECODER)),
        _describe_accuracy(manifest.metrics, t),
        decoding_results(manifest.metrics, t),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _describe_accuracy(metrics: Metrics, t: Texts) -> str:
    parts = {
        "test": t("the test tracks"),
        "unseen": t("the test tracks whose soundfont (set of sampled instruments) isn't in the training data"),
        "blocks": t("the held-out tracks (cross-validation)"),
    }
    sentences = [
        t(
            "Balanced accuracy on {tracks}: {pecmae} (a small neural network (MLP) on the same embeddings: {mlp}; a "
            "nearest-neighbour classifier (kNN): {knn}).",
            tracks=tracks,
            **{name: _percent(accuracy[name], 1) for name in ("pecmae", "mlp", "knn")},
        )
        for part, tracks in parts.items()
        if (accuracy := metrics.balanced_accuracy.get(part, {})).keys() >= {"pecmae", "mlp", "knn"}
    ]
    if sentences:
        sentences.append(
            t("Balanced accuracy is the mean over classes of the percentage of tracks classified correctly.")
        )
    return " ".join(sentences)


def _rate(recognition: Recognition, t: Texts) -> str:
    low, high = _percent(recognition.low), _percent(recognition.high)
    return t("{rate} (95 % interval: {low} to {high})", rate=_percent(recognition.ratio), low=low, high=high)


def _percent(ratio: float, decimals: int = 0) -> str:
    return f"{100 * ratio:.{decimals}f} %"

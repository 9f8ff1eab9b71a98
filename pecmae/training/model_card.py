"""A bundle's model card: Markdown made from its manifest, so that it says what was measured and nothing else.

A section whose facts the manifest lacks is left out: before `sonify`, nothing is said of sound. The metadata in front
(`training.card_metadata`) is what model hubs read; it's part of the card from the start, as the manifest holds the
card's hash and sharing a bundle changes nothing in it.
"""

from typing import Any

from pecmae.bundles.bundle import Bundle
from pecmae.bundles.manifest import Manifest
from pecmae.bundles.writing import update_bundle
from pecmae.evaluation.comparison import CLASSIFIERS, PARTS
from pecmae.evaluation.provenance import sampler_words
from pecmae.evaluation.tables import to_markdown
from pecmae.networks.configuration import SamplerSettings
from pecmae.training.card_metadata import bundle_metadata

RENDERED_KINDS = ("genres", "instruments")
SOUNDFONT_ATTRIBUTION = """\
The excerpts in this bundle are rendered with two General MIDI soundfonts:

- FluidR3 GM, by Frank Wen, MIT licence;
- MuseScore General, by S. Christian Collins and others, MIT licence, which builds on FluidR3 GM.

Other tracks sound with the soundfonts OPL3 (training) and TimGM6mb (test), and some training solos consist of recorded
notes; nothing of these is in this bundle."""
RENDERED_LIMITS = """\
- It learned from music composed by rules and played by General MIDI instruments, and some solos from recorded notes. It
  has never heard a recorded performance. On recordings its scores say which of its tracks one resembles.
- The encoder was trained with the names of these classes on these training tracks, other than the published one. So
  the embeddings themselves separate the classes, and the MLP and kNN beside it profit from that too.
- Its classes are the renders' conventions of a class. Being right about them isn't being right about music."""
COMMON_LIMITS = """\
- It decides on {segment_s:g} s at a time and averages; form, lyrics and anything slower than a few bars are out of its
  reach.
- Scores always sum to 1 over its classes, also for music of none of them. Look at the distances and the percentile of
  novelty before the scores.
- A prototype's sound is what the autoencoder's decoder makes of a point in its latent space. What the decoder can't
  make can't be heard in it."""


def render_model_card(manifest: Manifest) -> str:
    """The README of a bundle, from its manifest alone.

    Args:
        manifest: The bundle's manifest.

    Returns:
        Markdown with the front matter that model hubs read.
    """
    sections = [
        bundle_metadata(manifest),
        f"# {manifest.title}",
        f"{manifest.trained_on} {manifest.caution}",
        _what_it_is(manifest),
        _use(),
        _measured(manifest),
        _per_class(manifest),
        _sonification(manifest),
        _evaluation(manifest),
        _training(manifest),
        _limits(manifest),
        _licence(manifest),
        _method(),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def refresh_model_card(bundle: Bundle) -> Bundle:
    """Write the model card anew after the manifest has changed.

    Args:
        bundle: The bundle as loaded.

    Returns:
        The bundle, loaded again.
    """
    return update_bundle(bundle, model_card=render_model_card(bundle.manifest))


def _what_it_is(manifest: Manifest) -> str:
    n_prototypes, per_class = len(manifest.prototype_ids), manifest.prototypes_per_class
    adaptor = "with the transformer adaptor" if manifest.adaptor else "without the adaptor"
    labels = ", ".join(item.label for item in manifest.classes)
    return (
        "## What it is\n\n"
        f"A PECMAE bundle: {n_prototypes} prototypes ({per_class} a class, {adaptor}) in the latent space of the "
        f"generative autoencoder `{manifest.autoencoder.name}` (fingerprint "
        f"`{manifest.autoencoder.fingerprint[:16]}`), the linear layer that turns similarities into scores, a sample "
        "of the training segments with their sound, and a map of them.\n\n"
        f"Classes: {labels}."
    )


def _use() -> str:
    return (
        "## Use it\n\n"
        "With PECMAE Explorer, where OWNER/NAME is the repository that holds this card:\n\n"
        "```\npython -m pecmae explain track.mp3 --bundle hf://OWNER/NAME\n"
        "PECMAE_BUNDLES=hf://OWNER/NAME python app.py\n```"
    )


def _measured(manifest: Manifest) -> str:
    evaluations: dict[str, Any] = manifest.metrics.get("evaluations", {})
    if not evaluations:
        return ""
    titles = [
        f"{PARTS.get(part, part)} ({results['pecmae']['n_tracks']} tracks)" for part, results in evaluations.items()
    ]
    unit = f"single segments of {manifest.segment_s:g} s"
    lines = ["## How well it does", "", f"Balanced accuracy of tracks, %, and in brackets of {unit}:", ""]
    lines += [_row("", titles), _row("---", ["---:"] * len(titles))]
    for name, title in CLASSIFIERS.items():
        shown = f"PECMAE-{manifest.prototypes_per_class}" if name == "pecmae" else f"{title} on the same embeddings"
        lines.append(_row(shown, [_accuracies(results[name]) for results in evaluations.values()]))
    provenance = manifest.provenance
    if "command" in provenance:
        lines += [
            "",
            f"Printed on {provenance['date']} ({provenance['machine']}; trained on {provenance['device']}) by",
        ]
        lines += ["", "```", provenance["command"], "```"]
    return "\n".join(lines)


def _per_class(manifest: Manifest) -> str:
    evaluations: dict[str, Any] = manifest.metrics.get("evaluations", {})
    if not evaluations:
        return ""
    lines = [f"Recall of PECMAE-{manifest.prototypes_per_class} by class, %:", ""]
    lines += [_row("class", [PARTS.get(part, part) for part in evaluations]), _row("---", ["---:"] * len(evaluations))]
    for item in manifest.classes:
        recalls = [results["pecmae"]["recall"][item.id] for results in evaluations.values()]
        lines.append(_row(item.label, ["–" if recall is None else f"{100 * recall:.0f}" for recall in recalls]))
    return "\n".join(lines)


def _sonification(manifest: Manifest) -> str:
    if "cycle_consistency" not in manifest.metrics:
        return ""
    text = (
        "## How its prototypes sound\n\n"
        "Decoded to sound and classified again by this bundle, "
        f"{100 * manifest.metrics['cycle_consistency']:.1f} % of the {len(manifest.prototype_ids)} "
        "prototypes come back as their own class (cycle consistency)"
    )
    by_seed: dict[str, float] = manifest.metrics.get("cycle_consistency_by_seed", {})
    if len(by_seed) > 1:
        text += f"; mean over {len(by_seed)} seeds of the sampler: {100 * sum(by_seed.values()) / len(by_seed):.1f} %"
    settings = manifest.provenance.get("sonification")
    if settings:
        sampler = SamplerSettings(**{name: settings[name] for name in SamplerSettings.__dataclass_fields__})
        words = ["sonify", manifest.name, *sampler_words(sampler), "--seed", str(settings["seed"])]
        words += ["--seeds", str(len(by_seed))] if len(by_seed) > 1 else []
        text += f". Printed by `python -m pecmae {' '.join(words)}`"
    return text + "."


def _evaluation(manifest: Manifest) -> str:
    evaluation: dict[str, Any] = manifest.metrics.get("evaluation", {})
    if not evaluation:
        return ""
    return "## Over seeds\n\n" + to_markdown(evaluation, manifest.provenance.get("evaluation", {}))


def _training(manifest: Manifest) -> str:
    dataset: dict[str, Any] = manifest.provenance.get("dataset", {})
    if not dataset:
        return ""
    seed = "" if dataset["seed"] is None else f" (rendered with seed {dataset['seed']})"
    lines = ["## What it was trained on", "", f"Dataset `{dataset['name']}`{seed}:", ""]
    lines += [_row("", ["tracks", f"segments of {manifest.segment_s:g} s"]), _row("---", ["---:", "---:"])]
    for split, n_tracks in dataset["tracks"].items():
        lines.append(_row(split, [f"{n_tracks:,}", f"{dataset['segments'][split]:,}"]))
    if dataset.get("unseen_soundfont"):
        lines += ["", f"The soundfont {dataset['unseen_soundfont']} sounds in the test split only."]
    return "\n".join(lines)


def _limits(manifest: Manifest) -> str:
    rendered = f"{RENDERED_LIMITS}\n" if _is_rendered(manifest) else ""
    return f"## Limits\n\n{rendered}{COMMON_LIMITS.format(segment_s=manifest.segment_s)}"


def _licence(manifest: Manifest) -> str:
    dataset: dict[str, Any] = manifest.provenance.get("dataset", {})
    parts = [f"## Licence\n\nWeights and sounds: {manifest.licence}."]
    if dataset.get("attribution"):
        parts.append(f"Of the dataset: {dataset['attribution']}")
    if _is_rendered(manifest):
        parts.append(SOUNDFONT_ATTRIBUTION)
    return "\n\n".join(parts)


def _method() -> str:
    return (
        "## Method\n\n"
        "P. Alonso-Jiménez, L. Pepino, R. Batlle-Roca, P. Zinemanas, D. Bogdanov, X. Serra, M. Rocamora: Leveraging "
        "Pre-Trained Autoencoders for Interpretable Prototype Learning of Music Audio. ICASSP 2024, workshop "
        "XAI-SA. arXiv 2402.09318."
    )


def _is_rendered(manifest: Manifest) -> bool:
    return manifest.provenance.get("dataset", {}).get("kind") in RENDERED_KINDS


def _accuracies(result: dict[str, Any]) -> str:
    return f"{100 * result['balanced_accuracy']:.1f} ({100 * result['segment_balanced_accuracy']:.1f})"


def _row(head: str, cells: list[str]) -> str:
    return f"| {' | '.join([head, *cells])} |"

"""A bundle's model card: Markdown made from its manifest alone, so that it states what was measured and nothing else.

A section whose data the manifest lacks is left out. The metadata in front is what the Hugging Face Hub reads (its model
card specification, `modelcard.md` of huggingface/hub-docs). It is part of the card from the start, because the manifest
holds the card's hash.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pecmae.bundles.bundle import Bundle
from pecmae.bundles.manifest import Manifest
from pecmae.bundles.writing import update_bundle
from pecmae.evaluation.comparison import CLASSIFIERS, PARTS
from pecmae.evaluation.tables import to_markdown

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCardData

TEMPLATE = Path(__file__).parent / "model_card.md.jinja"
RENDERED_KINDS = ("genres", "instruments")
LIBRARY = "pecmae"
TASK = "audio-classification"
HUB_LICENCES = re.compile(r"mit|apache-2\.0|cc0-1\.0|cc-by(-sa)?-[34]\.0|cc-by-nc(-sa)?-4\.0")
"""Ids of licences on the Hub."""
HUB_DATASETS = {"gtzan": "marsyas/gtzan"}
HUB_AUTOENCODERS = {"published-4s": "lpepino/encodecmae2wav", "published-10s": "lpepino/encodecmae2wav"}
"""Datasets and autoencoders that the Hub holds, and their repositories."""


def render_model_card(manifest: Manifest) -> str:
    """The README of a bundle.

    Args:
        manifest: The bundle's manifest.

    Returns:
        Markdown with the Hub's metadata in front.
    """
    from huggingface_hub import ModelCard

    metrics, provenance = manifest.metrics, manifest.provenance
    runs = {section: run.model_dump(exclude_none=True) for section, run in provenance.evaluation.items()}
    evaluations = [result for results in metrics.evaluations.values() for result in results.values()]
    card = ModelCard.from_template(
        card_metadata(manifest),
        template_path=str(TEMPLATE),
        manifest=manifest,
        metrics=metrics,
        provenance=provenance,
        sonification=provenance.sonification,
        dataset=provenance.dataset,
        report=to_markdown(metrics.evaluation, runs) if metrics.evaluation else "",
        segment=f"{manifest.segment_s:g} s",
        parts=PARTS,
        classifiers=CLASSIFIERS,
        has_intervals=any(result.balanced_accuracy_low is not None for result in evaluations),
        is_compact=manifest.autoencoder.name == "compact",
        is_rendered=provenance.dataset is not None and provenance.dataset.kind in RENDERED_KINDS,
    )
    return f"{str(card).strip()}\n"


def refresh_model_card(bundle: Bundle) -> Bundle:
    """Write the model card anew after the manifest has changed.

    Args:
        bundle: The bundle as loaded.

    Returns:
        The bundle, loaded again.
    """
    return update_bundle(bundle, model_card=render_model_card(bundle.manifest))


def card_metadata(manifest: Manifest) -> "ModelCardData":
    """The metadata of a bundle's card: licence, task, tags, and balanced accuracy on the test split."""
    from huggingface_hub import ModelCardData

    licence = re.sub(r"[^a-z0-9.]+", "-", manifest.licence.lower()).strip("-.")
    licence = "cc0-1.0" if licence == "cc0" else licence
    is_known = HUB_LICENCES.fullmatch(licence) is not None
    accuracies = manifest.metrics.balanced_accuracy.items()
    results = [_result(manifest, part, values["pecmae"]) for part, values in accuracies]
    dataset = _dataset(manifest)
    return ModelCardData(
        license=licence if is_known else "other",
        license_name=None if is_known else licence,
        library_name=LIBRARY,
        pipeline_tag=TASK,
        base_model=HUB_AUTOENCODERS.get(manifest.autoencoder.name),
        datasets=[HUB_DATASETS[dataset]] if dataset in HUB_DATASETS else None,
        tags=["music", "interpretability", "prototypes", "pecmae"],
        model_name=manifest.name if results else None,
        eval_results=results or None,
    )


def _dataset(manifest: Manifest) -> str:
    return manifest.provenance.dataset.name if manifest.provenance.dataset else "unnamed"


def _result(manifest: Manifest, part: str, balanced_accuracy: float) -> "EvalResult":
    from huggingface_hub import EvalResult

    dataset = _dataset(manifest)
    return EvalResult(
        task_type=TASK,
        dataset_type=HUB_DATASETS.get(dataset, dataset),
        dataset_name=dataset if part == "test" else f"{dataset}, {PARTS.get(part, part)}",
        dataset_config=None if part == "test" else part,
        dataset_split="test",
        metric_type="balanced_accuracy",
        metric_name="Balanced accuracy of tracks",
        metric_value=round(balanced_accuracy, 4),
    )

"""The metadata in front of a model card, as the Hugging Face Hub reads it: licence, task, tags and measured results.

Written by huggingface_hub's own classes, so that the form is the Hub's (its model card specification, `modelcard.md` of
huggingface/hub-docs). Results are fractions of 1.
"""

import re
from typing import TYPE_CHECKING

from pecmae.bundles.manifest import Manifest
from pecmae.evaluation.comparison import PARTS

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

LIBRARY = "pecmae"
TASK = "audio-classification"
HUB_LICENCES = {
    "MIT": "mit",
    "Apache 2.0": "apache-2.0",
    "CC0-1.0": "cc0-1.0",
    "CC0": "cc0-1.0",
    "CC BY 3.0": "cc-by-3.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-SA 3.0": "cc-by-sa-3.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
    "CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0",
}
"""Names of licences as manifests have them, and their ids on the Hub."""
HUB_DATASETS = {"gtzan": "marsyas/gtzan"}
HUB_AUTOENCODERS = {"published-4s": "lpepino/encodecmae2wav", "published-10s": "lpepino/encodecmae2wav"}
"""What lies on the Hub of the datasets and autoencoders that a manifest may name."""


def bundle_metadata(manifest: Manifest) -> str:
    """The front matter of a bundle's card, from `---` to `---`."""
    from huggingface_hub import ModelCardData

    licence = HUB_LICENCES.get(manifest.licence)
    results = _results(manifest)
    dataset = _dataset(manifest)
    return _front_matter(
        ModelCardData(
            license=licence or "other",
            license_name=None if licence else _slug(manifest.licence),
            library_name=LIBRARY,
            pipeline_tag=TASK,
            base_model=HUB_AUTOENCODERS.get(manifest.autoencoder.name),
            datasets=[HUB_DATASETS[dataset]] if dataset in HUB_DATASETS else None,
            tags=["music", "interpretability", "prototypes", "pecmae"],
            model_name=manifest.name if results else None,
            eval_results=results or None,
        ).to_yaml()
    )


def autoencoder_metadata() -> str:
    """The front matter of the card of an autoencoder that this project trains."""
    from huggingface_hub import ModelCardData

    tags = ["music", "autoencoder", "diffusion", "pecmae"]
    return _front_matter(
        ModelCardData(license="mit", library_name=LIBRARY, pipeline_tag="feature-extraction", tags=tags).to_yaml()
    )


def _front_matter(yaml: str) -> str:
    return f"---\n{yaml}\n---"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")


def _dataset(manifest: Manifest) -> str:
    return str(manifest.provenance.get("dataset", {}).get("name", "unnamed"))


def _results(manifest: Manifest) -> "list[EvalResult]":
    """Balanced accuracy of each part of the test split, and how many prototypes come back as their class."""
    accuracies: dict[str, dict[str, float]] = manifest.metrics.get("balanced_accuracy", {})
    results = [
        _result(manifest, part, "balanced_accuracy", "Balanced accuracy of tracks", values["pecmae"])
        for part, values in accuracies.items()
    ]
    if "cycle_consistency" in manifest.metrics:
        name = "Prototypes whose sound comes back as their class (cycle consistency)"
        results.append(_result(manifest, "test", "cycle_consistency", name, manifest.metrics["cycle_consistency"]))
    return results


def _result(manifest: Manifest, part: str, metric: str, metric_name: str, value: float) -> "EvalResult":
    from huggingface_hub import EvalResult

    dataset = _dataset(manifest)
    return EvalResult(
        task_type=TASK,
        dataset_type=HUB_DATASETS.get(dataset, dataset),
        dataset_name=dataset if part == "test" else f"{dataset}, {PARTS.get(part, part)}",
        dataset_config=None if part == "test" else part,
        dataset_split="test",
        metric_type=metric,
        metric_name=metric_name,
        metric_value=round(value, 4),
    )

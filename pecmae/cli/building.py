"""What `build` and `train` have in common: run the pipeline with the settings that were given."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pecmae.cli.invocation import command_words
from pecmae.cli.progress import ProgressLine

if TYPE_CHECKING:
    from pecmae.bundles.bundle import Bundle
    from pecmae.datasets.dataset import Dataset

WORK = ".build"


def build(
    context: typer.Context,
    dataset: "Dataset",
    autoencoder_name: str,
    models: Path,
    progress: ProgressLine,
    *,
    source: str | Path,
    complete: bool = True,
) -> "Bundle":
    """Build a bundle with those options of the running command that are named as fields of `BuildSettings`.

    Args:
        context: The context of the running command, `build` or `train`.
        dataset: The labelled tracks.
        autoencoder_name: Name of the autoencoder.
        models: The models folder.
        progress: Prints the progress.
        source: The dataset as given on the command line, without paths that mustn't be published.
        complete: Whether to sonify and map too.
    """
    from dataclasses import fields
    from functools import partial

    from pecmae.networks.precision import pick_device
    from pecmae.training.pipeline import BuildSettings, build_bundle

    given: dict[str, Any] = context.params
    settings = {field.name: given.get(field.name) for field in fields(BuildSettings)}
    return build_bundle(
        dataset,
        autoencoder_name,
        BuildSettings(**{name: value for name, value in settings.items() if value is not None}),
        given["out"],
        models=models,
        work=given["out"].parent / WORK,
        device=str(pick_device(given["device"])),
        on_progress=progress,
        command=partial(command_words, context, dataset=source),
        complete=complete,
    )

"""`pecmae build`: from labelled recordings to a complete bundle."""

from typing import Annotated

import typer

from pecmae.cli import building, options
from pecmae.cli.progress import ProgressLine
from pecmae.paths import MODELS


def run(
    context: typer.Context,
    dataset: options.DatasetSource,
    out: options.BundleFolder,
    data_home: options.DataHome = None,
    autoencoder: options.AutoencoderName = "compact",
    models: options.ModelsFolder = MODELS,
    prototypes_per_class: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Number of prototypes per class.",
            show_default="3, or fewer where a class has less than two training segments per prototype",
        ),
    ] = None,
    adaptor: options.Adaptor = False,
    classification_weight: options.Lambda = None,
    n_steps: options.TrainingSteps = None,
    seed: options.Seed = 0,
    points_per_class: options.PointsPerClass = 60,
    title: options.Title = "",
    version: options.BundleVersion = "1.0.0",
    device: options.Device = "auto",
) -> None:
    """Build a complete bundle from labelled recordings.

    Embeds a dataset, learns prototypes of its classes, compares them with an MLP and kNN, decodes them to audio, draws
    the map, and writes the bundle. If it is interrupted, the same command continues.
    """
    from pecmae.datasets.sources import open_dataset
    from pecmae.evaluation.comparison import format_table
    from pecmae.evaluation.provenance import shown_source
    from pecmae.networks.configuration import NO_DECODER

    tracks = open_dataset(dataset, data_home=data_home, seed=seed)
    progress = ProgressLine()
    bundle = building.build(context, tracks, autoencoder, models, progress, source=shown_source(dataset))
    manifest = bundle.manifest
    print(format_table(manifest.metrics, manifest.prototypes_per_class))
    if measured := manifest.metrics.cycle_consistency:
        print(f"Cycle consistency: {measured.n_right} of {measured.n_total} prototypes keep their class.")
    else:
        print(NO_DECODER)
    if progress.n_reports:
        print(f"\nBuilt the bundle {manifest.name} in {out}.")
    else:
        print(f"\nThe bundle {manifest.name} is already in {out}, built from the same data with the same settings.")

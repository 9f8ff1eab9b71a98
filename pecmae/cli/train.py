"""`pecmae train`: the first half of `build`, without sonification and map, on a rendered dataset."""

from pathlib import Path
from typing import Annotated

import typer

from pecmae.cli import building, options
from pecmae.cli.progress import ProgressLine
from pecmae.paths import MODELS


def run(
    context: typer.Context,
    dataset: Annotated[Path, typer.Option(help="A dataset's folder, made by `render`.")],
    out: options.BundleFolder,
    autoencoder: Annotated[Path, typer.Option(help="The autoencoder's folder.", show_default="models/compact")] = MODELS
    / "compact",
    prototypes_per_class: Annotated[int, typer.Option(metavar="K", help="Number of prototypes per class.")] = 5,
    adaptor: options.Adaptor = False,
    classification_weight: options.Lambda = None,
    n_steps: options.TrainingSteps = None,
    seed: options.Seed = 0,
    points_per_class: options.PointsPerClass = 60,
    title: options.Title = "",
    version: options.BundleVersion = "1.0.0",
    device: options.Device = "auto",
) -> None:
    """Learn prototypes from a rendered dataset.

    Embeds the dataset once, learns prototypes of its classes, compares them with an MLP and kNN on the same embeddings,
    and writes a bundle. Then `sonify` and `map` complete it with settings of their own; `build` does all of this.
    """
    from pecmae.datasets.dataset import load_dataset
    from pecmae.evaluation.comparison import format_table

    folder = autoencoder.resolve()
    tracks = load_dataset(dataset)
    bundle = building.build(context, tracks, folder.name, folder.parent, ProgressLine(), source=dataset, complete=False)
    print(format_table(bundle.manifest.metrics, bundle.manifest.prototypes_per_class))
    print(f"\nWrote the bundle {bundle.manifest.name}. To complete it, run")
    print(f"  python -m pecmae sonify {out}\n  python -m pecmae map {out}")

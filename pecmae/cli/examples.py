"""`pecmae examples`: make the page's examples from rendered datasets."""

from pathlib import Path
from typing import Annotated

import typer

from pecmae.cli import options
from pecmae.paths import ASSETS, MODELS


def run(
    dataset: Annotated[
        list[Path], typer.Option(metavar="DIR", help="A folder made by `render`; give one --dataset for each.")
    ],
    bundle: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Bundle for each --dataset.", show_default="the dataset's name"),
    ] = None,
    models: options.ModelsFolder = MODELS,
    out: Annotated[Path, typer.Option(help="The examples' folder.", show_default="assets/examples")] = ASSETS
    / "examples",
) -> None:
    """Make the page's examples.

    Writes an excerpt of one test track per class, its explanation by a bundle, and its tags. Replaces all examples, so
    give all datasets in one command.
    """
    from tqdm import tqdm

    from pecmae.bundles.bundle import find_bundle, load_autoencoder_of, load_bundle
    from pecmae.datasets.dataset import load_dataset
    from pecmae.networks.pretrained import load_musicnn
    from pecmae.training.example_baking import bake_examples, clearest_first, write_index

    entries = []
    tagger = load_musicnn()
    datasets = [load_dataset(path) for path in dataset]
    for loaded, name in zip(datasets, bundle or [item.name for item in datasets], strict=True):
        explaining = load_bundle(find_bundle(name, models))
        examples = bake_examples(loaded, explaining, load_autoencoder_of(explaining, models), tagger, out)
        entries += tqdm(examples, total=len(loaded.classes), desc=name, unit="example")
    write_index(out, clearest_first(out, entries))
    print(f"{out} holds {len(entries)} examples.")

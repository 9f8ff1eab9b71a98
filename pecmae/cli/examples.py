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
    models: options.ModelsFolder = MODELS,
    out: Annotated[Path, typer.Option(help="The examples' folder.", show_default="assets/examples")] = ASSETS
    / "examples",
) -> None:
    """Make the page's examples.

    Writes an excerpt of one test track per class, and its explanation by the bundle that has the dataset's name.
    Replaces all examples, so give all datasets in one command.
    """
    from tqdm import tqdm

    from pecmae.bundles.bundle import find_bundle, load_autoencoder_of, load_bundle
    from pecmae.datasets.dataset import load_dataset
    from pecmae.training.example_baking import bake_examples, write_index

    entries = []
    for path in dataset:
        loaded = load_dataset(path)
        bundle = load_bundle(find_bundle(loaded.name, models))
        examples = bake_examples(loaded, bundle, load_autoencoder_of(bundle, models), out)
        entries += tqdm(examples, total=len(loaded.classes), desc=loaded.name, unit="example")
    write_index(out, entries)
    print(f"{out} holds {len(entries)} examples.")

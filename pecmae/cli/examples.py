"""`pecmae examples`: make the page's examples from rendered datasets."""

import argparse
from pathlib import Path

from pecmae.paths import ASSETS, MODELS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "examples",
        help="make the page's examples",
        description="Write one excerpt of a test track a class, and what the bundle named like its dataset hears in "
        "it. Replaces all examples: name every dataset at once.",
    )
    parser.add_argument(
        "--dataset", type=Path, nargs="+", required=True, metavar="DIR", help="folders that `render` made"
    )
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=ASSETS / "examples", help="the examples' folder (default: %(default)s)"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Writes excerpts, explanations and their index."""
    from tqdm import tqdm

    from pecmae.bundles.bundle import find_bundle, load_autoencoder_of, load_bundle
    from pecmae.datasets.dataset import load_dataset
    from pecmae.training.example_baking import bake_examples, write_index

    entries = []
    for path in arguments.dataset:
        dataset = load_dataset(path)
        bundle = load_bundle(find_bundle(dataset.name, arguments.models))
        autoencoder = load_autoencoder_of(bundle, arguments.models)
        examples = bake_examples(dataset, bundle, autoencoder, arguments.out)
        entries += tqdm(examples, total=len(dataset.classes), desc=dataset.name, unit="example")
    write_index(arguments.out, entries)
    print(f"{arguments.out} holds {len(entries)} examples.")

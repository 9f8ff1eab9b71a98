"""`pecmae train`: the first half of `build`, without sound and map, on a rendered dataset."""

import argparse
from pathlib import Path

from pecmae.cli.building import WORK, ProgressLine, add_building_options, chosen_settings
from pecmae.paths import MODELS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "train",
        help="learn prototypes from a dataset and write a bundle",
        description="Embed a dataset once, learn prototypes of its classes, compare them with an MLP and kNN on "
        "the same embeddings, and write a bundle. Then `sonify` and `map` complete it, with settings of their own; "
        "`build` does all of it.",
    )
    parser.add_argument("--dataset", type=Path, required=True, help="a dataset's folder, as `render` makes it")
    parser.add_argument(
        "--prototypes-per-class", type=int, default=5, metavar="K", help="prototypes a class (default: %(default)s)"
    )
    parser.add_argument(
        "--autoencoder", type=Path, default=MODELS / "compact", help="its folder (default: models/compact)"
    )
    add_building_options(parser)
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Embeds, trains, measures, writes and prints."""
    from pecmae.datasets.dataset import load_dataset
    from pecmae.evaluation.comparison import format_table
    from pecmae.training.loop import pick_device
    from pecmae.training.pipeline import build_bundle

    settings = chosen_settings(arguments)
    autoencoder: Path = arguments.autoencoder.resolve()
    dataset: Path = arguments.dataset
    bundle = build_bundle(
        load_dataset(dataset),
        autoencoder.name,
        settings,
        arguments.out,
        models=autoencoder.parent,
        work=arguments.out.parent / WORK,
        device=str(pick_device(arguments.device)),
        on_progress=ProgressLine(),
        command=["python", "-m", "pecmae", "train", "--dataset", dataset, "--autoencoder", arguments.autoencoder],
        complete=False,
    )
    print(format_table(bundle.manifest.metrics, bundle.manifest.prototypes_per_class))
    print(f"\nWrote the bundle {bundle.manifest.name}. To complete it, run")
    print(f"  python -m pecmae sonify {arguments.out}\n  python -m pecmae map {arguments.out}")

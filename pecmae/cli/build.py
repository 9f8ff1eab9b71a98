"""`pecmae build`: from labelled recordings to a whole bundle; run again, it goes on where it was."""

import argparse
from pathlib import Path

from pecmae.cli.building import WORK, ProgressLine, add_building_options, add_data_home, chosen_settings
from pecmae.paths import MODELS

COMMAND = ("python", "-m", "pecmae", "build")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "build",
        help="make a whole bundle of labelled recordings",
        description="Embed a dataset, learn prototypes of its classes, compare them with an MLP and kNN, decode "
        "them to sound, draw the map, and write the bundle. Interrupted, the same command goes on.",
    )
    parser.add_argument(
        "--dataset",
        required=True,
        metavar="SOURCE",
        help="gtzan, medley-solos-db, folder:PATH (a folder with a subfolder a class, or a CSV of path, label and "
        "optionally split and group), or a folder made by `render`",
    )
    add_data_home(parser)
    parser.add_argument(
        "--autoencoder", default="compact", help="compact, published-4s or published-10s (default: %(default)s)"
    )
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    parser.add_argument(
        "--prototypes-per-class",
        type=int,
        metavar="K",
        help="prototypes a class (default: 3, or fewer where a class has less than two training segments each)",
    )
    add_building_options(parser)
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Builds and prints."""
    from pecmae.datasets.sources import open_dataset
    from pecmae.evaluation.comparison import format_table
    from pecmae.evaluation.provenance import shown_source
    from pecmae.networks.configuration import NO_DECODER
    from pecmae.training.loop import pick_device
    from pecmae.training.pipeline import build_bundle

    settings = chosen_settings(arguments)
    source: str = arguments.dataset
    dataset = open_dataset(source, data_home=arguments.data_home, seed=arguments.seed)
    progress = ProgressLine()
    bundle = build_bundle(
        dataset,
        arguments.autoencoder,
        settings,
        arguments.out,
        models=arguments.models,
        work=arguments.out.parent / WORK,
        device=str(pick_device(arguments.device)),
        on_progress=progress,
        command=[
            "python",
            "-m",
            "pecmae",
            "build",
            "--dataset",
            shown_source(source),
            "--autoencoder",
            arguments.autoencoder,
        ],
    )
    manifest = bundle.manifest
    print(format_table(manifest.metrics, manifest.prototypes_per_class))
    if manifest.autoencoder.can_decode:
        cycle_consistency = 100 * manifest.metrics["cycle_consistency"]
        print(f"{cycle_consistency:.0f} % of its {len(bundle.prototypes)} prototypes come back as their class.")
    else:
        print(NO_DECODER)
    if progress.n_told:
        print(f"\nBuilt the bundle {manifest.name} in {arguments.out}.")
    else:
        print(f"\nThe bundle {manifest.name} is already in {arguments.out}, built of the same with the same settings.")

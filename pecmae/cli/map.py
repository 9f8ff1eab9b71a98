"""`pecmae map BUNDLE`: lay training points and prototypes out in the plane."""

import argparse
from pathlib import Path

from pecmae.paths import MODELS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "map",
        help="fit the map of a bundle",
        description="Fit UMAP on a bundle's training embeddings and prototypes together, and store the coordinates.",
    )
    parser.add_argument("bundle", help="a name in the models folder, or a bundle's folder")
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    parser.add_argument("--neighbours", type=int, default=15, help="neighbours of a point (default: %(default)s)")
    parser.add_argument("--min-distance", type=float, default=0.15, help="on the map (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Fits and stores the map."""
    from pecmae.bundles.bundle import load_bundle, locate_bundle
    from pecmae.training.mapping import MapSettings, map_bundle

    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models, to_change=True))
    settings = MapSettings(arguments.neighbours, arguments.min_distance, arguments.seed)
    bundle = map_bundle(bundle, settings)
    n_points, n_prototypes = len(bundle.training.points), len(bundle.prototypes)
    print(f"The map of {bundle.manifest.name} holds {n_points} training points and {n_prototypes} prototypes.")

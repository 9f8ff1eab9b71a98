"""`pecmae map BUNDLE`: lay out training points and prototypes in the plane."""

from typing import Annotated

import typer

from pecmae.cli import options
from pecmae.paths import MODELS


def run(
    bundle: options.LocalBundle,
    models: options.ModelsFolder = MODELS,
    neighbours: Annotated[int, typer.Option(help="Number of neighbours of a point.")] = 15,
    min_distance: Annotated[float, typer.Option(help="Smallest distance between points on the map.")] = 0.15,
    seed: Annotated[int, typer.Option(help="Seed of the layout.")] = 0,
) -> None:
    """Fit the map of a bundle.

    Fits UMAP to the bundle's training embeddings and prototypes together, and stores the coordinates.
    """
    from pecmae.bundles.bundle import load_bundle, locate_bundle
    from pecmae.training.mapping import MapSettings, map_bundle

    loaded = load_bundle(locate_bundle(bundle, models, to_change=True))
    mapped = map_bundle(loaded, MapSettings(neighbours, min_distance, seed))
    n_segments, n_prototypes = len(mapped.training), mapped.network.n_prototypes
    print(f"The map of {mapped.manifest.name} holds {n_segments} training segments and {n_prototypes} prototypes.")

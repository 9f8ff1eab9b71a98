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
    measure_only: Annotated[bool, typer.Option(help="Keep the map, and measure its trustworthiness.")] = False,
) -> None:
    """Fit the map of a bundle.

    Fits UMAP to the bundle's training embeddings and prototypes together, measures how far neighbourhoods on the map
    can be trusted, and stores both.
    """
    from pecmae.bundles.bundle import load_bundle, locate_bundle
    from pecmae.bundles.writing import update_bundle
    from pecmae.evaluation.model_card import refresh_model_card
    from pecmae.training.mapping import MapSettings, map_bundle, measure_map

    loaded = load_bundle(locate_bundle(bundle, models, to_change=True))
    if measure_only:
        mapped = update_bundle(loaded, metrics={"map_trustworthiness": measure_map(loaded)})
    else:
        mapped = map_bundle(loaded, MapSettings(neighbours, min_distance, seed))
    mapped = refresh_model_card(mapped)
    n_segments, n_prototypes = len(mapped.training), mapped.network.n_prototypes
    print(f"The map of {mapped.manifest.name} holds {n_segments} training segments and {n_prototypes} prototypes.")
    if found := mapped.manifest.metrics.map_trustworthiness:
        print(
            f"Its trustworthiness is {found.value:.3f} ({found.n_neighbours} neighbours, {found.n_segments} segments)."
        )

"""Fit the map of a bundle's training segments and prototypes together, in the normalised space of its distances.

The methods are UMAP (McInnes et al., arXiv 1802.03426) and, for few segments, exact t-SNE (van der Maaten and Hinton,
JMLR 2008). Among some dozens of segments, UMAP's 15 neighbours include other classes, and compiling UMAP takes most of
the minute in which such a bundle is built. The libraries are imported only when a map is fitted.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from pecmae.bundles.bundle import Bundle
from pecmae.bundles.map_coordinates import to_unit_square
from pecmae.bundles.measurements import MapTrustworthiness
from pecmae.bundles.writing import update_bundle

FEW_POINTS = 200
"""Number of segments and prototypes below which a build uses t-SNE."""
N_COMPARED = 15
"""Neighbours per segment in the measure of trustworthiness; fixed before any map was measured."""
LARGEST_COMPARISON = 5000
"""Segments among which trustworthiness is measured at most: it compares all pairs."""


@dataclass(frozen=True)
class MapSettings:
    """How a map is fitted.

    Attributes:
        n_neighbours: Neighbours of a point in UMAP, or the perplexity of t-SNE.
        min_distance: Smallest distance of two points on the map (UMAP only).
        seed: Random seed.
        method: "umap" or "t-sne".
    """

    n_neighbours: int = 15
    min_distance: float = 0.15
    seed: int = 0
    method: str = "umap"


def usual_map(bundle: Bundle, seed: int) -> MapSettings:
    """The settings that a build uses for a bundle of this size."""
    if len(bundle.training) + bundle.network.n_prototypes < FEW_POINTS:
        return MapSettings(n_neighbours=5, seed=seed, method="t-sne")
    return MapSettings(seed=seed)


@torch.inference_mode()
def fit_map(bundle: Bundle, settings: MapSettings, *, show_progress: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Fit a map. The same bundle and settings give the same map.

    Args:
        bundle: The bundle.
        settings: How to fit it; with few segments, fewer neighbours are used.
        show_progress: Whether the library prints its progress.

    Returns:
        Coordinates of the training segments and of the prototypes; the longer side of the map runs from -1 to 1.

    Shape: (N, 2) and (M, 2) float32.
    """
    points = bundle.normalised_embeddings
    both = np.concatenate([points, bundle.network.adapted_prototypes().numpy()])  # (N + M, D)
    fit = {"umap": _fit_umap, "t-sne": _fit_t_sne}[settings.method]
    coordinates = to_unit_square(fit(both, settings, show_progress))
    return coordinates[: len(points)], coordinates[len(points) :]


def measure_map(bundle: Bundle, seed: int = 0) -> MapTrustworthiness | None:
    """Measure whether neighbours on a bundle's map are neighbours in the space of its distances.

    Args:
        bundle: The bundle, with its map.
        seed: Of the sample that is compared if there are more than `LARGEST_COMPARISON` segments.

    Returns:
        The measurement; None of fewer than four segments.
    """
    from sklearn.manifold import trustworthiness

    n_segments = min(len(bundle.training), LARGEST_COMPARISON)
    n_neighbours = min(N_COMPARED, (n_segments - 1) // 2)  # the measure isn't defined for more
    if n_neighbours < 1 or n_segments < 4:
        return None
    rows = np.sort(np.random.default_rng(seed).permutation(len(bundle.training))[:n_segments])
    points, coordinates = bundle.normalised_embeddings[rows], bundle.training.coordinates[rows]
    value = float(trustworthiness(points, coordinates, n_neighbors=n_neighbours))
    return MapTrustworthiness(value=value, n_neighbours=n_neighbours, n_segments=n_segments)


def map_bundle(bundle: Bundle, settings: MapSettings, *, show_progress: bool = True) -> Bundle:
    """Fit the map, and store it in the bundle with its trustworthiness; doing it again changes nothing.

    Args:
        bundle: The bundle.
        settings: How to fit it.
        show_progress: Whether the library prints its progress.

    Returns:
        The bundle, loaded again.
    """
    coordinates, prototype_coordinates = fit_map(bundle, settings, show_progress=show_progress)
    training = replace(bundle.training, coordinates=coordinates, prototype_coordinates=prototype_coordinates)
    measured = measure_map(replace(bundle, training=training))
    return update_bundle(
        bundle, training=training, metrics={"map_trustworthiness": measured}, provenance={"map": asdict(settings)}
    )


def _fit_umap(vectors: np.ndarray, settings: MapSettings, show_progress: bool) -> np.ndarray:
    """Shape: (N, D) -> (N, 2)."""
    import umap

    reducer = umap.UMAP(
        n_neighbors=min(settings.n_neighbours, len(vectors) - 1),
        min_dist=settings.min_distance,
        init="pca",
        random_state=settings.seed,
        n_jobs=1,
        verbose=show_progress,
    )
    return np.asarray(reducer.fit_transform(vectors))


def _fit_t_sne(vectors: np.ndarray, settings: MapSettings, show_progress: bool) -> np.ndarray:
    """Shape: (N, D) -> (N, 2)."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(settings.n_neighbours, (len(vectors) - 1) / 3)
    reducer = TSNE(perplexity=perplexity, method="exact", random_state=settings.seed, verbose=int(show_progress))
    with threadpool_limits(limits=1):  # sums in one order, so that the same points give the same map on any machine
        return np.asarray(reducer.fit_transform(vectors))

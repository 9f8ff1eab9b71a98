"""Fit the map: UMAP (McInnes et al., arXiv 1802.03426) of a bundle's training points and prototypes together.

Both are taken in the normalised space where distances are measured. `umap` is imported only when a map is fitted.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from pecmae.bundle import Bundle
from pecmae.bundle_writing import update_bundle
from pecmae.projection import to_unit_square


@dataclass(frozen=True)
class MapSettings:
    """UMAP's settings: how many neighbours a point holds on to, how tightly points may sit, and the random seed."""

    n_neighbours: int = 15
    min_distance: float = 0.15
    seed: int = 0


@torch.inference_mode()
def fit_map(bundle: Bundle, settings: MapSettings, *, show_progress: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Fit UMAP. The same bundle and settings give the same map.

    Args:
        bundle: The bundle.
        settings: UMAP's settings; with few points, fewer neighbours are used.
        show_progress: Whether UMAP prints its progress.

    Returns:
        Coordinates of the training points and of the prototypes; the longer side of the map runs from -1 to 1.

    Shape: (N, 2) and (M, 2) float32.
    """
    import umap

    points = bundle.normalised_embeddings
    both = np.concatenate([points, bundle.network.adapted_prototypes().numpy()])  # (N + M, D)
    reducer = umap.UMAP(
        n_neighbors=min(settings.n_neighbours, len(both) - 1),
        min_dist=settings.min_distance,
        init="pca",
        random_state=settings.seed,
        n_jobs=1,
        verbose=show_progress,
    )
    coordinates = to_unit_square(reducer.fit_transform(both))
    return coordinates[: len(points)], coordinates[len(points) :]


def map_bundle(bundle: Bundle, settings: MapSettings, *, show_progress: bool = True) -> Bundle:
    """Fit the map and store it in the bundle; doing it again changes nothing.

    Args:
        bundle: The bundle.
        settings: UMAP's settings.
        show_progress: Whether UMAP prints its progress.

    Returns:
        The bundle, loaded again.
    """
    coordinates, prototype_coordinates = fit_map(bundle, settings, show_progress=show_progress)
    training = replace(bundle.training, coordinates=coordinates, prototype_coordinates=prototype_coordinates)
    return update_bundle(bundle, training=training, provenance={"map": {"method": "umap", **asdict(settings)}})

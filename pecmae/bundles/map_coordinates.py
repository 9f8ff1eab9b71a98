"""The map: coordinates in the plane for embeddings, and the place of new ones on an existing map.

A bundle's first map consists of principal components; `training.mapping` replaces it by UMAP or t-SNE. A new embedding
is placed at the mean of the coordinates of its nearest training segments, weighted by 1 / distance, so serving needs
neither method. Only neighbourhoods are meaningful on the map; distances are measured in the embedding space.

Conventions: embeddings here are normalised (z-scored); N points on the map, B new ones, D dimensions.
"""

import numpy as np

N_NEIGHBOURS = 8
SMALLEST_DISTANCE = 1e-9


def mean_squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The network's distance for every pair of rows, in float64: the mean over dimensions of the squared difference.

    Shape: `x` (B, D), `y` (N, D); result (B, N).
    """
    x, y = x.astype(np.float64), y.astype(np.float64)
    squares = (x**2).sum(1)[:, None] + (y**2).sum(1)[None, :] - 2 * x @ y.T
    return np.maximum(squares, 0.0) / x.shape[1]


def place(distances: np.ndarray, coordinates: np.ndarray, n_neighbours: int = N_NEIGHBOURS) -> np.ndarray:
    """Place new points on an existing map, at the mean of their nearest training segments weighted by 1 / distance.

    A point that equals a training segment is placed on it, and every point is inside the hull of its neighbours.

    Args:
        distances: Distance of every new point to every point of the map, in the embedding space.
        coordinates: The map.
        n_neighbours: Number of training segments to average.

    Returns:
        Coordinates of the new points.

    Shape: `distances` (B, N), `coordinates` (N, 2); result (B, 2).
    """
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbours]  # (B, k)
    weights = 1.0 / np.maximum(np.take_along_axis(distances, nearest, axis=1), SMALLEST_DISTANCE)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("bk,bkd->bd", weights, coordinates[nearest].astype(np.float64))


def principal_plane(embeddings: np.ndarray) -> np.ndarray:
    """The first two principal components, which are a bundle's first map.

    Each axis points so that its coordinate of largest magnitude is positive. So the same embeddings give the same map.

    Shape: `embeddings` (N, D); result (N, 2), scaled by `to_unit_square`.
    """
    centred = (embeddings - embeddings.mean(axis=0)).astype(np.float64)
    plane = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    plane = np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    signs = np.sign(plane[np.abs(plane).argmax(axis=0), [0, 1]])
    return to_unit_square(plane * np.where(signs == 0, 1, signs))


def to_unit_square(coordinates: np.ndarray) -> np.ndarray:
    """Centre a map and scale both axes equally, so that its longer side extends from -1 to 1.

    Shape: (N, 2) -> (N, 2) float32.
    """
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    half = max(float((high - low).max()) / 2, SMALLEST_DISTANCE)
    return ((coordinates - (low + high) / 2) / half).astype(np.float32)

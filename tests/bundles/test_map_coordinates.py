"""Map coordinates: golden values, and properties that hold for any points."""

import numpy as np
import pytest
import torch

from pecmae.bundles.map_coordinates import mean_squared_distances, place, principal_plane, to_unit_square
from pecmae.networks.prototypes import mean_squared_distance

PLANE = np.array([[-1, 0], [-1 / 3, 0], [1, 0]])


def test_distances_equal_those_of_the_network() -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((n, 7)).astype(np.float32) for n in (4, 5))
    expected = mean_squared_distance(torch.from_numpy(x), torch.from_numpy(y)).numpy()
    np.testing.assert_allclose(mean_squared_distances(x, y), expected, rtol=1e-5)
    np.testing.assert_allclose(mean_squared_distances(x, y), ((x[:, None] - y[None]) ** 2).mean(2), rtol=1e-5)


def test_a_place_between_two_points_leans_to_the_nearer_one() -> None:
    coordinates = np.array([[0.0, 0.0], [1.0, 2.0], [9.0, 9.0]])
    distances = np.array([[1.0, 3.0, 100.0]])
    np.testing.assert_allclose(place(distances, coordinates, n_neighbours=2), [[0.25, 0.5]])


def test_a_training_point_lands_on_itself_and_no_point_leaves_its_neighbours() -> None:
    rng = np.random.default_rng(1)
    embeddings, coordinates = rng.standard_normal((40, 6)), rng.uniform(-1, 1, (40, 2))
    own = mean_squared_distances(embeddings, embeddings)
    np.testing.assert_allclose(place(own, coordinates), coordinates, atol=1e-5)
    far = mean_squared_distances(100 * rng.standard_normal((9, 6)), embeddings)
    for where, row in zip(place(far, coordinates, 5), far, strict=True):
        around = coordinates[np.argsort(row)[:5]]
        assert (around.min(axis=0) <= where).all() and (where <= around.max(axis=0)).all()


def test_all_points_are_averaged_if_there_are_fewer_than_neighbours() -> None:
    np.testing.assert_allclose(place(np.ones((1, 3)), np.array([[0.0, 0], [3, 0], [0, 3]]), 8), [[1.0, 1.0]])


def test_principal_plane_finds_the_two_wide_directions() -> None:
    rng = np.random.default_rng(2)
    hidden = rng.standard_normal((200, 2)) * [5, 2]
    basis = np.linalg.qr(rng.standard_normal((8, 8)))[0][:2]
    plane = principal_plane(hidden @ basis + 3 + 1e-3 * rng.standard_normal((200, 8)))
    for axis in range(2):
        assert abs(np.corrcoef(plane[:, axis], hidden[:, axis])[0, 1]) > 0.98


def test_principal_plane_has_a_fixed_sign() -> None:
    line = np.array([0.0, 1.0, 3.0])[:, None]
    for direction in (
        [1.0, 0.0],
        [-1.0, 0.0],
        [0.0, 1.0],
        [0.0, -1.0],
    ):  # the point farthest from the mean is on the right
        np.testing.assert_allclose(
            principal_plane(line * direction), [[-1.0, 0.0], [-1 / 3, 0.0], [1.0, 0.0]], atol=1e-12
        )


def test_principal_plane_of_one_dimension_is_a_line() -> None:
    np.testing.assert_allclose(
        principal_plane(np.array([[0.0], [1.0], [3.0]])), [[-1.0, 0.0], [-1 / 3, 0.0], [1.0, 0.0]]
    )


@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_scaling_keeps_proportions(shift: float) -> None:
    scaled = to_unit_square(np.array([[0.0, 0.0], [10.0, 2.0]]) + shift)
    np.testing.assert_allclose(scaled, [[-1, -0.2], [1, 0.2]], rtol=1e-6)

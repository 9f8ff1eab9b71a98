"""The fitted map: reproducible, stored, and neighbours stay neighbours."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import RECIPES, write_tiny_bundle

from pecmae.bundles.bundle import Bundle, load_bundle
from pecmae.cli import main
from pecmae.files import sha256
from pecmae.training.mapping import MapSettings, fit_map, map_bundle, usual_map

pytest.importorskip("umap", reason="fitting a map needs umap-learn")


@pytest.fixture
def mapped(bundle_copy: Path) -> Bundle:
    return map_bundle(load_bundle(bundle_copy), MapSettings(n_neighbours=5), show_progress=False)


def separated(bundle: Bundle) -> Bundle:
    """The bundle with classes far apart, where rounding can't change whose neighbour a point is."""
    rng, labels, dim = np.random.default_rng(0), bundle.training.labels, bundle.network.dim
    centres = 3 * rng.standard_normal((3, dim))
    network = deepcopy(bundle.network)
    with torch.no_grad():
        prototypes = np.repeat(centres, 2, axis=0) + 0.3 * rng.standard_normal((6, dim))
        network.prototypes.copy_(torch.from_numpy(prototypes))
    normalised = torch.from_numpy(centres[labels] + rng.standard_normal((len(labels), dim)))
    embeddings = (normalised * network.std + network.mean).float().numpy()
    return replace(bundle, network=network, training=replace(bundle.training, embeddings=embeddings))


def of_own_class(coordinates: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether the nearest other point is of a point's class; shape (N, 2), (N,) -> (N,)."""
    gaps = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return labels[gaps.argmin(axis=1)] == labels


@pytest.mark.slow
@pytest.mark.parametrize("method", ["umap", "t-sne"])
def test_classes_stay_together(bundle: Bundle, method: str) -> None:
    points, prototypes = fit_map(separated(bundle), MapSettings(method=method, n_neighbours=5), show_progress=False)
    labels = bundle.training.labels
    assert of_own_class(points, labels).all()
    to_points = np.linalg.norm(prototypes[:, None] - points[None], axis=2)
    assert (labels[to_points.argmin(axis=1)] == np.repeat([0, 1, 2], 2)).all()


@pytest.mark.slow
def test_mapping_again_changes_nothing(mapped: Bundle, bundle: Bundle) -> None:
    coordinates = mapped.training.coordinates
    both = np.concatenate([coordinates, mapped.training.prototype_coordinates])
    assert (both.max(axis=0) - both.min(axis=0)).max() == pytest.approx(2)
    assert not np.allclose(coordinates, bundle.training.coordinates)
    assert mapped.manifest.provenance.map is not None
    assert mapped.manifest.provenance.map.method == "umap"

    before = sha256(mapped.path / "manifest.json")
    assert main(["map", str(mapped.path), "--neighbours", "5"]) == 0
    assert sha256(mapped.path / "manifest.json") == before


@pytest.mark.parametrize("method", ["umap", "t-sne"])
def test_a_handful_of_points_can_be_mapped(tmp_path: Path, method: str) -> None:
    timbres = {name: RECIPES["tiny"].timbres[name] for name in ("low", "high")}
    bundle = write_tiny_bundle(
        tmp_path, replace(RECIPES["tiny"], timbres=timbres, prototypes_per_class=1, points_per_class=1)
    )
    coordinates = np.concatenate(fit_map(bundle, MapSettings(method=method), show_progress=False))
    assert coordinates.shape == (4, 2) and np.isfinite(coordinates).all()
    assert len(np.unique(coordinates.round(3), axis=0)) == 4
    again = np.concatenate(fit_map(bundle, MapSettings(method=method), show_progress=False))
    np.testing.assert_array_equal(coordinates, again)


def test_small_bundles_are_mapped_by_t_sne(bundle: Bundle) -> None:
    settings = usual_map(bundle, seed=3)
    assert settings.method == "t-sne" and settings.seed == 3

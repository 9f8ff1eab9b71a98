"""The fitted map: reproducible, stored, and neighbours stay neighbours."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import RECIPES, write_tiny_bundle

from pecmae.bundle import Bundle, load_bundle, sha256
from pecmae.cli import main
from pecmae.training.mapping import MapSettings, fit_map, map_bundle, usual_map

pytest.importorskip("umap", reason="fitting a map needs umap-learn")


@pytest.fixture
def mapped(bundle_copy: Path) -> Bundle:
    return map_bundle(load_bundle(bundle_copy), MapSettings(n_neighbours=5), show_progress=False)


def test_mapping_again_changes_nothing_and_classes_stay_together(mapped: Bundle, bundle: Bundle) -> None:
    coordinates, labels = mapped.training.coordinates, mapped.training.labels
    both = np.concatenate([coordinates, mapped.training.prototype_coordinates])
    assert (both.max(axis=0) - both.min(axis=0)).max() == pytest.approx(2)
    assert not np.allclose(coordinates, bundle.training.coordinates)
    gaps = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert np.mean(labels[gaps.argmin(axis=1)] == labels) >= 0.9
    to_points = np.linalg.norm(mapped.training.prototype_coordinates[:, None] - coordinates[None], axis=2)
    assert (labels[to_points.argmin(axis=1)] == np.repeat([0, 1, 2], 2)).all()
    assert mapped.manifest.provenance["map"]["method"] == "umap"

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


def test_small_bundles_are_mapped_by_t_sne_and_classes_stay_together(bundle: Bundle) -> None:
    settings = usual_map(bundle, seed=3)
    assert settings.method == "t-sne" and settings.seed == 3
    coordinates, _ = fit_map(bundle, settings, show_progress=False)
    gaps = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    labels = bundle.training.labels
    assert np.mean(labels[gaps.argmin(axis=1)] == labels) >= 0.9

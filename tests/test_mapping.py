"""The fitted map: reproducible, stored, and neighbours stay neighbours."""

from pathlib import Path

import numpy as np
import pytest

from pecmae.bundle import Bundle, load_bundle, sha256
from pecmae.cli import main
from pecmae.training.mapping import MapSettings, map_bundle

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

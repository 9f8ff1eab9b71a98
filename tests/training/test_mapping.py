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
from pecmae.training.mapping import LARGEST_COMPARISON, MapSettings, fit_map, map_bundle, measure_map, usual_map

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

    assert main(["map", str(mapped.path), "--neighbours", "5"]) == 0
    assert sha256(mapped.path / "training.safetensors") == mapped.manifest.files["training.safetensors"]
    again = load_bundle(mapped.path).manifest
    assert again.model_copy(update={"files": {}}) == mapped.manifest.model_copy(update={"files": {}})


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


def on_map(bundle: Bundle, coordinates: np.ndarray) -> Bundle:
    return replace(bundle, training=replace(bundle.training, coordinates=coordinates))


def test_a_faithful_map_is_trusted_and_a_random_one_is_not(bundle: Bundle) -> None:
    rng = np.random.default_rng(0)
    plane = rng.standard_normal((2000, 2))
    axes = np.linalg.qr(rng.standard_normal((bundle.network.dim, 2)))[0].T
    network = deepcopy(bundle.network)
    network.std.fill_(1)  # so that distances of normalised embeddings are those of the embeddings
    large = replace(
        bundle, network=network, training=replace(bundle.training, embeddings=(plane @ axes).astype(np.float32))
    )
    faithful, random = measure_map(on_map(large, plane)), measure_map(on_map(large, rng.random((2000, 2))))
    assert faithful is not None and random is not None
    assert faithful.value == pytest.approx(1, abs=1e-3) and random.value == pytest.approx(0.5, abs=0.02)
    assert (faithful.n_neighbours, faithful.n_segments) == (15, 2000)


def test_a_large_map_is_measured_on_a_sample_and_a_tiny_one_not_at_all(bundle: Bundle) -> None:
    rng = np.random.default_rng(0)
    embeddings = rng.standard_normal((LARGEST_COMPARISON + 1, bundle.network.dim)).astype(np.float32)
    large = replace(bundle, training=replace(bundle.training, embeddings=embeddings, coordinates=embeddings[:, :2]))
    found = measure_map(large)
    assert found is not None and found.n_segments == LARGEST_COMPARISON
    assert measure_map(large) == found
    few = replace(bundle.training, embeddings=embeddings[:3], coordinates=embeddings[:3, :2])
    assert measure_map(replace(bundle, training=few)) is None


def test_a_map_is_measured_without_changing_it(
    bundle_copy: Path, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundle.manifest.metrics.map_trustworthiness is None
    assert main(["map", str(bundle_copy), "--measure-only"]) == 0
    measured = load_bundle(bundle_copy)
    found = measured.manifest.metrics.map_trustworthiness
    assert found is not None and found.n_neighbours == 14  # of 30 segments, no more can be compared
    assert f"trustworthiness is {found.value:.3f}" in capsys.readouterr().out
    assert f"trustworthiness of {found.value:.3f}" in (bundle_copy / "README.md").read_text()
    assert measured.manifest.files["training.safetensors"] == bundle.manifest.files["training.safetensors"]
    assert measured.manifest.provenance.map == bundle.manifest.provenance.map

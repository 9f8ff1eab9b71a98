"""Bundles: what is written is what is read, whatever is altered is refused, and user text never becomes a path."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from tiny import RECIPES

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.bundles.bundle import (
    Bundle,
    find_bundle,
    list_bundles,
    load_autoencoder_of,
    load_bundle,
    locate_bundle,
    verify_autoencoder,
)
from pecmae.bundles.neighbourhoods import distance_quantiles, percentile_of
from pecmae.bundles.writing import update_bundle, write_bundle
from pecmae.errors import BundleError, NotFoundError
from pecmae.files import sha256
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.paths import REPOSITORY


def test_manifest_lists_the_hash_of_every_file(bundle: Bundle) -> None:
    on_disk = {path.relative_to(bundle.path).as_posix() for path in bundle.path.rglob("*") if path.is_file()}
    assert set(bundle.manifest.files) == on_disk - {"manifest.json"}
    assert all(sha256(bundle.path / name) == digest for name, digest in bundle.manifest.files.items())


def test_facts_of_a_prototype_equal_those_by_brute_force(bundle: Bundle) -> None:
    points, labels = bundle.normalised_embeddings, bundle.training.labels
    prototypes = bundle.network.prototypes.detach().numpy()
    distances = ((points[:, None] - prototypes[None]) ** 2).mean(axis=2)
    ids = np.array([point.id for point in bundle.training.points])
    for m, item in enumerate(bundle.prototypes):
        own = np.flatnonzero(labels == m // 2)
        assert item.nearest == tuple(ids[np.argsort(distances[:, m])[:3]])
        assert item.farthest == ids[own[distances[own, m].argmax()]]
        rival = m + 1 - 2 * (m % 2)
        assert item.share == pytest.approx(np.mean(distances[own, m] < distances[own, rival]))


def test_a_rewritten_bundle_keeps_network_points_and_adaptor(bundle: Bundle, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = PrototypeNetwork(3, 2, bundle.network.dim, adaptor=True)
    torch.nn.init.normal_(network.prototypes)
    written = write_bundle(
        tmp_path / "tiny",
        replace(bundle.manifest, adaptor=True),
        network,
        points=bundle.training.points,
        embeddings=bundle.training.embeddings,
        labels=bundle.training.labels,
        distance_quantiles=bundle.training.distance_quantiles,
        point_audio=[(point.id, bundle.point_audio(point.id).read_bytes()) for point in bundle.training.points],
        model_card="# Card\n",
    )
    assert not written.network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(written.network.state_dict()[name], tensor), name
    assert np.array_equal(written.training.embeddings, bundle.training.embeddings)
    assert written.training.points == bundle.training.points
    assert np.abs(written.training.coordinates).max() <= 1
    with pytest.raises(NotFoundError, match="sonify"):
        written.prototype_audio("low-0")


@pytest.mark.parametrize(
    "name",
    [
        "prototypes.safetensors",
        "training.safetensors",
        "points.json",
        "README.md",
        "audio/prototypes/low-0.ogg",
        "audio/points/noise-0000-4.ogg",
    ],
)
def test_an_altered_or_missing_file_is_refused_by_name(bundle_copy: Path, name: str) -> None:
    contents = bytearray((bundle_copy / name).read_bytes())
    contents[len(contents) // 2] ^= 1
    (bundle_copy / name).write_bytes(contents)
    with pytest.raises(BundleError, match=name) as caught:
        load_bundle(bundle_copy)
    assert caught.value.code == "altered_file"
    (bundle_copy / name).unlink()
    with pytest.raises(BundleError, match=name) as caught:
        load_bundle(bundle_copy)
    assert caught.value.code == "missing_file"


def change_json(path: Path, *keys: str | int, value: object) -> None:
    """Set one value of a JSON file; if it's a hashed one, correct its hash in the manifest beside it."""
    data = json.loads(path.read_text())
    inner = data
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    path.write_text(json.dumps(data))
    if path.name != "manifest.json":
        change_json(path.with_name("manifest.json"), "files", path.name, value=sha256(path))


@pytest.mark.parametrize(
    ("file", "keys", "value", "code"),
    [
        ("manifest.json", ("schema",), "pecmae.bundle/2", "wrong_schema"),
        ("manifest.json", ("classes",), [], "bad_manifest"),
        ("manifest.json", ("classes", 0, "id"), "high", "bad_manifest"),
        ("manifest.json", ("classes", 0, "id"), "../low", "bad_manifest"),
        ("manifest.json", ("name",), "a/b", "bad_manifest"),
        ("manifest.json", ("autoencoder", "name"), "..", "bad_manifest"),
        ("manifest.json", ("files", "../secret.txt"), "0" * 64, "bad_manifest"),
        ("manifest.json", ("files", "/etc/passwd"), "0" * 64, "bad_manifest"),
        ("manifest.json", ("prototypes_per_class",), 3, "bad_bundle"),
        ("manifest.json", ("adaptor",), True, "bad_bundle"),
        ("points.json", ("points", 0, "id"), "../../secret", "bad_bundle"),
        ("points.json", ("points",), [], "bad_bundle"),
        ("points.json", ("prototypes", 0, "id"), "low-7", "bad_bundle"),
        ("points.json", ("prototypes", 0, "nearest"), ["low-9999@0"], "bad_bundle"),
    ],
)
def test_a_bundle_that_contradicts_itself_is_refused(
    bundle_copy: Path, file: str, keys: tuple[str | int, ...], value: object, code: str
) -> None:
    change_json(bundle_copy / file, *keys, value=value)
    with pytest.raises(BundleError) as caught:
        load_bundle(bundle_copy)
    assert caught.value.code == code


def test_two_points_of_one_id_are_refused(bundle: Bundle, bundle_copy: Path) -> None:
    named = {name for item in bundle.prototypes for name in (*item.nearest, item.farthest)}
    row = next(row for row, point in enumerate(bundle.training.points) if point.id not in named)
    change_json(bundle_copy / "points.json", "points", row, "id", value=bundle.prototypes[0].farthest)
    with pytest.raises(BundleError, match="an id twice"):
        load_bundle(bundle_copy)


def test_an_interrupted_write_leaves_no_bundle(bundle: Bundle, bundle_copy: Path) -> None:
    def broken_audio():
        yield bundle.training.points[0].id, b"sound"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bundle(
            bundle_copy,
            bundle.manifest,
            bundle.network,
            points=bundle.training.points,
            embeddings=bundle.training.embeddings,
            labels=bundle.training.labels,
            distance_quantiles=bundle.training.distance_quantiles,
            point_audio=broken_audio(),
            model_card="",
        )
    with pytest.raises(BundleError, match=r"manifest\.json is missing"):
        load_bundle(bundle_copy)


def test_an_update_changes_what_it_names_and_nothing_else(bundle: Bundle, bundle_copy: Path) -> None:
    updated = update_bundle(load_bundle(bundle_copy), metrics={"cycle_consistency": 0.5}, model_card="# New\n")
    assert updated.manifest.metrics == {**bundle.manifest.metrics, "cycle_consistency": 0.5}
    changed = {name for name, digest in updated.manifest.files.items() if bundle.manifest.files[name] != digest}
    assert changed == {"README.md"}
    assert replace(updated.manifest, metrics={}, files={}) == replace(bundle.manifest, metrics={}, files={})


def test_bundles_are_listed_default_first_and_found_by_name_only(models: Path, tmp_path: Path) -> None:
    for name in ("zebra", "rendered-genres", "aardvark"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").touch()
    assert list_bundles(tmp_path) == ["rendered-genres", "aardvark", "zebra"]
    assert find_bundle(None, tmp_path) == tmp_path / "rendered-genres"
    for name in ("nope", "", ".", "../tiny", str(models / "tiny")):
        with pytest.raises(NotFoundError, match="tiny") as caught:
            find_bundle(name, models)
        assert caught.value.code == "unknown_bundle"
    assert locate_bundle(str(models / "tiny"), tmp_path) == models / "tiny"
    with pytest.raises(NotFoundError, match="pecmae train"):
        find_bundle(None, tmp_path / "zebra")


@pytest.mark.parametrize("name", ["low-2", "", "../../manifest.json", "low-0.ogg", "LOW-0", "low-0000@0"])
def test_unknown_prototypes_have_no_sound(bundle: Bundle, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        bundle.prototype_audio(name)
    assert caught.value.code == "unknown_prototype"


@pytest.mark.parametrize("name", ["low-0000-0", "", "../points/low-0000@0", "low-0", "low-0000@1"])
def test_unknown_points_have_no_sound(bundle: Bundle, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        bundle.point_audio(name)
    assert caught.value.code == "unknown_point"


def test_every_point_and_prototype_has_four_seconds_of_sound(bundle: Bundle) -> None:
    recipe = RECIPES["tiny"]
    files = [bundle.point_audio(point.id) for point in bundle.training.points]
    files += [bundle.prototype_audio(item.id) for item in bundle.prototypes]
    assert len(set(files)) == 3 * (recipe.points_per_class + recipe.prototypes_per_class)
    for file in files:
        info = soundfile.info(file)
        assert (info.samplerate, info.channels, info.frames) == (SAMPLE_RATE, 1, 4 * SAMPLE_RATE)


def test_another_autoencoder_is_refused(bundle: Bundle, models: Path, tmp_path: Path) -> None:
    assert load_autoencoder_of(bundle, models).dim == bundle.network.dim
    (tmp_path / "compact").mkdir()
    for file in (models / "compact").iterdir():
        (tmp_path / "compact" / file.name).write_bytes(file.read_bytes() + b" ")
    with pytest.raises(BundleError, match="another version of the autoencoder 'compact'"):
        load_autoencoder_of(bundle, tmp_path)
    with pytest.raises(BundleError) as caught:
        verify_autoencoder(bundle, "0" * 64)
    assert caught.value.code == "wrong_autoencoder"


def test_percentiles_of_distance() -> None:
    labels = np.repeat([0, 1], 101)
    distances = np.full((202, 4), 1000.0)
    distances[:101, 1] = np.arange(101)  # class 0 is nearest to its second prototype, at 0, 1, .. 100
    distances[101:, 2] = 2 * np.arange(101)
    distances[:101, 2] = 0.0  # another class's prototype doesn't count, however near
    quantiles = distance_quantiles(distances, labels, 2)
    np.testing.assert_allclose(quantiles, [np.arange(101), 2 * np.arange(101)])
    assert percentile_of(50.0, quantiles[1]) == pytest.approx(25.0)
    assert [percentile_of(d, quantiles[0]) for d in (-1.0, 1e9)] == [0.0, 100.0]


def test_explaining_loads_no_fitting_plotting_or_serving_library(models: Path) -> None:
    program = (
        "import sys; from pathlib import Path; import pecmae.explain.explaining; "
        "from pecmae.bundles.bundle import load_bundle;"
        f"load_bundle(Path({str(models / 'tiny')!r}));"
        "print({'umap', 'sklearn', 'gradio', 'fastapi', 'plotly', 'pedalboard', 'mido'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

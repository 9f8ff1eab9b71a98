"""Bundles: what is written is what is read, whatever is altered is refused, and user text never becomes a path."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from tiny import RECIPES

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.bundles.bundle import (
    Bundle,
    find_bundle,
    list_bundles,
    load_autoencoder_of,
    load_bundle,
    locate_bundle,
    point_audio_file,
    verify_autoencoder,
)
from pecmae.bundles.manifest import changed, read_manifest
from pecmae.bundles.neighbourhoods import (
    class_distances,
    distance_quantiles,
    nearest_pairs,
    percentile_of,
    segment_ratios,
)
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
        assert item.segment_ratio == pytest.approx(np.mean(distances[own, m] < distances[own, rival]))
        assert item.nearest_distances == pytest.approx(np.sort(distances[:, m])[:3], abs=1e-5)
        assert item.farthest_distance == pytest.approx(distances[own, m].max(), rel=1e-5)
        between = ((prototypes[m - m % 2 : m - m % 2 + 2] - prototypes[m]) ** 2).mean(axis=1)
        assert item.class_distances == pytest.approx(between, abs=1e-5) and item.class_distances[m % 2] == 0


def test_a_rewritten_bundle_keeps_network_points_and_adaptor(bundle: Bundle, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = PrototypeNetwork(3, 2, bundle.network.dim, adaptor=True)
    torch.nn.init.normal_(network.prototypes)
    audible = [point_audio_file(name) for name in bundle.training.ids[::2]]
    written = write_bundle(
        tmp_path / "tiny",
        changed(bundle.manifest, adaptor=True),
        network.eval(),
        bundle.training,
        audio=[(name, (bundle.path / name).read_bytes()) for name in audible],
        model_card="# Card\n",
    )
    assert not written.network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(written.network.state_dict()[name], tensor), name
    assert np.array_equal(written.training.embeddings, bundle.training.embeddings)
    assert written.training.points == bundle.training.points
    assert written.has_audio.tolist() == [True, False] * (len(written.training) // 2)
    assert {name for item in written.prototypes for name in item.nearest} <= set(bundle.training.ids[::2])
    with pytest.raises(NotFoundError, match="only some training segments have one"):
        written.point_audio(bundle.training.ids[1])
    with pytest.raises(NotFoundError, match="sonify"):
        written.prototype_audio("low-0")


@pytest.mark.parametrize(
    "name",
    [
        "prototypes.safetensors",
        "training.safetensors",
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


def change_manifest(folder: Path, *keys: str | int, value: object) -> None:
    """Set one value of a bundle's manifest."""
    path = folder / "manifest.json"
    data = json.loads(path.read_text())
    inner = data
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("keys", "value", "code"),
    [
        (("schema",), "pecmae.bundle/3", "wrong_schema"),
        (("titel",), "Tones", "bad_manifest"),
        (("files", "README.md"), "0" * 63, "bad_manifest"),
        (("segment_s",), float("inf"), "bad_manifest"),
        (("metrics", "cycle_consistency", "n_right"), -1, "bad_manifest"),
        (("provenance", "dataset"), "tones", "bad_manifest"),
        (("classes",), [], "bad_manifest"),
        (("classes", 0, "id"), "high", "bad_manifest"),
        (("classes", 0, "id"), "../low", "bad_manifest"),
        (("name",), "a/b", "bad_manifest"),
        (("autoencoder", "name"), "..", "bad_manifest"),
        (("files", "../secret.txt"), "0" * 64, "bad_manifest"),
        (("files", "/etc/passwd"), "0" * 64, "bad_manifest"),
        (("prototypes_per_class",), 3, "bad_manifest"),
        (("decoded", 0, "class"), "other", "bad_manifest"),
        (("tracks", 0, "id"), "../../secret", "bad_manifest"),
        (("tracks", 0, "id"), "low-0001", "bad_manifest"),
        (("tracks",), [], "bad_bundle"),
        (("adaptor",), True, "bad_bundle"),
    ],
)
def test_a_bundle_that_contradicts_itself_is_refused(
    bundle_copy: Path, keys: tuple[str | int, ...], value: object, code: str
) -> None:
    change_manifest(bundle_copy, *keys, value=value)
    with pytest.raises(BundleError) as caught:
        load_bundle(bundle_copy)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "row", "value", "fault"),
    [
        ("start_s", 1, 0.0, "a segment twice"),
        ("start_s", 0, -4.0, "begins before its track"),
        ("start_s", 0, np.nan, "start_s is"),
        ("labels", 0, 3, "of each of the 3 classes"),
        ("labels", slice(None), 0, "of each of the 3 classes"),
        ("track_index", 0, -1, "a track that the manifest doesn't list"),
        ("coordinates", 0, np.inf, "coordinates is"),
    ],
)
def test_training_segments_that_cant_be_are_refused(
    bundle_copy: Path, name: str, row: int | slice, value: float, fault: str
) -> None:
    path = bundle_copy / "training.safetensors"
    arrays = load_file(path)
    arrays[name][row] = value
    save_file(arrays, path)
    change_manifest(bundle_copy, "files", path.name, value=sha256(path))
    with pytest.raises(BundleError, match=f"{path.name}.*{fault}"):
        load_bundle(bundle_copy)


def test_a_manifest_of_version_1_is_refused_with_the_command(bundle_copy: Path) -> None:
    (bundle_copy / "manifest.json").write_text(json.dumps({"schema": "pecmae.bundle/1", "name": "tiny"}))
    with pytest.raises(BundleError, match=r"pecmae\.bundle/1.*`python -m pecmae build`") as caught:
        load_bundle(bundle_copy)
    assert caught.value.code == "wrong_schema"


@given(text=st.text() | st.binary())
def test_no_text_reads_as_a_manifest(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "manifest.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        read_manifest(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data())
def test_a_manifest_with_any_value_anywhere_is_read_or_refused(
    bundle: Bundle, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    manifest = json.loads((bundle.path / "manifest.json").read_text())
    key = data.draw(st.sampled_from(sorted(manifest)))
    manifest[key] = data.draw(json_values)
    path = tmp_path_factory.getbasetemp() / "manifest.json"
    path.write_text(json.dumps(manifest))
    try:
        assert json.loads(read_manifest(path).model_dump_json())[key] is not None
    except BundleError as error:
        assert str(path) in error.message and "\n" not in error.message


def test_an_interrupted_write_leaves_no_bundle(bundle: Bundle, bundle_copy: Path) -> None:
    def broken_audio() -> Iterator[tuple[str, bytes]]:
        yield point_audio_file(bundle.training.ids[0]), b"sound"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bundle(
            bundle_copy,
            bundle.manifest,
            bundle.network,
            bundle.training,
            audio=broken_audio(),
            model_card="",
        )
    with pytest.raises(BundleError, match=r"manifest\.json is missing"):
        load_bundle(bundle_copy)


def test_an_update_changes_what_it_names_and_nothing_else(bundle: Bundle, bundle_copy: Path) -> None:
    updated = update_bundle(load_bundle(bundle_copy), metrics={"n_neighbours": 5}, model_card="# New\n")
    assert updated.manifest.metrics == changed(bundle.manifest.metrics, n_neighbours=5)
    rewritten = {name for name, digest in updated.manifest.files.items() if bundle.manifest.files[name] != digest}
    assert rewritten == {"README.md"}
    assert changed(updated.manifest, metrics={}, files={}) == changed(bundle.manifest, metrics={}, files={})


def test_bundles_are_listed_default_first_and_found_by_name_only(models: Path, tmp_path: Path) -> None:
    for name in ("zebra", "gtzan", "aardvark"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").touch()
    assert list_bundles(tmp_path) == ["gtzan", "aardvark", "zebra"]
    assert find_bundle(None, tmp_path) == tmp_path / "gtzan"
    for name in ("nope", "", ".", "../tiny", str(models / "tiny")):
        with pytest.raises(NotFoundError, match="tiny") as caught:
            find_bundle(name, models)
        assert caught.value.code == "unknown_bundle"
    assert locate_bundle(str(models / "tiny"), tmp_path) == models / "tiny"
    with pytest.raises(NotFoundError, match="pecmae build"):
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


def test_class_distances_are_means_over_the_segments_of_a_class() -> None:
    distances = np.array([[1.0, 2.0, 8.0, 5.0], [3.0, 1.0, 7.0, 9.0], [4.0, 6.0, 0.5, 2.0]])  # two prototypes per class
    found = class_distances(distances, np.array([0, 0, 1]), 2)
    np.testing.assert_allclose(found, np.array([[1.0, 6.0], [4.0, 0.5]]))


def test_near_duplicates_are_nearer_to_each_other_than_to_any_training_segment() -> None:
    between = np.array([[0.0, 0.1, 0.9], [0.1, 0.0, 0.5], [0.9, 0.5, 0.0]])
    distances = np.array([[0.3, 0.2, 0.4], [0.6, 0.7, 0.8]])
    pairs = nearest_pairs(("a-0", "a-1", "b-0"), between, distances)
    assert [pair.ids for pair in pairs] == [("a-0", "a-1"), ("a-1", "b-0"), ("a-0", "b-0")]
    assert [(pair.distance, pair.nearest_segment) for pair in pairs] == [(0.1, 0.2), (0.5, 0.2), (0.9, 0.3)]
    assert [pair.is_near_duplicate for pair in pairs] == [True, False, False]


def test_segment_ratios_of_the_prototypes_of_a_class() -> None:
    distances = np.array([[1, 2, 0, 0], [1, 2, 0, 0], [3, 2, 0, 0], [0, 0, 2, 1]], dtype=float)
    np.testing.assert_allclose(segment_ratios(distances, np.array([0, 0, 0, 1]), 2), [2 / 3, 1 / 3, 0, 1])


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


@pytest.mark.slow
def test_explaining_loads_no_fitting_plotting_or_serving_library(models: Path) -> None:
    program = (
        "import sys; from pathlib import Path; import pecmae.explain.explaining; "
        "from pecmae.bundles.bundle import load_bundle;"
        f"load_bundle(Path({str(models / 'tiny')!r}));"
        "print({'umap', 'sklearn', 'gradio', 'fastapi', 'plotly', 'pedalboard', 'mido'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

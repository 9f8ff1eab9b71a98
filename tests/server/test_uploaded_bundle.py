"""Bundles that visitors upload: hostile, altered, of other autoencoders."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from visitors import Visitor, zip_of

from pecmae.files import sha256
from pecmae.server.service import ExplainerService


def rezip(folder: Path) -> bytes:
    return zip_of({f"tiny/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*.*")})


def sign(folder: Path, **changes: object) -> None:
    """Write the hashes of what the files hold now into the manifest, and change fields of it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: sha256(folder / name) for name in manifest["files"]}
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))


def change_tensor(folder: Path, file: str, name: str, value: float) -> None:
    tensors = {key: tensor.clone() for key, tensor in load_file(folder / file).items()}
    tensors[name].view(-1)[0] = value
    save_file(tensors, folder / file)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "weights": lambda folder: change_tensor(folder, "prototypes.safetensors", "linear.weight", float("nan")),
    "infinite": lambda folder: change_tensor(folder, "prototypes.safetensors", "std", float("inf")),
    "overflow": lambda folder: change_tensor(folder, "prototypes.safetensors", "prototypes", 3e38),
    "spread": lambda folder: change_tensor(folder, "prototypes.safetensors", "std", 0.0),
    "map": lambda folder: change_tensor(folder, "training.safetensors", "coordinates", float("nan")),
    "labels": lambda folder: change_tensor(folder, "training.safetensors", "labels", 99),
    "title": lambda folder: sign(folder, tracks=[{"id": "low-0000", "title": {"a": 1}}]),
    "track": lambda folder: change_tensor(folder, "training.safetensors", "track_index", 99),
    "start": lambda folder: change_tensor(folder, "training.safetensors", "start_s", float("nan")),
    "depth": lambda folder: (folder / "manifest.json").write_text("[" * 100_000),
    "many": lambda folder: sign(folder, prototypes_per_class=10**12),
    "metrics": lambda folder: sign(folder, metrics={"balanced_accuracy": {"test": 3}}),
    "segment": lambda folder: sign(folder, segment_s=1e9),
    "schema": lambda folder: sign(folder, schema="pecmae.bundle/9"),
    "names": lambda folder: sign(folder, name="../tiny"),
    "pickle": lambda folder: (folder / "training.safetensors").write_bytes(b"\x80\x04N."),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_bundles(visitor: Visitor, service: ExplainerService, bundle_copy: Path, kind: str) -> None:
    HOSTILE[kind](bundle_copy)
    if kind not in {"many", "metrics", "segment", "schema", "names", "title", "depth"}:
        sign(bundle_copy)
    status, code, sentence = visitor.error_of(rezip(bundle_copy))
    assert (status, code) == (422, "bad_bundle_zip"), sentence
    assert sentence.endswith("build it again from its recordings.")
    assert str(service.jobs._root) not in sentence
    assert service.jobs._root and list(service.jobs._root.iterdir()) == []


def test_altered_and_missing_files(visitor: Visitor, bundle_copy: Path) -> None:
    with (bundle_copy / "audio/prototypes/low-0.ogg").open("ab") as file:
        file.write(b"x")
    assert visitor.error_of(rezip(bundle_copy))[1:] == (
        "bad_bundle_zip",
        "The bundle in 'tunes.zip' is damaged or was changed (error 'altered_file'); download it again, or build it "
        "again from its recordings.",
    )
    (bundle_copy / "audio/prototypes/low-0.ogg").unlink()
    assert "error 'missing_file'" in visitor.error_of(rezip(bundle_copy))[2]


def test_paths_that_conflict(visitor: Visitor, bundle_copy: Path) -> None:
    (bundle_copy / "a.md").write_text("a file")
    content = io.BytesIO(rezip(bundle_copy))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("tiny/a.md/b.md", "a file in a file")
    assert visitor.error_of(content.getvalue())[1:] == (
        "bad_bundle_zip",
        "The bundle in 'tunes.zip' is damaged or was changed (the path 'tiny/a.md/b.md' can't be created); download it "
        "again, or build it again from its recordings.",
    )


def test_bundles_of_other_autoencoders(visitor: Visitor, bundle_copy: Path) -> None:
    sign(bundle_copy, autoencoder={"name": "published-4s", "fingerprint": "0" * 64})
    assert visitor.error_of(rezip(bundle_copy)) == (
        422,
        "unknown_autoencoder",
        "This bundle needs the autoencoder 'published-4s', which this server doesn't have; open it with an explorer "
        "that has a bundle of the same autoencoder.",
    )
    sign(bundle_copy, autoencoder={"name": "compact", "fingerprint": "0" * 64})
    assert visitor.error_of(rezip(bundle_copy)) == (
        422,
        "other_autoencoder",
        "This bundle was built with another version of the autoencoder 'compact'; build it again from its recordings.",
    )


def test_bundle_in_no_folder(visitor: Visitor, models: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "bundle"), "zip", models / "tiny")
    status, collection = visitor.send(Path(archive).read_bytes(), "bundle.zip")
    assert (status, collection["state"], collection["title"]) == (
        201,
        "ready",
        "Tones and noise, 2 prototypes per class",
    )

"""Fixtures for all tests: a models folder with a tiny autoencoder of random weights and the bundle `tiny`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from musicnn_weights import write_random_musicnn
from tiny import write_tiny_bundle

from pecmae.bundles.bundle import Bundle, load_bundle
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.encodecmae import load_encodecmae
from pecmae.networks.pretrained import MUSICNN_FILE
from pecmae.paths import CACHE_VARIABLE, cache_folder

USERS_CACHE = cache_folder()

settings.register_profile("no deadline", deadline=None)  # a busy machine isn't a failure
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def musicnn_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cache folder of all tests, with random weights in place of MusiCNN's, so that nothing is fetched."""
    folder = tmp_path_factory.mktemp("cache")
    write_random_musicnn(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder))
        yield folder


@pytest.fixture
def trained_musicnn(monkeypatch: pytest.MonkeyPatch) -> None:
    """MusiCNN's own weights, from the user's cache."""
    if not (USERS_CACHE / MUSICNN_FILE).is_file():
        pytest.skip("MusiCNN's weights aren't cached; `python -m pecmae fetch` gets them")
    monkeypatch.setenv(CACHE_VARIABLE, str(USERS_CACHE))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder to read from: `compact` (random weights) and the complete bundle `tiny`."""
    folder = tmp_path_factory.mktemp("models")
    write_tiny_bundle(folder)
    return folder


@pytest.fixture(scope="session")
def bundle(models: Path) -> Bundle:
    """The bundle `tiny`, 3 classes of 2 prototypes, 30 training points. Read only."""
    return load_bundle(models / "tiny")


@pytest.fixture(scope="session")
def autoencoder(models: Path) -> GenerativeAutoencoder:
    """The autoencoder of `tiny`."""
    return load_encodecmae(models / "compact")


@pytest.fixture
def bundle_copy(models: Path, tmp_path: Path) -> Path:
    """A copy of the folder of `tiny` to change."""
    return Path(shutil.copytree(models / "tiny", tmp_path / "tiny"))

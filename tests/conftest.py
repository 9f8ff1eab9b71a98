"""Fixtures for all tests: a models folder with a tiny autoencoder of random weights and the bundle `tiny`."""

import shutil
from pathlib import Path

import pytest
from tiny import write_tiny_bundle

from pecmae.bundles.bundle import Bundle, load_bundle
from pecmae.networks.autoencoder import GenerativeAutoencoder, load_autoencoder


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
    return load_autoencoder(models / "compact")


@pytest.fixture
def bundle_copy(models: Path, tmp_path: Path) -> Path:
    """A copy of the folder of `tiny` to change."""
    return Path(shutil.copytree(models / "tiny", tmp_path / "tiny"))

"""Fixtures for visitors' collections: a server with a stand-in for the worker, and a clock that is set by hand."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from visitors import COMMAND, Clock, Visitor

from pecmae.server.api import create_api
from pecmae.server.jobs import Jobs
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings


@pytest.fixture(scope="module", autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The system's temporary folder, below which Gradio keeps its files, starts empty: a leaked file is found."""
    folder = tmp_path_factory.mktemp("system")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(models: Path) -> Settings:
    return Settings(models=models, max_clip_s=20.0, max_upload_mb=0.25, max_collections=4, max_collection_mb=1)


@pytest.fixture
def service(settings: Settings, clock: Clock) -> ExplainerService:
    return ExplainerService(settings, Jobs(settings, command=COMMAND, max_waiting=2, clock=clock))


@pytest.fixture
def visitor(service: ExplainerService) -> Iterator[Visitor]:
    with TestClient(create_api(service), raise_server_exceptions=False) as client:
        yield Visitor(client)

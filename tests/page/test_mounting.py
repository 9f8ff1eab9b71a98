"""The routes of the page: the frame, its modules, Plotly, the folder of examples."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app import create_app
from pecmae.page.mounting import FOLDER, PLOTLY_URL, STYLE_SHEETS, plotly_script
from pecmae.server.settings import Settings


@pytest.fixture(scope="module")
def client(models: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(models=models), models / "no-examples")) as client:
        yield client


def test_page_and_api_answer_side_by_side(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "<gradio-app" in page.text
    assert client.get("/api/v1/bundles").json()["default"] == "tiny"
    assert client.get("/api/v1/nothing").json()["error"]["code"] == "unknown_path"


def test_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    """Neither the frame nor our scripts and styles contain an address of another host that a browser would fetch."""
    page = client.get("/").text
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=[\"'](?:https?:)?//", page) == []
    embedded = re.search(r"window\.gradio_config = (\{.*?\});", page)
    assert embedded is not None
    config = json.loads(embedded[1])
    assert config["analytics_enabled"] is False
    assert [sheet for sheet in config["stylesheets"] or [] if "//" in sheet] == []
    for path in FOLDER.rglob("*"):
        if path.suffix in (".js", ".css"):
            assert "://" not in path.read_text(encoding="utf-8"), path.name


def test_plotly_is_compressed_for_browsers_that_accept_it(client: TestClient) -> None:
    plain = client.get(PLOTLY_URL, headers={"Accept-Encoding": "identity"})
    compressed = client.get(PLOTLY_URL, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers and compressed.headers["content-encoding"] == "gzip"
    assert int(compressed.headers["content-length"]) < 0.4 * int(plain.headers["content-length"])
    assert compressed.content == plain.content == plotly_script().read_bytes()


@pytest.mark.parametrize("name", [*STYLE_SHEETS, "static/store.js", "components/explore/explore.js"])
def test_scripts_and_styles_are_revalidated(client: TestClient, name: str) -> None:
    answer = client.get(f"/page/{name}")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-cache"


def test_modules_import_only_modules_that_exist() -> None:
    for path in FOLDER.rglob("*.js"):
        for name in re.findall(r"^(?:import\b|}).* from \"(\.[\w./-]+\.js)\"", path.read_text("utf-8"), re.MULTILINE):
            assert (path.parent / name).is_file(), f"{path.name} imports {name}"

"""Nothing of the server's disk or network is reachable through Gradio, over real HTTP, route by route."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from fastapi import FastAPI
from page.browser import serving
from starlette.routing import BaseRoute, Mount

from app import create_app
from pecmae.server.gradio_gate import MAX_CALL_BYTES, GradioGate, is_needed, plain_call
from pecmae.server.settings import Settings

CANARY = "the canary sings"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PARAMETER = re.compile(r"\{(\w+)(:path)?\}")


@pytest.fixture(scope="module")
def app(models: Path) -> FastAPI:
    return create_app(Settings(models=models))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with serving(app) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.txt"
    path.write_text(CANARY)
    return path


def find_canaries() -> set[str]:
    """Folders below the temporary folder that contain a canary; folders that disappear meanwhile don't matter."""
    return {folder for folder, _, names in os.walk(tempfile.gettempdir()) if "canary.txt" in names}


def gradio_paths(app: FastAPI) -> list[str]:
    """The path of every route that Gradio registered, with its parameters as `{name}`."""
    mount = next(route for route in app.routes if isinstance(route, Mount) and route.path == "")
    assert isinstance(mount.app, GradioGate)
    return sorted(set(_paths(mount.app.app.app.routes)))  # type: ignore[attr-defined]


def _paths(routes: list[BaseRoute]) -> Iterator[str]:
    for route in routes:
        if (router := getattr(route, "original_router", None)) is not None:
            yield from _paths(router.routes)
        elif isinstance(route, Mount):
            yield from (route.path + path for path in _paths(list(route.routes)))
        else:
            yield str(getattr(route, "path", ""))


def file_payload(path: str) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def call(payload: object, fn_index: int = 1) -> dict[str, Any]:
    return {"data": [payload], "fn_index": fn_index, "session_hash": "x"}


def test_gradio_registers_the_routes_that_are_guarded(app: FastAPI) -> None:
    paths = gradio_paths(app)
    assert len(paths) > 40
    assert {"/gradio_api/upload", "/gradio_api/file={path_or_url:path}", "/gradio_api/proxy={url_path:path}"} <= {
        *paths
    }


@pytest.mark.slow
def test_every_route_of_gradio_is_needed_or_unknown(app: FastAPI, client: httpx.Client, canary: Path) -> None:
    fillings = (str(canary), quote(str(canary), safe=""), "http://127.0.0.1:9/", "x")
    n_rejected = 0
    for template, method, filling in product(gradio_paths(app), METHODS, fillings):
        path = PARAMETER.sub(lambda match, filling=filling: filling if match[2] else filling.strip("/"), template)  # type: ignore[misc]
        if is_needed(method, unquote(path)) or path == "/openapi.json":  # the latter is the API's own
            continue
        answer = client.request(method, path)
        rejections = (422,) if (method, path) == ("POST", "/gradio_api/upload") else (404, 405)
        assert answer.status_code in rejections, (method, path, answer.status_code)
        assert CANARY not in answer.text
        n_rejected += 1
    assert n_rejected > 500


@pytest.mark.parametrize("route", ["run/predict", "queue/join"])
@pytest.mark.parametrize("fn_index", range(9))
@pytest.mark.parametrize("nesting", ["plain", "list", "object"])
def test_file_payload_is_rejected(client: httpx.Client, canary: Path, fn_index: int, nesting: str, route: str) -> None:
    before = find_canaries()
    payload: object = file_payload(str(canary))
    payload = {"plain": payload, "list": [[payload]], "object": {"a": payload}}[nesting]
    answer = client.post(f"/gradio_api/{route}", json=call(payload, fn_index))
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "file_payload"
    assert find_canaries() == before


@pytest.mark.parametrize("path", ["/dev/zero", "/etc/passwd", "http://127.0.0.1:9/secret", "https://127.0.0.1:9/"])
def test_devices_and_addresses_are_rejected_at_once(client: httpx.Client, path: str) -> None:
    for payload in (file_payload(path), {"url": path, "path": ""}, {"path": path}):
        answer = client.post("/gradio_api/run/predict", json=call(payload), timeout=5)
        assert answer.status_code == 400 and "root:" not in answer.text


@pytest.mark.parametrize("text", ['{"data":[1]', "[]", "null", '"x"', "[" * 100_000, "\xff"])
def test_malformed_calls_are_rejected(client: httpx.Client, text: str) -> None:
    answer = client.post("/gradio_api/run/predict", content=text.encode("latin-1"))
    assert answer.status_code in (400, 413)


def test_duplicate_keys_cannot_hide_a_file(canary: Path) -> None:
    hidden = f'{{"data": [{json.dumps(file_payload(str(canary)))}], "data": ["tiny"], "fn_index": 1}}'
    passed = plain_call(hidden.encode())
    assert passed is not None and str(canary) not in passed.decode()


def test_the_payload_of_an_upload_becomes_its_address() -> None:
    address = "A" * 32
    for extra in ({}, {"url": "http://127.0.0.1:9/"}, {"is_stream": True}):
        passed = plain_call(json.dumps(call([file_payload(address) | extra])).encode())
        assert passed is not None and json.loads(passed) == call([address])
    for path in ("A" * 31, "A" * 31 + "/", "A" * 32 + ".txt", "../" + "A" * 29, "A" * 32 + "\n", 1, None, [address]):
        assert plain_call(json.dumps(call(file_payload(address) | {"path": path})).encode()) is None


@pytest.mark.parametrize("declared", [True, False])
def test_large_calls_are_rejected(client: httpx.Client, declared: bool) -> None:
    body = json.dumps(call("x" * MAX_CALL_BYTES)).encode()
    content: Any = body if declared else (body[start : start + 9_999] for start in range(0, len(body), 9_999))
    assert client.post("/gradio_api/run/predict", content=content).status_code == 413


def test_functions_of_the_page_still_answer(client: httpx.Client) -> None:
    functions = {item["api_name"]: item["id"] for item in client.get("/config").json()["dependencies"]}
    for name, data in (("open_page", [None]), ("choose_bundle", ["tiny", None])):
        opening = {"data": data, "fn_index": functions[name], "session_hash": "visitor"}
        answer = client.post("/gradio_api/run/predict", json=opening)
        assert answer.status_code == 200 and '"tiny"' in answer.text


@pytest.mark.parametrize("path", ["/", "/gradio_api/run/predict", "/api/v1/bundles", "/api/v1/explain"])
@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example", "localhost"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_no_foreign_page_may_read_an_answer(client: httpx.Client, path: str, host: str, origin: str) -> None:
    headers = {"Host": host, "Origin": origin}
    preflight = client.options(path, headers={**headers, "Access-Control-Request-Method": "POST"})
    for answer in (client.get(path, headers=headers), client.post(path, headers=headers, json={}), preflight):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.html", "application/octet-stream"), ("a.svg", "application/octet-stream"), ("a.mp3", "audio/mpeg")],
)
def test_an_upload_is_played_but_never_shown_as_a_page(client: httpx.Client, name: str, kind: str) -> None:
    contents = b"<script>alert(1)</script>"
    [address] = client.post("/gradio_api/upload", files={"files": (name, contents, "text/html")}).json()
    answer = client.get(f"/gradio_api/file={address}")
    assert answer.content == contents and answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"
    part = client.get(f"/gradio_api/file={address}", headers={"Range": "bytes=1-6"})
    assert part.status_code == 206 and part.content == b"script"

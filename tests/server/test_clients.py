"""Python, HTTP, gradio_client and MCP give the same numbers; no client can read a file of the server."""

import asyncio
import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult
from page.browser import serving
from sounds import tone_bytes, write_tone

import pecmae
from app import create_app
from pecmae.paths import REPOSITORY
from pecmae.server.http_errors import UNEXPECTED
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings
from server.test_gradio_gate import CANARY, find_canaries

TOOLS = {"explain", "list_bundles", "list_prototypes", "sonify", "tags"}
UPLOAD = "/gradio_api/upload"
MCP = "/gradio_api/mcp/"


@pytest.fixture(scope="module")
def address(models: Path) -> Iterator[str]:
    with serving(create_app(Settings(models=models, max_upload_mb=2))) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("downloads")
    client = Client(address, verbose=False, analytics_enabled=False, download_files=str(folder))
    yield client
    client.close()


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tone(tmp_path_factory.mktemp("track") / "tone.wav", 5)


def call_tool(address: str, name: str, arguments: dict[str, Any]) -> CallToolResult:
    async def call() -> CallToolResult:
        async with streamable_http_client(address + MCP) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            return await session.call_tool(name, arguments)

    return asyncio.run(call())


def error_of(result: CallToolResult) -> str:
    assert result.isError and result.content[0].type == "text"
    return result.content[0].text


def numbers(value: Any) -> list[float]:
    """All numbers in a JSON value, in order."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in numbers(value[key])]
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    return [float(value)] if isinstance(value, int | float) else []


def waveform(sound: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(sound), dtype="float32")[0]


@pytest.mark.slow
def test_documented_examples_agree(
    address: str, models: Path, track: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The four examples of `docs/clients.md`, run as they are but for the names, give the same results."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "track.mp3").write_bytes(track.read_bytes())
    load = pecmae.load
    monkeypatch.setattr(pecmae, "load", lambda name: load(name, models=models))
    text = (REPOSITORY / "docs" / "clients.md").read_text(encoding="utf-8")
    for old, new in {"http://127.0.0.1:7860": address, "gtzan": "tiny", "jazz-0": "low-0"}.items():
        text = text.replace(old, new)
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    results: list[dict[str, Any]] = []
    for example in examples:
        results.append({})
        exec(example, results[-1])
    assert len(results) == 4
    reference, http, gradio, mcp = results
    sounds = {
        "http": http["sound"],
        "gradio": Path(gradio["sound"]).read_bytes(),
        "mcp": base64.b64decode(mcp["sound"]),
    }
    for sound in sounds.values():
        np.testing.assert_allclose(waveform(sound), reference["sound"], atol=1e-4)
    assert len(numbers(reference["explanation"])) > 50
    for other in (http, gradio, mcp):
        assert other["explanation"].keys() == reference["explanation"].keys()
        np.testing.assert_allclose(
            numbers(other["explanation"]), numbers(reference["explanation"]), rtol=1e-4, atol=1e-4
        )
    gradio["client"].close()


def test_lists_and_tags_are_those_of_the_http_api(address: str, client: Client, track: Path) -> None:
    api = f"{address}/api/v1"
    expected = {
        "list_bundles": httpx.get(f"{api}/bundles").json(),
        "list_prototypes": httpx.get(f"{api}/bundles/tiny/prototypes").json(),
        "tags": httpx.post(f"{api}/tags", files={"file": ("tone.wav", track.read_bytes())}, timeout=60).json(),
    }
    url = "data:audio/wav;base64," + base64.b64encode(track.read_bytes()).decode()
    assert client.predict(api_name="/list_bundles") == expected["list_bundles"]
    assert client.predict("tiny", api_name="/list_prototypes") == expected["list_prototypes"]
    for tool, arguments in (("list_bundles", {}), ("list_prototypes", {"bundle": "tiny"})):
        assert call_tool(address, tool, arguments).structuredContent == expected[tool]
    tags = (client.predict(handle_file(track), api_name="/tags"), call_tool(address, "tags", {"file": url}))
    for answer in (tags[0], tags[1].structuredContent):
        assert isinstance(answer, dict)
        assert [tag["name"] for tag in answer["tags"]] == [tag["name"] for tag in expected["tags"]["tags"]]
        np.testing.assert_allclose(numbers(answer), numbers(expected["tags"]), atol=1e-4)


def test_functions_are_described(address: str, client: Client) -> None:
    async def list_tools() -> dict[str, str]:
        async with streamable_http_client(address + MCP) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            return {tool.name: tool.description or "" for tool in (await session.list_tools()).tools}

    descriptions = asyncio.run(list_tools())
    assert descriptions.keys() == TOOLS and all("Returns:" in text for text in descriptions.values())
    described = client.view_api(return_format="dict", print_info=False)
    assert isinstance(described, dict)
    assert {name.strip("/") for name in described["named_endpoints"]} == TOOLS


def test_an_unexpected_failure_tells_nothing(
    address: str, client: Client, track: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("/secret/path")

    monkeypatch.setattr(ExplainerService, "sonify", fail)
    arguments = {"bundle": "tiny", "prototype": "low-0"}
    assert error_of(call_tool(address, "sonify", arguments)) == UNEXPECTED
    with pytest.raises(AppError) as caught:
        client.predict(*arguments.values(), api_name="/sonify")
    assert "secret" not in str(caught.value)


def test_errors_are_the_sentences_of_the_http_api(address: str, client: Client, track: Path) -> None:
    sentence = httpx.get(f"{address}/api/v1/bundles/none/prototypes").json()["error"]["message"]
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(track), "none", api_name="/explain")
    assert str(caught.value) == sentence
    assert error_of(call_tool(address, "list_prototypes", {"bundle": "none"})) == sentence


@pytest.mark.parametrize("seed", [-1, 2**32, "x", None])
def test_impossible_arguments_are_one_sentence(address: str, client: Client, seed: Any) -> None:
    with pytest.raises(AppError, match=r"^The arguments aren't valid: .*\.$"):
        client.predict("tiny", "low-0", seed, api_name="/sonify")
    arguments = {"bundle": "tiny", "prototype": "low-0", "seed": seed}
    assert error_of(call_tool(address, "sonify", arguments)).startswith("The arguments of 'sonify' aren't valid: seed")


def test_unknown_tool_and_broken_data_url(address: str) -> None:
    assert error_of(call_tool(address, "read", {})).startswith("There is no tool 'read'")
    for url in ("data:audio/wav;base64,§", "data:audio/wav,abc", "data:"):
        assert error_of(call_tool(address, "tags", {"file": url})).startswith("Give a data: URL such as")


def named_files(canary: Path, address: str) -> list[Any]:
    """Ways to name a file of the server, or an address that the server could download."""
    names = [str(canary), f"file://{canary}", f"../..{canary}", "http://127.0.0.1:9/", f"{address}/healthz"]
    keys = ("path", "url")
    return [*names, *({key: name, "meta": {"_type": "gradio.FileData"}} for key in keys for name in names)]


def test_no_client_can_name_a_file_of_the_server(address: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY)
    before = find_canaries()
    config = httpx.get(f"{address}/config").json()
    (fn_index,) = [item["id"] for item in config["dependencies"] if item["api_name"] == "explain"]
    for file in named_files(canary, address):
        call = {"data": [file, "tiny", False], "fn_index": fn_index, "session_hash": "visitor"}
        joined = httpx.post(f"{address}/gradio_api/queue/join", json=call)
        if isinstance(file, dict):
            assert joined.status_code == 400 and joined.json()["error"]["code"] == "file_payload"
        else:
            events = httpx.get(f"{address}/gradio_api/queue/data?session_hash=visitor", timeout=30).text
            assert "The server has no such file" in events and CANARY not in events
        result = call_tool(address, "explain", {"file": file, "bundle": "tiny"})
        assert result.isError and CANARY not in str(result)
        if isinstance(file, str):
            assert CANARY not in httpx.get(f"{address}/gradio_api/file={file}").text
    assert find_canaries() == before


def test_direct_calls_cannot_skip_the_queue(address: str) -> None:
    for item in httpx.get(f"{address}/config").json()["dependencies"]:
        if item["api_name"] in TOOLS:
            call = {"data": [], "fn_index": item["id"], "session_hash": "x"}
            assert httpx.post(f"{address}/gradio_api/run/predict", json=call).status_code == 404


def test_an_upload_is_used_once_and_only_by_who_knows_its_address(address: str, track: Path) -> None:
    files = {"files": ("tone.wav", track.read_bytes())}
    first, second = (httpx.post(address + UPLOAD, files=files).json()[0] for _ in range(2))
    assert first != second
    assert not call_tool(address, "tags", {"file": first}).isError
    assert error_of(call_tool(address, "tags", {"file": first})).startswith("The server has no such file")
    assert not call_tool(address, "tags", {"file": second}).isError


def test_a_large_upload_is_rejected(address: str) -> None:
    answer = httpx.post(address + UPLOAD, files={"files": ("tone.wav", tone_bytes(60))})
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
    zipped = httpx.post(address + UPLOAD, files={"files": ("tunes.zip", tone_bytes(60))})
    assert zipped.status_code == 200  # a zip has the limit of a collection


def test_several_files_get_an_address_each(address: str) -> None:
    files = [("files", ("music/tone.wav", b"x")), ("files", ("tone.wav", b"y"))]
    first, second = httpx.post(address + UPLOAD, files=files).json()
    assert httpx.get(f"{address}/gradio_api/file={first}").content == b"x"
    assert httpx.get(f"{address}/gradio_api/file={second}").content == b"y"
    assert httpx.post(address + UPLOAD, files=files * 501).status_code in (400, 422)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "HEAD"])
def test_mcp_answers_messages_only(address: str, method: str) -> None:
    assert httpx.request(method, address + MCP, headers={"Accept": "text/event-stream"}).status_code == 405


def test_a_large_mcp_message_is_rejected(address: str) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    assert httpx.post(address + MCP, content=b"x" * (2**22 + 1), headers=headers).status_code == 413


def test_no_visitor_chooses_the_address_in_a_description(models: Path) -> None:
    with serving(create_app(Settings(models=models))) as address:
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        for path in ("/gradio_api/info", "/config", MCP):
            answer = httpx.request("POST" if path == MCP else "GET", address + path, headers=headers)
            assert "evil.example" not in answer.text
        assert json.loads(httpx.get(f"{address}/gradio_api/info?all_endpoints=True").text)[
            "named_endpoints"
        ].keys() == {f"/{name}" for name in TOOLS}

"""Page, command line, HTTP, gradio_client, MCP and Python give the same numbers."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from playwright.sync_api import BrowserContext, Page, expect
from sounds import tone, write_tone

import pecmae
from app import create_app
from page.browser import drop, explained, serving
from pecmae.cli import main
from pecmae.server.settings import Settings

pytestmark = pytest.mark.slow

BUNDLE = "tiny"


@pytest.fixture(scope="module")
def plain_address(models: Path) -> Iterator[str]:
    """A server without examples."""
    with serving(create_app(Settings(models=models))) as address:
        yield address


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """A stereo file at 48 kHz, a compressed one, and one with silence, of other lengths than whole segments."""
    gap = np.concatenate([tone(5), np.zeros((5 * 44_100, 1), dtype=np.float32), 0.05 * tone(6)])
    soundfile.write(tmp_path / "gap.flac", gap, 44_100)
    return [
        write_tone(tmp_path / "stereo.wav", 13.9, 48_000, 2),
        write_tone(tmp_path / "compressed.ogg", 6, 32_000),
        tmp_path / "gap.flac",
    ]


def by_mcp(address: str, clip: Path) -> dict[str, Any]:
    async def call() -> dict[str, Any]:
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            data = f"data:audio/ogg;base64,{base64.b64encode(clip.read_bytes()).decode()}"
            result = await session.call_tool("explain", {"file": data, "bundle": BUNDLE})
            assert result.structuredContent is not None
            return result.structuredContent

    with ThreadPoolExecutor(1) as other_thread:  # Playwright keeps an event loop in this one
        return other_thread.submit(asyncio.run, call()).result()


def on_page(page: Page, clip: Path) -> dict[str, Any]:
    drop(page, clip)
    expect(page.locator(".clip-name")).to_have_text(clip.name)
    answer: dict[str, Any] = page.evaluate("async () => (await import('/page/static/store.js')).state.explanation")
    shown = page.locator("#scores .bar b").all_inner_texts()
    assert shown == [f"{score:.2f}" for score in sorted(answer["scores"], reverse=True)][: len(shown)]
    return answer


def numbers(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """All numbers in a JSON value with their places; the name of the clip doesn't matter."""
    if isinstance(value, dict):
        for name in sorted(value):
            yield from numbers(value[name], f"{key}.{name}")
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from numbers(item, f"{key}.{i}")
    elif isinstance(value, int | float):
        yield key, float(value)


def test_three_clips_everywhere(
    context: BrowserContext,
    plain_address: str,
    models: Path,
    clips: list[Path],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    explainer = pecmae.load(BUNDLE, models=models)
    client = Client(plain_address, verbose=False, analytics_enabled=False, download_files=str(tmp_path))
    page = context.new_page()
    page.goto(plain_address)
    expect(page.locator("#verdict")).to_contain_text("to see which classes it resembles")

    def by_command(clip: Path) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["explain", str(clip), "--bundle", BUNDLE, "--models", str(models), "--format", "json"]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    ways: dict[str, Callable[[Path], dict[str, Any]]] = {
        "page": lambda clip: on_page(page, clip),
        "command line": by_command,
        "HTTP": lambda clip: explained(plain_address, clip, BUNDLE),
        "gradio_client": lambda clip: client.predict(handle_file(clip), BUNDLE, api_name="/explain"),
        "MCP": lambda clip: by_mcp(plain_address, clip),
    }
    for clip in clips:
        reference = dict(numbers(explainer.explain(clip).to_json()))
        assert len(reference) > 100
        for way, explain in ways.items():
            found = dict(numbers(explain(clip)))
            assert found.keys() == reference.keys(), (clip.name, way)
            assert found == pytest.approx(reference, abs=1e-4), (clip.name, way)
    client.close()

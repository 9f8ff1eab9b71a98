"""A real browser and a real server, and what the tests of the page do with them.

The browser is Chromium through Playwright. Where there is none, tests skip with a reason, or fail if
`PECMAE_REQUIRE_BROWSER=1`; the same holds for real recordings beside the repository and `PECMAE_REQUIRE_SHARED=1`.
"""

import base64
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Facts = dict[str, Any]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
MAX_CLIP_S = 100.0
DESKTOP: Any = {"width": 1360, "height": 1000}
PHONE: Any = {"width": 390, "height": 844}
AUDIO = "document.getElementById('pecmae-audio')"
PLAYS = f"(address) => {AUDIO}.src.endsWith(address) && !{AUDIO}.paused && {AUDIO}.currentTime > 0.05"
DRAWN = "document.querySelector('#map.js-plotly-plot .scatterlayer') !== null"
DROP = """([name, bytes, id]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
    const options = {dataTransfer: transfer, bubbles: true, cancelable: true};
    const zone = document.getElementById(id);
    for (const kind of ["dragenter", "dragover", "drop"]) zone.dispatchEvent(new DragEvent(kind, options));
}"""


def playwright() -> Any:
    """Playwright's module; skips or fails the test module if it isn't installed."""
    try:
        return import_module("playwright.sync_api")
    except ImportError:
        unavailable("Playwright isn't installed")


def find_chromium() -> str:
    """Path of an installed Chromium; skips or fails the test if there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        unavailable("no Chromium is installed")
    return str(found)


def unavailable(reason: str) -> None:
    """Skip a test that needs a browser, or fail it where browsers are mandatory."""
    if os.environ.get("PECMAE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"PECMAE_REQUIRE_BROWSER=1, but {reason}.")
    remedy = "`apt-get install chromium` and `pip install -r requirements-dev.txt` give it"
    pytest.skip(f"{reason}; {remedy}", allow_module_level=True)


def shared_audio(name: str) -> Path | None:
    """A real recording beside the repository, such as `music/vibe-ace.ogg`; None where it isn't there."""
    path = Path(__file__).resolve().parents[3] / "shared" / "real-audio" / name
    if path.is_file():
        return path
    if os.environ.get("PECMAE_REQUIRE_SHARED") == "1":
        pytest.fail(f"PECMAE_REQUIRE_SHARED=1, but {path} is missing.")
    return None


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of this machine; gives its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def watched_page(context: "BrowserContext", address: str) -> "Iterator[Page]":
    """Open the page; afterwards, no request may have left the machine and no script may have failed."""
    page = context.new_page()
    requested: list[str] = []
    failures: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("response", lambda answer: failures.append(answer.url) if answer.status >= 500 else None)
    open_page(page, address)
    yield page
    page.close()
    assert [url for url in requested if not url.startswith((address, "blob:", "data:"))] == []
    assert failures == []


def open_page(page: "Page", url: str) -> None:
    page.goto(url)
    playwright().expect(page.locator("#verdict .verdict")).to_be_visible(timeout=30_000)
    page.wait_for_function(DRAWN)


def drop(page: "Page", path: Path, zone: str = "drop") -> None:
    page.evaluate(DROP, [path.name, base64.b64encode(path.read_bytes()).decode(), zone])


def explained(address: str, path: Path, bundle: str) -> dict[str, Any]:
    """What the HTTP API answers for the same file."""
    answer = httpx.post(
        f"{address}/api/v1/explain", files={"file": (path.name, path.read_bytes())}, data={"bundle": bundle}
    )
    return answer.json()


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("+", ""))

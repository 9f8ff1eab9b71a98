"""What the browser tests share: the flags of Chromium, a real server, and actions on the page.

Fixtures such as `browser` and `context` come from pytest-playwright. Where Chromium isn't installed, the tests skip and
say so, or fail if `PECMAE_REQUIRE_BROWSER=1`. Real recordings beside the repository are handled in the same way by
`PECMAE_REQUIRE_SHARED=1`.
"""

import base64
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, expect

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


def find_chromium() -> str:
    """Path of an installed Chromium; skips or fails the test if there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        if os.environ.get("PECMAE_REQUIRE_BROWSER") == "1":
            pytest.fail("PECMAE_REQUIRE_BROWSER=1, but no Chromium is installed.")
        pytest.skip("no Chromium is installed; `apt-get install chromium` installs it")
    return found


def shared_audio(name: str) -> Path | None:
    """A real recording beside the repository, such as `music/vibe-ace.ogg`; None if it isn't there."""
    path = Path(__file__).resolve().parents[3] / "shared" / "real-audio" / name
    if path.is_file():
        return path
    if os.environ.get("PECMAE_REQUIRE_SHARED") == "1":
        pytest.fail(f"PECMAE_REQUIRE_SHARED=1, but {path} is missing.")
    return None


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of this machine; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))  # connections made before the server accepts them wait
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def open_page(page: Page, url: str) -> None:
    """Open the explorer and wait until the verdict and the map are drawn."""
    page.goto(url)
    expect(page.locator("#verdict .verdict")).to_be_visible(timeout=30_000)
    page.wait_for_function(DRAWN)


def drop(page: Page, path: Path, zone: str = "track") -> None:
    """Drop a file on an element of the page."""
    page.evaluate(DROP, [path.name, base64.b64encode(path.read_bytes()).decode(), zone])


def choose(page: Page, path: Path) -> None:
    """Choose a file in the component that takes the visitor's own track."""
    page.locator("#track input[type=file]").set_input_files(path)


def explained(address: str, path: Path, bundle: str) -> dict[str, Any]:
    """The answer of the HTTP API for the same file."""
    files = {"file": (path.name, path.read_bytes())}
    answer: dict[str, Any] = httpx.post(
        f"{address}/api/v1/explain", files=files, data={"bundle": bundle}, timeout=60
    ).json()
    return answer


def number(text: str) -> float:
    """A number as the page shows it."""
    return float(text.replace("−", "-").replace("+", ""))

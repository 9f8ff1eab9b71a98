"""A visitor's own track: where it may be dropped, the queue, cancelling, and when the server deletes it."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio.i18n import I18nData
from playwright.sync_api import BrowserContext, Page, expect

from page.browser import drop, open_page
from pecmae.page.own_track import passing_addresses, track_input
from pecmae.server.service import ExplainerService

pytestmark = pytest.mark.slow

OPACITY = "(opacity) => getComputedStyle(document.querySelector('#verdict')).opacity === opacity"


def own_address(page: Page) -> str:
    """Address of the sound of the visitor's track."""
    return page.locator("#answer .own .play").get_attribute("data-sound") or ""


@pytest.mark.parametrize("tab", ["Prototypes", "Your collection"])
def test_a_track_dropped_on_any_tab_is_explained_on_explore(page: Page, track: Path, tab: str) -> None:
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    drop(page, track, "header")
    expect(page.get_by_role("tab", name="Explore")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".clip-name")).to_have_text(track.name)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)


def test_a_video_is_taken_although_gradio_takes_only_audio(page: Page, track: Path) -> None:
    video = {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": track.read_bytes()}
    page.locator("#track input[type=file]").set_input_files(video)  # type: ignore[arg-type]
    expect(page.locator(".clip-name")).to_have_text("clip.mp4")


def test_the_old_verdict_fades_and_the_analysis_can_be_cancelled(
    page: Page, address: str, track: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    explain_file = ExplainerService.explain_file

    def explain(*arguments: Any) -> Any:
        go_on.wait(120)
        return explain_file(*arguments)

    monkeypatch.setattr(ExplainerService, "explain_file", explain)
    try:
        fill_the_queue(address, track)
        drop(page, track)
        page.wait_for_function(OPACITY, arg="0.4")
        expect(page.locator("#verdict")).to_have_attribute("aria-busy", "true")
        expect(page.locator("#answer")).to_contain_text(re.compile(r"queue: \d+/\d+"))
        page.get_by_role("button", name="Cancel").click()
        page.wait_for_function(OPACITY, arg="1")
        expect(page.get_by_role("alert").locator(".sentence")).to_have_text("The analysis was cancelled.")
        expect(page.locator(".clip-name")).to_have_text("A low étude")
    finally:
        go_on.set()


def fill_the_queue(address: str, track: Path) -> None:
    """Call the named function as often as calls are computed at a time."""
    functions = httpx.get(f"{address}/config", timeout=60).json()["dependencies"]
    number = next(item["id"] for item in functions if item["api_name"] == "explain")
    for session in ("first", "second"):
        files = {"files": (track.name, track.read_bytes())}
        [upload] = httpx.post(f"{address}/gradio_api/upload", files=files, timeout=60).json()
        call = {"data": [upload, "tiny", False], "fn_index": number, "session_hash": session}
        assert httpx.post(f"{address}/gradio_api/queue/join", json=call, timeout=60).status_code == 200


def test_a_track_is_deleted_with_its_session_and_no_other(
    page: Page, address: str, track: Path, new_context: Callable[[], BrowserContext]
) -> None:
    other = new_context().new_page()
    open_page(other, address)
    for visitor in (page, other):
        drop(visitor, track)
        expect(visitor.locator(".clip-name")).to_have_text(track.name)
    mine, theirs = own_address(page), own_address(other)
    assert mine != theirs
    assert httpx.get(address + mine, timeout=60).content == track.read_bytes()
    page.goto("about:blank")
    for _ in range(100):
        if httpx.get(address + mine, timeout=60).status_code == 404:
            break
        other.wait_for_timeout(200)
    assert httpx.get(address + mine, timeout=60).status_code == 404
    assert httpx.get(address + theirs, timeout=60).content == track.read_bytes()


def test_an_emptied_component_removes_the_track(page: Page, track: Path) -> None:
    drop(page, track)
    expect(page.locator(".clip-name")).to_have_text(track.name)
    page.locator("#track").get_by_role("button", name="Clear").click()
    expect(page.locator("#verdict .verdict")).to_contain_text("to see which classes it resembles")
    page.get_by_role("radio", name="A noise étude").check()
    expect(page.locator(".clip-name")).to_have_text("A noise étude")


def test_a_component_that_passes_addresses_still_does_after_an_update() -> None:
    """Gradio then makes a new component of its class, which mustn't open files."""
    components: list[Any] = [track_input(I18nData("Your track")), passing_addresses(gr.File(file_count="multiple"))]
    for component in components:
        renewed = type(component)(**component.constructor_args)
        for each in (component, renewed):
            assert each.get_block_name() == component.get_block_name() in ("audio", "file")
            assert each.data_model is None and each.preprocess("A" * 32) == each.postprocess("A" * 32) == "A" * 32

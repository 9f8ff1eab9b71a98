"""MusiCNN's tags on the page, and what a visitor sees while pretrained weights are fetched or can't be had."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from page.browser import PHONE, drop, open_page
from pecmae.explain.explanation import Explanation
from pecmae.networks.pretrained import WeightsError
from pecmae.server.schemas import Download
from pecmae.server.service import ExplainerService
from pecmae.server.weights_fetcher import WeightsFetcher

pytestmark = pytest.mark.slow

SENTENCE = "No network: run `python -m pecmae fetch`."


def as_percent(probability: float) -> str:
    return "< 1 %" if probability < 0.01 else f"{round(100 * probability)} %"


@pytest.fixture
def lone_page(browser: Browser) -> Iterator[Page]:
    """A page of a visitor who may get errors of the server."""
    page = browser.new_page()
    yield page
    page.close()


def test_tags_of_a_dropped_track(page: Page, address: str, track: Path) -> None:
    files = {"file": (track.name, track.read_bytes())}
    tags = httpx.post(f"{address}/api/v1/tags", files=files, timeout=60).json()["tags"]
    drop(page, track)
    expect(page.locator(".clip-name")).to_have_text(track.name)
    rows = page.locator("#tags li")
    expect(rows).to_have_count(8)
    (first, second), card = tags[:2], page.locator("#tags")
    sentence = f"Most probable tags: {first['name']} ({as_percent(first['probability'])}), {second['name']}"
    expect(card.locator(".verdict")).to_contain_text(sentence)
    expect(card).to_contain_text("built on MusiCNN too, so the tags aren't independent evidence")
    button = page.get_by_role("button", name="show all 50")
    button.focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_text([f"{tag['name']} {as_percent(tag['probability'])}" for tag in tags])
    expect(page.get_by_role("button", name="show the strongest")).to_be_focused()


def test_another_bundle_keeps_the_tags(page: Page, track: Path) -> None:
    drop(page, track)
    expect(page.locator(".clip-name")).to_have_text(track.name)
    expect(page.locator("#tags li")).to_have_count(8)
    page.evaluate("""() => {
        window.emptied = false;
        const check = () => { window.emptied ||= !document.querySelector("#tags li"); };
        new MutationObserver(check).observe(document.querySelector("#tags"), {childList: true, subtree: true});
    }""")
    page.get_by_role("combobox", name="Bundle").click()
    page.get_by_role("option", name="Tones again").click()
    page.wait_for_url("**bundle=tones**")
    expect(page.locator("#tags")).to_contain_text("Most probable tags")
    assert page.evaluate("window.emptied") is False
    page.get_by_role("button", name="remove").click()
    expect(page.locator("#tags")).to_be_hidden()


def test_tags_fit_a_phone(lone_page: Page, address: str) -> None:
    tags = [{"name": f"alternative rock {number}", "probability": 0.009} for number in range(50)]
    lone_page.route("**/*.tags.json", lambda route: route.fulfill(json={"tags": tags}))
    lone_page.set_viewport_size(PHONE)
    open_page(lone_page, address)
    lone_page.get_by_role("button", name="show all 50").click()
    assert lone_page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    number = lone_page.locator("#tags .number").first
    expect(number).to_have_text("< 1 %")
    assert number.evaluate("(element) => element.offsetHeight") < 30  # one line


def test_without_weights_the_page_opens_and_says_what_to_do(
    lone_page: Page, address: str, track: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise WeightsError("weights_not_fetched", SENTENCE)

    monkeypatch.setattr(ExplainerService, "tag_file", fail)
    open_page(lone_page, address)
    expect(lone_page.locator("#tags li")).to_have_count(8)  # an example's tags need no network
    drop(lone_page, track)
    expect(lone_page.locator("#tags .sentence")).to_have_text(SENTENCE)
    monkeypatch.setattr(ExplainerService, "explain_file", fail)
    drop(lone_page, track)
    expect(lone_page.get_by_role("alert").locator(".sentence")).to_have_text(SENTENCE)
    expect(lone_page.locator(".clip-name")).to_have_text(track.name)


def test_a_visitor_waits_for_the_weights(
    lone_page: Page, address: str, track: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = threading.Event()
    explain_file = ExplainerService.explain_file
    running = Download(name="compact", received_bytes=12 * 2**20, total_bytes=24 * 2**20)

    def explain(service: ExplainerService, *arguments: Any) -> Explanation:
        if not arrived.is_set():
            raise WeightsError("weights_on_their_way", "Wait.")
        return explain_file(service, *arguments)

    monkeypatch.setattr(ExplainerService, "explain_file", explain)
    monkeypatch.setattr(WeightsFetcher, "running", property(lambda _: None if arrived.is_set() else running))
    open_page(lone_page, address)
    drop(lone_page, track)
    answer = lone_page.locator("#answer")
    expect(answer).to_contain_text("The server is downloading the pretrained network (24 MB). This happens only once")
    expect(answer).to_contain_text("50.0%")
    arrived.set()
    expect(lone_page.locator(".clip-name")).to_have_text(track.name)

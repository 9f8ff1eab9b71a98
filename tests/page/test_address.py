"""The state in the page's address: the round trip through links, reload, back, forward; broken links."""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from page.browser import drop, open_page
from pecmae.page.address import Address, honour, read_address

KNOWN = {
    "example": ("blues-1",),
    "class_id": ("blues", "jazz"),
    "prototype": ("blues-0",),
    "tab": ("explore", "about"),
}


def test_what_is_available_is_kept_without_a_sentence() -> None:
    asked = {"bundle": "gtzan", "example": "blues-1", "class": "jazz", "prototype": "blues-0", "tab": "about"}
    address = read_address({**asked, "lang": "es", "own": ""})
    assert honour(address, "gtzan", KNOWN) == (address, "")
    assert address == Address.model_validate(asked)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"bundle": "x", "example": "y"}, "The link names the bundle “x”, which isn't available here; the page shows"),
        ({"example": "y"}, "The link names the example “y”, which isn't"),
        ({"class": "y", "tab": "z"}, "The link names the class “y” and the tab “z”, which aren't available here;"),
        ({"prototype": "p", "class": "c", "tab": "t"}, "The link names the class “c”, the prototype “p” and the tab"),
        ({"bundle": "own-secret"}, "The link names a visitor's collection, which isn't"),
        ({"tab": "z" * 99}, f"The link names the tab “{'z' * 60}…”, which isn't"),
    ],
)
def test_what_is_unknown_is_left_out_in_one_sentence(asked: Mapping[str, str], sentence: str) -> None:
    address, said = honour(read_address(asked), "gtzan", KNOWN)
    assert said.startswith(sentence) and said.count(".") == 1
    assert address == Address()


def shows(page: Page, example: str, class_id: str, tab: str = "Explore") -> None:
    """Check what the page shows."""
    expect(page.locator(".clip-name")).to_have_text(example)
    expect(page.locator("#ledger h2 span").first).to_have_text(re.compile(rf"Why (not )?{class_id}\?"))
    expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute("aria-selected", "true")


@pytest.mark.slow
def test_link_opens_bundle_example_class_prototype_and_tab(page: Page, address: str) -> None:
    wanted = "bundle=tiny&example=noise-0100&class=high&prototype=high-1"
    open_page(page, f"{address}/?{wanted}&lang=es")
    shows(page, "A noise étude", "high")
    expect(page.locator("#sound h2")).to_contain_text("high-1")
    page.wait_for_url(f"{address}/?{wanted}&lang=es")
    page.get_by_role("tab", name="About").click()
    page.wait_for_url(f"{address}/?{wanted}&lang=es&tab=about")
    page.reload()
    expect(page.get_by_role("tab", name="About")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Explore").click()
    shows(page, "A noise étude", "high")
    expect(page.locator("#sound h2")).to_contain_text("high-1")


@pytest.mark.slow
def test_back_and_forward_retrace_the_visit(page: Page, address: str) -> None:
    first = f"{address}/?bundle=tiny&example=low-0100"
    page.wait_for_url(first)
    page.get_by_label("Class to explain").select_option("high")
    page.wait_for_url(f"{first}&class=high")
    page.get_by_role("tab", name="Prototypes").click()
    page.wait_for_url(f"{first}&class=high&tab=prototypes")
    page.get_by_role("combobox", name="Bundle").click()
    page.get_by_role("option", name="Tones again").click()
    page.wait_for_url(f"{address}/?bundle=tones&tab=prototypes")
    menu = page.get_by_role("combobox", name="Bundle")
    page.go_back()
    expect(menu).to_have_value("Tones and noise, 2 prototypes per class")
    expect(page.get_by_role("tab", name="Prototypes")).to_have_attribute("aria-selected", "true")
    page.wait_for_url(f"{first}&class=high&tab=prototypes")
    page.go_back()
    shows(page, "A low étude", "high")
    page.go_back()
    shows(page, "A low étude", "low")
    page.wait_for_url(first)
    for _ in range(3):
        page.go_forward()
    expect(menu).to_have_value("Tones again")
    expect(page.get_by_role("tab", name="Prototypes")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#rail .clip")).to_be_hidden()
    page.wait_for_url(f"{address}/?bundle=tones&tab=prototypes")


@pytest.mark.slow
def test_selected_prototype_is_kept_without_entries_in_the_history(page: Page, address: str) -> None:
    n_entries = page.evaluate("history.length")
    for _ in range(2):
        page.locator("#distances .name").nth(1).click()
        page.locator("#distances .name").nth(2).click()
    chosen = page.locator("#distances .name").nth(2).inner_text()
    page.wait_for_url(f"{address}/?bundle=tiny&example=low-0100&prototype={chosen}")
    assert page.evaluate("history.length") == n_entries
    page.reload()
    expect(page.locator("#sound h2")).to_contain_text(chosen)


@pytest.mark.slow
def test_own_file_is_not_in_the_address(page: Page, address: str, track: Path) -> None:
    drop(page, track)
    expect(page.locator(".clip-name")).to_have_text(track.name)
    page.wait_for_url(f"{address}/?bundle=tiny")
    page.get_by_label("Class to explain").select_option("high")
    page.locator("#distances .name").nth(2).click()
    assert page.url == f"{address}/?bundle=tiny"
    page.go_back()
    shows(page, "A low étude", "low")
    page.go_forward()
    gone = page.get_by_role("status").filter(has_text="Your own track is no longer on this page.")
    expect(gone).to_be_visible()
    expect(page.locator("#rail .clip")).to_be_hidden()
    page.get_by_role("button", name="Dismiss").click()
    expect(gone).to_be_hidden()
    page.reload()
    expect(page.locator("#verdict .verdict")).to_contain_text("track to see which classes it resembles")
    drop(page, track)
    expect(page.locator(".clip-name")).to_have_text(track.name)
    page.reload()
    expect(gone).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("bundle=nobody&example=x&tab=about", "The link names the bundle “nobody”, which isn't available here"),
        ("example=<b>x</b>", "The link names the example “<b>x</b>”, which isn't available here"),
        ("class=polka&prototype=polka-7", "the class “polka” and the prototype “polka-7”, which aren't available"),
        ("tab=settings", "The link names the tab “settings”, which isn't available here"),
    ],
)
def test_link_that_cannot_be_honoured_says_so(page: Page, address: str, query: str, sentence: str) -> None:
    page.goto(f"{address}/?{query}")
    notice = page.get_by_role("status").filter(has_text=sentence)
    expect(notice).to_be_visible()
    expect(notice).to_have_text(re.compile(r"^[^.]*\. Dismiss$"))
    shown = {"bundle": "tiny", "example": "low-0100", **({"tab": "about"} if "about" in query else {})}
    page.wait_for_url(lambda url: dict(httpx.URL(url).params) == shown)
    page.reload()
    expect(page.get_by_role("tab", name="About")).to_be_visible()
    expect(notice).to_be_hidden()

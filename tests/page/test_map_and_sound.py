"""Pressing things: the map, play buttons, the timeline, the keyboard."""

import re
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from page.browser import AUDIO, PLAYS

pytestmark = pytest.mark.slow

Item = dict[str, Any]
"""A prototype or a training point as `/map` gives it."""
PLACE = """([trace, index]) => {
    const plot = document.getElementById("map");
    const {xaxis, yaxis} = plot._fullLayout;
    const {left, top} = plot.getBoundingClientRect();
    const {x, y} = plot.data.find((item) => item.name === trace);
    return [left + xaxis._offset + xaxis.l2p(x[index]), top + yaxis._offset + yaxis.l2p(y[index])];
}"""
NOISE = "document.getElementById('map').data.filter(({name}) => /^noise/.test(name)).map(({visible}) => visible)"
RANGES = "[...document.getElementById('map').layout.xaxis.range, ...document.getElementById('map').layout.yaxis.range]"


@pytest.mark.parametrize(("kind", "trace"), [("prototypes", "{} prototypes"), ("points", "{}")])
def test_pressing_the_map_plays_and_keeps_the_zoom(page: Page, address: str, kind: str, trace: str) -> None:
    bundle_map = httpx.get(f"{address}/api/v1/bundles/tiny/map").json()
    whole = page.evaluate(RANGES)
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(f"(whole) => {RANGES}[0] > whole[0]", arg=whole)
    zoomed = page.evaluate(RANGES)
    item = loneliest(bundle_map[kind], bundle_map["points"] + bundle_map["prototypes"], zoomed)
    index = [entry["id"] for entry in bundle_map[kind] if entry["class"] == item["class"]].index(item["id"])
    page.locator("#map").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(PLACE, [trace.format(item["class"]), index]))
    page.wait_for_function(PLAYS, arg=item["audio"])
    expect(page.locator("#sound h2")).to_contain_text(item["title"] if kind == "points" else item["id"])
    expect(page.locator("#sound .big-sound .play")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("document.getElementById('map').data.at(-1).name === 'selected'")
    assert page.evaluate(RANGES) == zoomed


def loneliest(items: list[Item], all_items: list[Item], ranges: list[float]) -> Item:
    """The item in view whose nearest other symbol is farthest, so that a press can mean no other."""

    def distance_to_others(item: Item) -> float:
        x, y = item["map"]
        return min(np.hypot(x - other["map"][0], y - other["map"][1]) for other in all_items if other is not item)

    x0, x1, y0, y1 = ranges
    in_view = [item for item in items if x0 < item["map"][0] < x1 and y0 < item["map"][1] < y1]
    return max(in_view, key=distance_to_others)


def test_map_names_what_is_under_the_pointer(page: Page) -> None:
    page.locator("#map").scroll_into_view_if_needed()
    page.mouse.move(*page.evaluate(PLACE, ["low prototypes", 0]))
    expect(page.locator("#map .hoverlayer")).to_contain_text(re.compile(r"low-\d"))


def test_legend_hides_and_shows_a_class(page: Page) -> None:
    button = page.locator("[data-legend=noise]")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(f"{NOISE}.every((shown) => shown === false)")
    button.click()
    page.wait_for_function(f"{NOISE}.every((shown) => shown === true)")


def test_space_and_escape(page: Page) -> None:
    url = page.locator("#distances .play").first.get_attribute("data-sound")
    page.locator("#distances .play").first.focus()
    page.keyboard.press("Space")
    page.wait_for_function(PLAYS, arg=url)
    expect(page.locator("#distances .play").first).to_have_attribute("aria-pressed", "true")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    page.wait_for_function(f"{AUDIO}.paused")
    stopped_at = page.evaluate(f"{AUDIO}.currentTime")
    page.keyboard.press("Space")
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime > {stopped_at}")
    page.keyboard.press("Escape")
    page.wait_for_function(f"{AUDIO}.paused && {AUDIO}.currentTime === 0")


def test_one_sound_at_a_time(page: Page) -> None:
    first, second = page.locator("#distances .play").all()[:2]
    first.click()
    page.wait_for_function(PLAYS, arg=first.get_attribute("data-sound"))
    second.click()
    page.wait_for_function(PLAYS, arg=second.get_attribute("data-sound"))
    expect(first).to_have_attribute("aria-pressed", "false")
    assert page.locator("audio").count() == 1


def test_timeline_plays_the_own_track_from_there(page: Page) -> None:
    columns = page.locator("#timeline .columns")
    box = columns.bounding_box()
    assert box is not None
    columns.click(position={"x": box["width"] * 0.5, "y": 20})
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime >= 4 && {AUDIO}.currentTime < 8")
    expect(page.locator("#timeline .readout")).to_contain_text("0:04 to 0:08")
    page.keyboard.press("Escape")
    columns.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime >= 8")

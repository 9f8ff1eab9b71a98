"""Pressing things: the map, play buttons, the keyboard."""

import re
from typing import Any

import httpx
import numpy as np
import pytest
from bundle_map import points_of
from playwright.sync_api import Page, Route, expect

from page.browser import AUDIO, PHONE, PLAYS

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
NOISE = """(({visible, marker}) => [visible ?? true, marker.color, marker.opacity])(
    document.getElementById("map").data.find(({name}) => name === "noise"))"""
FINGER = """() => {
    const layer = document.querySelector("#map .nsewdrag");
    const move = (kind, y) => {
        const touches = [new Touch({identifier: 1, target: layer, clientX: 150, clientY: y})];
        return layer.dispatchEvent(
            new TouchEvent(kind, {touches, changedTouches: touches, bubbles: true, cancelable: true}));
    };
    const allowed = [move("touchstart", 300), move("touchmove", 250)];
    move("touchend", 250);
    return [getComputedStyle(layer).touchAction, ...allowed];
}"""
RANGES = "[...document.getElementById('map').layout.xaxis.range, ...document.getElementById('map').layout.yaxis.range]"


@pytest.mark.parametrize(("kind", "trace"), [("prototypes", "{} prototypes"), ("points", "{}")])
def test_pressing_the_map_plays_and_keeps_the_zoom(page: Page, address: str, kind: str, trace: str) -> None:
    bundle_map = httpx.get(f"{address}/api/v1/bundles/tiny/map").json()
    whole = page.evaluate(RANGES)
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(f"(whole) => {RANGES}[0] > whole[0]", arg=whole)
    zoomed = page.evaluate(RANGES)
    items = points_of(bundle_map) if kind == "points" else bundle_map["prototypes"]
    item = loneliest(items, points_of(bundle_map) + bundle_map["prototypes"], zoomed)
    index = [entry["id"] for entry in items if entry["class"] == item["class"]].index(item["id"])
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


def test_legend_counts_a_class_and_greys_it_out(page: Page, address: str) -> None:
    bundle_map = httpx.get(f"{address}/api/v1/bundles/tiny/map").json()
    count = sum(item["class"] == "noise" for item in points_of(bundle_map) + bundle_map["prototypes"])
    button = page.locator("[data-legend=noise]")
    expect(button).to_have_text(re.compile(rf"noise\s+{count}$"))
    coloured = page.evaluate(NOISE)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(f"(before) => {NOISE}[1] !== before[1]", arg=coloured)
    assert page.evaluate(NOISE)[0] is True  # greyed, not hidden
    expect(button).to_be_focused()
    button.click()
    page.wait_for_function(f"(before) => JSON.stringify({NOISE}) === JSON.stringify(before)", arg=coloured)


def test_map_zooms_to_the_track_and_not_into_the_empty_outside(page: Page, address: str) -> None:
    baked = httpx.get(f"{address}/examples/tiny/low-0100.json").json()
    x0, x1, y0, y1 = page.evaluate(RANGES)
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Zoom to your track").click()
    page.wait_for_function(f"(whole) => {RANGES}[1] - {RANGES}[0] < whole - 0.01", arg=x1 - x0)
    near = page.evaluate(RANGES)
    for x, y in [baked["map"], *(segment["map"] for segment in baked["segments"])]:
        assert near[0] < x < near[1] and near[2] < y < near[3]
    page.get_by_role("button", name="Whole map").click()
    for _ in range(2):
        page.get_by_role("button", name="Zoom out").click()
    page.wait_for_timeout(300)
    assert page.evaluate(RANGES) == pytest.approx([x0, x1, y0, y1])


@pytest.mark.parametrize("width", [1280, 390])
def test_every_symbol_is_found_and_heard_by_keyboard(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    bundle_map = httpx.get(f"{address}/api/v1/bundles/tiny/map").json()
    baked = httpx.get(f"{address}/examples/tiny/low-0100.json").json()
    total = len(points_of(bundle_map)) + len(bundle_map["prototypes"]) + len(baked["segments"])
    page.locator(".map-list summary").focus()
    page.keyboard.press("Enter")
    status = page.locator(".map-list [role=status]")
    expect(status).to_contain_text(f"{total} sounds found")
    while (more := page.locator("[data-more]")).is_visible():
        more.focus()
        page.keyboard.press("Enter")
    expect(page.locator(".map-list .entry .play")).to_have_count(total)
    page.get_by_role("searchbox", name="Find a sound on the map").focus()
    page.keyboard.type("prototype noise-1")
    expect(status).to_contain_text("1 sound found")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    prototype = next(item for item in bundle_map["prototypes"] if item["id"] == "noise-1")
    page.wait_for_function(PLAYS, arg=prototype["audio"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#sound h2")).to_contain_text("noise-1")


def test_track_unlike_all_training_music_has_no_place_on_the_map(page: Page) -> None:
    def answer(route: Route) -> None:
        explanation = route.fetch().json()
        explanation["novelty"] |= {"is_novel": True, "score": 2.5}
        route.fulfill(json=explanation)

    page.wait_for_function("document.getElementById('map').data.some(({name}) => name === 'your track')")
    expect(page.locator(".no-place")).to_be_hidden()
    page.route("**/examples/tiny/noise-0100.json", answer)
    page.get_by_role("radio", name="A noise étude").check()
    expect(page.locator(".no-place")).to_contain_text("has no place on this map")
    page.wait_for_function("!document.getElementById('map').data.some(({name}) => /your track/.test(name))")
    expect(page.get_by_role("button", name="Zoom to your track")).to_be_hidden()


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_on_a_phone_the_map_leaves_a_moving_finger_to_the_page(page: Page) -> None:
    assert page.evaluate(FINGER) == ["auto", True, True]


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

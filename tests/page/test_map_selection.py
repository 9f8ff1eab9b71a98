"""Regions that a visitor draws on the map, and maps of very many training segments."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from bundle_map import points_of
from map_panning import write_large_bundle
from playwright.sync_api import Locator, Page, Route, expect
from tiny import write_tiny_bundle

from app import create_app
from page.browser import DRAWN, PHONE, PLAYS, open_page, serving
from page.test_map_and_sound import FINGER, PLACE
from pecmae.server.settings import Settings

pytestmark = pytest.mark.slow

N_MANY = 25_000
PIXELS = """(places) => {
    const plot = document.getElementById("map");
    const {xaxis, yaxis} = plot._fullLayout;
    return places.map(([x, y]) => [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(y)]);
}"""
OUTLINES = "document.getElementById('map').layout.shapes.length"
PALE = """document.getElementById('map').data
    .filter(({selectedpoints}) => selectedpoints)
    .reduce((sum, {x, selectedpoints}) => sum + x.length - selectedpoints.length, 0)"""
SYMBOLS = "[...document.querySelectorAll('#map .scatterlayer .point')].length"


@pytest.fixture(scope="module")
def large_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a bundle of very many training segments without sound."""
    folder = tmp_path_factory.mktemp("large")
    write_large_bundle(write_tiny_bundle(folder / "source"), folder / "models" / "many", N_MANY)
    (folder / "models" / "compact").symlink_to(folder / "source" / "compact")
    with serving(create_app(Settings(models=folder / "models"))) as url:
        yield url


@pytest.fixture
def large(context: Any, large_address: str) -> Page:
    """The explorer with the map of that bundle."""
    page: Page = context.new_page()
    page.goto(large_address)
    page.wait_for_function(DRAWN)
    return page


def on_map(page: Page, address: str) -> list[dict[str, Any]]:
    """Everything on the map, with its position in pixels from the map's upper left corner as `pixel`."""
    bundle_map = httpx.get(f"{address}/api/v1/bundles/tiny/map").json()
    baked = httpx.get(f"{address}/examples/tiny/low-0100.json").json()
    items = baked["segments"] + bundle_map["prototypes"] + points_of(bundle_map)
    pixels = page.evaluate(PIXELS, [item["map"] for item in items])
    return [{**item, "pixel": pixel} for item, pixel in zip(items, pixels, strict=True)]


def left_of_the_widest_gap(items: list[dict[str, Any]]) -> tuple[float, list[dict[str, Any]]]:
    """Where between the symbols is most room for a vertical line, and what is left of it."""
    ordered = sorted(items, key=lambda item: item["pixel"][0])
    middle = range(len(items) // 3, 2 * len(items) // 3)
    gap = max(middle, key=lambda i: ordered[i + 1]["pixel"][0] - ordered[i]["pixel"][0])
    return (ordered[gap]["pixel"][0] + ordered[gap + 1]["pixel"][0]) / 2, ordered[: gap + 1]


def drag(page: Page, *corners: tuple[float, float]) -> None:
    """Drag the mouse over the map along corners in pixels from its upper left corner."""
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box is not None
    first, *others = [(box["x"] + x, box["y"] + y) for x, y in corners]
    page.mouse.move(*first)
    page.mouse.down()
    for corner in others:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()


def size_of_map(page: Page) -> tuple[float, float]:
    box = page.locator("#map").bounding_box()
    assert box is not None
    return box["width"], box["height"]


def counts(region: Locator) -> dict[str, int]:
    """The counts of classes that the list shows."""
    texts = [text.rsplit(maxsplit=1) for text in region.locator(".counts > span:has(.class)").all_inner_texts()]
    return {name.strip(): int(number) for name, number in texts}


@pytest.mark.parametrize("tool", ["Box", "Lasso"])
def test_a_region_lists_what_is_in_it(page: Page, address: str, tool: str) -> None:
    region = page.get_by_role("region", name="Selected on the map")
    expect(region).to_be_hidden()
    items = on_map(page, address)
    edge, inside = left_of_the_widest_gap(items)
    button = page.get_by_role("button", name=tool, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Move", exact=True)).to_have_attribute("aria-pressed", "false")
    bottom = size_of_map(page)[1] - 2
    others = [(edge, bottom)] if tool == "Box" else [(edge, 2), (edge, bottom), (2, bottom)]
    drag(page, (2, 2), *others)

    expect(region.get_by_role("status")).to_have_text(f"{len(inside)} sounds in the region that you drew")
    of_classes = Counter(item["class"] for item in inside if "class" in item)
    assert counts(region) == dict(of_classes)
    expect(region.locator(".entry")).to_have_count(min(30, len(inside)))
    assert page.evaluate(PALE) == sum("class" in item for item in items) - of_classes.total()

    prototype = next(item["id"] for item in inside if "weights" in item)
    play = region.get_by_role("button", name=f"Play {prototype}")
    sound = play.get_attribute("data-sound")
    play.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(PLAYS, arg=sound)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#sound h2")).to_contain_text(prototype)
    expect(region.get_by_role("status")).to_have_text(f"{len(inside)} sounds in the region that you drew")

    region.get_by_role("button", name="Clear selection").focus()
    page.keyboard.press("Enter")
    expect(region).to_be_hidden()
    expect(button).to_be_focused()
    page.wait_for_function(f"{OUTLINES} === 0")
    assert page.evaluate(PALE) == 0


def test_a_selection_stays_while_the_track_and_the_legend_change(page: Page, address: str) -> None:
    items = on_map(page, address)
    edge, inside = left_of_the_widest_gap(items)
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (2, 2), (edge, size_of_map(page)[1] - 2))
    region = page.get_by_role("region", name="Selected on the map")
    of_classes = dict(Counter(item["class"] for item in inside if "class" in item))
    expect(region).to_be_visible()
    page.locator("[data-legend=noise]").click()
    page.get_by_role("radio", name="A noise étude").check()
    expect(page.locator("#verdict")).to_contain_text("noise")
    page.wait_for_function("document.getElementById('map').data.some(({name}) => name === 'your track')")
    assert counts(region) == of_classes
    assert page.evaluate(OUTLINES) == 1


def test_an_empty_region_says_so(page: Page) -> None:
    page.get_by_role("button", name="Box", exact=True).click()
    drag(page, (2, 2), (14, 14))
    region = page.get_by_role("region", name="Selected on the map")
    expect(region.get_by_role("status")).to_have_text("There is no sound in the region that you drew.")
    region.get_by_role("button", name="Clear selection").click()
    expect(region).to_be_hidden()


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_on_a_phone_a_finger_draws_one_box_and_then_scrolls_again(page: Page, address: str) -> None:
    bundle_map = httpx.get(f"{address}/api/v1/bundles/tiny/map").json()
    page.locator("#map").scroll_into_view_if_needed()
    page.get_by_role("button", name="Box", exact=True).tap()
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    places = [(box["x"] + 3 + k * (box["width"] - 6) / 8, box["y"] + 3 + k * (box["height"] - 6) / 8) for k in range(9)]
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    region = page.get_by_role("region", name="Selected on the map")
    expect(region).to_be_visible()
    every = Counter(item["class"] for item in points_of(bundle_map) + bundle_map["prototypes"])
    assert counts(region) == dict(every)
    expect(region).to_contain_text("3 segments of your track")
    expect(page.get_by_role("button", name="Move", exact=True)).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("document.getElementById('map').layout.dragmode === false")
    assert page.evaluate(FINGER) == ["auto", True, True]
    page.locator("#map").scroll_into_view_if_needed()
    page.touchscreen.tap(*page.evaluate(PLACE, ["high prototypes", 0]))
    expect(page.locator("#sound h2")).to_contain_text(re.compile(r"high-\d"))


def test_the_map_says_how_far_it_can_be_trusted(page: Page, address: str) -> None:
    trust = page.locator("#map-card .trust")
    expect(trust).to_contain_text("distances on it are not the model's distances")
    expect(trust).not_to_contain_text("trustworthiness")  # nobody measured it

    def answer(route: Route) -> None:
        measured = route.fetch().json()
        measured["metrics"]["map_trustworthiness"] = {"value": 0.934, "n_neighbours": 15, "n_segments": 399}
        route.fulfill(json=measured)

    page.route("**/bundles/tiny/map", answer)
    open_page(page, address)
    expect(trust).to_contain_text("The map's trustworthiness is 0.93. It would be 1 if the 15 nearest neighbours")
    expect(trust).to_contain_text("measured among 399 training segments")


def test_the_list_is_drawn_only_while_it_is_open(page: Page) -> None:
    rows, summary = page.locator(".map-list li"), page.locator(".map-list summary")
    assert rows.count() == 0
    summary.click()
    expect(rows).to_have_count(30)
    summary.click()
    expect(rows).to_have_count(0)
    page.get_by_role("radio", name="A noise étude").check()
    page.wait_for_function("document.getElementById('map').data.some(({name}) => name === 'your track')")
    assert rows.count() == 0
    summary.click()
    expect(rows.first).to_contain_text("your track, 0:00 to 0:04")


def test_very_many_segments_are_a_density_until_the_visitor_zooms_in(large: Page, large_address: str) -> None:
    bundle_map = httpx.get(f"{large_address}/api/v1/bundles/many/map").json()
    n_prototypes = len(bundle_map["prototypes"])
    assert len(points_of(bundle_map)) == N_MANY
    hint = large.locator("#map-card .density")
    expect(hint).to_contain_text("Zoom in to see and play them.")
    assert large.locator("#map image").count() == 1
    assert large.evaluate(SYMBOLS) == n_prototypes
    expect(large.locator("[data-legend=low]")).to_have_text(re.compile(rf"low\s+{(N_MANY + 2) // 3 + 2}$"))

    for _ in range(12):
        if not hint.is_visible():
            break
        large.get_by_role("button", name="Zoom in").click()
        large.wait_for_timeout(300)
    expect(hint).to_be_hidden()
    n_symbols = large.evaluate(SYMBOLS)
    assert n_prototypes < n_symbols <= 2000 + n_prototypes
    large.get_by_role("button", name="Whole map").click()
    expect(hint).to_be_visible()


def test_segments_are_found_in_a_density_by_region_and_by_search(large: Page) -> None:
    large.get_by_role("button", name="Box", exact=True).click()
    width, height = size_of_map(large)
    drag(large, (2, 2), (width - 2, height - 2))
    region = large.get_by_role("region", name="Selected on the map")
    expect(region.get_by_role("status")).to_have_text(f"{N_MANY + 6} sounds in the region that you drew")
    expect(region.locator(".entry")).to_have_count(30)
    expect(region).to_contain_text(f"and {N_MANY + 6 - 30} more")
    assert sum(counts(region).values()) == N_MANY + 6

    large.locator(".map-list summary").click()
    large.get_by_role("searchbox", name="Find a sound on the map").fill("track 2499")
    expect(large.locator(".map-list [role=status]")).to_contain_text("10 sounds found")
    large.locator(".map-list .entry button.name").first.click()
    expect(large.locator("#sound h2")).to_contain_text("Track 2499")
    expect(large.locator("#sound")).to_contain_text("This bundle has no audio")
    large.wait_for_function("document.getElementById('map').data.at(-1).name === 'selected'")

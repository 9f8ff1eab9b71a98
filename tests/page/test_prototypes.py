"""The tab Prototypes: a card per prototype, other noise seeds, arrow keys, and the bundle as a whole."""

from typing import Any

import httpx
import pytest
from bundle_map import points_of
from playwright.sync_api import Page, Route, expect

from page.browser import AUDIO, DESKTOP, PHONE, PLAYS, number
from page.test_look import OVERFLOWING

pytestmark = pytest.mark.slow

DECODED_PLAYS = f"{AUDIO}.src.startsWith('blob:') && !{AUDIO}.paused && {AUDIO}.currentTime > 0.05"
EMPTY_RIGHT = """() => [...document.querySelectorAll("article.prototype")].map((card) => {
    const ends = [...card.querySelectorAll("section *")].map((item) => item.getBoundingClientRect().right);
    return [card.getBoundingClientRect().left, innerWidth - Math.max(...ends)];
})"""


@pytest.fixture
def prototypes(page: Page) -> Page:
    """The page with the tab open."""
    page.get_by_role("tab", name="Prototypes").click()
    expect(page.locator("article.prototype")).to_have_count(6)
    return page


@pytest.fixture
def bundle_map(address: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{address}/api/v1/bundles/tiny/map").json()
    return answer


def test_every_prototype_has_a_card_with_its_figures(prototypes: Page, bundle_map: dict[str, Any]) -> None:
    points = {point["id"]: point for point in points_of(bundle_map)}
    for card, item in zip(prototypes.locator("article.prototype").all(), bundle_map["prototypes"], strict=True):
        expect(card.locator("h3")).to_have_text(item["id"])
        expect(card.locator(".seeds .play").first).to_have_attribute("data-sound", item["audio"])
        weights = [number(text) for text in card.locator(".weights .number").all_inner_texts()]
        assert weights == pytest.approx(item["weights"], abs=0.0051)
        rows = [" ".join(text.split()) for text in card.locator("li.sound").all_inner_texts()]
        nearest = zip(item["nearest"], item["nearest_distances"], strict=True)
        expected = [f"{points[name]['title']} {distance:.2f}" for name, distance in nearest]
        expected.append(f"{points[item['farthest']]['title']} {item['farthest_distance']:.2f}")
        other = bundle_map["prototypes"][bundle_map["prototypes"].index(item) + 1 - 2 * item["index"]]
        expected.append(f"{other['id']} {item['class_distances'][other['index']]:.2f}")
        assert rows == expected
        opinions = card.locator(".opinions tbody tr")
        expect(opinions.first).to_contain_text(f"{item['decoded_class']} (score {item['decoded_score']:.2f})")
        expect(opinions.last).to_contain_text("6 of 6 (100 %)")
        expect(opinions.last).to_contain_text("not measured")  # nobody asked an independent listener


def test_cards_are_as_wide_as_the_screen(prototypes: Page) -> None:
    for left, empty in prototypes.evaluate(EMPTY_RIGHT):
        assert left < 0.05 * DESKTOP["width"] and empty < 0.1 * DESKTOP["width"]


def test_names_of_sounds_play_them(prototypes: Page, bundle_map: dict[str, Any]) -> None:
    audio = {item["id"]: item["audio"] for item in points_of(bundle_map) + bundle_map["prototypes"]}
    card, item = prototypes.locator("article.prototype").last, bundle_map["prototypes"][-1]
    card.locator("h3 button").click()
    prototypes.wait_for_function(PLAYS, arg=item["audio"])
    expect(card.locator(".seeds .play").first).to_have_attribute("aria-pressed", "true")
    card.locator("li.sound .name button").first.click()
    prototypes.wait_for_function(PLAYS, arg=audio[item["nearest"][0]])
    card.locator(".siblings .name button").click()
    prototypes.wait_for_function(PLAYS, arg=audio["noise-0"])


def test_another_seed_is_decoded_once_with_progress(prototypes: Page) -> None:
    requests: list[str] = []
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        requests.append(route.request.url)
        waiting.append(route)

    prototypes.route("**/sonify?seed=*", hold)
    item = prototypes.locator("article.prototype").nth(1).locator("[data-seed='2']")
    button = item.get_by_role("button", name="Decode and play prototype low-1, noise seed 2")
    button.focus()
    prototypes.keyboard.press("Enter")
    expect(item.get_by_role("status")).to_contain_text("Decoding, ")
    button.click()  # a second press doesn't decode again
    waiting[0].continue_()
    prototypes.wait_for_function(DECODED_PLAYS)
    play = item.get_by_role("button", name="Stop prototype low-1, noise seed 2")
    expect(play).to_be_focused()
    expect(item.locator("sound-picture")).to_have_class("drawn")
    play.click()
    item.get_by_role("button", name="Play prototype low-1, noise seed 2").click()
    prototypes.wait_for_function(DECODED_PLAYS)
    assert [url.rpartition("/api")[2] for url in requests] == ["/v1/bundles/tiny/prototypes/low-1/sonify?seed=2"]


def test_a_seed_that_cannot_be_decoded_says_why(prototypes: Page) -> None:
    error = {"error": {"code": "bad_bundle", "message": "The decoder is away. Try again."}}
    prototypes.route("**/sonify?seed=1", lambda route: route.fulfill(status=404, json=error))
    item = prototypes.locator("[data-seed='1']").first
    item.get_by_role("button").click()
    expect(item.get_by_role("status")).to_have_text("The decoder is away. Try again.")
    expect(item.get_by_role("button")).to_have_count(1)


def test_arrow_keys_go_to_the_next_and_previous_prototype(prototypes: Page) -> None:
    cards = prototypes.locator("article.prototype")
    prototypes.evaluate("document.activeElement.blur()")
    prototypes.keyboard.press("ArrowRight")
    expect(cards.nth(0)).to_be_focused()
    prototypes.keyboard.press("ArrowRight")
    expect(cards.nth(1)).to_be_focused()
    expect(cards.nth(1)).to_be_in_viewport()
    expect(cards.nth(1)).to_have_attribute("aria-current", "true")
    prototypes.keyboard.press("ArrowLeft")
    expect(cards.nth(0)).to_be_focused()
    prototypes.keyboard.press("ArrowLeft")
    expect(cards.nth(0)).to_be_focused()
    prototypes.get_by_role("tab", name="Explore").click()
    expect(prototypes.locator("#sound h2")).to_contain_text("low-0")


def test_tab_opens_at_its_beginning(prototypes: Page) -> None:
    expect(prototypes.get_by_text("Listen to all 6 prototypes")).to_be_in_viewport()


def test_a_prototype_that_was_selected_elsewhere_is_in_view(page: Page) -> None:
    page.evaluate(
        """async () => {
            const {update} = await import("/page/static/store.js");
            update({selected: {kind: "prototype", id: "noise-1"}});
        }"""
    )
    page.get_by_role("tab", name="Prototypes").click()
    expect(page.locator("article.prototype").last).to_be_in_viewport(ratio=0.5)


def test_bundle_lists_the_tracks_of_a_cell(prototypes: Page, address: str, bundle_map: dict[str, Any]) -> None:
    audio = {item["id"]: item["audio"] for item in points_of(bundle_map) + bundle_map["prototypes"]}
    overview = httpx.get(f"{address}/api/v1/bundles/tiny/overview").json()
    prototypes.get_by_role("button", name="The bundle as a whole").click()
    training = prototypes.get_by_role("region", name="Confusion of training segments")
    expect(prototypes.get_by_role("heading", name="Training segments, which the model has seen")).to_be_visible()
    shown = [[int(text) for text in row.locator("td").all_inner_texts()] for row in training.locator("tbody tr").all()]
    classes = [item["id"] for item in bundle_map["classes"]]
    counts = {(cell["class"], cell["predicted"]): cell["n_segments"] for cell in overview["training_confusion"]}
    assert shown == [[counts.get((own, predicted), 0) for predicted in classes] for own in classes]
    assert sum(map(sum, shown)) == len(points_of(bundle_map))
    cell = max(overview["training_confusion"], key=lambda item: item["n_segments"])
    own, predicted = cell["class"], cell["predicted"]
    training.get_by_role("button", name=f"{cell['n_segments']}: {own}, classified as {predicted}").click()
    listed = prototypes.locator("#cell")
    expect(listed.locator("h2")).to_have_text(f"{own}, classified as {predicted}")
    expect(listed.locator("li.sound")).to_have_count(cell["n_segments"])
    listed.locator(".play").first.click()
    prototypes.wait_for_function(PLAYS, arg=audio[cell["tracks"][0]["points"][0]])


def test_bundle_shows_distances_pairs_and_the_card(prototypes: Page, address: str) -> None:
    overview = httpx.get(f"{address}/api/v1/bundles/tiny/overview").json()
    prototypes.get_by_role("button", name="The bundle as a whole").click()
    table = prototypes.get_by_role("region", name="Distances between classes")
    expect(table.locator("tbody tr")).to_have_count(3)
    shown = [[number(text) for text in row.locator("td").all_inner_texts()] for row in table.locator("tbody tr").all()]
    assert shown == [pytest.approx(row, abs=0.0051) for row in overview["class_distances"]]
    pairs = prototypes.locator(".pair")
    expect(pairs).to_have_count(len(overview["nearest_pairs"]))
    nearest = overview["nearest_pairs"][0]
    assert pairs.first.locator(".name").all_inner_texts() == nearest["ids"]
    expect(pairs.first.locator(".number")).to_contain_text(f"{nearest['distance']:.3f}")
    expect(prototypes.locator(".model-card")).to_have_text(overview["model_card"])
    expect(prototypes.get_by_text("The model wasn't tested on held-out clips.")).to_be_visible()
    prototypes.get_by_role("button", name="Prototypes").click()
    expect(prototypes.locator("article.prototype").first).to_be_visible()


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_phone_shows_the_bundle_without_sideways_scrolling(prototypes: Page) -> None:
    prototypes.get_by_role("button", name="The bundle as a whole").click()
    expect(prototypes.get_by_role("region", name="Distances between classes")).to_be_visible()
    assert prototypes.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert prototypes.evaluate(OVERFLOWING) == []

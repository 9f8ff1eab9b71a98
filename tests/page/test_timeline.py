"""Along the track: playing from anywhere, the keyboard, a selected segment, every second, what can't be decoded."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sounds import write_tone

from page.browser import AUDIO, PHONE, PLAYS, choose, number
from pecmae.explain import along
from pecmae.server.service import ExplainerService

pytestmark = pytest.mark.slow

TRACE = "(name) => document.getElementById('map').data.find((trace) => trace.name === name)"
HEAD = """() => {
    const [line, lanes] = ["playhead", "over"].map((name) => document.querySelector(`#timeline .${name}`));
    return parseFloat(line.style.left) / 100 * lanes.ariaValueMax;
}"""
STRENGTHS = """(canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, 1).data;
    return [0.1, 0.5, 0.9].map((place) => pixels[4 * Math.round(place * canvas.width) + 3] / 255);
}"""
DRAWN = """() => {
    const canvas = document.querySelector(".spectrogram-strip canvas");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return [canvas.width, new Set(pixels.filter((_, i) => i % 4 === 0)).size];
}"""
RESPONSE_MS = """async () => {
    const slider = document.querySelector("#timeline .over");
    const times = [];
    for (const key of ["End", "Home", "End", "Home"]) {
        const start = performance.now();
        slider.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
        await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
        times.push(performance.now() - start);
    }
    return Math.min(...times);
}"""
LINES = """document.querySelector("#map").data.filter(({name}) => name === "nearest prototypes")
    .map(({x, y}) => [[x[0], y[0]], [x[1], y[1]]])"""


@pytest.fixture
def baked(address: str) -> dict[str, Any]:
    """The explanation of the example on the page."""
    answer: dict[str, Any] = httpx.get(f"{address}/examples/tiny/low-0100.json").json()
    return answer


def slider_of(page: Page) -> Locator:
    return page.get_by_role("slider", name="Position in the track")


def press(page: Page, ratio: float, y: float = 20) -> None:
    """Press the lanes at a ratio of their width."""
    slider = slider_of(page)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    slider.click(position={"x": ratio * box["width"], "y": y})


def assert_clear(page: Page) -> None:
    """The page shows the whole track."""
    expect(page.locator("#timeline .selection")).to_be_hidden()
    expect(page.locator("#timeline .chosen")).to_be_hidden()
    expect(page.locator("#ledger h2 span").first).to_have_text("Why low?")
    page.wait_for_function(f"!({TRACE})('selected segment')")


def test_the_colours_have_a_legend(page: Page) -> None:
    shown = """(where) => [...document.querySelectorAll(where)]
        .map(({style}) => style.getPropertyValue("--class") || style.fill)"""
    names = page.locator("#timeline .colours .class").all_inner_texts()
    assert sorted(names) == ["high", "low", "noise"]
    markers = page.evaluate(shown, "#timeline .colours .marker")
    columns = page.evaluate(shown, "#timeline .columns path[style]")
    assert columns and set(columns) <= set(markers)


def test_all_lanes_show_the_track_and_a_press_plays_from_there(page: Page, baked: dict[str, Any]) -> None:
    total = baked["segments"][-1]["end_s"]
    expect(page.locator("#timeline .wave-strip path")).to_be_visible()
    expect(page.locator(".spectrogram-strip canvas")).to_be_visible()
    width, n_colours = page.evaluate(DRAWN)
    assert width == 1360 and n_colours > 30  # as wide as the screen
    for y, ratio in ((20, 0.5), (80, 0.75), (280, 0.25)):  # waveform, spectrogram, similarity
        press(page, ratio, y)
        page.wait_for_function(
            f"(from) => !{AUDIO}.paused && {AUDIO}.currentTime >= from && {AUDIO}.currentTime < from + 2",
            arg=ratio * total - 0.05,
        )
        assert page.evaluate(HEAD) == pytest.approx(page.evaluate(f"{AUDIO}.currentTime"), abs=0.5)
    lanes, line = slider_of(page).bounding_box(), page.locator("#timeline .playhead").bounding_box()
    assert lanes is not None and line is not None
    assert line["height"] == lanes["height"]  # over all of them


def test_arrows_move_by_a_segment_and_space_plays(page: Page, baked: dict[str, Any]) -> None:
    slider = slider_of(page)
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:04 to 0:08: "))
    expect(page.locator("#timeline .selection")).to_contain_text("Selected segment 0:04 to 0:08")
    assert page.evaluate(f"{AUDIO}.paused")
    page.keyboard.press("Space")
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime > 4")
    page.keyboard.press("Space")
    page.wait_for_function(f"{AUDIO}.paused && {AUDIO}.currentTime > 4")
    stopped_at = page.evaluate(f"{AUDIO}.currentTime")
    page.keyboard.press("Enter")
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime > {stopped_at}")
    page.keyboard.press("End")  # it goes on playing there
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime >= {baked['segments'][-1]['start_s']}")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:00 to 0:04: "))
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime < 4")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:00 to 0:04: "))
    expect(slider).to_be_focused()


def test_a_selected_segment_shows_its_ledger_and_its_place(page: Page, address: str, baked: dict[str, Any]) -> None:
    segment = baked["segments"][1]
    slider_of(page).focus()
    page.keyboard.press("ArrowRight")
    outline, lanes = page.locator("#timeline .chosen").bounding_box(), slider_of(page).bounding_box()
    assert outline is not None and lanes is not None
    ratio = (segment["end_s"] - segment["start_s"]) / baked["segments"][-1]["end_s"]
    assert outline["width"] == pytest.approx(ratio * lanes["width"], abs=2)
    classes, logits = baked["classes"], segment["logits"]
    first = classes[int(np.argmax(logits))]
    for class_id in classes:
        page.get_by_label("Class to explain").select_option(class_id)
        question = "Why" if class_id == first else "Why not"
        expect(page.locator("#ledger h2 span").first).to_have_text(f"{question} {class_id} from 0:04 to 0:08?")
        amounts = [number(text) for text in page.locator("#ledger tbody td:last-child").all_inner_texts()]
        expected = max(logits) - (0 if class_id == first else logits[classes.index(class_id)])
        assert amounts[-1] == pytest.approx(expected, abs=0.0006)  # to the shown decimals
        assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=0.0005 * len(amounts))
    similarities = {}
    for row in page.locator("#ledger tbody tr").all()[: len(baked["prototypes"])]:
        similarities[row.locator(".name").inner_text()] = number(row.locator("td").nth(1).inner_text())
    for prototype, distance in zip(baked["prototypes"], segment["distances"], strict=True):
        assert similarities[prototype["id"]] == pytest.approx(np.exp(-distance), abs=0.0006)
    expect(page.locator("#ledger .of-segment")).to_contain_text("not of the whole track")
    page.wait_for_function(TRACE, arg="selected segment")
    place = page.evaluate(TRACE, "selected segment")
    assert [place["x"][0], place["y"][0]] == pytest.approx(segment["map"])
    lines = page.evaluate(LINES)
    assert [start for start, _ in lines] == [pytest.approx(segment["map"])] * 3
    ids = [prototype["id"] for prototype in baked["prototypes"]]
    nearest = [ids[i] for i in np.argsort(segment["distances"])[:3]]
    assert page.locator("#timeline .nearest .class").all_inner_texts() == nearest
    places = {item["id"]: item["map"] for item in httpx.get(f"{address}/api/v1/bundles/tiny/map").json()["prototypes"]}
    assert [end for _, end in lines] == [pytest.approx(places[name]) for name in nearest]


def test_the_whole_track_returns_by_button_and_by_escape(page: Page) -> None:
    slider = slider_of(page)
    slider.focus()
    page.keyboard.press("End")
    page.locator("#timeline").get_by_role("button", name="Whole track").click()
    assert_clear(page)
    expect(slider).to_be_focused()
    page.keyboard.press("End")
    page.locator("#ledger").get_by_role("button", name="Whole track").click()
    assert_clear(page)
    press(page, 0.5)
    page.wait_for_function(f"!{AUDIO}.paused && {AUDIO}.currentTime > 4")
    page.keyboard.press("Escape")  # stops the sound first
    page.wait_for_function(f"{AUDIO}.paused")
    expect(page.locator("#timeline .selection")).to_be_visible()
    page.keyboard.press("Escape")
    assert_clear(page)
    page.keyboard.press("End")
    page.get_by_role("radio", name="A noise étude").check()  # another track
    expect(page.locator(".clip-name")).to_have_text("A noise étude")
    expect(page.locator("#timeline .selection")).to_be_hidden()


def test_a_selected_segment_of_a_track_unlike_all_training_music_has_no_place(page: Page) -> None:
    def answer(route: Route) -> None:
        explanation = route.fetch().json()
        explanation["novelty"] |= {"is_novel": True, "score": 2.5}
        route.fulfill(json=explanation)

    page.route("**/examples/tiny/noise-0100.json", answer)
    page.get_by_role("radio", name="A noise étude").check()
    expect(page.locator(".clip-name")).to_have_text("A noise étude")
    slider_of(page).focus()
    page.keyboard.press("End")
    expect(page.locator("#timeline .selection")).to_contain_text("Below, the contributions are those of this segment.")
    page.wait_for_timeout(500)
    assert page.evaluate(TRACE, "selected segment") is None


def test_rows_of_similarity(page: Page, baked: dict[str, Any]) -> None:
    rows = page.locator("#timeline .heat-lane")
    expect(rows).to_have_count(5)
    page.get_by_role("button", name="Show all 6 prototypes").click()
    expect(rows).to_have_count(6)
    expect(page.get_by_role("button", name="Show the 5 most similar prototypes")).to_be_focused()
    names = rows.locator(".lane-name").all_inner_texts()
    nearest = sorted(baked["prototypes"], key=lambda item: item["distance"])
    classes = list(dict.fromkeys(item["class_id"] for item in nearest))
    assert names == [item["id"] for item in sorted(nearest, key=lambda item: classes.index(item["class_id"]))]
    similarities = np.exp(-np.array([segment["distances"] for segment in baked["segments"]]))
    lowest, highest = similarities.min(), similarities.max()
    said = page.locator("#timeline .heat-legend").inner_text()
    assert "the stronger the blue, the more similar" in said
    assert f"{lowest:.2f}" in said and f"{highest:.2f}" in said
    ids = [item["id"] for item in baked["prototypes"]]
    for row, name in zip(rows.all(), names, strict=True):
        own = similarities[:, ids.index(name)]
        picture = row.get_by_role("img")
        expect(picture).to_have_attribute(
            "aria-label", re.compile(f"prototype {name} along the track: {own.mean():.2f} on average, highest at .*")
        )
        strengths = (own[[0, len(own) // 2, -1]] - lowest) / (highest - lowest)
        assert picture.evaluate(STRENGTHS) == pytest.approx(0.06 + 0.94 * strengths, abs=0.01)
    first = rows.first.get_by_role("button")
    url = first.get_attribute("data-sound")
    first.click()
    page.wait_for_function(PLAYS, arg=url)
    expect(page.locator("#sound h2")).to_contain_text(names[0])


def test_every_second_of_an_example_and_back(page: Page, baked: dict[str, Any]) -> None:
    switch = page.get_by_role("switch", name="Every second")
    slider = slider_of(page)
    verdict, scores = page.locator("#verdict").inner_text(), page.locator("#scores").inner_text()
    slider.focus()
    page.keyboard.press("ArrowRight")
    of_segment = slider.get_attribute("aria-valuetext") or ""
    logit = page.locator("#ledger .sum td:last-child").inner_text()
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(page.locator("#timeline .readout")).to_contain_text("Each column shows the segment of 4 s around it.")
    expect(page.locator("#timeline .selection")).to_be_hidden()
    slider.focus()
    for start in (1, 2, 3, 4):
        page.keyboard.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", re.compile(f"^0:0{start} to 0:0{start + 4}: "))
    assert slider.get_attribute("aria-valuetext") == of_segment  # the same 4 s
    expect(page.locator("#ledger .sum td:last-child")).to_have_text(logit)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#ledger h2 span").first).to_contain_text("from 0:03 to 0:07?")
    expect(page.locator("#timeline .selection")).to_contain_text("0:03 to 0:07")
    page.wait_for_function(TRACE, arg="selected segment")
    assert (page.locator("#verdict").inner_text(), page.locator("#scores").inner_text()) == (verdict, scores)
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert_clear(page)
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", of_segment)


def test_every_second_of_an_own_track(page: Page, tmp_path: Path) -> None:
    choose(page, write_tone(tmp_path / "own.wav", 21.5))
    expect(page.locator(".clip-name")).to_have_text("own.wav")
    switch = page.get_by_role("switch", name="Every second")
    switch.click()
    expect(page.locator("#timeline .readout")).to_contain_text("Each column shows the segment of 4 s around it.")
    slider = slider_of(page)
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:17 to 0:21: "))
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuenow", "17")
    page.get_by_role("radio", name="A noise étude").check()
    expect(page.locator(".clip-name")).to_have_text("A noise étude")
    expect(switch).to_have_attribute("aria-checked", "false")


def test_computing_every_second_shows_progress_and_can_be_cancelled(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, steps = threading.Event(), []
    explain_along = ExplainerService.explain_along

    def slowly(*arguments: Any) -> Iterator[Any]:
        for batch, _ in explain_along(*arguments):
            for fraction in (0.25, 0.5, 0.75):
                steps.append(fraction)
                yield batch, fraction
                go_on.wait(60)

    monkeypatch.setattr(ExplainerService, "explain_along", slowly)
    switch = page.get_by_role("switch", name="Every second")
    switch.click()
    expect(page.locator("#timeline .every")).to_contain_text("Computing a segment for every second: 25 %")
    page.locator("#timeline").get_by_role("button", name="Cancel").click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.locator("#timeline .every")).to_have_text("Every second")
    page.wait_for_timeout(500)
    go_on.set()
    page.wait_for_timeout(1500)
    expect(switch).to_have_attribute("aria-checked", "false")
    assert 0.75 not in steps  # the server has stopped, too
    monkeypatch.setattr(ExplainerService, "explain_along", explain_along)
    switch.click()
    expect(page.locator("#timeline .readout")).to_contain_text("Each column shows the segment of 4 s around it.")


def test_a_track_that_is_too_long_for_every_second_says_so(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(along, "MAX_SEGMENTS", 3)
    switch = page.get_by_role("switch", name="Every second")
    switch.click()
    expect(page.locator("#timeline").get_by_role("alert")).to_have_text(
        re.compile("is 1. s long; scores for every 1 s are computed for tracks of up to 3 s, so trim it")
    )
    expect(switch).to_have_attribute("aria-checked", "false")
    monkeypatch.undo()
    switch.click()
    expect(page.locator("#timeline .readout")).to_contain_text("Each column shows the segment of 4 s around it.")


def test_a_file_that_the_browser_cant_decode_has_no_pictures(page: Page, tmp_path: Path) -> None:
    choose(page, write_tone(tmp_path / "tone.aiff", 12))
    expect(page.locator(".clip-name")).to_have_text("tone.aiff")
    expect(page.locator("#timeline .unreadable")).to_have_text(
        "This browser can't decode the track, so there is no waveform and no spectrogram. The analysis isn't affected."
    )
    expect(page.locator("#timeline").get_by_text("Mel spectrogram")).to_have_count(0)
    expect(page.locator("#timeline .wave-strip")).to_have_count(0)
    press(page, 0.5)
    expect(page.locator("#timeline .selection")).to_contain_text("0:04 to 0:08")
    assert page.evaluate(f"{AUDIO}.paused")
    expect(page.get_by_role("alert").locator(".sentence")).to_have_count(0)


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_on_a_phone_names_stand_above_their_rows_and_nothing_scrolls_sideways(page: Page) -> None:
    page.get_by_role("button", name="Show all 6 prototypes").tap()
    press(page, 0.5)
    expect(page.locator("#timeline .selection")).to_contain_text("0:04 to 0:08")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for lane in page.locator("#timeline .lane").all():
        name, strip = lane.locator(".lane-name").bounding_box(), lane.locator(".strip").bounding_box()
        assert name is not None and strip is not None
        assert name["y"] + name["height"] <= strip["y"] + 1 and strip["width"] > 300
    page.keyboard.press("Escape")
    first = page.locator("#timeline .heat-lane").first.get_by_role("button")
    url = first.get_attribute("data-sound")
    first.tap()  # the slider below doesn't take it
    page.wait_for_function(PLAYS, arg=url)


def test_selecting_a_segment_answers_within_200_ms(page: Page) -> None:
    assert page.evaluate(RESPONSE_MS) < 200

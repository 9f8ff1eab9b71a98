"""The tab "Test the model": for which bundles, the grid by pointer and keyboard, shuffled pieces, phone, dark theme."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from counterfactual_set import answer_tiny_set, write_tiny_set
from playwright.sync_api import BrowserContext, Page, expect
from tiny import RECIPES, write_tiny_bundle

from app import create_app
from page.browser import AUDIO, PHONE, PLAYS, open_page, serving
from page.test_look import OVERFLOWING, UNNAMED
from pecmae.networks.encodecmae import load_encodecmae
from pecmae.server.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("question")


@pytest.fixture(scope="module")
def question_address(folder: Path) -> Iterator[str]:
    """A server with the bundles `tiny`, which has answers, and `tones`, which has none."""
    bundle = write_tiny_bundle(folder / "models")
    write_tiny_bundle(folder / "models", replace(RECIPES["tiny"], name="tones", title="Tones again"), seed=1)
    counterfactuals = write_tiny_set(folder / "set")
    answer_tiny_set(folder / "set", counterfactuals, bundle, load_encodecmae(folder / "models" / "compact"))
    settings = Settings(models=folder / "models")
    with serving(create_app(settings, folder / "no-examples", folder / "set")) as url:
        yield url


@pytest.fixture
def question(context: BrowserContext, question_address: str) -> Page:
    """The page with the tab open and its grid drawn."""
    page = context.new_page()
    open_page(page, question_address)
    open_tab(page)
    return page


def open_tab(page: Page) -> None:
    page.get_by_role("tab", name="Test the model").click()
    expect(page.locator("#exchange table")).to_be_visible()


def answers(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "set" / "tiny.json").read_text(encoding="utf-8"))


def test_the_answer_comes_first_as_a_sentence(question: Page, folder: Path) -> None:
    stored = answers(folder)
    expect(question.locator("#following .verdict")).to_have_text(stored["sentences"]["following"])
    expect(question.locator("#time .verdict")).to_have_text(stored["sentences"]["time"])
    shown = question.locator("#following .fraction b").all_inner_texts()
    assert shown[0] == f"{round(100 * stored['following']['band']['value'])} %"


def test_pressing_a_square_plays_it_and_shows_the_prediction(question: Page, folder: Path) -> None:
    said = {item["id"]: item for item in answers(folder)["clips"]}
    square = question.locator("[data-score=high][data-band=noise]")
    square.click()
    question.wait_for_function(PLAYS, arg="/counterfactuals/clips/high-by-noise-1.ogg")
    expect(square).to_have_attribute("aria-pressed", "true")
    expect(square).to_have_attribute("aria-label", re.compile("^Stop high composition with noise instruments"))
    card = question.locator("#exchanged")
    expect(card.locator("h2")).to_have_text(re.compile(r"Composition:\s*high\s*; instruments:\s*noise"))
    expect(card.locator(".named")).to_contain_text(f"The model predicts {said['high-by-noise-1']['said']}")
    expect(card).to_contain_text(f"Nearest prototype: {said['high-by-noise-1']['nearest']}")
    assert card.locator(".bar b").first.inner_text() == f"{max(said['high-by-noise-1']['scores']):.2f}"
    card.get_by_role("button", name="These instruments with their own composition").click()
    question.wait_for_function(PLAYS, arg="/counterfactuals/clips/noise-by-noise-1.ogg")
    assert question.locator("audio").count() == 1


def test_shape_and_colour_of_squares_show_the_prediction(question: Page, folder: Path) -> None:
    said = {item["id"]: item["said"] for item in answers(folder)["clips"]}
    for square in question.locator("[data-cell]").all():
        score, band = square.get_attribute("data-score"), square.get_attribute("data-band")
        named = said[f"{score}-by-{band}-1"]
        form = (
            "neither"
            if named not in (score, band)
            else "both"
            if score == band
            else "band"
            if named == band
            else "score"
        )
        expect(square).to_have_class(f"exchange {form}")
        assert f"--class-{['low', 'high', 'noise'].index(named)}" in (square.get_attribute("style") or "")


def test_arrow_keys_move_through_the_grid(question: Page) -> None:
    assert question.locator("[data-cell][tabindex='0']").count() == 1
    question.locator("[data-cell][tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"):  # the last one stays at the edge
        question.keyboard.press(key)
    focused = question.locator(":focus")
    expect(focused).to_have_attribute("data-score", "noise")
    expect(focused).to_have_attribute("data-band", "noise")
    question.keyboard.press("Enter")
    question.wait_for_function(PLAYS, arg="/counterfactuals/clips/noise-by-noise-1.ogg")
    expect(question.locator("#exchanged")).to_contain_text(
        "This is correct" if question.locator(":focus.both").count() else "This is the genre of neither"
    )
    question.keyboard.press("Escape")
    question.wait_for_function(f"{AUDIO}.paused")
    assert question.locator("[data-cell][tabindex='0']").count() == 1


def test_another_set_has_other_pieces(question: Page) -> None:
    question.locator("[data-set='2']").click()
    expect(question.locator("[data-set='2']")).to_have_attribute("aria-current", "true")
    expect(question.locator("[data-set='2']")).to_be_focused()
    question.locator("[data-score=low][data-band=low]").click()
    question.wait_for_function(PLAYS, arg="/counterfactuals/clips/low-by-low-2.ogg")


def test_shuffled_pieces_play(question: Page) -> None:
    question.get_by_role("button", name="A high étude in C major, 90 BPM shuffled").click()
    question.wait_for_function(PLAYS, arg="/counterfactuals/shuffled/high-1.ogg")
    assert question.evaluate(UNNAMED) == []


def test_a_bundle_without_answers_says_which_bundles_have_some(question: Page) -> None:
    question.get_by_role("combobox", name="Bundle").click()
    question.get_by_role("option", name="Tones again").click()
    sentence = "This test works for the bundle “Tones and noise, 2 prototypes per class”; choose it in the menu above."
    expect(question.get_by_text(sentence)).to_be_visible()
    expect(question.locator("#exchange")).to_have_count(0)
    question.get_by_role("tab", name="Explore").click()
    expect(question.locator("#verdict")).to_be_visible()
    question.get_by_role("combobox", name="Bundle").click()
    question.get_by_role("option", name="Tones and noise").click()
    open_tab(question)


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
def test_phone_width_and_dark_theme(question: Page) -> None:
    assert question.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert question.evaluate(OVERFLOWING) == []
    colour = "getComputedStyle(document.querySelector('#exchange')).backgroundColor"
    question.wait_for_function(f"{colour} === 'rgb(29, 32, 36)'")
    question.locator("[data-score=low][data-band=high]").tap()
    question.wait_for_function(PLAYS, arg="/counterfactuals/clips/low-by-high-1.ogg")

"""How the page looks: phone width, the dark theme, names of buttons, contrast of text."""

import pytest
from playwright.sync_api import Page, expect

from page.browser import PHONE

pytestmark = pytest.mark.slow

UNNAMED = """[...document.querySelectorAll(".pe button")]
    .filter((button) => button.checkVisibility() && !(button.ariaLabel || button.textContent.trim()))
    .map((button) => button.outerHTML)"""
OVERFLOWING = """[...document.querySelectorAll(".pe *")]
    .filter((item) => !item.closest("#map, svg") && item.checkVisibility())
    .filter((item) => item.getBoundingClientRect().right > innerWidth + 0.5)
    .map((item) => item.outerHTML.slice(0, 90))"""


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_phone_width_scrolls_only_down(page: Page) -> None:
    page.get_by_role("button", name="Show all 6", exact=True).click()
    for tab in ("Explore", "Prototypes", "About"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.evaluate(OVERFLOWING) == []


def test_dark_theme_follows_the_system(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    card = "getComputedStyle(document.querySelector('#verdict')).backgroundColor"
    colour = "document.getElementById('map').data.find((item) => item.name === 'low').marker.color"
    page.wait_for_function(f"{card} === 'rgb(29, 32, 36)' && {colour} === '#8f86e0'")
    assert page.evaluate("document.body.classList.contains('dark')")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{card} === 'rgb(255, 255, 255)' && {colour} === '#332288'")


def test_every_button_has_a_name(page: Page) -> None:
    assert page.evaluate(UNNAMED) == []

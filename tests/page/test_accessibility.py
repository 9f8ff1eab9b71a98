"""axe-core finds no serious or moderate fault on any tab, in light on a desktop and in dark on a phone.

axe-core is a development dependency of the page (`npm ci`). Faults inside Gradio's own components belong in `UPSTREAM`,
with the issue that reports them.
"""

import os

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from page.api_types import REPOSITORY
from page.browser import PHONE, open_page
from pecmae.page.theme import DARK, LIGHT

AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
TABS = ("Explore", "Prototypes", "Test the model", "Your collection", "About")
UPSTREAM = {
    ("label-content-name-mismatch", ".upload-container"): "gr.Audio: no issue reports it on 2026-12-01",
    (
        "label-content-name-mismatch",
        'button[aria-label="Click to upload or drop files"]',
    ): "gr.File: the same fault; axe-core names it so where both are on the page",
}
"""Rule and selector of a fault inside one of Gradio's components, with the component and its issue."""
FAULTS = """async () => {
    const options = {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}};
    const {violations} = await axe.run(document, options);
    return violations
        .filter(({impact}) => impact !== "minor")
        .flatMap(({id, nodes}) => nodes.map(({target}) => [id, target.join(" ")]));
}"""
SMALL = """[...document.querySelectorAll(".pe :is(button, summary, select, a)")]
    .filter((item) => item.checkVisibility() && !item.closest("p, svg"))
    .filter((item) => {
        const {width, height} = item.getBoundingClientRect();
        return width < 23.9 || height < 23.9;
    })
    .map((item) => item.outerHTML.slice(0, 120))"""
TEXT = ("ink", "soft", "accent", "warn")
GROUNDS = ("paper", "card", "accent-wash")


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    if AXE.is_file():
        return AXE.read_text(encoding="utf-8")
    reason = "axe-core is missing; run `npm ci`"
    if os.environ.get("PECMAE_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def faults(page: Page) -> set[tuple[str, str]]:
    """Rule and selector of each fault that axe-core finds, except those of Gradio's components."""
    return {(rule, selector) for rule, selector in page.evaluate(FAULTS)} - UPSTREAM.keys()


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", PHONE["width"])])
def test_no_tab_has_a_fault(context: BrowserContext, full_address: str, axe: str, scheme: str, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, full_address)
    page.evaluate(axe)
    found = {}
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel").locator("visible=true").first).to_be_visible()
        if tab == "Test the model":
            expect(page.locator("#exchange table")).to_be_visible()
        found[tab] = (faults(page), page.evaluate(SMALL))
        if tab == "Prototypes":
            page.get_by_role("button", name="The bundle as a whole").click()
            expect(page.locator(".matrix").first).to_be_visible()
            found["bundle"] = (faults(page), page.evaluate(SMALL))
    assert found == dict.fromkeys(found, (set(), []))
    page.evaluate("document.querySelector('#about-text').insertAdjacentHTML('beforeend', '<button></button>')")
    assert {rule for rule, _ in faults(page)} >= {"button-name"}  # axe-core does look


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, PHONE["width"]])
def test_explore_in_spanish_has_no_fault(context: BrowserContext, full_address: str, axe: str, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, f"{full_address}/?language=es")
    page.evaluate(axe)
    assert (faults(page), page.evaluate(SMALL)) == (set(), [])


def luminance(colour: str) -> float:
    """Relative luminance of a colour such as #1f2328, as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_of_text_have_enough_contrast(theme: dict[str, str]) -> None:
    pairs = [(text, ground) for text in TEXT for ground in GROUNDS] + [("warn", "warn-wash"), ("card", "accent")]
    for text, ground in pairs:
        dark, light = sorted(luminance(theme[name]) for name in (text, ground))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)

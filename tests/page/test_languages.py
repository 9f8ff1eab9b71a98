"""The page in Spanish: chosen by the address, by the browser and in the menu; nothing stays English; errors."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from page.browser import DRAWN, PHONE, drop, open_page
from page.catalogue import translated
from pecmae.page.languages import Texts

T = Texts("es")
TABS = ("Explore", "Prototypes", "Test the model", "About")
SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"
"""Whether the page scrolls sideways."""
LEFT_OUT = "[lang=en]:not(html), #timeline, #map-card, #ledger"
"""Parts that are marked as English, such as the model card, and components whose texts aren't translated yet."""
TEXTS = """(leftOut) => {
    const named = [...document.querySelectorAll("[aria-label], [title], [placeholder]")];
    const names = named.filter((item) => item.checkVisibility() && !item.closest(leftOut))
        .flatMap((item) => ["aria-label", "title", "placeholder"].map((name) => item.getAttribute(name)));
    const others = [...document.querySelectorAll(leftOut)].map((item) => item.innerText).filter(Boolean);
    const shown = others.reduce((text, part) => text.replace(part, () => ""), document.body.innerText);
    return [...shown.split("\\n"), ...names].filter(Boolean).map((text) => text.replace(/\\s+/g, " ").trim());
}"""
"""All texts that a visitor can see or hear, except those that are left out."""


def is_spanish(page: Page) -> None:
    """Check that frame, Gradio's components, Python's texts and our components are in Spanish."""
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("tab", name="Explorar")).to_be_visible()
    expect(page.locator("#track")).to_contain_text(re.compile("audio aquí", re.IGNORECASE))
    expect(page.locator("#examples")).to_contain_text("O abra un ejemplo")
    expect(page.locator("#verdict .verdict")).to_contain_text("Esta pista suena sobre todo a")


@pytest.mark.slow
def test_address_chooses_the_language(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    open_page(page, f"{address}/?language=es")
    is_spanish(page)
    page.get_by_role("tab", name="Acerca de").click()
    expect(page.locator("#about-text h2").first).to_have_text("Qué hace esta página")
    page.wait_for_url(re.compile(r"language=es.*tab=about"))
    page.reload()
    expect(page.locator("#about-text h2").first).to_have_text("Qué hace esta página")
    page.go_back()
    is_spanish(page)


@pytest.mark.slow
@pytest.mark.browser_context_args(locale="es-ES")
def test_browser_chooses_the_language_unless_the_address_does(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    open_page(page, address)
    is_spanish(page)
    open_page(page, f"{address}/?language=en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("tab", name="Explore")).to_be_visible()
    expect(page.locator("#track")).to_contain_text("Drop Audio Here")


@pytest.mark.slow
@pytest.mark.browser_context_args(locale="fr-FR")
def test_whole_page_is_english_in_a_browser_with_another_language(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#track")).to_contain_text("Drop Audio Here")


@pytest.mark.slow
def test_menu_of_languages_keeps_what_the_page_shows(context: BrowserContext, address: str) -> None:
    wanted = {"bundle": "tiny", "example": "noise-0100", "class": "high", "prototype": "high-1", "tab": "prototypes"}
    page = context.new_page()
    page.goto(f"{address}/?{httpx.QueryParams(wanted)}")
    menu = page.get_by_role("navigation", name="Language")
    expect(menu.get_by_role("link", name="English")).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-card=high-1]")).to_have_attribute("aria-current", "true")
    spanish = menu.get_by_role("link", name="Español")
    expect(spanish).to_have_attribute("lang", "es")
    box = spanish.bounding_box()
    assert box is not None and box["height"] >= 24 and box["width"] >= 24
    spanish.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: dict(httpx.URL(url).params) == {**wanted, "language": "es"})
    expect(page.get_by_role("tab", name="Prototipos")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-card=high-1]")).to_have_attribute("aria-current", "true")
    page.get_by_role("tab", name="Explorar").click()
    expect(page.locator(".clip-name")).to_have_text("A noise étude")
    page.get_by_role("navigation", name="Idioma").get_by_role("link", name="English").click()
    page.wait_for_url(re.compile("language=en"))
    expect(page.get_by_role("tab", name="Explore")).to_be_visible()
    expect(page.locator(".clip-name")).to_have_text("A noise étude")


def english_left(page: Page) -> set[str]:
    """The English texts of the page that are still shown, with anything in their places."""
    shown = page.evaluate(TEXTS, LEFT_OUT)
    left = set()
    for message in translated("es"):
        pairs = zip(*((text,) if isinstance(text, str) else text for text in (message.id, message.string)), strict=True)
        for english, own in pairs:
            words = re.sub(r"\{\w+\}", "", english)
            if not english or english == own or len(re.findall(r"[a-z]{2,}", words)) < 2:
                continue  # the same in Spanish, or a word such as "model" that Spanish sentences may contain
            expression = ".+".join(re.escape(part) for part in re.split(r"\{\w+\}", english))
            left |= {text for text in shown if re.search(expression, text)}
    return left


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, PHONE["width"]])
def test_no_english_sentence_is_left(context: BrowserContext, full_address: str, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, full_address)
    assert len(english_left(page)) > 10  # it does find English
    open_page(page, f"{full_address}/?language=es")
    found = {}
    for tab in TABS:
        page.get_by_role("tab", name=T(tab)).click()
        expect(page.get_by_role("tabpanel").locator("visible=true").first).to_be_visible()
        if tab == "Test the model":
            expect(page.locator("#exchange table")).to_be_visible()
        found[tab] = (english_left(page), page.evaluate(SIDEWAYS))
        if tab == "Prototypes":
            page.get_by_role("button", name=T("The bundle as a whole")).click()
            expect(page.locator(".matrix").first).to_be_visible()
            found["bundle"] = (english_left(page), page.evaluate(SIDEWAYS))
    assert found == dict.fromkeys(found, (set(), False))


@pytest.mark.slow
def test_own_track_errors_and_links_speak_spanish(context: BrowserContext, address: str, tmp_path: Path) -> None:
    page = context.new_page()
    open_page(page, f"{address}/?language=es&example=nothing")
    notice = page.get_by_role("status").filter(has_text="El enlace menciona el ejemplo «nothing», que aquí no está")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Cerrar").click()
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not audio")
    drop(page, broken)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("'broken.wav' no es audio que se pueda leer aquí")
    expect(alert).to_contain_text("La página sigue mostrando el resultado anterior.")
    empty = tmp_path / "empty.wav"
    empty.touch()
    drop(page, empty)
    expect(alert).to_contain_text("'empty.wav' está vacío (0 bytes)")
    assert page.evaluate(DRAWN)

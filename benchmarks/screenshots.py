"""Take screenshots of the page with its first example: desktop, phone and dark.

    python benchmarks/screenshots.py FOLDER [--track FILE]

Starts `app.py`, opens it in Chromium through Playwright and writes desktop.png, phone.png, dark.png, prototypes.png and
top.png (the desktop page without scrolling, which the README shows). With --track, that file is opened first.
"""

import argparse
import shutil
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright
from serving import running_app, seconds_until_answer

DRAWN = "document.querySelector('#map.js-plotly-plot .scatterlayer') !== null"
PICTURED = """() => [...document.querySelectorAll("sound-picture")].every((picture) => {
    const {top, bottom, width} = picture.getBoundingClientRect();
    return !width || bottom < 0 || top > innerHeight || picture.matches(".drawn, .blank");
})"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WIDTHS: dict[str, tuple[int, Literal["light", "dark"]]] = {
    "desktop": (1360, "light"),
    "phone": (390, "light"),
    "dark": (1360, "dark"),
}


def open_page(page: Page, address: str, track: Path | None) -> None:
    """Open the page and, if a track is given, analyse it."""
    page.goto(address)
    page.wait_for_function(DRAWN)
    if track:
        with page.expect_response(lambda response: response.url.endswith("/explain")):
            page.locator("input[type=file]").first.set_input_files(track)
        page.locator(".clip-name", has_text=track.name).wait_for()
    page.wait_for_function(PICTURED)


def main() -> None:
    """Take the screenshots."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--track", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with running_app() as (address, started), sync_playwright() as engine:
        seconds_until_answer(f"{address}/api/v1/bundles", started)
        chromium = engine.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (width, scheme) in WIDTHS.items():
            page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.set_default_timeout(120_000)
            open_page(page, address, arguments.track)
            if name == "desktop":
                page.screenshot(path=arguments.folder / "top.png")
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": height})  # spectrograms are drawn once visible
            page.wait_for_function(PICTURED)
            page.screenshot(path=arguments.folder / f"{name}.png")
            if name == "desktop":
                page.get_by_role("tab", name="Prototypes").click()
                page.locator("sound-picture:visible").first.wait_for()
                page.wait_for_function(PICTURED)
                page.screenshot(path=arguments.folder / "prototypes.png")
            page.close()
        chromium.close()


if __name__ == "__main__":
    main()

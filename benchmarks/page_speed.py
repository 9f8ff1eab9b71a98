"""How quickly the page answers a visitor, in headless Chromium.

    python benchmarks/page_speed.py [--repeats N]

Serves the shipped bundles, opens the page and uses it. An example is timed from the click until its verdict is
painted; everything else from the click to the end of the next frame in which nothing is left to draw.
"""

import argparse
import statistics
from collections.abc import Callable

from browsing import open_browser
from playwright.sync_api import Page
from report import report
from serving import running_app, seconds_until_answer

OPENED = "document.querySelector('#verdict .verdict') !== null"
DRAWN = "document.querySelector('#map.js-plotly-plot .scatterlayer') !== null"
QUIET_MS = 60
"""A frame is the last one of an answer if nothing on the page changes for so long after it."""
TIME_CLICK = """(element, quietMs) => new Promise((resolve) => {
    const started = performance.now();
    let painted = started;
    let timer = 0;
    const wait = () => { clearTimeout(timer); timer = setTimeout(end, quietMs); };
    const onFrame = () => {
        const {port1, port2} = new MessageChannel();  // its message comes after the frame is painted
        port1.onmessage = () => { painted = performance.now(); wait(); };
        port2.postMessage(null);
    };
    const observer = new MutationObserver(() => { clearTimeout(timer); requestAnimationFrame(onFrame); });
    const end = () => { observer.disconnect(); resolve(painted - started); };
    observer.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    element.click();
    requestAnimationFrame(onFrame);
})"""
TIME_EXAMPLE = """(element) => new Promise((resolve) => {
    const started = performance.now();
    const wanted = element.closest("label").textContent.trim();
    const look = () => {
        if (document.querySelector(".clip-name")?.textContent.trim() !== wanted) requestAnimationFrame(look);
        else requestAnimationFrame(() => resolve(performance.now() - started));
    };
    element.click();
    requestAnimationFrame(look);
})"""


def click_times(page: Page, selector: str, n: int) -> list[float]:
    """Milliseconds of n clicks on what a selector finds, in turn."""
    count = page.locator(selector).count()
    assert count > 0, selector
    return [page.locator(selector).nth(i % count).evaluate(TIME_CLICK, QUIET_MS) for i in range(n)]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()
    with running_app() as (address, started), open_browser() as browser, report() as write:
        seconds_until_answer(f"{address}/healthz", started)
        page = browser.new_page(viewport={"width": 1280, "height": 900})

        def row(what: str, times_ms: list[float]) -> None:
            write(f"| {what} | {len(times_ms)} | {statistics.median(times_ms):.0f} | {max(times_ms):.0f} |")

        def opening_ms() -> float:
            page.goto(address, wait_until="commit")
            page.wait_for_function(OPENED, timeout=60_000, polling="raf")
            opened: float = page.evaluate("performance.now()")
            page.wait_for_function(DRAWN, timeout=60_000)
            return opened

        write(f"Chromium {browser.version}, window of 1280 x 900.\n")
        write("| what | times | median, ms | slowest, ms |")
        write("| --- | ---: | ---: | ---: |")
        row("the page opens with its first verdict, empty cache", [opening_ms()])
        row("again", [opening_ms() for _ in range(5)])
        examples = page.locator("#examples input[type=radio]")
        others = [*range(1, examples.count()), 0]
        row("an example, until its verdict", [examples.nth(i).evaluate(TIME_EXAMPLE) for i in others])
        page.wait_for_timeout(1000)
        clicks: dict[str, Callable[[], list[float]]] = {
            "another class in the scores": lambda: click_times(page, "#scores .bar", arguments.repeats),
            "a prototype in the distances": lambda: click_times(page, "#distances .name", arguments.repeats),
            "another class in the legend of the map": lambda: click_times(page, "#map-card .legend button", 10),
            "another tab": lambda: click_times(page, "[role=tab]", arguments.repeats),
        }
        for what, click in clicks.items():
            row(what, click())


if __name__ == "__main__":
    main()

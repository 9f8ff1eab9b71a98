"""A browser for the benchmarks of the page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--mute-audio")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The installed Chromium, without a window."""
    path = next((path for path in map(shutil.which, NAMES) if path), None)
    if path is None:
        raise SystemExit("No Chromium is installed; `apt-get install chromium` installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()

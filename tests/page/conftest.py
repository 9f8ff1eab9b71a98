"""Fixtures of the page's tests: a server with two bundles and examples, a browser, the page open in it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sounds import write_tone
from tiny import RECIPES, synthesise, write_tiny_bundle

from app import create_app
from page.browser import DESKTOP, FLAGS, MAX_CLIP_S, find_chromium, playwright, serving, shared_audio, watched_page
from pecmae.audio.conventions import SEGMENT_SAMPLES
from pecmae.audio.encoding import write_audio
from pecmae.datasets.dataset import load_dataset
from pecmae.networks.autoencoder import load_autoencoder
from pecmae.server.settings import Settings
from pecmae.training.example_baking import bake_examples, write_index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


def write_dataset(folder: Path, bundle: str) -> Path:
    """A dataset of one test track a class of the tiny bundle, 16 s each."""
    rng = np.random.default_rng(7)
    rows = []
    (folder / "audio").mkdir(parents=True)
    for name, timbre in RECIPES["tiny"].timbres.items():
        audio = f"audio/{name}-0100.flac"
        write_audio(folder / audio, synthesise(timbre, rng, 4 * SEGMENT_SAMPLES))
        row = {"id": f"{name}-0100", "class": name, "split": "test", "unseen_soundfont": False, "audio": audio}
        rows.append(json.dumps({**row, "title": f"A {name} étude"}))
    classes = [{"id": name, "label": name} for name in RECIPES["tiny"].timbres]
    facts = {"schema": "pecmae.dataset/1", "name": bundle, "kind": "tones", "classes": classes, "licence": "CC0-1.0"}
    (folder / "dataset.json").write_text(json.dumps(facts))
    (folder / "index.jsonl").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the bundles `tiny`, which has examples, and `tones`, which has none."""
    folder = tmp_path_factory.mktemp("page")
    bundle = write_tiny_bundle(folder / "models")
    write_tiny_bundle(folder / "models", replace(RECIPES["tiny"], name="tones", title="Tones again"), seed=1)
    dataset = load_dataset(write_dataset(folder / "dataset", "tiny"))
    autoencoder = load_autoencoder(folder / "models" / "compact")
    write_index(folder / "examples", list(bake_examples(dataset, bundle, autoencoder, folder / "examples")))
    settings = Settings(models=folder / "models", max_clip_s=MAX_CLIP_S)
    with serving(create_app(settings, folder / "examples")) as url:
        yield url


@pytest.fixture(scope="package")
def browser() -> "Iterator[Browser]":
    with playwright().sync_playwright() as engine:
        playwright().expect.set_options(timeout=20_000)
        chromium = engine.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def desktop(browser: "Browser") -> "Iterator[BrowserContext]":
    """One profile for the tests on a desktop, so that the browser fetches its libraries once."""
    with browser.new_context(viewport=DESKTOP, permissions=["microphone"]) as context:
        yield context


@pytest.fixture
def page(desktop: "BrowserContext", address: str) -> "Iterator[Page]":
    """The page on a desktop, its first example and its map drawn."""
    with watched_page(desktop, address) as page:
        yield page


@pytest.fixture(scope="package")
def modules(desktop: "BrowserContext", address: str) -> "Iterator[Page]":
    """An empty page that may import the page's modules."""
    page = desktop.new_page()
    page.goto(f"{address}/static/explorer/reading.js")
    yield page
    page.close()


@pytest.fixture(scope="package")
def track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A track to drop: a real recording where there is one, else tones of 22 s."""
    return shared_audio("music/vibe-ace.ogg") or write_tone(tmp_path_factory.mktemp("track") / "tones.ogg", 22)

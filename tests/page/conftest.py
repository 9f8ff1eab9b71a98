"""Fixtures of the page's tests: a server with two bundles and examples, and pytest-playwright's fixtures set up for it.

Here, `page` is the explorer, opened on a desktop.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counterfactual_set import answer_tiny_set, write_tiny_set
from playwright.sync_api import BrowserContext, Page, expect
from sounds import write_tone
from tiny import RECIPES, synthesise, write_tiny_bundle

from app import create_app
from page.browser import DESKTOP, FLAGS, MAX_CLIP_S, find_chromium, open_page, serving, shared_audio
from pecmae.audio.conventions import SEGMENT_SAMPLES
from pecmae.audio.encoding import write_audio
from pecmae.datasets.dataset import load_dataset
from pecmae.networks.encodecmae import load_encodecmae
from pecmae.networks.pretrained import load_musicnn
from pecmae.server.settings import Settings
from pecmae.training.example_baking import bake_examples, write_index

LOCAL = ("http://127.0.0.1:", "blob:", "data:")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: Playwright keeps an event loop in the main thread, where `asyncio.run` would fail."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


def write_dataset(folder: Path, bundle: str) -> Path:
    """A dataset with one test track of 16 s for each class of the tiny bundle."""
    rng = np.random.default_rng(7)
    rows = []
    (folder / "audio").mkdir(parents=True)
    for name, timbre in RECIPES["tiny"].timbres.items():
        audio = f"audio/{name}-0100.flac"
        write_audio(folder / audio, synthesise(timbre, rng, 4 * SEGMENT_SAMPLES))
        row = {"id": f"{name}-0100", "class": name, "split": "test", "unseen_soundfont": False, "audio": audio}
        rows.append(json.dumps({**row, "title": f"A {name} étude"}))
    classes = [{"id": name, "label": name} for name in RECIPES["tiny"].timbres]
    description = {
        "schema": "pecmae.dataset/1",
        "name": bundle,
        "kind": "tones",
        "classes": classes,
        "licence": "CC0-1.0",
    }
    (folder / "dataset.json").write_text(json.dumps(description))
    (folder / "index.jsonl").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the bundles `tiny`, which has examples, and `tones`, which has none."""
    folder = tmp_path_factory.mktemp("page")
    bundle = write_tiny_bundle(folder / "models")
    write_tiny_bundle(folder / "models", replace(RECIPES["tiny"], name="tones", title="Tones again"), seed=1)
    dataset = load_dataset(write_dataset(folder / "dataset", "tiny"))
    autoencoder = load_encodecmae(folder / "models" / "compact")
    write_index(
        folder / "examples", list(bake_examples(dataset, bundle, autoencoder, load_musicnn(), folder / "examples"))
    )
    settings = Settings(models=folder / "models", max_clip_s=MAX_CLIP_S)
    with serving(create_app(settings, folder / "examples")) as url:
        yield url


@pytest.fixture(scope="package")
def full_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose page shows every tab and an explained example."""
    folder = tmp_path_factory.mktemp("full")
    bundle = write_tiny_bundle(folder / "models")
    autoencoder = load_encodecmae(folder / "models" / "compact")
    dataset = load_dataset(write_dataset(folder / "dataset", "tiny"))
    examples = folder / "examples"
    write_index(examples, list(bake_examples(dataset, bundle, autoencoder, load_musicnn(), examples)))
    answer_tiny_set(folder / "set", write_tiny_set(folder / "set"), bundle, autoencoder)
    with serving(create_app(Settings(models=folder / "models"), examples, folder / "set")) as url:
        yield url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the installed Chromium instead of a downloaded one."""
    expect.set_options(timeout=20_000)
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desktop; tests of a phone have the marker `browser_context_args`."""
    return {**browser_context_args, "viewport": DESKTOP, "permissions": ["microphone"]}


@pytest.fixture
def context(context: BrowserContext) -> Iterator[BrowserContext]:
    """A new visitor's browser. Afterwards, no request may have left the machine and no script may have failed."""
    requested: list[str] = []
    failures: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    context.on("weberror", lambda problem: failures.append(str(problem.error)))
    context.on("response", lambda answer: failures.append(answer.url) if answer.status >= 500 else None)
    yield context
    assert [url for url in requested if not url.startswith(LOCAL)] == []
    assert failures == []


@pytest.fixture
def page(page: Page, address: str) -> Page:
    """The explorer, with its first example and its map drawn."""
    open_page(page, address)
    return page


@pytest.fixture
def modules(context: BrowserContext, address: str) -> Page:
    """A page that can import the explorer's modules."""
    page = context.new_page()
    page.goto(f"{address}/page/static/reading.js")
    return page


@pytest.fixture(scope="package")
def track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A track to drop: a real recording where there is one, else tones of 22 s."""
    return shared_audio("music/vibe-ace.ogg") or write_tone(tmp_path_factory.mktemp("track") / "tones.ogg", 22)

"""The tab "Your collection", as a visitor uses it: files, classes, training, result, download, removal, loading again.

One test trains a real model of tiny networks. In the others, a stand-in for the worker delivers the bundle `tiny`.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from playwright.sync_api import BrowserContext, Locator, Page, expect
from tiny import RECIPES, synthesise, write_tiny_bundle
from visitors import COMMAND, clips, zip_of

from app import create_app
from page.browser import PHONE, PLAYS, drop, open_page, serving
from page.test_look import OVERFLOWING, UNNAMED
from pecmae.audio.encoding import encode_audio
from pecmae.page.blocks import build_page
from pecmae.page.mounting import mount_page
from pecmae.server.api import create_api
from pecmae.server.jobs import Jobs
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings

pytestmark = pytest.mark.slow

BUILD_MS = 240_000
READY = re.compile(r"2 classes, 10 clips\. Ready to train\.")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> ExplainerService:
    """The service of a server with a stand-in for the worker."""
    folder = tmp_path_factory.mktemp("collection")
    write_tiny_bundle(folder / "models")
    settings = Settings(models=folder / "models", max_clip_s=100.0)
    return ExplainerService(settings, Jobs(settings, command=COMMAND))


@pytest.fixture(scope="module")
def own_address(service: ExplainerService) -> Iterator[str]:
    nowhere = service.settings.models / "nowhere"
    app: FastAPI = mount_page(create_api(service), build_page(service, (), nowhere, nowhere), nowhere, nowhere)
    with serving(app) as url:
        yield url


@pytest.fixture(autouse=True)
def empty(service: ExplainerService) -> Iterator[None]:
    """No collection is left from the test before."""
    yield
    for job in list(service.jobs._jobs):
        service.jobs.remove(job)


@pytest.fixture
def visit(context: BrowserContext, own_address: str) -> Page:
    """The tab, opened by a new visitor."""
    page = context.new_page()
    page.goto(own_address)
    open_tab(page)
    return page


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with two folders of recordings, and a picture."""
    for name, content in {**clips("deep"), **clips("hiss", first=5), "deep/cover.jpg": b"x"}.items():
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "music"


def open_tab(page: Page) -> None:
    page.get_by_role("tab", name="Your collection").click()


def tally(page: Page) -> Locator:
    return page.locator("#own-gathered .tally")


def error(page: Page) -> Locator:
    return page.locator("#own-gathered [role=alert]")


def choose_folder(page: Page, folder: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(folder)


def choose_files(page: Page, *files: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#own-files button").click()
    chooser.value.set_files(files)


def choose_zip(page: Page, folder: Path, content: bytes, name: str = "tunes.zip") -> None:
    (folder / name).write_bytes(content)
    choose_files(page, folder / name)


def start(page: Page, title: str = "My tunes") -> None:
    page.get_by_label("Collection name").fill(title)
    page.get_by_role("button", name="Start training").click()


def explore_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Explore the trained collection")


def test_from_recordings_to_a_bundle_and_back(
    context: BrowserContext, new_context: Callable[[], BrowserContext], tmp_path: Path
) -> None:
    """With the real worker."""
    write_tiny_bundle(tmp_path / "models")
    rng = np.random.default_rng(3)
    for timbre, label in (("low", "deep"), ("noise", "hiss")):
        (tmp_path / "music" / label).mkdir(parents=True)
        for k in range(5):
            encoded = encode_audio(synthesise(RECIPES["tiny"].timbres[timbre], rng))
            (tmp_path / "music" / label / f"{k}.ogg").write_bytes(encoded)
    nowhere = tmp_path / "nowhere"
    with serving(create_app(Settings(models=tmp_path / "models", max_clip_s=100.0), nowhere, nowhere)) as address:
        visit = context.new_page()
        visit.goto(address)
        open_tab(visit)
        choose_folder(visit, tmp_path / "music")
        expect(tally(visit)).to_have_text(READY)
        start(visit, "Deep and hiss")
        expect(visit.get_by_role("progressbar")).to_be_visible()
        explore = explore_button(visit)
        expect(explore).to_be_visible(timeout=BUILD_MS)
        expect(visit.locator("#own-training")).to_contain_text("“Deep and hiss” is ready to explore.")
        expect(visit.locator("#own-training")).to_contain_text("tested on 2 clips")

        explore.click()
        menu = visit.get_by_role("combobox", name="Bundle")
        expect(menu).to_have_value("Your collection: Deep and hiss")
        expect(visit.locator("#map-card")).to_contain_text("hiss")
        visit.get_by_role("tab", name="Prototypes").click()
        prototype = visit.get_by_role("button", name="Play prototype hiss-0", exact=True).first
        played = prototype.get_attribute("data-sound")
        prototype.click()
        visit.wait_for_function(PLAYS, arg=played)
        visit.get_by_role("tab", name="Explore").click()
        drop(visit, tmp_path / "music" / "hiss" / "0.ogg")
        verdict = re.compile(r"This track sounds most like (hiss|deep)")
        expect(visit.locator("#verdict .verdict")).to_contain_text(verdict)

        own = httpx.URL(visit.url).params["bundle"]
        stranger = new_context().new_page()
        open_page(stranger, address)
        stranger.get_by_role("combobox", name="Bundle").click()
        expect(stranger.get_by_role("option")).to_have_count(1)
        assert own not in httpx.get(f"{address}/api/v1/bundles").text

        visit.reload()
        expect(menu).to_have_value("Your collection: Deep and hiss")
        open_tab(visit)
        with visit.expect_download() as download:
            visit.get_by_role("button", name="Download the trained collection").click()
        assert download.value.suggested_filename == "Deep and hiss.zip"
        kept = tmp_path / "kept.zip"
        download.value.save_as(kept)
        with zipfile.ZipFile(kept) as archive:  # it contains neither paths of the server nor the private id
            assert not [name for name in archive.namelist() if own in name or own.encode() in archive.read(name)]
            tracks = json.loads(archive.read("my-collection/manifest.json"))["tracks"]
            assert tracks and all(re.fullmatch(r"(deep|hiss)-[\w-]{1,12}", track["id"]) for track in tracks)
        visit.get_by_role("button", name="Remove the trained collection now").click()
        expect(menu).to_have_value("Tones and noise, 2 prototypes per class")
        expect(visit.locator("#own-files")).to_be_visible()
        assert httpx.get(f"{address}/api/v1/bundles/{own}/map").status_code == 404

        choose_files(visit, kept)
        explore.click()
        expect(menu).to_have_value("Your collection: Deep and hiss")
        menu.click()
        visit.get_by_role("option", name="Tones and noise").click()
        expect(visit.locator("#map-card")).to_contain_text("high")
        visit.reload()  # the address names the other bundle, but the menu still lists the visitor's own
        expect(menu).to_have_value("Tones and noise, 2 prototypes per class")
        menu.click()
        expect(visit.get_by_role("option", name="Your collection: Deep and hiss")).to_be_visible()


def test_classes_come_from_folders_and_can_be_renamed_joined_and_removed(visit: Page, music: Path) -> None:
    choose_folder(visit, music)
    left_out = "1 file that isn't audio was left out: music/deep/cover.jpg."
    expect(tally(visit)).to_have_text(f"2 classes, 10 clips. Ready to train. {left_out}")
    name = visit.get_by_label("Name of class 1")
    expect(name).to_have_value("deep")
    name.fill("low")
    name.press("Enter")
    expect(visit.get_by_role("button", name="Remove the class low")).to_be_visible()
    expect(name).to_be_focused()
    name.fill("hiss")
    name.press("Tab")
    expect(tally(visit)).to_contain_text("1 class, 10 clips. Add classes: at least 2 are needed.")
    expect(visit.get_by_role("button", name="Start training")).to_be_disabled()
    visit.get_by_role("button", name="Remove the class hiss").click()
    expect(visit.get_by_label("Name of class 1")).to_have_count(0)
    expect(tally(visit)).to_be_empty()


def test_files_without_folders_are_sorted_by_their_names(visit: Page, tmp_path: Path) -> None:
    files = [tmp_path / f"{label}-{k}.wav" for label in ("flute", "horn") for k in range(5)]
    for path in [*files, tmp_path / "7.wav"]:
        path.write_bytes(b"not checked before the training")
    choose_files(visit, *files[:9])
    expect(tally(visit)).to_have_text("2 classes, 9 clips. Each class needs at least 5 clips. Clips to add: “horn” 1.")
    choose_files(visit, files[9], tmp_path / "7.wav")
    expect(tally(visit)).to_have_text("3 classes, 11 clips. Give every class a name.")
    visit.get_by_label("Name of class 3").fill("horn")
    visit.get_by_label("Name of class 3").press("Enter")
    expect(tally(visit)).to_have_text("2 classes, 11 clips. Ready to train.")


def test_training_can_be_cancelled_and_begun_again(visit: Page, music: Path) -> None:
    choose_folder(visit, music)
    expect(tally(visit)).to_have_text(re.compile("Ready"))
    start(visit, "hang")
    expect(visit.get_by_role("status").filter(has_text="Computing embeddings of the clips")).to_be_visible()
    expect(visit.locator("#own-bar")).to_contain_text("1 of 4 in this step; about 15 s left in all")
    visit.get_by_role("button", name="Cancel").click()
    expect(visit.get_by_role("button", name="Start training")).to_be_focused()
    expect(visit.get_by_label("Name of class 2")).to_have_value("hiss")
    start(visit)
    expect(visit.locator("#own-training")).to_contain_text("is ready to explore.")
    expect(explore_button(visit)).to_be_focused()
    visit.get_by_role("button", name="Train another").click()  # the recordings are deleted
    expect(visit.get_by_role("button", name="Start training")).to_be_disabled()
    expect(explore_button(visit)).to_be_visible()


def test_a_reloaded_page_finds_the_training_and_its_place(
    visit: Page, music: Path, service: ExplainerService, new_context: Callable[[], BrowserContext], own_address: str
) -> None:
    choose_folder(visit, music)
    expect(tally(visit)).to_have_text(re.compile("Ready"))
    start(visit, "hang")
    expect(visit.get_by_role("status").filter(has_text="Computing embeddings of the clips")).to_be_visible()
    other = new_context().new_page()
    other.goto(own_address)
    open_tab(other)
    choose_folder(other, music)
    expect(tally(other)).to_have_text(re.compile("Ready"))
    start(other)
    expect(other.get_by_role("status").filter(has_text="Waiting for 1 other collection")).to_be_visible()
    other.reload()
    open_tab(other)
    expect(other.get_by_role("status").filter(has_text="Waiting for 1 other collection")).to_be_visible()
    visit.reload()
    open_tab(visit)
    expect(visit.get_by_role("status").filter(has_text="Computing embeddings of the clips")).to_be_visible()
    visit.get_by_role("button", name="Cancel").click()
    expect(visit.locator("#own-files")).to_be_visible()
    expect(explore_button(other)).to_be_visible()
    assert [job.state for job in service.jobs._jobs.values()] == ["ready"]
    visit.reload()
    open_tab(visit)
    expect(visit.locator("#own-files")).to_be_visible()
    expect(visit.get_by_role("button", name="Cancel")).to_have_count(0)


def test_sentences_of_the_server(visit: Page, tmp_path: Path, music: Path) -> None:
    choose_zip(visit, tmp_path, b"PK words")
    expect(error(visit)).to_have_text("'tunes.zip' can't be opened as a zip; pack the folders again as a plain zip.")
    choose_zip(visit, tmp_path, zip_of({"words.txt": b"x"}))
    expect(error(visit)).to_contain_text("No recordings were found in these files.")
    broken = {f"{label}/{k}.wav": f"words {label}{k}".encode() for label in "ab" for k in range(5)}
    choose_zip(visit, tmp_path, zip_of(broken))
    expect(tally(visit)).to_contain_text(READY)
    expect(error(visit)).to_be_hidden()
    expect(visit.get_by_label("Collection name")).to_have_value("tunes")
    visit.get_by_role("button", name="Start training").click()
    expect(error(visit)).to_contain_text("isn't audio that can be read here")
    visit.reload()  # a training that failed isn't followed again
    open_tab(visit)
    expect(visit.locator("#own-files")).to_be_visible()
    expect(error(visit)).to_be_hidden()


def test_a_link_to_an_expired_collection_says_so(visit: Page, own_address: str) -> None:
    visit.goto(f"{own_address}/?bundle=own-nobody-knows-this&tab=collection")
    expect(error(visit)).to_contain_text("This server no longer has your collection")
    expect(visit.locator("#own-files")).to_be_visible()


def test_a_dropped_zip_is_not_a_track(visit: Page, tmp_path: Path) -> None:
    path = tmp_path / "tunes.zip"
    path.write_bytes(zip_of({f"{label}/{k}.wav": b"x" for label in "ab" for k in range(5)}))
    expect(visit).to_have_url(re.compile("tab=collection"))  # the page has opened
    expect(visit.locator("#own-files input")).to_be_attached()
    drop(visit, path, "header")
    expect(tally(visit)).to_have_text(READY)
    visit.get_by_role("tab", name="Explore").click()
    expect(visit.locator("#rail .error")).to_be_hidden()
    expect(visit.locator("#track")).not_to_have_class(re.compile(r"\bover\b"))


def test_a_dropped_folder_is_walked(visit: Page, music: Path) -> None:
    expect(visit).to_have_url(re.compile("tab=collection"))  # the page has opened
    expect(visit.locator("#own-files input")).to_be_attached()
    box = visit.locator("#own-files").bounding_box()
    assert box
    place = {"x": box["x"] + 40, "y": box["y"] + 80}
    devtools = visit.context.new_cdp_session(visit)
    for kind in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": [str(music)], "dragOperationsMask": 1}
        devtools.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
        visit.wait_for_timeout(300)  # a drop counts only after the page has accepted the drag
    expect(tally(visit)).to_have_text(READY)
    expect(tally(visit)).to_contain_text("left out: music/deep/cover.jpg.")


def test_recordings_are_deleted_with_their_session(visit: Page, music: Path, service: ExplainerService) -> None:
    choose_folder(visit, music)
    expect(tally(visit)).to_have_text(re.compile("Ready"))
    paths = [clip.path for held in service.gatherings._held.values() for clip in held.gathering.clips]
    assert len(paths) >= 10 and all(path.exists() for path in paths)
    visit.goto("about:blank")
    for _ in range(100):
        if not any(path.exists() for path in paths):
            break
        visit.wait_for_timeout(200)
    assert not any(path.exists() for path in paths)


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
def test_phone_width_and_dark_theme(visit: Page, tmp_path: Path) -> None:
    long_name = "a class with quite a long name that has to break or to be cut somewhere"
    choose_zip(visit, tmp_path, zip_of({f"{label}/{k}.wav": b"x" for label in (long_name, "b") for k in range(5)}))
    expect(visit.get_by_label("Name of class 1")).to_have_value(long_name)
    assert visit.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert visit.evaluate(OVERFLOWING) == [] and visit.evaluate(UNNAMED) == []
    colour = "getComputedStyle(document.querySelector('#own-gathering')).backgroundColor"
    visit.wait_for_function(f"{colour} === 'rgb(29, 32, 36)'")


def test_zip_made_of_a_downloaded_bundle_is_ready_at_once(
    visit: Page, tmp_path: Path, service: ExplainerService
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        folder = service.settings.models / "tiny"
        for path in folder.rglob("*.*"):
            archive.write(path, f"tiny/{path.relative_to(folder).as_posix()}")
    choose_zip(visit, tmp_path, buffer.getvalue(), "kept.zip")
    expect(visit.locator("#own-training")).to_contain_text("is ready to explore.")
    expect(explore_button(visit)).to_be_visible()

"""The tab "Your collection": gathering, training, exploring, download, removal, loading again; its modules and look."""

import base64
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect
from tiny import RECIPES, synthesise, write_tiny_bundle

from app import create_app
from page.browser import PHONE, PLAYS, drop, open_page, serving
from page.test_look import OVERFLOWING, UNNAMED
from pecmae.audio.encoding import encode_audio
from pecmae.audio.reading import ClipLimits
from pecmae.page.view import collection_rules
from pecmae.server.settings import Settings, UploadLimits
from pecmae.server.uploaded_clips import receive_clips

pytestmark = pytest.mark.slow

BUILD_MS = 240_000


@pytest.fixture(scope="module")
def own_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose autoencoder is tiny; builds run in a real worker."""
    folder = tmp_path_factory.mktemp("collection")
    write_tiny_bundle(folder / "models")
    settings = Settings(models=folder / "models", max_clip_s=100.0)
    with serving(create_app(settings, folder / "no-examples", folder / "no-set")) as url:
        yield url


@pytest.fixture
def visit(context: BrowserContext, own_address: str) -> Page:
    """The tab, opened by a new visitor."""
    page = context.new_page()
    page.goto(own_address)
    open_tab(page)
    return page


def open_tab(page: Page) -> None:
    page.get_by_role("tab", name="Your collection").click()


def clips(timbre: str, n: int) -> list[FilePayload]:
    rng = np.random.default_rng(len(timbre))
    sounds = [encode_audio(synthesise(RECIPES["tiny"].timbres[timbre], rng)) for _ in range(n)]
    return [{"name": f"{timbre}-{k}.ogg", "mimeType": "audio/ogg", "buffer": data} for k, data in enumerate(sounds)]


def zip_of(names: list[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"x" * 9)
    return buffer.getvalue()


def add_class(page: Page, name: str, files: list[FilePayload]) -> None:
    page.get_by_role("button", name="add a class by hand").click()
    page.keyboard.type(name)
    page.locator("[data-row]").last.locator("input[type=file]").set_input_files(files)


def test_from_recordings_to_a_bundle_and_back(
    visit: Page, new_context: Callable[[], BrowserContext], own_address: str, tmp_path: Path
) -> None:
    tally, begin = visit.locator(".tally"), visit.get_by_role("button", name="Start training")
    add_class(visit, "deep", clips("low", 5))
    expect(tally).to_have_text(re.compile(r"1 class, 5 clips, [\d.]+ MB\. Add classes: at least 2 are needed"))
    noise = clips("noise", 5)
    add_class(visit, "hiss", noise[:4])
    expect(tally).to_have_text(re.compile("Each class needs at least 5 clips. Add 1 more to “hiss”."))
    expect(begin).to_be_disabled()
    visit.get_by_label("Add clips to hiss").set_input_files(noise[4:])
    expect(tally).to_have_text(re.compile("Ready to train."))
    visit.get_by_label("Collection name").fill("Deep and hiss")

    begin.click()
    expect(visit.get_by_role("status").filter(has_text=re.compile("Preparing|Checking|Computing"))).to_be_visible()
    visit.get_by_role("button", name="Cancel").click()
    expect(begin).to_be_focused()
    begin.click()
    explore = visit.get_by_role("button", name="Explore the trained collection")
    expect(explore).to_be_visible(timeout=BUILD_MS)
    expect(visit.locator("#own-result")).to_contain_text("“Deep and hiss” is ready to explore.")
    expect(visit.locator("#own-result")).to_contain_text("tested on 2 clips")

    explore.click()
    menu = visit.get_by_role("combobox", name="Bundle")
    expect(menu).to_have_value("Your collection: Deep and hiss")
    expect(visit.locator("#map-card")).to_contain_text("hiss")
    visit.get_by_role("tab", name="Prototypes").click()
    prototype = visit.get_by_role("button", name="Play prototype hiss-0", exact=True).first
    sound = prototype.get_attribute("data-sound")
    prototype.click()
    visit.wait_for_function(PLAYS, arg=sound)
    visit.get_by_role("tab", name="Explore").click()
    track = tmp_path / "track.ogg"
    track.write_bytes(clips("noise", 1)[0]["buffer"])
    drop(visit, track)
    expect(visit.locator("#verdict .verdict")).to_contain_text(re.compile("This track sounds most like (hiss|deep)"))

    own = httpx.URL(visit.url).params["bundle"]
    stranger = new_context().new_page()
    open_page(stranger, own_address)
    stranger.get_by_role("combobox", name="Bundle").click()
    expect(stranger.get_by_role("option")).to_have_count(1)
    assert own not in httpx.get(f"{own_address}/api/v1/bundles").text

    visit.reload()
    expect(menu).to_have_value("Your collection: Deep and hiss")
    open_tab(visit)
    with visit.expect_download() as download:
        visit.get_by_role("link", name="Download the trained collection").click()
    assert download.value.suggested_filename == "Deep and hiss.zip"
    kept = tmp_path / "kept.zip"
    download.value.save_as(kept)
    with zipfile.ZipFile(kept) as archive:  # it contains neither paths of the server nor the private id
        assert not [name for name in archive.namelist() if own in name or own.encode() in archive.read(name)]
        tracks = json.loads(archive.read("my-collection/manifest.json"))["tracks"]
        assert tracks and all(re.fullmatch(r"(deep|hiss)-[\w-]{1,12}", track["id"]) for track in tracks)
    visit.get_by_role("button", name="Remove the trained collection now").click()
    expect(menu).to_have_value("Tones and noise, 2 prototypes per class")
    expect(visit.locator("#own-drop")).to_be_visible()
    assert httpx.get(f"{own_address}/api/v1/bundles/{own}/map").status_code == 404

    visit.locator("#own-load").set_input_files(kept)
    visit.get_by_role("button", name="Explore the trained collection").click()
    expect(menu).to_have_value("Your collection: Deep and hiss")
    menu.click()
    visit.get_by_role("option", name="Tones and noise").click()
    expect(visit.locator("#map-card")).to_contain_text("high")
    visit.reload()  # the address names the other bundle, but the menu still lists the visitor's own
    expect(menu).to_have_value("Tones and noise, 2 prototypes per class")
    menu.click()
    expect(visit.get_by_role("option", name="Your collection: Deep and hiss")).to_be_visible()


def test_errors_of_the_server_are_shown_unchanged(visit: Page) -> None:
    broken = {"name": "tunes.zip", "mimeType": "application/zip", "buffer": b"PK words"}
    visit.locator("#own-zip").set_input_files(broken)  # type: ignore[arg-type]
    visit.get_by_role("button", name="Start training").click()
    sentence = "'tunes.zip' can't be opened as a zip; pack the folders again as a plain zip."
    expect(visit.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    expect(visit.locator("#own-drop")).to_be_visible()


def test_expired_collection_shows_the_error(visit: Page, own_address: str) -> None:
    visit.evaluate("sessionStorage.setItem('pecmae.collection', 'own-nobody-knows-this')")
    visit.reload()
    open_tab(visit)
    expect(visit.locator("#own-error")).to_contain_text("This server no longer has your collection")
    assert visit.evaluate("sessionStorage.getItem('pecmae.collection')") is None


def test_dropped_zip_is_not_a_track(visit: Page, tmp_path: Path) -> None:
    path = tmp_path / "tunes.zip"
    path.write_bytes(zip_of([f"{label}/{k}.wav" for label in "ab" for k in range(5)]))
    expect(visit.locator("#own-drop")).to_be_visible()
    drop(visit, path, "own-drop")
    expect(visit.locator(".tally")).to_have_text(re.compile("2 classes, 10 clips, .*Ready to train."))
    visit.get_by_role("tab", name="Explore").click()
    expect(visit.locator("#rail .error")).to_be_hidden()
    expect(visit.locator("#track")).not_to_have_class(re.compile(r"\bover\b"))


def test_classes_can_be_added_by_keyboard(visit: Page) -> None:
    visit.locator("#own-folder").focus()
    for _ in range(2):
        visit.keyboard.press("Tab")
    expect(visit.get_by_role("button", name="add a class by hand")).to_be_focused()
    visit.keyboard.press("Enter")
    visit.keyboard.type("flute")
    expect(visit.get_by_label("Name of class 1")).to_have_value("flute")
    visit.keyboard.press("Tab")
    visit.keyboard.press("Tab")
    expect(visit.get_by_role("button", name="Remove")).to_be_focused()
    visit.keyboard.press("Enter")
    expect(visit.locator("[data-row]")).to_have_count(0)


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
def test_phone_width_and_dark_theme(visit: Page) -> None:
    long_name = "a class with quite a long name that has to break or to be cut somewhere"
    content = zip_of([f"{label}/{k}.wav" for label in (long_name, "b") for k in range(5)])
    add_class(visit, long_name, clips("low", 1))
    assert visit.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert visit.evaluate(OVERFLOWING) == [] and visit.evaluate(UNNAMED) == []
    visit.locator("#own-zip").set_input_files({"name": "t.zip", "mimeType": "application/zip", "buffer": content})
    expect(visit.locator(".gathered li")).to_have_count(3)
    assert visit.evaluate(OVERFLOWING) == [] and visit.evaluate(UNNAMED) == []
    colour = "getComputedStyle(document.querySelector('#own-gathering')).backgroundColor"
    visit.wait_for_function(f"{colour} === 'rgb(29, 32, 36)'")


def test_zips_made_in_the_browser_are_zips(modules: Page) -> None:
    packed = modules.evaluate(
        """async () => {
            const {makeZip, listZip} = await import("/page/components/collection/zip.js");
            const zip = await makeZip([
                {path: "Flöte/a.wav", file: new Blob([Uint8Array.from({length: 5000}, (_, i) => i % 251)])},
                {path: "b/empty.wav", file: new Blob([])},
            ]);
            const bytes = new Uint8Array(await zip.arrayBuffer());
            return [btoa(String.fromCharCode(...bytes)), await listZip(zip)];
        }"""
    )
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(packed[0]))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == packed[1] == ["Flöte/a.wav", "b/empty.wav"]
        assert archive.read("Flöte/a.wav") == bytes(i % 251 for i in range(5000))


LAYOUTS = [
    ["a/1.wav", "b/2.wav"],
    ["top/a/1.wav", "top/b/2.wav", "top/loose.wav"],
    ["a/album/1.wav", "a/2.wav", "b/3.wav", "loose.wav"],
    ["__MACOSX/a/._1.wav", "a/1.wav", "b/2.FLAC", "b/.hidden.wav", "b/cover.jpg"],
]


@pytest.mark.parametrize("names", LAYOUTS)
def test_page_and_server_sort_alike(modules: Page, tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of(names))
    limits = UploadLimits(min_clips_per_class=1, clip=ClipLimits(max_bytes=99), max_zip_bytes=999)
    received, _ = receive_clips(path, "a.zip", tmp_path, limits)
    sorted_by_page = modules.evaluate(
        """async ([names, rules]) => {
            const {sortIntoClasses} = await import("/page/components/collection/classes.js");
            const {classes} = sortIntoClasses(names.map((path) => ({path, file: null})), rules);
            return Object.fromEntries(classes.map(({label, clips}) => [label, clips.length]));
        }""",
        [names, collection_rules(limits)],
    )
    assert sorted_by_page == Counter(clip.label for clip in received)


def test_sentences_on_the_test_result(modules: Page) -> None:
    def sentences(confusion: list[list[int]]) -> list[str]:
        n = sum(map(sum, confusion))
        metrics = {"evaluations": {"test": {"pecmae": {"n_tracks": n, "confusion": confusion}}}}
        bundle = json.dumps({"metrics": metrics, "classes": [{}] * len(confusion)})
        return modules.evaluate(
            f"import('/page/components/collection/learned.js').then(({{testSentences}}) => testSentences({bundle}))"
        )

    assert sentences([[3, 1], [0, 4]]) == [
        "The model was tested on 8 clips that it wasn't trained on. 7 of 8 were classified correctly; random guessing "
        "would get about 1 in 2.",
        "With only 8 test clips, this is a rough estimate.",
    ]
    assert sentences([[40, 10], [0, 50]])[1] == "That is 90 %."

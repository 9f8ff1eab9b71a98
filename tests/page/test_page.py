"""A track on the page: dropped, recorded, broken, too long, explained again; and the sums that the page shows."""

import re
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from playwright.sync_api import BrowserContext, Page, Route, expect
from sounds import write_tone

from app import create_app
from page.browser import MAX_CLIP_S, PLAYS, choose, drop, explained, number, open_page, serving
from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.bundles.bundle import load_bundle
from pecmae.paths import MODELS
from pecmae.server.settings import Settings

pytestmark = pytest.mark.slow


def test_dropped_track_is_explained(page: Page, address: str, track: Path) -> None:
    expected = explained(address, track, "tiny")
    drop(page, track)
    expect(page.locator(".clip-name")).to_have_text(track.name)
    order = sorted(range(3), key=lambda c: -expected["scores"][c])
    classes = [expected["classes"][c] for c in order]
    scores = [f"{expected['scores'][c]:.2f}" for c in order]
    reason = max(expected["prototypes"], key=lambda item: item["contributions"][order[0]])["id"]
    expect(page.locator("#verdict .verdict")).to_have_text(
        re.compile(rf"This track sounds most like {classes[0]} \(score {scores[0]}\), because .*{reason}")
    )
    named = [c for c in order[1:] if expected["scores"][c] > 0.05]
    expect(page.locator("#verdict .next li")).to_have_text(
        [re.compile(rf"Then {expected['classes'][c]} \(score {expected['scores'][c]:.2f}\)") for c in named]
    )
    expect(page.locator("#verdict .note")).to_have_text(
        "This bundle was made for tests: its scores say nothing about music."
    )
    shown = page.locator("#scores .bar b").all_inner_texts()
    assert shown == scores
    nearest = sorted(expected["prototypes"], key=lambda item: item["distance"])
    assert page.locator("#distances .name").all_inner_texts() == [item["id"] for item in nearest]
    assert page.locator("#distances .number").all_inner_texts() == [f"{item['distance']:.2f}" for item in nearest]
    assert (
        f"{nearest[0]['id']}, at distance {nearest[0]['distance']:.2f}"
        in page.locator("#verdict .evidence").inner_text()
    )
    page.wait_for_function("document.getElementById('map').data.some((trace) => trace.name === 'your track')")
    place = page.evaluate(
        "(({x, y}) => [x[0], y[0]])(document.getElementById('map').data.find((item) => item.name === 'your track'))"
    )
    assert place == pytest.approx(expected["map"])
    dots = page.evaluate(
        "document.getElementById('map').data.find((item) => item.name === 'segments of your track').x.length"
    )
    assert dots == len(expected["segments"])
    expect(page.locator(".clip")).to_contain_text("The server deletes your track when you close this page")


def test_examples_open_at_once_and_play(page: Page, address: str) -> None:
    expect(page.locator(".clip-name")).to_have_text("A low étude")
    with page.expect_request("**/examples/tiny/noise-0100.json"):
        page.get_by_role("radio", name="A noise étude").check()
    expect(page.locator(".clip-name")).to_have_text("A noise étude")
    page.get_by_role("button", name="Play this track").click()
    page.wait_for_function(PLAYS, arg="/examples/noise-0100.ogg")
    assert "example=noise-0100" in page.url
    page.reload()
    expect(page.locator(".clip-name")).to_have_text("A noise étude")


def test_verdict_says_first_that_a_track_is_unlike_all_training_music(page: Page) -> None:
    def answer(route: Route) -> None:
        explanation = route.fetch().json()
        explanation["novelty"] |= {"is_novel": True, "score": 2.5}
        route.fulfill(json=explanation)

    expect(page.locator("#verdict .verdict")).to_contain_text("This track sounds most like")
    page.route("**/examples/tiny/noise-0100.json", answer)
    page.get_by_role("radio", name="A noise étude").check()
    expect(page.locator("#verdict .verdict")).to_have_text(
        "This track is unlike the music that the model was trained on."
    )
    expect(page.locator("#verdict p.next")).to_contain_text(
        re.compile(r"which class comes closest: noise \(score .*noise-")
    )


def test_broken_file_shows_the_error_of_the_api_and_keeps_the_result(page: Page, address: str, tmp_path: Path) -> None:
    verdict = page.locator("#verdict").inner_text()
    broken = tmp_path / "letter.mp3"
    broken.write_text("Dear Sir or Madam, this isn't music." * 40)
    sentence = explained(address, broken, "tiny")["error"]["message"]
    choose(page, broken)
    expect(page.get_by_role("alert").locator(".sentence")).to_have_text(sentence)
    assert page.locator("#verdict").inner_text() == verdict
    expect(page.locator(".clip-name")).to_have_text("A low étude")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert").locator(".sentence")).to_have_count(0)


def test_first_part_of_a_clip_that_is_too_long(page: Page, tmp_path: Path) -> None:
    long = write_tone(tmp_path / "long.wav", MAX_CLIP_S + 10, 8_000)
    choose(page, long)
    page.get_by_role("button", name=f"Analyse the first {MAX_CLIP_S:.0f} seconds").click()
    expect(page.locator(".clip-name")).to_have_text("long.wav")
    expect(page.locator(".clip .note")).to_contain_text("1 min 40 s")


def test_short_clip_says_that_it_was_repeated(page: Page, address: str, tmp_path: Path) -> None:
    short = write_tone(tmp_path / "short.wav", 1.5)
    choose(page, short)
    expect(page.locator(".clip .note")).to_have_text(explained(address, short, "tiny")["clip"]["notes"])


def test_silent_and_overlapping_segments_are_drawn(page: Page, address: str, tmp_path: Path) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(11 * SAMPLE_RATE) / SAMPLE_RATE)
    tone[4 * SAMPLE_RATE : 8 * SAMPLE_RATE] = 0
    path = tmp_path / "gap.wav"
    soundfile.write(path, tone, SAMPLE_RATE)
    explanation = explained(address, path, "tiny")
    assert [segment["is_silent"] for segment in explanation["segments"]] == [False, True, False]
    choose(page, path)
    expect(page.locator(".clip .note")).to_have_text(explanation["clip"]["notes"])
    expect(page.locator("#timeline .silent")).to_have_count(1)
    expect(page.locator("#timeline .readout")).to_contain_text("Hatched segments are silent")
    silent = page.locator("#timeline .silent")  # from 4 s to 7.5 s, the middle between both
    assert float(silent.get_attribute("x") or 0) == pytest.approx(1000 * 4 / 11, abs=0.01)
    assert float(silent.get_attribute("width") or 0) == pytest.approx(1000 * 3.5 / 11, abs=2.01)
    silent.hover(force=True)  # the slider lies over it
    expect(page.locator("#timeline .readout")).to_have_text(
        "0:04 to 0:08: silent. This segment isn't used for the scores."
    )
    assert explanation["prototypes"][0]["distance"] == pytest.approx(
        -np.log(explanation["prototypes"][0]["similarity"])
    )


def test_recording_is_analysed_without_processing_for_speech(page: Page) -> None:
    asked = """() => {
        const ask = MediaDevices.prototype.getUserMedia;
        MediaDevices.prototype.getUserMedia = function (constraints) {
            window.asked = constraints;
            return ask.call(this, constraints);
        };
    }"""
    page.add_init_script(f"({asked})()")
    page.reload()
    expect(page.locator("#verdict .verdict")).to_be_visible(timeout=30_000)  # the page's scripts run
    page.get_by_role("button", name="Record audio").click()
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(2000)
    page.locator("#track .stop-button").last.click()
    expect(page.locator(".clip-name")).to_have_text("audio.wav")
    constraints = page.evaluate("window.asked.audio")
    assert [constraints[name] for name in ("echoCancellation", "noiseSuppression", "autoGainControl")] == [False] * 3


def test_another_bundle_explains_the_same_file(page: Page, address: str, track: Path) -> None:
    drop(page, track)
    expect(page.locator(".clip-name")).to_have_text(track.name)
    page.get_by_role("combobox", name="Bundle").click()
    page.get_by_role("option", name="Tones again").click()
    expected = explained(address, track, "tones")
    nearest = min(item["distance"] for item in expected["prototypes"])
    expect(page.locator("#verdict .evidence")).to_contain_text(f"at distance {nearest:.2f}")
    expect(page.locator(".clip-name")).to_have_text(track.name)
    assert "bundle=tones" in page.url


def test_removing_the_track_leaves_the_map(page: Page) -> None:
    page.get_by_role("button", name="remove").click()
    expect(page.locator("#verdict .verdict")).to_have_text(
        "Drop, choose or record a track to see which classes it resembles."
    )
    expect(page.locator("#ledger")).to_be_hidden()
    page.wait_for_function("!document.getElementById('map').data.some((trace) => trace.name === 'your track')")


@pytest.mark.parametrize("class_id", ["low", "high", "noise"])
def test_ledger_adds_up_to_the_logit_or_the_difference_of_the_logits(page: Page, address: str, class_id: str) -> None:
    baked = httpx.get(f"{address}/examples/tiny/low-0100.json").json()
    logits = dict(zip(baked["classes"], baked["logits"], strict=True))
    expected = logits["low"] if class_id == "low" else logits["low"] - logits[class_id]
    page.get_by_label("Class to explain").select_option(class_id)
    expect(page.locator("#ledger h2 span").first).to_have_text(re.compile(rf"Why (not )?{class_id}\?"))
    said = f"The logit of low is {expected:.2f}{'' if class_id == 'low' else f' higher than that of {class_id}'}"
    expect(page.locator("#ledger .result")).to_contain_text(said)
    amounts = [number(text) for text in page.locator("#ledger tbody td:last-child").all_inner_texts()]
    assert amounts[-1] == pytest.approx(expected, abs=0.0006)
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=0.0005 * len(amounts))
    for row in page.locator("#ledger tbody tr").all()[: len(baked["prototypes"])]:
        _, similarity, weight, amount = [number(text) for text in row.locator("td").all_inner_texts()]
        assert similarity * weight == pytest.approx(amount, abs=0.03)


@pytest.mark.parametrize("width", [1280, 390])
def test_enter_shows_a_ledger_and_keeps_the_focus(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    bar = page.get_by_role("button", name=re.compile(r"^high \d\.\d\d$"))  # its name is its label
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ledger h2 span").first).to_have_text("Why not high?")
    expect(bar).to_have_attribute("aria-pressed", "true")
    expect(bar).to_be_focused()
    page.get_by_role("button", name="Why low?").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ledger h2 span").first).to_have_text("Why low?")
    expect(page.get_by_role("button", name=re.compile(r"^Why not \w+\?$"))).to_be_focused()
    page.get_by_role("button", name="Show all 6", exact=True).click()
    expect(page.get_by_role("button", name="show the nearest")).to_be_focused()


def test_the_verdict_plays_the_prototypes_that_it_names(page: Page) -> None:
    name = page.locator("#verdict .verdict [data-sound]").first
    url = name.get_attribute("data-sound")
    name.click()
    page.wait_for_function(PLAYS, arg=url)


def test_all_prototypes_can_be_unfolded_by_class(page: Page) -> None:
    page.get_by_role("button", name="Show all 6", exact=True).click()
    groups = page.locator("#distances .group")
    assert sorted(groups.locator("h3").all_inner_texts()) == ["high", "low", "noise"]
    for group in groups.all():
        distances = [number(text) for text in group.locator(".number").all_inner_texts()]
        assert len(distances) == 2 and distances == sorted(distances)


@pytest.mark.usefixtures("trained_musicnn")
def test_shipped_models_explain_a_real_track(context: BrowserContext, track: Path) -> None:
    if not (MODELS / "gtzan" / "manifest.json").is_file():
        pytest.skip("models/gtzan isn't there; build it")
    labels = [item.label for item in load_bundle(MODELS / "gtzan").manifest.classes]
    with serving(create_app(Settings())) as address:
        page = context.new_page()
        open_page(page, address)
        drop(page, track)
        expect(page.locator(".clip-name")).to_have_text(track.name)
        said = page.locator("#verdict .verdict").inner_text()
        assert any(f"This track sounds most like {label}" in " ".join(said.split()) for label in labels), said
        assert sum(float(text) for text in page.locator("#scores .bar b").all_inner_texts()) == pytest.approx(
            1, abs=0.06
        )
        source = page.get_by_text("This bundle contains no recordings.").locator("visible=true")
        expect(source).to_be_visible()
        page.get_by_role("tab", name="Prototypes").click()
        expect(source).to_be_visible()
        page.close()

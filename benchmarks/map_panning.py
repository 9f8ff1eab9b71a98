"""How quickly the page's map follows a pan, with very many training segments, in headless Chromium.

    python benchmarks/map_panning.py [--points N] [--pans N]

Makes a bundle with N random training segments without sound from the bundle `gtzan`, serves it, and drags the map: once
where it shows the density of the segments, and once zoomed in, where each has a symbol. A step is timed from the event
of the mouse to the end of the next frame, so it includes the time that the event waits. So is each release.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
from browsing import open_browser
from playwright.sync_api import Page
from report import report
from serving import running_app, seconds_until_answer

from pecmae.bundles.bundle import Bundle, find_bundle, load_bundle
from pecmae.bundles.manifest import TrackInfo, changed
from pecmae.bundles.map_coordinates import to_unit_square
from pecmae.bundles.measurements import Metrics
from pecmae.bundles.writing import write_bundle
from pecmae.paths import MODELS

NAME = "many-segments"
SEGMENTS_PER_TRACK, CLUSTERS_PER_CLASS = 10, 4
STEPS_PER_PAN, STEP_PX = 8, (9, 5)
ZOOMS = {"density": 2, "symbols": 9}
"""Presses of the button that zooms in, by what the map then shows."""
WATCH = """() => {
    window.frames_ms = {mousemove: [], mouseup: []};
    for (const [kind, times] of Object.entries(window.frames_ms)) {
        window.addEventListener(kind, ({timeStamp}) => requestAnimationFrame(() => {
            const {port1, port2} = new MessageChannel();  // its message comes after the frame is painted
            port1.onmessage = () => times.push(performance.now() - timeStamp);
            port2.postMessage(null);
        }), {capture: true});
    }
}"""
TAKE = """() => Object.values(window.frames_ms).map((times) => times.splice(0))"""
SYMBOLS = "document.querySelectorAll('#map .scatterlayer .point').length"
DRAWN = "document.querySelector('#map.js-plotly-plot .scatterlayer') !== null"
RANGE = "document.getElementById('map').layout.xaxis.range[0]"
SETTLED = "() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 400)))"


def write_large_bundle(source: Bundle, folder: Path, n_points: int, seed: int = 0) -> Bundle:
    """Write a bundle with another's prototypes, and with random training segments in clusters, none of which has sound.

    Args:
        source: The bundle whose classes and network are kept.
        folder: Of the new bundle.
        n_points: Number of training segments.
        seed: Of the random numbers.

    Returns:
        The new bundle.
    """
    rng = np.random.default_rng(seed)
    n_classes, dim = len(source.manifest.classes), source.network.dim
    labels = np.arange(n_points) % n_classes
    centres = rng.uniform(-1, 1, (n_classes, CLUSTERS_PER_CLASS, 2))
    scattered = centres[labels, rng.integers(CLUSTERS_PER_CLASS, size=n_points)]
    scattered = scattered + 0.12 * rng.standard_normal((n_points, 2))
    places = centres[np.repeat(np.arange(n_classes), source.manifest.prototypes_per_class), 0]
    coordinates = to_unit_square(np.concatenate([scattered, places]))
    tracks = [
        TrackInfo(id=f"track-{k:05d}", title=f"Track {k}") for k in range((n_points - 1) // SEGMENTS_PER_TRACK + 1)
    ]
    training = replace(
        source.training,
        tracks=tuple(tracks),
        embeddings=rng.standard_normal((n_points, dim)).astype(np.float32),
        labels=labels,
        track_index=np.arange(n_points) // SEGMENTS_PER_TRACK,
        start_s=(4.0 * (np.arange(n_points) % SEGMENTS_PER_TRACK)).astype(np.float32),
        beat_period_s=np.full(n_points, 0.5, dtype=np.float32),
        beat_strength=np.full(n_points, 0.5, dtype=np.float32),
        coordinates=coordinates[:n_points],
        prototype_coordinates=coordinates[n_points:],
    )
    manifest = changed(source.manifest, name=folder.name, title=f"{n_points:,} random segments", metrics=Metrics())
    return write_bundle(folder, manifest, source.network, training, audio=[], model_card="# Random segments\n")


def pan(page: Page, n_pans: int) -> tuple[list[float], list[float]]:
    """Drag the map to and fro; gives the milliseconds of every step and of every release."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    steps: list[float] = []
    releases: list[float] = []
    for number in range(n_pans):
        before = page.evaluate(RANGE)
        sign = -1 if number % 2 else 1
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate(SETTLED)
        page.evaluate(TAKE)
        for step in range(1, STEPS_PER_PAN + 1):
            page.mouse.move(x + sign * step * STEP_PX[0], y + sign * step * STEP_PX[1])
        page.mouse.up()
        page.evaluate(SETTLED)
        moved, released = page.evaluate(TAKE)
        if page.evaluate(RANGE) == before:
            raise SystemExit("The map didn't follow the mouse.")
        steps += moved
        releases += released
    return steps, releases


def row(what: str, n_symbols: int, times_ms: list[float]) -> str:
    """A row of the table."""
    values = (len(times_ms), *np.percentile(times_ms, [50, 95, 100]))
    return "| {} | {} | {} | {:.0f} | {:.0f} | {:.0f} |".format(what, n_symbols, *values)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--pans", type=int, default=30)
    arguments = parser.parse_args()
    with report() as write, tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        models = Path(folder)
        (models / "compact").symlink_to(MODELS / "compact")
        write_large_bundle(load_bundle(find_bundle("gtzan")), models / NAME, arguments.points)
        with running_app(PECMAE_MODELS=folder) as (address, started):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            drawing = f"{address}/api/v1/bundles/{NAME}/map"
            seconds_until_answer(drawing, started)
            answer = httpx.get(drawing, timeout=60)
            size, asked_s = len(answer.content), answer.elapsed.total_seconds()
            page.goto(address)
            page.wait_for_function(DRAWN, timeout=60_000)
            page.locator("#map").scroll_into_view_if_needed()
            page.evaluate(WATCH)
            write(f"{arguments.points:,} training segments: {size / 1e6:.1f} MB of JSON, sent in {asked_s:.1f} s.")
            write(f"Chromium {browser.version}, window of 1280 x 900, {arguments.pans} pans of each kind.\n")
            write("| event | symbols | events | median, ms | 95th percentile, ms | slowest, ms |")
            write("|---|---:|---:|---:|---:|---:|")
            pressed = 0
            for shown, zooms in ZOOMS.items():
                for _ in range(zooms - pressed):
                    page.get_by_role("button", name="Zoom in").click()
                pressed = zooms
                page.evaluate(SETTLED)
                n_symbols = page.evaluate(SYMBOLS)
                steps, releases = pan(page, arguments.pans)
                write(row(f"{shown}, step of a pan", n_symbols, steps))
                write(row(f"{shown}, release", n_symbols, releases))
            browser.close()  # first, because the server waits for its connections


if __name__ == "__main__":
    main()

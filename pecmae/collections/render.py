"""Render a collection: what is missing of it, on several processes, with an index that is always whole."""

import json
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from tqdm import tqdm

from pecmae.collections.catalogue import ATTRIBUTION, LICENCE, Kind, kind_of_collection
from pecmae.collections.collection import SCHEMA, Collection, load_collection, read_index, write_at_once, write_index
from pecmae.collections.fluidsynth import UNSEEN_SOUNDFONT, find_synthesiser
from pecmae.collections.planning import TrackPlan, plan_track
from pecmae.collections.track import render_track
from pecmae.config import SAMPLE_RATE
from pecmae.errors import CollectionError

INDEX_INTERVAL_S = 1.0


def render_collection(kind_name: str, out: Path, tracks_per_class: int, seed: int, *, workers: int) -> Collection:
    """Render a collection, or what is missing of it.

    Args:
        kind_name: `genres` or `instruments`.
        out: Its folder.
        tracks_per_class: How many tracks every class has at least.
        seed: The collection's seed.
        workers: Number of processes; 1 renders in this one.

    Returns:
        The finished collection.

    Raises:
        CollectionError: FluidSynth or a soundfont is missing, or the folder holds another collection.
    """
    kind = kind_of_collection(kind_name)
    find_synthesiser().close()
    description = _describe(kind, out, tracks_per_class, seed)
    for folder in (out / "audio", out / "midi"):
        folder.mkdir(parents=True, exist_ok=True)
    write_at_once(out / "collection.json", (json.dumps(description, indent=2) + "\n").encode())

    plans = [plan_track(kind_name, c, number, seed) for number in range(tracks_per_class) for c in kind.class_ids]
    rows = {row["id"]: row for row in read_index(out) if (out / row["audio"]).is_file()}
    missing = [plan for plan in plans if plan.id not in rows]
    written_s = time.monotonic()
    try:
        with tqdm(total=len(plans), initial=len(plans) - len(missing), unit="track", desc=kind.name) as progress:
            for row in render_tracks(missing, kind_name, out, workers):
                rows[row["id"]] = row
                progress.update()
                if time.monotonic() - written_s > INDEX_INTERVAL_S:
                    write_index(out, list(rows.values()))
                    written_s = time.monotonic()
    finally:
        write_index(out, list(rows.values()))
    return load_collection(out)


def render_tracks(plans: list[TrackPlan], kind_name: str, out: Path, workers: int) -> Iterator[dict[str, Any]]:
    """Render tracks into the folders of a collection.

    Args:
        plans: The tracks.
        kind_name: `genres` or `instruments`.
        out: The collection's folder, with its folders `audio` and `midi`.
        workers: Number of processes; 1 renders in this one.

    Yields:
        The tracks' lines of the index, in the order in which they are finished.
    """
    if workers > 1 and len(plans) > 1:
        yield from _rendered_by_workers(plans, kind_name, out, min(workers, len(plans)))
        return
    kind = kind_of_collection(kind_name)
    with find_synthesiser() as synthesiser:
        for plan in plans:
            yield render_track(kind, plan, synthesiser, out)


def _rendered_by_workers(plans: list[TrackPlan], kind_name: str, out: Path, workers: int) -> Iterator[dict[str, Any]]:
    """Lines of the index as worker processes finish their tracks; an error in one of them ends all."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, mp_context=context) as pool:
        todo: Queue[TrackPlan] = manager.Queue()
        done: Queue[dict[str, Any]] = manager.Queue()
        for plan in plans:
            todo.put(plan)
        futures: list[Future[None]] = [pool.submit(_work, kind_name, out, todo, done) for _ in range(workers)]
        try:
            for _ in plans:
                yield _next_done(done, futures)
        finally:
            with suppress(Empty):
                while True:
                    todo.get_nowait()


def _next_done(done: "Queue[dict[str, Any]]", futures: list[Future[None]]) -> dict[str, Any]:
    """Wait for a line of the index, or for the error of a worker that ended."""
    while True:
        try:
            return done.get(timeout=0.5)
        except Empty:
            for future in futures:
                if future.done():
                    future.result()


def _work(kind_name: str, out: Path, todo: "Queue[TrackPlan]", done: "Queue[dict[str, Any]]") -> None:
    """One worker: a synthesiser, and track after track until none is left."""
    kind = kind_of_collection(kind_name)
    with find_synthesiser() as synthesiser:
        while True:
            try:
                plan = todo.get_nowait()
            except Empty:
                return
            done.put(render_track(kind, plan, synthesiser, out))


def _describe(kind: Kind, out: Path, tracks_per_class: int, seed: int) -> dict[str, Any]:
    """The collection's description; refuses to mix it with another collection in the folder."""
    description = {
        "schema": SCHEMA,
        "name": kind.name,
        "kind": kind.kind,
        "classes": [{"id": class_id, "label": class_id.replace("-", " ")} for class_id in kind.class_ids],
        "seed": seed,
        "tracks_per_class": tracks_per_class,
        "sample_rate": SAMPLE_RATE,
        "unseen_soundfont": UNSEEN_SOUNDFONT.name,
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
    }
    if (out / "collection.json").is_file():
        there = json.loads((out / "collection.json").read_text(encoding="utf-8"))
        if there["kind"] != kind.kind or there["seed"] != seed:
            said = f"{out} holds {there['kind']} of seed {there['seed']}, not {kind.kind} of seed {seed}"
            raise CollectionError("other_collection", f"{said}: choose another folder.")
        description["tracks_per_class"] = max(tracks_per_class, there["tracks_per_class"])
    return description

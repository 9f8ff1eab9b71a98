"""Render a dataset: what is missing of it, on several processes, with an index that is always whole."""

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

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.datasets.dataset import SCHEMA, Dataset, load_dataset, read_index, write_index
from pecmae.errors import DatasetError
from pecmae.files import write_at_once
from pecmae.rendering.catalogue import ATTRIBUTION, LICENCE, NOTES_ATTRIBUTION, Kind, kind_of_dataset
from pecmae.rendering.fluidsynth import UNSEEN_SOUNDFONT, find_synthesiser
from pecmae.rendering.planning import TrackPlan, plan_recorded_track, plan_track
from pecmae.rendering.recorded import NoteLibrary, find_notes
from pecmae.rendering.track import render_track

INDEX_INTERVAL_S = 1.0


def render_dataset(
    kind_name: str,
    out: Path,
    tracks_per_class: int,
    seed: int,
    *,
    workers: int,
    note_samples: Path | None = None,
) -> Dataset:
    """Render a dataset, or what is missing of it.

    Args:
        kind_name: `genres`, `instruments` or `recorded`.
        out: Its folder.
        tracks_per_class: How many tracks every class has at least.
        seed: The dataset's seed.
        workers: Number of processes; 1 renders in this one.
        note_samples: Folder of recorded notes, from which training solos are added; `recorded` consists of them.

    Returns:
        The finished dataset.

    Raises:
        DatasetError: FluidSynth or a soundfont is missing, or the folder holds another dataset, or recorded notes
            are missing or of no use to the kind.
    """
    kind = kind_of_dataset(kind_name)
    find_synthesiser().close()
    plans = plan_tracks(kind, tracks_per_class, seed, with_notes=note_samples is not None)
    if note_samples is not None:
        find_notes(note_samples)
    description = _describe(kind, out, tracks_per_class, seed, with_notes=note_samples is not None)
    for folder in (out / "audio", out / "midi"):
        folder.mkdir(parents=True, exist_ok=True)
    write_at_once(out / "dataset.json", (json.dumps(description, indent=2) + "\n").encode())

    rows = {row["id"]: row for row in read_index(out) if (out / row["audio"]).is_file()}
    missing = [plan for plan in plans if plan.id not in rows]
    written_s = time.monotonic()
    try:
        with tqdm(total=len(plans), initial=len(plans) - len(missing), unit="track", desc=kind.name) as progress:
            for row in render_tracks(missing, kind_name, out, workers, note_samples):
                rows[row["id"]] = row
                progress.update()
                if time.monotonic() - written_s > INDEX_INTERVAL_S:
                    write_index(out, list(rows.values()))
                    written_s = time.monotonic()
    finally:
        write_index(out, list(rows.values()))
    return load_dataset(out)


def plan_tracks(kind: Kind, tracks_per_class: int, seed: int, *, with_notes: bool) -> list[TrackPlan]:
    """Plan a dataset.

    Args:
        kind: Its kind.
        tracks_per_class: How many rendered tracks every class has; of recorded notes, where it consists of them.
        seed: The dataset's seed.
        with_notes: Whether recorded notes are there. The classes that they suit then get as many training tracks of
            them as they have rendered ones.

    Returns:
        The plans, each number for all classes before the next.

    Raises:
        DatasetError: `notes_missing` or `notes_unused`.
    """
    if kind.kind == "recorded" and not with_notes:
        raise DatasetError("notes_missing", "Solos of recorded notes need --note-samples DIR, the notes' folder.")
    if with_notes and not kind.recorded_class_ids:
        raise DatasetError("notes_unused", f"No recorded notes belong into {kind.kind}: leave --note-samples out.")
    numbers = range(tracks_per_class)
    if kind.kind == "recorded":
        return [
            plan_recorded_track(kind.kind, class_id, number, seed, training_only=False)
            for number in numbers
            for class_id in kind.class_ids
        ]
    plans = [plan_track(kind.kind, class_id, number, seed) for number in numbers for class_id in kind.class_ids]
    for class_id in kind.recorded_class_ids if with_notes else ():
        n_training = sum(plan.class_id == class_id and plan.split == "train" for plan in plans)
        plans += [
            plan_recorded_track(kind.kind, class_id, number, seed, training_only=True) for number in range(n_training)
        ]
    return plans


def render_tracks(
    plans: list[TrackPlan], kind_name: str, out: Path, workers: int, note_samples: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Render tracks into the folders of a dataset.

    Args:
        plans: The tracks.
        kind_name: `genres`, `instruments` or `recorded`.
        out: The dataset's folder, with its folders `audio` and `midi`.
        workers: Number of processes; 1 renders in this one.
        note_samples: Folder of recorded notes; needed for plans of them.

    Yields:
        The tracks' lines of the index, in the order in which they are finished.
    """
    if workers > 1 and len(plans) > 1:
        yield from _rendered_by_workers(plans, kind_name, out, min(workers, len(plans)), note_samples)
        return
    kind, notes = kind_of_dataset(kind_name), _open_notes(note_samples)
    with find_synthesiser() as synthesiser:
        for plan in plans:
            yield render_track(kind, plan, synthesiser, out, notes)


def _open_notes(note_samples: Path | None) -> NoteLibrary | None:
    return None if note_samples is None else find_notes(note_samples)


def _rendered_by_workers(
    plans: list[TrackPlan], kind_name: str, out: Path, workers: int, note_samples: Path | None
) -> Iterator[dict[str, Any]]:
    """Lines of the index as worker processes finish their tracks; an error in one of them ends all."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, mp_context=context) as pool:
        todo: Queue[TrackPlan] = manager.Queue()
        done: Queue[dict[str, Any]] = manager.Queue()
        for plan in plans:
            todo.put(plan)
        futures: list[Future[None]] = [
            pool.submit(_work, kind_name, out, todo, done, note_samples) for _ in range(workers)
        ]
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


def _work(
    kind_name: str,
    out: Path,
    todo: "Queue[TrackPlan]",
    done: "Queue[dict[str, Any]]",
    note_samples: Path | None,
) -> None:
    """One worker: a synthesiser, and track after track until none is left."""
    kind, notes = kind_of_dataset(kind_name), _open_notes(note_samples)
    with find_synthesiser() as synthesiser:
        while True:
            try:
                plan = todo.get_nowait()
            except Empty:
                return
            done.put(render_track(kind, plan, synthesiser, out, notes))


def _describe(kind: Kind, out: Path, tracks_per_class: int, seed: int, *, with_notes: bool) -> dict[str, Any]:
    """The dataset's description; refuses to mix it with another dataset in the folder."""
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
    if with_notes:
        description["attribution"] = (
            NOTES_ATTRIBUTION if kind.kind == "recorded" else f"{ATTRIBUTION} {NOTES_ATTRIBUTION}"
        )
    if (out / "dataset.json").is_file():
        there = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
        if there["kind"] != kind.kind or there["seed"] != seed:
            said = f"{out} holds {there['kind']} of seed {there['seed']}, not {kind.kind} of seed {seed}"
            raise DatasetError("other_dataset", f"{said}: choose another folder.")
        description["tracks_per_class"] = max(tracks_per_class, there["tracks_per_class"])
    return description

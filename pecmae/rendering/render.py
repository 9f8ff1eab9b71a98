"""Render a dataset in several processes; an interrupted rendering continues with the tracks that are missing."""

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue

from tqdm import tqdm

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import (
    DESCRIPTION_FILE,
    Dataset,
    DatasetDescription,
    load_dataset,
    read_description,
    read_index,
    write_description,
    write_index,
)
from pecmae.errors import DatasetError
from pecmae.rendering.catalogue import ATTRIBUTION, LICENCE, NOTES_ATTRIBUTION, Kind, kind_of_dataset
from pecmae.rendering.fluidsynth import UNSEEN_SOUNDFONT, find_synthesiser
from pecmae.rendering.note_library import NoteLibrary, find_notes
from pecmae.rendering.planning import TrackPlan, plan_recorded_track, plan_track
from pecmae.rendering.rendered_track import RenderedTrack
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
    """Render the tracks of a dataset that its folder lacks.

    Args:
        kind_name: `genres`, `instruments` or `recorded`.
        out: The dataset's folder.
        tracks_per_class: Least number of tracks per class.
        seed: The dataset's seed.
        workers: Number of processes; 1 renders in this process.
        note_samples: Folder of recorded notes. `instruments` then gets additional training solos that are played with
            these notes; `recorded` consists of such solos.

    Returns:
        The finished dataset.

    Raises:
        DatasetError: FluidSynth or a soundfont is missing, the folder holds another dataset, or recorded notes are
            missing or the kind can't use them.
    """
    kind = kind_of_dataset(kind_name)
    find_synthesiser().close()
    plans = plan_tracks(kind, tracks_per_class, seed, with_notes=note_samples is not None)
    if note_samples is not None:
        find_notes(note_samples)
    description = _describe(kind, out, tracks_per_class, seed, with_notes=note_samples is not None)
    for folder in (out / "audio", out / "midi"):
        folder.mkdir(parents=True, exist_ok=True)
    write_description(out, description)

    tracks = {track.id: track for track in read_index(out, RenderedTrack) if (out / track.audio).is_file()}
    missing = [plan for plan in plans if plan.id not in tracks]
    written_s = time.monotonic()
    try:
        with tqdm(total=len(plans), initial=len(plans) - len(missing), unit="track", desc=kind.name) as progress:
            for track in render_tracks(missing, kind_name, out, workers, note_samples):
                tracks[track.id] = track
                progress.update()
                if time.monotonic() - written_s > INDEX_INTERVAL_S:
                    write_index(out, tracks.values())
                    written_s = time.monotonic()
    finally:
        write_index(out, tracks.values())
    return load_dataset(out)


def plan_tracks(kind: Kind, tracks_per_class: int, seed: int, *, with_notes: bool) -> list[TrackPlan]:
    """Plan the tracks of a dataset.

    Args:
        kind: Kind of the dataset.
        tracks_per_class: Number of tracks per class, without additional training solos of recorded notes.
        seed: The dataset's seed.
        with_notes: Whether recorded notes are given. Each class of `kind.recorded_class_ids` then gets as many
            training tracks of recorded notes as it has rendered ones.

    Returns:
        The plans, ordered by number, then by class.

    Raises:
        DatasetError: `notes_missing` or `notes_unused`.
    """
    if kind.kind == "recorded" and not with_notes:
        raise DatasetError("notes_missing", "Solos of recorded notes need the notes' folder: give --note-samples DIR.")
    if with_notes and not kind.recorded_class_ids:
        raise DatasetError("notes_unused", f"The dataset {kind.kind} uses no recorded notes: leave out --note-samples.")
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
) -> Iterator[RenderedTrack]:
    """Render tracks into the folder of a dataset.

    Args:
        plans: The planned tracks.
        kind_name: `genres`, `instruments` or `recorded`.
        out: The dataset's folder; its subfolders `audio` and `midi` must exist.
        workers: Number of processes; 1 renders in this process.
        note_samples: Folder of recorded notes; needed if a plan asks for them.

    Yields:
        The tracks, in the order in which they are finished.
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
) -> Iterator[RenderedTrack]:
    """Yield tracks as worker processes finish them; an error in one worker ends all."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, mp_context=context) as pool:
        todo: Queue[TrackPlan] = manager.Queue()
        done: Queue[RenderedTrack] = manager.Queue()
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


def _next_done(done: "Queue[RenderedTrack]", futures: list[Future[None]]) -> RenderedTrack:
    """Wait for a finished track, or raise the error of a worker that failed."""
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
    done: "Queue[RenderedTrack]",
    note_samples: Path | None,
) -> None:
    """Render track after track in one worker process, until none is left."""
    kind, notes = kind_of_dataset(kind_name), _open_notes(note_samples)
    with find_synthesiser() as synthesiser:
        while True:
            try:
                plan = todo.get_nowait()
            except Empty:
                return
            done.put(render_track(kind, plan, synthesiser, out, notes))


def _describe(kind: Kind, out: Path, tracks_per_class: int, seed: int, *, with_notes: bool) -> DatasetDescription:
    """The description of the dataset, if the folder is empty or holds a dataset of the same kind and seed."""
    attribution = ATTRIBUTION
    if with_notes:
        attribution = NOTES_ATTRIBUTION if kind.kind == "recorded" else f"{ATTRIBUTION} {NOTES_ATTRIBUTION}"
    if (out / DESCRIPTION_FILE).is_file():
        there = read_description(out)
        if (there.kind, there.seed) != (kind.kind, seed):
            raise DatasetError(
                "other_dataset",
                f"{out} holds {there.kind} of seed {there.seed}, not {kind.kind} of seed {seed}: choose another "
                "folder.",
            )
        tracks_per_class = max(tracks_per_class, there.tracks_per_class or 0)
    return DatasetDescription(
        name=kind.name,
        kind=kind.kind,
        classes=tuple(ClassInfo(id=class_id, label=class_id.replace("-", " ")) for class_id in kind.class_ids),
        licence=LICENCE,
        attribution=attribution,
        seed=seed,
        unseen_soundfont=UNSEEN_SOUNDFONT.name,
        tracks_per_class=tracks_per_class,
        sample_rate=SAMPLE_RATE,
    )

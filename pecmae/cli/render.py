"""`pecmae render genres|instruments|recorded`: compose and render a labelled dataset."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

TRACKS_PER_CLASS = {"genres": 60, "instruments": 60, "recorded": 20}


def run(
    kind: Annotated[
        Literal["genres", "instruments", "recorded"],
        typer.Argument(help="Music of ten genres, solos of eight instruments, or solos made of recorded notes."),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The dataset's folder.")],
    tracks_per_class: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Number of tracks per class.", show_default="60; for recorded 20"),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same music.")] = 1,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="W", help="Number of processes.", show_default="all cores")
    ] = None,
    note_samples: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of recorded notes: `instruments` adds training solos made of them, `recorded` needs them.",
        ),
    ] = None,
) -> None:
    """Compose and render a labelled dataset.

    If it is interrupted, the same command continues.
    """
    from pecmae.rendering import require_extra

    require_extra()
    from pecmae.rendering.render import render_dataset

    dataset = render_dataset(
        kind,
        out,
        tracks_per_class or TRACKS_PER_CLASS[kind],
        seed,
        workers=workers or os.cpu_count() or 1,
        note_samples=note_samples,
    )
    splits = [track.split for track in dataset.tracks]
    counts = ", ".join(f"{splits.count(split)} {split}" for split in ("train", "valid", "test"))
    n_unseen = sum(track.unseen_soundfont for track in dataset.tracks)
    print(
        f"{dataset.path}: {len(splits)} tracks of {len(dataset.classes)} classes, {counts} "
        f"({n_unseen} of them with the unseen soundfont)"
    )

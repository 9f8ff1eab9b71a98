"""`pecmae render genres|instruments|recorded`: compose and render a labelled dataset; resumes where it stopped."""

import argparse
import os
from pathlib import Path
from typing import Any

KINDS = ("genres", "instruments", "recorded")
TRACKS_PER_CLASS = {"genres": 60, "instruments": 60, "recorded": 20}


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("render", help="compose and render a labelled dataset")
    parser.add_argument(
        "kind", choices=KINDS, help="music of ten genres, solos of eight instruments, or solos of recorded notes"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the dataset")
    parser.add_argument("--tracks-per-class", type=_positive, metavar="N", help="default: 60; recorded: 20")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same music (default: 1)")
    parser.add_argument(
        "--workers", type=_positive, default=os.cpu_count() or 1, metavar="W", help="default: all cores"
    )
    parser.add_argument(
        "--note-samples",
        type=Path,
        metavar="DIR",
        help="folder of recorded notes: adds training solos of them to instruments; recorded consists of them",
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Render, then say what is there."""
    from pecmae.rendering import require_extra

    require_extra()
    from pecmae.rendering.render import render_dataset

    dataset = render_dataset(
        arguments.kind,
        arguments.out,
        arguments.tracks_per_class or TRACKS_PER_CLASS[arguments.kind],
        arguments.seed,
        workers=arguments.workers,
        note_samples=arguments.note_samples,
    )
    counts = {split: sum(track.split == split for track in dataset.tracks) for split in ("train", "valid", "test")}
    unseen = sum(track.unseen_soundfont for track in dataset.tracks)
    print(
        f"{dataset.path}: {len(dataset.tracks)} tracks of {len(dataset.classes)} classes, {counts['train']} "
        f"train, {counts['valid']} valid, {counts['test']} test ({unseen} of them with the unseen soundfont)"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} isn't at least 1")
    return number

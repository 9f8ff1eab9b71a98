"""`pecmae datasets open-music --out DIR`: fetch a dataset to train on."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def run(
    dataset: Annotated[Literal["open-music"], typer.Argument(help="Free music from Debian packages, about 21 hours.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The dataset's folder.")],
    package: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A Debian package; repeatable.", show_default="all known")
    ] = None,
) -> None:
    """Fetch a dataset.

    If it is interrupted, the same command continues.
    """
    from pecmae.datasets.open_music import fetch_open_music

    tracks = fetch_open_music(out, package or (), report=print)
    hours = sum(track.duration_s for track in tracks) / 3600
    n_valid = sum(track.split == "valid" for track in tracks)
    print(f"{out}: {dataset}, {len(tracks)} tracks, {hours:.1f} h, {n_valid} of them for validation")

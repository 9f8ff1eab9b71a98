"""`pecmae tags FILE`: the tags of a track by MusiCNN, trained on the Million Song Dataset."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    track: Annotated[Path, typer.Argument(metavar="FILE", help="An audio file.")],
    n: Annotated[int, typer.Option("--number", min=1, max=50, help="Number of tags.")] = 10,
) -> None:
    """Print the tags that MusiCNN gives a track."""
    from pecmae.audio.reading import read_clip
    from pecmae.explain.tagging import tag_waveform
    from pecmae.networks.pretrained import load_musicnn

    for tag in tag_waveform(read_clip(track, first_part=True).waveform, load_musicnn())[:n]:
        print(f"{tag.probability:6.1%}  {tag.name}")

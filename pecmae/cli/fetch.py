"""`pecmae fetch [NAME...]`: fetch the pretrained weights that autoencoders build on."""

from pathlib import Path
from typing import Annotated

import typer

from pecmae.errors import NotFoundError
from pecmae.paths import MODELS


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Autoencoders, such as published-4s. [default: compact]"),
    ] = None,
    models: Annotated[Path, typer.Option(help="Folder of the autoencoders.")] = MODELS,
) -> None:
    """Fetch the weights of others that autoencoders need, and print where they are.

    What is on this machine isn't fetched again. The compact autoencoder and the tags need MusiCNN.
    """
    from tqdm import tqdm

    from pecmae.networks.fetching import MUSICNN, fetch_weights
    from pecmae.networks.published.weights import PUBLISHED

    for name in names or [MUSICNN]:
        with tqdm(desc=name, unit="B", unit_scale=True, disable=None, leave=False) as bar:

            def show(received: int, total: int, bar: tqdm = bar) -> None:
                bar.total = total or None
                bar.update(received - bar.n)

            paths = fetch_weights(name, models, show)
        if not paths:
            known = ", ".join(["compact", *PUBLISHED])
            raise NotFoundError(
                "unknown_weights", f"The autoencoder {name!r} has no pretrained weights to fetch; {known} have."
            )
        for path in paths:
            print(f"{name}: {path}")

"""`pecmae validate`: choose the number of prototypes and lambda, and measure the choice by cross-validation."""

from pathlib import Path
from typing import Annotated

import typer

from pecmae.cli import options
from pecmae.cli.building import WORK
from pecmae.cli.invocation import command_words
from pecmae.paths import MODELS


def run(
    context: typer.Context,
    dataset: options.DatasetSource,
    data_home: options.DataHome = None,
    autoencoder: options.AutoencoderName = "compact",
    models: options.ModelsFolder = MODELS,
    counts: Annotated[
        str, typer.Option(metavar="K,K", help="Numbers of prototypes per class to choose from, separated by commas.")
    ] = "1,2,3,5,10",
    lambdas: Annotated[
        str, typer.Option(metavar="L,L", help="Values of lambda to choose from, separated by commas.")
    ] = "0.1,0.25,0.5",
    n_steps: options.TrainingSteps = None,
    seed: options.Seed = 0,
    out: Annotated[Path, typer.Option(help="Folder for trained networks and results.")] = Path("runs/validate"),
) -> None:
    """Choose settings on some tracks, and measure the chosen settings on others.

    The settings are the number of prototypes per class and lambda (the weight of the classification loss). They are
    measured on tracks that took no part in the choice. A dataset with blocks (groups of tracks that stay together) is
    cross-validated: each block is tested with settings that were chosen on other blocks. An MLP and kNN are tested on
    the same embeddings for comparison. For any other dataset, the validation split chooses and the test split measures.
    Prints the tables and writes them as JSON. If the command is interrupted, run it again to continue.
    """
    from pecmae.datasets.embeddings import embed_dataset
    from pecmae.datasets.sources import open_dataset
    from pecmae.evaluation.provenance import describe_run, shown_source
    from pecmae.evaluation.tables import VALIDATION, to_markdown
    from pecmae.files import write_at_once
    from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
    from pecmae.training.cross_validation import cross_validate, head_grid
    from pecmae.training.pipeline import embeddings_folder

    tracks = open_dataset(dataset, data_home=data_home, seed=seed)
    embedded = embed_dataset(
        tracks,
        load_checkpoint(autoencoder, models),
        checkpoint_fingerprint(autoencoder, models),
        cache=embeddings_folder(tracks, models / WORK),
    )
    heads = head_grid(embedded, map(int, _numbers(counts)), _numbers(lambdas))
    result = cross_validate(embedded, heads, out / "heads", n_steps=n_steps, show_progress=True)
    command = command_words(context, dataset=shown_source(dataset))
    write_at_once(out / f"{tracks.name}.json", result.model_dump_json(indent=1).encode())
    print(to_markdown({VALIDATION: result.model_dump(mode="json")}, {VALIDATION: describe_run(command, "cpu")}))


def _numbers(text: str) -> tuple[float, ...]:
    """Numbers separated by commas."""
    try:
        return tuple(float(word) for word in text.split(",") if word)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} isn't a list of numbers separated by commas") from error

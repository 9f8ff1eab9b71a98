"""`pecmae pretrain STAGE`: train the decoder of the compact autoencoder, one part after another."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pecmae.paths import MODELS

LEARNING_RATES = {"codec": 8e-4, "sharpen": 8e-4, "denoiser": 6e-4, "vocoder": 5e-4}


def run(
    stage: Annotated[
        Literal["features", "codec", "sharpen", "denoiser", "vocoder", "export"],
        typer.Argument(help="The stage to run."),
    ],
    dataset: Annotated[
        list[Path], typer.Option(help="A folder made by `render` or `datasets`; give one --dataset for each.")
    ],
    weight: Annotated[
        list[float] | None, typer.Option(help="Relative frequency of each --dataset.", show_default="by its length")
    ] = None,
    run: Annotated[Path, typer.Option(help="Folder of features, checkpoints and logs.")] = Path("runs/compact"),
    start: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Begin from the parts in this folder, such as models/compact.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder to which `export` writes the parts.", show_default="models/compact")
    ] = MODELS / "compact",
    minutes: Annotated[float, typer.Option(help="How long to train.")] = 60.0,
    learning_rate: Annotated[
        float | None, typer.Option(help="Learning rate.", show_default=str(LEARNING_RATES).strip("{}"))
    ] = None,
    cooldown: Annotated[float, typer.Option(help="Last part of the time, in which the rate falls.")] = 0.15,
    batch_size: Annotated[int, typer.Option(help="Segments or excerpts per step.")] = 24,
    threads: Annotated[int, typer.Option(help="Threads; one is best on a shared machine.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of weights, batches and noise.")] = 0,
) -> None:
    """Train the decoder of the compact autoencoder.

    Run the stages in this order: features, codec, sharpen, denoiser, vocoder, export. A stage that is interrupted
    continues with the same command, and a finished one trains for longer.
    """
    import torch

    from pecmae.training import decoder_stages
    from pecmae.training.segment_features import compute_features
    from pecmae.training.timed_loop import TimedLoopConfig

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    features = [run / "features" / folder.resolve().name for folder in dataset]
    if stage == "features":
        for folder, into in zip(dataset, features, strict=True):
            compute_features(folder, into)
        return
    if stage == "export":
        decoder_stages.export(run, out)
        return
    rate = learning_rate or LEARNING_RATES[stage]
    loop = TimedLoopConfig(minutes, rate, cooldown_fraction=cooldown, seed=seed)
    settings = decoder_stages.StageSettings(run, start, loop, batch_size)
    if stage == "vocoder":
        decoder_stages.vocoder(settings, dataset)
    else:
        stages = {"codec": decoder_stages.codec, "sharpen": decoder_stages.sharpen, "denoiser": decoder_stages.denoiser}
        stages[stage](settings, features, weight)

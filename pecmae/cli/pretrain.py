"""`pecmae pretrain STAGE`: train the compact generative autoencoder, one stage after another."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pecmae.cli import options
from pecmae.cli.invocation import command_words
from pecmae.paths import MODELS

DEFAULT_STEPS = {"vocoder": 4_000, "encoder": 3_000, "denoiser": 4_000}
DEFAULT_LEARNING_RATES = {"vocoder": 5e-4, "encoder": 1e-3, "denoiser": 5e-4}


def run(
    context: typer.Context,
    stage: Annotated[
        Literal["codec", "vocoder", "encoder", "denoiser", "export"], typer.Argument(help="The stage to run.")
    ],
    dataset: Annotated[list[Path], typer.Option(help="A folder made by `render`; give one --dataset for each.")],
    run: Annotated[Path, typer.Option(help="Folder of checkpoints, logs and weights.")] = Path("runs/compact"),
    start: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Start from the weights of an earlier run's stages.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder to which `export` writes the autoencoder.", show_default="models/compact")
    ] = MODELS / "compact",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Training steps.", show_default=str(DEFAULT_STEPS).strip("{}"))
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Segments per step.")] = 64,
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak learning rate.", show_default=str(DEFAULT_LEARNING_RATES).strip("{}"))
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the stage.")] = 0,
    device: options.Device = "auto",
) -> None:
    """Train the generative autoencoder.

    Run the stages in this order: codec, vocoder, encoder, denoiser, export. If a stage is interrupted, the same command
    continues.
    """
    from pecmae.datasets.dataset import load_dataset
    from pecmae.evaluation.provenance import describe_run
    from pecmae.networks.configuration import COMPACT
    from pecmae.training.autoencoder_card import note_stage, render_autoencoder_card
    from pecmae.training.denoiser_training import export_autoencoder, pretrain_denoiser
    from pecmae.training.encoder_training import pretrain_encoder
    from pecmae.training.loop import LoopConfig, pick_device
    from pecmae.training.pretraining import Pretraining, measure_codec
    from pecmae.training.vocoder_training import pretrain_vocoder

    chosen_device = pick_device(device)
    setting = Pretraining(COMPACT, dataset, run, batch_size, chosen_device, start)
    if stage == "export":
        autoencoder = export_autoencoder(setting, out)
        card = render_autoencoder_card(autoencoder, [load_dataset(path) for path in dataset], run)
        (out / "README.md").write_text(card, encoding="utf-8")
        return
    n_steps = steps or DEFAULT_STEPS.get(stage)
    peak = learning_rate or DEFAULT_LEARNING_RATES.get(stage)
    command = command_words(context, run=run, steps=n_steps, learning_rate=peak)
    note_stage(run, stage, describe_run(command, str(chosen_device)))
    if stage == "codec":
        measure_codec(setting, seed)
    else:
        stages = {"vocoder": pretrain_vocoder, "encoder": pretrain_encoder, "denoiser": pretrain_denoiser}
        stages[stage](setting, LoopConfig(n_steps or 0, peak or 0.0, seed=seed))

"""`pecmae pretrain STAGE`: train the compact generative autoencoder, one stage after another."""

import argparse
from pathlib import Path

from pecmae.networks.configuration import COMPACT
from pecmae.paths import MODELS

DEFAULT_STEPS = {"codec": 0, "vocoder": 4_000, "encoder": 3_000, "denoiser": 4_000, "export": 0}
DEFAULT_LEARNING_RATES = {"vocoder": 5e-4, "encoder": 1e-3, "denoiser": 5e-4}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "pretrain",
        help="train the generative autoencoder",
        description="Run the stages in order: codec, vocoder, encoder, denoiser, export. Interrupted, the same command "
        "goes on.",
    )
    parser.add_argument("stage", choices=tuple(DEFAULT_STEPS))
    parser.add_argument("--dataset", type=Path, nargs="+", required=True, help="folders written by `render`")
    parser.add_argument("--run", type=Path, default=Path("runs/compact"), help="checkpoints, logs, stage weights")
    parser.add_argument("--start", type=Path, metavar="RUN", help="go on from the weights of an earlier run's stages")
    parser.add_argument("--out", type=Path, default=MODELS / "compact", help="where `export` writes the autoencoder")
    parser.add_argument("--steps", type=int, help=f"defaults: {DEFAULT_STEPS}")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, help=f"defaults: {DEFAULT_LEARNING_RATES}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Runs one stage and notes its command in the run's folder."""
    from pecmae.datasets.dataset import load_dataset
    from pecmae.evaluation.provenance import describe_run
    from pecmae.training.autoencoder_card import note_stage, render_autoencoder_card
    from pecmae.training.denoiser_training import export_autoencoder, pretrain_denoiser
    from pecmae.training.encoder_training import pretrain_encoder
    from pecmae.training.loop import LoopConfig, pick_device
    from pecmae.training.pretraining import Pretraining, measure_codec
    from pecmae.training.vocoder_training import pretrain_vocoder

    device = pick_device(arguments.device)
    setting = Pretraining(COMPACT, arguments.dataset, arguments.run, arguments.batch_size, device, arguments.start)
    stage, seed = arguments.stage, arguments.seed
    n_steps = DEFAULT_STEPS[stage] if arguments.steps is None else arguments.steps
    learning_rate = arguments.learning_rate or DEFAULT_LEARNING_RATES.get(stage, 0.0)
    loop = LoopConfig(n_steps, learning_rate, seed=seed)
    if stage == "export":
        autoencoder = export_autoencoder(setting, arguments.out)
        datasets = [load_dataset(path) for path in arguments.dataset]
        card = render_autoencoder_card(autoencoder, datasets, arguments.run)
        (arguments.out / "README.md").write_text(card, encoding="utf-8")
        return
    note_stage(arguments.run, stage, describe_run(_command(arguments, n_steps, learning_rate), str(device)))
    if stage == "codec":
        measure_codec(setting, seed)
    else:
        stages = {"vocoder": pretrain_vocoder, "encoder": pretrain_encoder, "denoiser": pretrain_denoiser}
        stages[stage](setting, loop)


def _command(arguments: argparse.Namespace, n_steps: int, learning_rate: float) -> list[str | Path]:
    """The words of a command that does the same again, with every default written out."""
    words: list[str | Path] = ["python", "-m", "pecmae", "pretrain", arguments.stage]
    words += ["--dataset", *arguments.dataset, "--run", arguments.run]
    words += ["--start", arguments.start] if arguments.start else []
    if n_steps:
        words += ["--steps", str(n_steps), "--learning-rate", f"{learning_rate:g}"]
        words += ["--batch-size", str(arguments.batch_size)]
    return [*words, "--seed", str(arguments.seed)]

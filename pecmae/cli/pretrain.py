"""`pecmae pretrain STAGE`: train the compact generative autoencoder, one stage after another."""

import argparse
from pathlib import Path

from pecmae.config import COMPACT, MODELS

DEFAULT_STEPS = {"codec": 0, "mae": 1_000, "diffusion": 4_000}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "pretrain",
        help="train the generative autoencoder",
        description="Run the stages in order: codec, mae, diffusion. Interrupted, the same command goes on.",
    )
    parser.add_argument("stage", choices=tuple(DEFAULT_STEPS))
    parser.add_argument("--collection", type=Path, nargs="+", required=True, help="folders written by `render`")
    parser.add_argument("--run", type=Path, default=Path("runs/compact"), help="checkpoints, logs, stage weights")
    parser.add_argument("--out", type=Path, default=MODELS / "compact", help="where `diffusion` exports the weights")
    parser.add_argument("--steps", type=int, help=f"defaults: {DEFAULT_STEPS}")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Runs one stage."""
    from pecmae.collections.collection import load_collection
    from pecmae.training.autoencoder_card import render_autoencoder_card
    from pecmae.training.loop import LoopConfig, pick_device
    from pecmae.training.pretraining import Pretraining, measure_codec, pretrain_diffusion, pretrain_mae
    from pecmae.training.provenance import describe_run

    device = pick_device(arguments.device)
    setting = Pretraining(COMPACT, arguments.collection, arguments.run, arguments.batch_size, device)
    n_steps = DEFAULT_STEPS[arguments.stage] if arguments.steps is None else arguments.steps
    loop = LoopConfig(n_steps, arguments.learning_rate, seed=arguments.seed)
    if arguments.stage == "codec":
        measure_codec(setting)
    elif arguments.stage == "mae":
        pretrain_mae(setting, loop)
    else:
        autoencoder = pretrain_diffusion(setting, loop, arguments.out)
        collections = [load_collection(path) for path in arguments.collection]
        provenance = describe_run(_command(arguments, n_steps), str(device))
        card = render_autoencoder_card(autoencoder, collections, arguments.run, provenance)
        (arguments.out / "README.md").write_text(card, encoding="utf-8")


def _command(arguments: argparse.Namespace, n_steps: int) -> list[str | Path]:
    """The words of a command that does the same again, with every default written out."""
    words: list[str | Path] = ["python", "-m", "pecmae", "pretrain", arguments.stage]
    words += ["--collection", *arguments.collection, "--run", arguments.run, "--steps", str(n_steps)]
    words += ["--batch-size", str(arguments.batch_size), "--learning-rate", f"{arguments.learning_rate:g}"]
    return [*words, "--seed", str(arguments.seed), "--out", arguments.out]

"""The model card of a trained autoencoder: what it learned from, by which commands, and how far it got."""

import json
from pathlib import Path
from typing import Any

from pecmae.datasets.dataset import Dataset
from pecmae.networks.autoencoder import GenerativeAutoencoder

STAGES = {
    "codec": "statistics and quantiser of the log-mel spectrum",
    "vocoder": "spectral distances of waveforms",
    "encoder": "hidden frames, texture and class, weighted",
    "denoiser": "squared error of v, and of the z of the denoised signal",
}
COMMANDS = "commands.jsonl"


def note_stage(run: Path, stage: str, provenance: dict[str, Any]) -> None:
    """Note that a command starts or goes on with a stage; the same command again adds nothing.

    Args:
        run: The run's folder.
        stage: One of `STAGES`.
        provenance: Entries of `provenance.describe_run`.
    """
    noted = noted_commands(run, stage)
    if noted and noted[-1]["command"] == provenance["command"]:
        return
    path = run / stage / COMMANDS
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(provenance) + "\n")


def noted_commands(run: Path, stage: str) -> list[dict[str, Any]]:
    """Provenance of every command that worked on a stage, in order."""
    path = run / stage / COMMANDS
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def render_autoencoder_card(autoencoder: GenerativeAutoencoder, datasets: list[Dataset], run: Path) -> str:
    """Markdown from the logs of a pretraining run.

    Args:
        autoencoder: The trained autoencoder.
        datasets: What it was trained on.
        run: The run's folder, with the log and the commands of each stage, and at will a `notes.md` to quote.
    """
    config, codec = autoencoder.config, autoencoder.config.mel_codec
    n_millions = sum(parameter.numel() for parameter in autoencoder.parameters()) / 1e6
    lines = [
        f"---\n{_metadata()}\n---\n",
        f"# Generative autoencoder `{config.name}`\n",
        f"{n_millions:.1f} million parameters. {config.segment_s:g} s of sound at {codec.sample_rate / 1000:g} kHz "
        f"become one point of {autoencoder.dim} dimensions, and any such point can be decoded to sound by diffusion. "
        "The topology is that of the published EnCodecMAE diffusion autoencoder, with convolutions before the frame "
        "encoder and after the denoiser; the codec is a log-mel spectrum "
        f"({codec.n_mels} bands, {codec.sample_rate / codec.hop:g} frames a second) and a vocoder.\n",
        "Unlike the published model, its encoder was also told the class of every training track (of all the "
        "datasets below together): what distances in its latent space mean, it learned partly from those names. "
        "Most of its material is rendered by rules; what that lacks, it hardly knows.\n",
        "| dataset | seed | training tracks | hours | sources |\n|---|---:|---:|---:|---|",
    ]
    for dataset in datasets:
        train = [track for track in dataset.tracks if track.split == "train"]
        hours = sum(track.duration_s or 0.0 for track in train) / 3600
        source = dataset.description
        lines.append(f"| {dataset.name} | {source.seed} | {len(train)} | {hours:.1f} | {source.attribution} |")
    lines.append("\n| stage | measured | steps | training | validation |\n|---|---|---:|---:|---:|")
    for stage, measure in STAGES.items():
        log = run / stage / "log.jsonl"
        if log.is_file():
            last = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
            lines.append(f"| {stage} | {measure} | {last['step']:,} | {last['loss']:.3f} | {last['valid_loss']:.3f} |")
    lines.append("\nThe commands, each going on from where the one before stopped:\n")
    for stage in STAGES:
        for noted in noted_commands(run, stage):
            lines.append(f"- {noted['date']}, {noted['machine']}, {noted['device']}: `{noted['command']}`")
    notes = run / "notes.md"
    if notes.is_file():
        lines.append("\n" + notes.read_text(encoding="utf-8").strip())
    return "\n".join([*lines, ""])


def _metadata() -> str:
    from huggingface_hub import ModelCardData

    tags = ["music", "autoencoder", "diffusion", "pecmae"]
    card_data = ModelCardData(license="mit", library_name="pecmae", pipeline_tag="feature-extraction", tags=tags)
    return str(card_data.to_yaml())

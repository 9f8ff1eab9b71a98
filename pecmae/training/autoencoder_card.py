"""The model card of a trained autoencoder: what it learned from, by which commands, and how far it got."""

import json
from pathlib import Path
from typing import Any

from pecmae.autoencoder import GenerativeAutoencoder
from pecmae.collections.collection import Collection

STAGES = {"mae": "mean squared error of hidden frames", "diffusion": "mean squared error of v, and co-occurrence"}


def render_autoencoder_card(
    autoencoder: GenerativeAutoencoder, collections: list[Collection], run: Path, provenance: dict[str, Any]
) -> str:
    """Markdown from the logs of a pretraining run.

    Args:
        autoencoder: The trained autoencoder.
        collections: What it was trained on.
        run: The run's folder, with a `log.jsonl` for each stage.
        provenance: Entries of `provenance.describe_run`.
    """
    config, codec = autoencoder.config, autoencoder.config.codec
    n_millions = sum(parameter.numel() for parameter in autoencoder.parameters()) / 1e6
    lines = [
        "---\nlicense: mit\ntags:\n- music\n- autoencoder\n- diffusion\n- pecmae\n---\n",
        f"# Generative autoencoder `{config.name}`\n",
        f"{n_millions:.1f} million parameters. {config.segment_s:g} s of sound at {codec.sample_rate / 1000:g} kHz "
        f"become one point of {autoencoder.dim} dimensions, and any such point can be decoded to sound by diffusion. "
        "The topology is that of the published EnCodecMAE diffusion autoencoder; the codec is a log-mel spectrum "
        f"({codec.n_mels} bands, {codec.sample_rate / codec.hop:g} frames a second) and a Griffin-Lim vocoder.\n",
        "It learned from rendered music only, none of it recorded. What the renders lack, it can't make.\n",
        "| collection | seed | training tracks | hours |\n|---|---:|---:|---:|",
    ]
    for collection in collections:
        facts = json.loads((collection.path / "collection.json").read_text(encoding="utf-8"))
        train = [track for track in collection.tracks if track.split == "train"]
        hours = sum(track.metadata["duration_s"] for track in train) / 3600
        lines.append(f"| {collection.name} | {facts['seed']} | {len(train)} | {hours:.1f} |")
    lines.append("\n| stage | measured | steps | training | validation |\n|---|---|---:|---:|---:|")
    for stage, measure in STAGES.items():
        last = json.loads((run / stage / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])
        lines.append(f"| {stage} | {measure} | {last['step']:,} | {last['loss']:.3f} | {last['valid_loss']:.3f} |")
    lines.append(
        f"\nThe last stage ended on {provenance['date']} ({provenance['machine']}; on {provenance['device']}). Its "
        "command, after the stages `codec` and `mae` with the same collections and run:\n\n"
        f"```\n{provenance['command']}\n```\n"
    )
    return "\n".join(lines)

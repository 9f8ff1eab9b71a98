"""Compare the learned vocoder with Griffin-Lim, on held-out renders and on a folder of recordings.

    python benchmarks/vocoder.py --dataset data/genres data/instruments --audio RECORDINGS [--run runs/compact]

The columns are the log-spectral distance to the original, the distance in the autoencoder's latent space between the
original and its resynthesis (1 is the distance of two random segments), and the seconds of one 4 s clip. A second row
shows the differences to Griffin-Lim on the same files. Intervals are of 95 %, by bootstrap over files. With `--run`,
the vocoder is the one that `pretrain vocoder` left there, and weights rounded to half precision, as `export` saves
them, are measured beside the full ones.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from report import report
from safetensors.torch import load_file
from torch import nn

from pecmae.audio.conventions import SEGMENT_S
from pecmae.evaluation.intervals import bootstrap_mean, format_interval
from pecmae.evaluation.resynthesis import (
    ResynthesisDistances,
    Segments,
    dataset_segments,
    folder_segments,
    measure_resynthesis,
)
from pecmae.networks.autoencoder import GenerativeAutoencoder, load_autoencoder
from pecmae.networks.configuration import COMPACT, VocoderConfig
from pecmae.networks.griffin_lim import GriffinLim
from pecmae.networks.vocoder import LearnedVocoder
from pecmae.paths import MODELS

N_TIMED = 15


@dataclass(frozen=True)
class Contestant:
    """A vocoder and what to call it."""

    name: str
    vocoder: nn.Module


def learned_vocoders(autoencoder: GenerativeAutoencoder, run: Path | None) -> dict[str, LearnedVocoder]:
    """The vocoder of a run, also with rounded weights, or else the autoencoder's own."""
    if run is None:
        own = autoencoder.codec.vocoder
        if not isinstance(own, LearnedVocoder):
            raise SystemExit(
                "This autoencoder has no learned vocoder: give the run folder of `pretrain vocoder` (--run)."
            )
        return {"learned": own}
    codec = replace(autoencoder.config.mel_codec, vocoder=COMPACT.mel_codec.vocoder)
    full = LearnedVocoder(codec, codec.vocoder or VocoderConfig()).eval().requires_grad_(False)
    full.load_state_dict(load_file(run / "vocoder.safetensors"))
    half = deepcopy(full)
    for parameter in half.parameters():
        parameter.copy_(parameter.half())
    return {"learned, full precision": full, "learned": half}


def contestants(arguments: argparse.Namespace, autoencoder: GenerativeAutoencoder) -> list[Contestant]:
    """Griffin-Lim first."""
    chosen = [Contestant("Griffin-Lim", GriffinLim(autoencoder.config.mel_codec))]
    for name, vocoder in learned_vocoders(autoencoder, arguments.run).items():
        for n_iterations in arguments.iterations or [vocoder.n_iterations]:
            varied = deepcopy(vocoder)
            varied.n_iterations = n_iterations
            chosen.append(Contestant(f"{name}, {n_iterations} iterations", varied))
    return chosen


@torch.no_grad()
def seconds_per_clip(vocoder: nn.Module, autoencoder: GenerativeAutoencoder, segments: Segments) -> float:
    """Median over clips, one at a time, after a first one that doesn't count."""
    log_mel = autoencoder.mel_codec.analysis(segments.waveforms[: N_TIMED + 1])
    times = []
    for clip in log_mel.split(1):
        started = time.perf_counter()
        vocoder(clip)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def row(name: str, result: ResynthesisDistances, seconds: str) -> str:
    """One row of the table."""
    spectral = format_interval(bootstrap_mean(result.log_spectral_db), scale=1, digits=2)
    embedding = format_interval(bootstrap_mean(result.embedding), scale=1, digits=3)
    return f"| {name} | {spectral} | {embedding} | {seconds} |"


def table(segments: Segments, autoencoder: GenerativeAutoencoder, competing: list[Contestant]) -> Iterator[str]:
    """Lines of Markdown."""
    n_files = segments.file_index.max() + 1
    yield f"**{segments.name}**: {len(segments.waveforms)} segments of {SEGMENT_S:g} s from {n_files} files\n"
    yield "| vocoder | log-spectral distance, dB | embedding distance | s per clip (real-time factor) |"
    yield "|---|---|---|---|"
    baseline: ResynthesisDistances | None = None
    for contestant in competing:
        result = measure_resynthesis(autoencoder, contestant.vocoder, segments)
        seconds = seconds_per_clip(contestant.vocoder, autoencoder, segments)
        yield row(contestant.name, result, f"{seconds:.3f} ({seconds / SEGMENT_S:.3f})")
        if baseline is None:
            baseline = result
            continue
        difference = ResynthesisDistances(
            result.log_spectral_db - baseline.log_spectral_db, result.embedding - baseline.embedding
        )
        yield row(f"{contestant.name} − {competing[0].name}", difference, "")
    yield ""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dataset", type=Path, nargs="*", default=[], help="folders written by `render`")
    parser.add_argument("--audio", type=Path, nargs="*", default=[], help="folders of recordings")
    parser.add_argument("--autoencoder", type=Path, default=MODELS / "compact", help="gives analysis and embedding")
    parser.add_argument("--run", type=Path, help="run folder with vocoder.safetensors")
    parser.add_argument("--iterations", type=int, nargs="+", help="instead of the configured number")
    parser.add_argument("--tracks", type=int, default=100, help="of the test split of each dataset, at most")
    parser.add_argument("--segments", type=int, default=6, help="of each recording, at most")
    arguments = parser.parse_args()
    autoencoder = load_autoencoder(arguments.autoencoder)
    sets = [dataset_segments(folder, "test", arguments.tracks) for folder in arguments.dataset]
    sets += [folder_segments(folder, arguments.segments) for folder in arguments.audio]
    if not sets:
        parser.error("nothing to listen to: name a --dataset or a folder of --audio.")
    competing = contestants(arguments, autoencoder)
    with report() as write:
        for segments in sets:
            for line in table(segments, autoencoder, competing):
                write(line)


if __name__ == "__main__":
    main()

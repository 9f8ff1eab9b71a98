"""Choose guidance and steps of the sampler by ears that aren't the encoder.

    python benchmarks/samplers.py --dataset data/genres --listener yamnet_spectra_in.tflite

Segments of the validation split are decoded from their embeddings, and to the rhythm of their recordings, by every
sampler from the same noise. The columns are:

- listener: fraction of the decoded segments whose class the independent listener names; it learned from the recordings
  of the training split (`pecmae.evaluation.listener`);
- distance: Fréchet distance, in the listener's features, of decoded segments to the recordings of the same tracks;
- beat regularity, harmonic peaks, frame correlation: the decoded segments' median over the recordings'.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from report import report

from pecmae.audio.levelling import levelled
from pecmae.audio.log_mel import LogMelConfig, MelAnalysis
from pecmae.audio.rhythm import measure_rhythm
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.datasets.segment_sampling import read_sampled, sample_segments
from pecmae.evaluation.acoustics import MEASURES, frechet_distance, measure_sounds
from pecmae.evaluation.decoding_measures import decode
from pecmae.evaluation.intervals import bootstrap_mean, format_interval
from pecmae.evaluation.listener import fit_probe, hear
from pecmae.evaluation.yamnet import load_yamnet
from pecmae.networks.autoencoder import generative
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.networks.configuration import SamplerSettings
from pecmae.paths import MODELS

AUTOENCODER = "compact"


def first_tracks(dataset: Dataset, n_per_class: int) -> Dataset:
    """The first training and validation tracks of every class, as many of each."""
    chosen = [
        track
        for split in ("train", "valid")
        for kind in dataset.classes
        for track in [t for t in dataset.tracks if t.split == split and t.class_id == kind.id][:n_per_class]
    ]
    return replace(dataset, tracks=tuple(chosen))


def parse_sampler(text: str) -> tuple[str, int]:
    """`ddim:25` to solver and steps."""
    solver, n_steps = text.split(":")
    return solver, int(n_steps)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--dataset", type=Path, required=True, help="a folder that `render` made")
    parser.add_argument("--listener", type=Path, required=True, help="weights of YAMNet, as `evaluate` takes them")
    parser.add_argument("--tracks", type=int, default=12, help="of each class and split (default: %(default)s)")
    parser.add_argument("--segments", type=int, default=200, help="to decode (default: %(default)s)")
    parser.add_argument("--guidance", type=float, nargs="+", default=[0, 0.5, 1, 2])
    parser.add_argument(
        "--samplers",
        type=parse_sampler,
        nargs="+",
        metavar="SOLVER:STEPS",
        default=[("dpm-solver++", 12), ("dpm-solver++", 24)],
    )
    arguments = parser.parse_args()
    autoencoder = generative(load_checkpoint(AUTOENCODER, arguments.models))
    dataset, yamnet = first_tracks(load_dataset(arguments.dataset), arguments.tracks), load_yamnet(arguments.listener)
    embedded = embed_dataset(dataset, autoencoder, checkpoint_fingerprint(AUTOENCODER, arguments.models))
    known = embedded.part("train")
    probe = fit_probe(hear(yamnet, torch.from_numpy(read_sampled(dataset, known))), known.labels, known.track_index)
    segments = sample_segments(embedded.part("valid"), arguments.segments, seed=0)
    recorded = torch.from_numpy(read_sampled(dataset, segments))
    rhythm = measure_rhythm(MelAnalysis(LogMelConfig())(levelled(recorded)), LogMelConfig().frames_per_s)
    heard = hear(yamnet, recorded)
    medians = {name: float(np.median(values)) for name, values in measure_sounds(recorded).items()}

    def accuracy(features: np.ndarray) -> str:
        is_right = (probe.predict(features) == segments.labels).astype(float)
        return format_interval(bootstrap_mean(is_right, segments.track_index))

    with report() as write:
        write(
            f"{len(segments)} validation segments of {dataset.name}; the listener names {accuracy(heard)} % of them.\n"
        )
        write(f"| guidance | sampler | listener, % | distance | {' | '.join(MEASURES.values())} |")
        write("| ---: | --- | ---: | ---: |" + " ---: |" * len(MEASURES))
        for guidance in arguments.guidance:
            for solver, n_steps in arguments.samplers:
                z = torch.from_numpy(segments.embeddings)
                sampler, generator = SamplerSettings(solver, n_steps, guidance), torch.Generator().manual_seed(0)
                decoded = decode(
                    autoencoder, z, rhythm, sampler, generator, progress=f"{solver}, guidance {guidance:g}"
                )
                features, measured = hear(yamnet, decoded), measure_sounds(decoded)
                ratios = [f"{np.median(measured[name]) / medians[name]:.2f}" for name in MEASURES]
                cells = [accuracy(features), f"{frechet_distance(heard, features):.1f}", *ratios]
                write(f"| {guidance:g} | {solver} {n_steps} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

"""Compare samplers: solver, number of steps and guidance.

    python benchmarks/samplers.py rendered-genres --dataset data/genres --listener yamnet_spectra_in.tflite

Segments of the validation split are decoded from their embeddings by every sampler, from the same noise, and so are
the bundle's prototypes. The sampler is chosen from this table; only the chosen one, the default of the autoencoder, is
then measured on the test split. The columns are:

- kept: fraction of the segments whose predicted class stays the same after decoding and encoding again;
- cycle consistency, listener: fraction of the sounds of prototypes, over all noise seeds, that are given the
  prototype's class by the bundle and by the independent listener (`pecmae.evaluation.listener`);
- decoded: fraction of the decoded segments whose class the listener names;
- distance: between a segment and the embedding of its sound, in the bundle's normalised space;
- seconds per prototype, decoded one at a time and ten in a batch.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from report import report
from torch import Tensor

from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
from pecmae.datasets.dataset import load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.datasets.segment_sampling import read_sampled, sample_segments
from pecmae.evaluation.decoding_measures import DecodedSounds, decode_sounds, measure_decoding
from pecmae.evaluation.intervals import Interval, Proportion, format_interval, wilson
from pecmae.evaluation.listener import N_TRAINING_SEGMENTS, Probe, hear
from pecmae.evaluation.yamnet import load_yamnet
from pecmae.networks.autoencoder import generative
from pecmae.networks.configuration import SamplerSettings
from pecmae.paths import MODELS

REFERENCE = ("ddim", 100)
HEAD = (
    "| guidance | sampler | kept, % | cycle consistency, % | listener, % | decoded, % | distance | s, one | s, of ten "
    "|\n| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)

Predict = Callable[[Tensor], np.ndarray]


def row(sounds: DecodedSounds, measured: dict[str, Any], own: np.ndarray, predict: Predict) -> str:
    """A row of the table."""
    n_named = sum(int((predict(waveforms) == own).sum()) for waveforms in sounds.prototypes.values())
    n_decoded = int((predict(sounds.decoded) == sounds.segments.labels).sum())
    sampler, seconds = measured["sampler"], measured["seconds"]["batch"]
    cells = [
        f"{sampler['guidance']:g}",
        f"{sampler['solver']} {sampler['n_steps']}",
        format_interval(Interval(**measured["class_kept"])),
        format_interval(Proportion(**measured["cycle_consistency"])),
        format_interval(wilson(n_named, len(own) * len(sounds.prototypes))),
        format_interval(wilson(n_decoded, len(sounds.segments))),
        f"{measured['segment_distance']['value']:.3f}",
        f"{seconds['1']:.2f}",
        f"{seconds['10'] / 10:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def parse_sampler(text: str) -> tuple[str, int]:
    """`ddim:25` to solver and steps."""
    solver, n_steps = text.split(":")
    return solver, int(n_steps)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--listener", type=Path, required=True, help="weights of YAMNet, as `evaluate` takes them")
    parser.add_argument("--segments", type=int, default=80, help="segments of each split (default: %(default)s)")
    parser.add_argument("--guidance", type=float, nargs="+", default=[0, 1, 2, 4])
    parser.add_argument(
        "--samplers",
        type=parse_sampler,
        nargs="+",
        metavar="SOLVER:STEPS",
        default=[("ddim", 25), ("dpm-solver++", 16), ("dpm-solver++", 8), ("dpm-solver++", 6)],
        help="beside the reference, DDIM in 100 steps",
    )
    parser.add_argument("--seeds", type=int, default=5, help="of the noise (default: %(default)s)")
    arguments = parser.parse_args()
    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models))
    network, autoencoder = bundle.network, generative(load_autoencoder_of(bundle, arguments.models))
    dataset, yamnet = load_dataset(arguments.dataset), load_yamnet(arguments.listener)
    embedded = embed_dataset(dataset, autoencoder, bundle.manifest.autoencoder.fingerprint)
    learned = sample_segments(embedded.part("train"), N_TRAINING_SEGMENTS, seed=0)
    features = hear(yamnet, torch.from_numpy(read_sampled(dataset, learned)))
    probe = Probe(features, learned.labels, learned.track_index)
    own = network.prototype_labels().numpy()
    segments = {part: sample_segments(embedded.part(part), arguments.segments, seed=0) for part in ("valid", "test")}

    def measure(part: str, sampler: SamplerSettings) -> str:
        sounds = decode_sounds(network, autoencoder, dataset, segments[part], sampler, range(arguments.seeds))
        measured = measure_decoding(network, autoencoder, sounds, sampler)
        return row(sounds, measured, own, lambda waveforms: probe.predict(hear(yamnet, waveforms)))

    with report() as write:
        write(
            f"Bundle {bundle.manifest.name}, {len(segments['valid'])} validation segments of {dataset.name}, "
            f"{network.n_prototypes} prototypes. Intervals are of 95 %.\n\n{HEAD}"
        )
        for guidance in arguments.guidance:
            for solver, n_steps in [REFERENCE, *arguments.samplers]:
                write(measure("valid", SamplerSettings(solver, n_steps, guidance)))
        chosen = autoencoder.config.sampler
        write(f"\nThe chosen sampler, on {len(segments['test'])} segments of the test split:\n\n{HEAD}")
        for sampler in (SamplerSettings(*REFERENCE, chosen.guidance), chosen):
            write(measure("test", sampler))


if __name__ == "__main__":
    main()

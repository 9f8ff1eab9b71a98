"""Compare samplers: solver, number of steps and guidance.

    python benchmarks/samplers.py rendered-instruments --dataset data/instruments

Segments of the validation split are decoded from their embeddings by every sampler, from the same noise, and so are
the bundle's prototypes. The sampler is chosen from this table; only the chosen one, the default of the autoencoder, is
then measured on the test split. The columns are:

- kept: fraction of the segments whose predicted class stays the same after decoding and encoding again;
- cycle consistency, listener: fraction of the sounds of prototypes, over all noise seeds, that are given the
  prototype's class by the bundle and by the independent listener (`pecmae.evaluation.listener`);
- distance: between a segment and the embedding of its sound, in the bundle's normalised space;
- seconds per prototype, decoded one at a time and ten in a batch.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from report import report
from torch import Tensor
from tqdm import tqdm

from pecmae.bundles.bundle import Bundle, load_autoencoder_of, load_bundle, locate_bundle
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.datasets.segment_sampling import read_sampled, sample_segments
from pecmae.evaluation.decoding_measures import decode, decode_prototypes
from pecmae.evaluation.intervals import format_interval, wilson
from pecmae.evaluation.listener import LogMelListener
from pecmae.networks.autoencoder import GenerativeAutoencoder, generative
from pecmae.networks.configuration import SamplerSettings
from pecmae.paths import MODELS

REFERENCE = ("ddim", 100)
N_TIMINGS = 3
N_TRAINING_SEGMENTS = 3000
HEAD = (
    "| guidance | sampler | kept, % | cycle consistency, % | listener, % | distance | s, one | s, of ten |\n"
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
)


@dataclass(frozen=True, eq=False)
class Material:
    """What every sampler decodes.

    Shape: `embeddings` (N, D) of the segments.
    """

    bundle: Bundle
    autoencoder: GenerativeAutoencoder
    listener: LogMelListener
    embeddings: Tensor


@torch.no_grad()
def gather(bundle: Bundle, models: Path, dataset: Dataset, n_segments: int) -> dict[str, Material]:
    """A stratified sample of the validation split and of the test split, and a listener."""
    autoencoder = generative(load_autoencoder_of(bundle, models))
    embedded = embed_dataset(dataset, autoencoder, bundle.manifest.autoencoder.fingerprint)
    learned = sample_segments(embedded.part("train"), N_TRAINING_SEGMENTS, seed=0)
    listener = LogMelListener(torch.from_numpy(read_sampled(dataset, learned)), learned.labels)
    materials = {}
    for split in ("valid", "test"):
        chosen = sample_segments(embedded.part(split), n_segments, seed=0)
        materials[split] = Material(bundle, autoencoder, listener, torch.from_numpy(chosen.embeddings))
    return materials


def describe(materials: dict[str, Material], dataset: Path) -> str:
    """A sentence of Markdown."""
    material = materials["valid"]
    network = material.bundle.network
    return (
        f"Bundle {material.bundle.manifest.name}, {len(material.embeddings)} validation segments of {dataset.name}, "
        f"{network.n_prototypes} prototypes. Intervals are Wilson's, of 95 %.\n"
    )


def seconds_per_prototype(material: Material, sampler: SamplerSettings, batch: int) -> float:
    """Mean time to decode one prototype in a batch."""
    prototypes = material.bundle.network.decodable_prototypes().detach()
    z = prototypes[torch.arange(batch) % len(prototypes)]
    times_s = []
    for _ in range(N_TIMINGS):
        start = time.perf_counter()
        material.autoencoder.decode(z, sampler)
        times_s.append(time.perf_counter() - start)
    return median(times_s) / batch


@torch.no_grad()
def measure(material: Material, sampler: SamplerSettings, seeds: Sequence[int]) -> str:
    """A row of the table."""
    network, autoencoder = material.bundle.network, material.autoencoder
    sounds = decode(autoencoder, material.embeddings, sampler, seeds[0])
    again = torch.cat([autoencoder.embed(batch) for batch in sounds.split(20)])
    kept = network(again).logits.argmax(dim=-1) == network(material.embeddings).logits.argmax(dim=-1)
    distance = (network.normalise(again) - network.normalise(material.embeddings)).square().mean()
    decoded = [decode_prototypes(network, autoencoder, sampler, seed) for seed in seeds]
    own, n_sounds = network.prototype_labels().numpy(), network.n_prototypes * len(seeds)
    n_right = sum(int(result.is_right.sum()) for result in decoded)
    n_named = sum(int((material.listener.predict(result.waveforms) == own).sum()) for result in decoded)
    cells = [
        f"{sampler.guidance:g}",
        f"{sampler.solver} {sampler.n_steps}",
        f"{100 * kept.double().mean():.1f}",
        format_interval(wilson(n_right, n_sounds)),
        format_interval(wilson(n_named, n_sounds)),
        f"{distance:.3f}",
        f"{seconds_per_prototype(material, sampler, 1):.2f}",
        f"{seconds_per_prototype(material, sampler, 10):.2f}",
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
    materials = gather(bundle, arguments.models, load_dataset(arguments.dataset), arguments.segments)
    seeds = range(arguments.seeds)
    n_rows = len(arguments.guidance) * (1 + len(arguments.samplers)) + 2
    with report() as write, tqdm(total=n_rows, desc="samplers", unit="row") as progress:
        write(describe(materials, arguments.dataset))
        write(HEAD)
        for guidance in arguments.guidance:
            for solver, n_steps in [REFERENCE, *arguments.samplers]:
                write(measure(materials["valid"], SamplerSettings(solver, n_steps, guidance), seeds))
                progress.update()
        chosen = materials["test"].autoencoder.config.sampler
        write(f"\nThe chosen sampler, on {len(materials['test'].embeddings)} segments of the test split:\n\n{HEAD}")
        for sampler in (SamplerSettings(*REFERENCE, chosen.guidance), chosen):
            write(measure(materials["test"], sampler, seeds))
            progress.update()


if __name__ == "__main__":
    main()

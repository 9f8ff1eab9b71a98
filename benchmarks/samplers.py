"""Which sampler, with how many steps, how much guidance: what encoding and decoding loses, and seconds.

    python benchmarks/samplers.py rendered-instruments --dataset data/instruments

Held-out segments are encoded and decoded from the same noise by every sampler, and so are the bundle's prototypes. For
each it reports:

- dB: log-spectral distance (root of the mean square over mel bands, mean over frames) between the log-mel spectra of
  the segments and of what was decoded from them, before the vocoder;
- to reference: the same distance to what the reference, DDIM in 100 steps, decodes at the same guidance;
- kept: share of the segments whose predicted class survives encode, decode, vocoder, encode;
- cycle consistency: share of the prototypes whose sound is classified as their class;
- distance: between a segment and its sound, in the bundle's normalised space;
- seconds a prototype, decoded one at a time and ten in a batch.
"""

import argparse
import math
import time
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
from pecmae.evaluation.decoding_measures import decode_prototypes, read_chosen, sample_segments
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.embedder import generative
from pecmae.paths import MODELS

REFERENCE = ("ddim", 100)
DECIBELS_PER_NEPER = 20 / math.log(10)
N_TIMINGS = 3
HEAD = (
    "| guidance | sampler | dB | to reference | kept, % | cycle, % | distance | s, one | s, of ten |\n"
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


@dataclass(frozen=True, eq=False)
class Material:
    """What every sampler decodes.

    Shape: `embeddings` (N, D) of the segments, `log_mel` (N, T, n_mels).
    """

    bundle: Bundle
    autoencoder: GenerativeAutoencoder
    embeddings: Tensor
    log_mel: Tensor


@torch.no_grad()
def gather(bundle: Bundle, models: Path, dataset: Dataset, n_segments: int) -> Material:
    """Reads a stratified sample of the test split."""
    autoencoder = generative(load_autoencoder_of(bundle, models))
    embedded = embed_dataset(dataset, autoencoder, bundle.manifest.autoencoder.fingerprint)
    chosen = sample_segments(embedded.part("test"), n_segments, seed=0)
    waveforms = autoencoder.levelled(torch.from_numpy(read_chosen(dataset, chosen)))
    log_mel = autoencoder.mel_codec.analysis(waveforms)
    return Material(bundle, autoencoder, torch.from_numpy(chosen.embeddings), log_mel)


def describe(material: Material, dataset: Path) -> str:
    """A sentence of Markdown."""
    bundle, n_segments = material.bundle, len(material.embeddings)
    held_out = f"{n_segments} held-out segments of {dataset.name}"
    return f"Bundle {bundle.manifest.name}, {held_out}, {bundle.network.n_prototypes} prototypes.\n"


def log_spectral_distance_db(first: Tensor, second: Tensor) -> float:
    """Shape: two of (N, T, n_mels), natural logarithms of magnitudes."""
    return float(DECIBELS_PER_NEPER * (first - second).square().mean(dim=-1).sqrt().mean())


def seconds_a_prototype(material: Material, sampler: SamplerSettings, batch: int) -> float:
    prototypes = material.bundle.network.decodable_prototypes().detach()
    z = prototypes[torch.arange(batch) % len(prototypes)]
    times_s = []
    for _ in range(N_TIMINGS):
        start = time.perf_counter()
        material.autoencoder.decode(z, sampler)
        times_s.append(time.perf_counter() - start)
    return median(times_s) / batch


@torch.no_grad()
def measure(material: Material, sampler: SamplerSettings, reference: Tensor | None, seed: int) -> tuple[str, Tensor]:
    """A row of the table, and the decoded log-mel spectra (N, T, n_mels)."""
    network, autoencoder, codec = material.bundle.network, material.autoencoder, material.autoencoder.mel_codec
    generator = torch.Generator().manual_seed(seed)
    features = autoencoder.decode_features(material.embeddings, sampler, generator)
    log_mel = codec.to_log_mel(features)
    again = torch.cat([autoencoder.embed(codec.decode(batch)) for batch in features.split(20)])
    kept = network(again).logits.argmax(dim=-1) == network(material.embeddings).logits.argmax(dim=-1)
    distance = (network.normalise(again) - network.normalise(material.embeddings)).square().mean()
    to_reference = 0.0 if reference is None else log_spectral_distance_db(log_mel, reference)
    cells = [
        f"{sampler.guidance:g}",
        f"{sampler.solver} {sampler.n_steps}",
        f"{log_spectral_distance_db(log_mel, material.log_mel):.2f}",
        f"{to_reference:.2f}",
        f"{100 * kept.double().mean():.1f}",
        f"{100 * decode_prototypes(network, autoencoder, sampler, seed).recognised:.1f}",
        f"{distance:.3f}",
        f"{seconds_a_prototype(material, sampler, 1):.2f}",
        f"{seconds_a_prototype(material, sampler, 10):.2f}",
    ]
    return f"| {' | '.join(cells)} |", log_mel


def parse_sampler(text: str) -> tuple[str, int]:
    """`ddim:25` to solver and steps."""
    solver, n_steps = text.split(":")
    return solver, int(n_steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--segments", type=int, default=80, help="held-out segments (default: %(default)s)")
    parser.add_argument("--guidance", type=float, nargs="+", default=[0, 1, 2, 4])
    parser.add_argument(
        "--samplers",
        type=parse_sampler,
        nargs="+",
        metavar="SOLVER:STEPS",
        default=[("ddim", 25), ("dpm-solver++", 16), ("dpm-solver++", 8), ("dpm-solver++", 6)],
        help="beside the reference, DDIM in 100 steps",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the noise (default: %(default)s)")
    arguments = parser.parse_args()
    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models))
    material = gather(bundle, arguments.models, load_dataset(arguments.dataset), arguments.segments)
    n_rows = len(arguments.guidance) * (1 + len(arguments.samplers))
    with report() as say, tqdm(total=n_rows, desc="samplers", unit="row") as progress:
        say(describe(material, arguments.dataset))
        say(HEAD)
        for guidance in arguments.guidance:
            reference = None
            for solver, n_steps in [REFERENCE, *arguments.samplers]:
                sampler = SamplerSettings(solver, n_steps, guidance)
                row, log_mel = measure(material, sampler, reference, arguments.seed)
                reference = log_mel if reference is None else reference
                say(row)
                progress.update()


if __name__ == "__main__":
    main()

"""How faithful sound is to the points that it was decoded from, and how long decoding takes.

Conventions: M prototypes, N held-out segments, D dimensions. Distances are the network's, in its normalised space, and
between a point and what its sound is embedded as. Everything is repeated for several seeds of the sampler's noise.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset, read_segments
from pecmae.evaluation.intervals import over_seeds
from pecmae.evaluation.provenance import machine
from pecmae.explain.sonification import write_and_read
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.head_measures import head_to_json
from pecmae.training.heads import Head, HeadStore

BATCH_SIZE = 50
BATCHES_TIMED = (1, 10)
N_TIMINGS = 5


class SoundAutoencoder(Protocol):
    """What is measured: sound to points and back. The generative autoencoder is one."""

    def embed(self, waveforms: Tensor) -> Tensor:
        """Shape: (B, n_samples) -> (B, D)."""

    def decode(self, z: Tensor, sampler: SamplerSettings, *, generator: torch.Generator | None) -> Tensor:
        """Shape: (B, D) -> (B, n_samples)."""


@dataclass(frozen=True)
class Fidelity:
    """How faithfully points were decoded.

    Args:
        recognised: Share of sounds that are classified as wanted.
        distance: Mean distance between a point and what its sound is embedded as.
    """

    recognised: float
    distance: float


def measure_decoding(
    network: PrototypeNetwork,
    autoencoder: SoundAutoencoder,
    held_out: EmbeddedDataset,
    sampler: SamplerSettings,
    seeds: Sequence[int],
) -> dict[str, Any]:
    """cycle consistency and fidelity of a bundle's prototypes and of held-out segments, and seconds.

    Args:
        network: The bundle's network.
        autoencoder: Its autoencoder.
        held_out: Segments to encode and decode, from `sample_segments`.
        sampler: How to decode.
        seeds: Seeds of the sampler's noise.

    Returns:
        JSON.
    """
    z = torch.from_numpy(held_out.embeddings)
    prototypes, segments = [], []
    for seed in tqdm(seeds, desc="decoding prototypes and segments", unit="seed"):
        prototypes.append(decode_prototypes(network, autoencoder, sampler, seed))
        segments.append(decode_segments(network, autoencoder, z, sampler, seed))
    return {
        "seeds": list(seeds),
        "sampler": asdict(sampler),
        "n_prototypes": network.n_prototypes,
        "cycle_consistency": over_seeds([result.recognised for result in prototypes]).to_json(),
        "cycle_consistency_by_seed": {
            str(seed): round(result.recognised, 6) for seed, result in zip(seeds, prototypes, strict=True)
        },
        "prototype_distance": over_seeds([result.distance for result in prototypes]).to_json(),
        "n_segments": len(held_out),
        "class_kept": over_seeds([result.recognised for result in segments]).to_json(),
        "segment_distance": over_seeds([result.distance for result in segments]).to_json(),
        "seconds": time_decoding(network, autoencoder, sampler),
    }


def measure_heads(
    store: HeadStore,
    heads: Sequence[Head],
    autoencoder: SoundAutoencoder,
    sampler: SamplerSettings,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Cycle consistency and distance of one network per head, sampled once with `seed`; one row of JSON each."""
    rows = []
    for head in tqdm(heads, desc="decoding heads", unit="head"):
        result = decode_prototypes(store.network(head, seed), autoencoder, sampler, seed)
        measured = {"cycle_consistency": round(result.recognised, 6), "prototype_distance": round(result.distance, 6)}
        rows.append(head_to_json(head) | measured)
    return rows


def sample_segments(segments: EmbeddedDataset, n_segments: int, seed: int) -> EmbeddedDataset:
    """About as many segments of every class, `n_segments` in all or all that there are.

    Args:
        segments: The segments to draw from.
        n_segments: How many.
        seed: Seed of the draw.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(segments))
    labels = segments.labels[order]
    place_in_class = np.zeros(len(order), dtype=np.int64)
    for label in np.unique(labels):
        place_in_class[labels == label] = np.arange((labels == label).sum())
    chosen = order[np.argsort(place_in_class, kind="stable")[:n_segments]]
    return segments.select(np.sort(chosen))


def read_chosen(dataset: Dataset, chosen: EmbeddedDataset) -> np.ndarray:
    """Sound of embedded segments.

    Raises:
        DatasetError: A track can't be read.

    Shape: (N, n_samples) float32.
    """
    segment_s, rows = chosen.segment_s, zip(chosen.track_index, chosen.start_s, strict=True)
    return np.stack(
        [read_segments(dataset.tracks[track], segment_s)[round(start_s / segment_s)] for track, start_s in rows]
    )


@torch.inference_mode()
def decode_prototypes(
    network: PrototypeNetwork, autoencoder: SoundAutoencoder, sampler: SamplerSettings, seed: int
) -> Fidelity:
    """Decode all prototypes and listen to them.

    The class is that of the file that people hear, mastered and compressed as `sonify` does it; the distance is that of
    the sound as decoded, as for `decode_segments`.
    """
    decoded = decode(autoencoder, network.decodable_prototypes(), sampler, seed)
    _, heard = write_and_read(decoded.numpy())
    predicted = network(_embed(autoencoder, torch.from_numpy(heard))).logits.argmax(dim=-1)
    distance = (network.normalise(_embed(autoencoder, decoded)) - network.adapted_prototypes()).square().mean()
    return Fidelity(float((predicted == network.prototype_labels()).double().mean()), float(distance))


@torch.inference_mode()
def decode_segments(
    network: PrototypeNetwork, autoencoder: SoundAutoencoder, z: Tensor, sampler: SamplerSettings, seed: int
) -> Fidelity:
    """Decode embeddings of real segments, and compare what the network says of the sounds with what it said before.

    Shape: `z` (N, D), raw.
    """
    again = _embed(autoencoder, decode(autoencoder, z, sampler, seed))
    kept = network(again).logits.argmax(dim=-1) == network(z).logits.argmax(dim=-1)
    distance = (network.normalise(again) - network.normalise(z)).square().mean()
    return Fidelity(float(kept.double().mean()), float(distance))


def decode(autoencoder: SoundAutoencoder, z: Tensor, sampler: SamplerSettings, seed: int) -> Tensor:
    """Sounds of raw points, in batches; up to 50 points give the sounds of `sonify` with that seed.

    Shape: (N, D) -> (N, n_samples)
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.cat([autoencoder.decode(batch, sampler, generator=generator) for batch in z.split(BATCH_SIZE)])


def time_decoding(network: PrototypeNetwork, autoencoder: SoundAutoencoder, sampler: SamplerSettings) -> dict[str, Any]:
    """Median seconds from a batch of prototypes to their waveforms, with the machine and its threads."""
    prototypes = network.decodable_prototypes().detach()
    medians = {}
    for n_prototypes in BATCHES_TIMED:
        z = prototypes[torch.arange(n_prototypes) % len(prototypes)]
        times_s = []
        for seed in range(N_TIMINGS + 1):
            start = time.perf_counter()
            decode(autoencoder, z, sampler, seed)
            times_s.append(time.perf_counter() - start)
        medians[str(n_prototypes)] = round(median(times_s[1:]), 4)  # the first one warms up
    return {"batch": medians, "machine": machine(), "threads": torch.get_num_threads()}


def _embed(autoencoder: SoundAutoencoder, waveforms: Tensor) -> Tensor:
    return torch.cat([autoencoder.embed(batch) for batch in waveforms.split(BATCH_SIZE)])

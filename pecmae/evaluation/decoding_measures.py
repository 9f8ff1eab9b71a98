"""How close decoded sounds are to the points they were decoded from, and how long decoding takes.

Conventions: M prototypes, N held-out segments, D dimensions. Distances are the network's, in its normalised space,
between a point and the embedding of its sound. Prototypes are decoded from the noise of several seeds, and all of them
count: no seed is chosen by its result.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.evaluation.intervals import bootstrap_mean, wilson
from pecmae.evaluation.provenance import machine
from pecmae.explain.sonification import write_and_read
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.prototypes import PrototypeNetwork

BATCH_SIZE = 50
BATCHES_TIMED = (1, 10)
N_TIMINGS = 5


class SoundAutoencoder(Protocol):
    """What is measured: audio to embeddings and back. The generative autoencoder is one."""

    def embed(self, waveforms: Tensor) -> Tensor:
        """Shape: (B, n_samples) -> (B, D)."""

    def decode(self, z: Tensor, sampler: SamplerSettings, *, generator: torch.Generator | None) -> Tensor:
        """Shape: (B, D) -> (B, n_samples)."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """Points after decoding and encoding.

    Attributes:
        waveforms: The sounds that were classified.
        is_right: Whether each sound is given the expected class.
        distance: Distance between each point and the embedding of its sound.

    Shape: `waveforms` (N, n_samples), `is_right` (N,) bool, `distance` (N,).
    """

    waveforms: Tensor
    is_right: np.ndarray
    distance: np.ndarray


def measure_decoding(
    network: PrototypeNetwork,
    autoencoder: SoundAutoencoder,
    held_out: EmbeddedDataset,
    sampler: SamplerSettings,
    seeds: Sequence[int],
) -> dict[str, Any]:
    """Cycle consistency of a bundle's prototypes, what held-out segments lose in decoding, and the time it takes.

    Args:
        network: The bundle's network.
        autoencoder: Its autoencoder.
        held_out: Segments to decode from their embeddings, from `sample_segments`.
        sampler: How to decode.
        seeds: Seeds of the sampler's noise; held-out segments are decoded with the first one.

    Returns:
        JSON: `cycle_consistency` is the number of prototypes, over all seeds, that are given their own class after
        decoding and encoding; `class_kept` is the fraction of held-out segments whose predicted class stays the same.
    """
    progress = tqdm(seeds, desc="decoding prototypes", unit="seed")
    prototypes = [decode_prototypes(network, autoencoder, sampler, seed) for seed in progress]
    segments = decode_segments(network, autoencoder, torch.from_numpy(held_out.embeddings), sampler, seeds[0])
    n_right = sum(int(result.is_right.sum()) for result in prototypes)
    kept = bootstrap_mean(segments.is_right.astype(float), held_out.track_index)
    return {
        "seeds": list(seeds),
        "sampler": asdict(sampler),
        "n_prototypes": network.n_prototypes,
        "cycle_consistency": wilson(n_right, network.n_prototypes * len(seeds)).model_dump(),
        "prototype_distance": round(mean(float(result.distance.mean()) for result in prototypes), 6),
        "n_segments": len(held_out),
        "class_kept": kept.model_dump(),
        "segment_distance": bootstrap_mean(segments.distance, held_out.track_index).model_dump(),
        "seconds": time_decoding(network, autoencoder, sampler),
    }


@torch.inference_mode()
def decode_prototypes(
    network: PrototypeNetwork, autoencoder: SoundAutoencoder, sampler: SamplerSettings, seed: int
) -> Decoded:
    """Decode all prototypes and classify their sounds.

    The classified sound is that of the file that people hear, mastered and compressed as `sonify` does it. The distance
    is that of the sound as decoded, as for `decode_segments`.
    """
    decoded = decode(autoencoder, network.decodable_prototypes(), sampler, seed)
    waveforms = torch.from_numpy(write_and_read(decoded.numpy())[1])
    predicted = network(_embed(autoencoder, waveforms)).logits.argmax(dim=-1)
    distance = (network.normalise(_embed(autoencoder, decoded)) - network.adapted_prototypes()).square().mean(dim=-1)
    return Decoded(waveforms, (predicted == network.prototype_labels()).numpy(), distance.numpy())


@torch.inference_mode()
def decode_segments(
    network: PrototypeNetwork, autoencoder: SoundAutoencoder, z: Tensor, sampler: SamplerSettings, seed: int
) -> Decoded:
    """Decode embeddings of recorded segments, and compare the predicted classes before and after.

    Shape: `z` (N, D), not normalised.
    """
    decoded = decode(autoencoder, z, sampler, seed)
    again = _embed(autoencoder, decoded)
    kept = network(again).logits.argmax(dim=-1) == network(z).logits.argmax(dim=-1)
    distance = (network.normalise(again) - network.normalise(z)).square().mean(dim=-1)
    return Decoded(decoded, kept.numpy(), distance.numpy())


def decode(autoencoder: SoundAutoencoder, z: Tensor, sampler: SamplerSettings, seed: int) -> Tensor:
    """Decode points in batches.

    Shape: `z` (N, D), not normalised; result (N, n_samples).
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

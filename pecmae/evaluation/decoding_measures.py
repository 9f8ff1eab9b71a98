"""Decoded sounds, how close they are to the points they were decoded from, and how long decoding takes.

Conventions: M prototypes, N segments, D dimensions. Distances are the network's, in its normalised space, between a
point and the embedding of its sound. Prototypes are decoded from the noise of several seeds, and all of them count: no
seed is chosen by its result.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.audio.rhythm import Rhythm
from pecmae.bundles.borrowed_rhythm import borrow_rhythm
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.datasets.segment_sampling import read_sampled
from pecmae.evaluation.intervals import bootstrap_mean, wilson
from pecmae.evaluation.provenance import machine
from pecmae.explain.sonification import write_and_read
from pecmae.networks.autoencoder import Embedder, GenerativeAutoencoder
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.prototypes import PrototypeNetwork

BATCH_SIZE = 50
BATCHES_TIMED = (1, 10)
N_TIMINGS = 5


@dataclass(frozen=True, eq=False)
class DecodedSounds:
    """What is measured of a bundle's sound.

    Attributes:
        segments: Segments of recordings, with their embeddings.
        recorded: Their sound.
        decoded: The sound that is decoded from their embeddings.
        prototypes: The sound of all prototypes as people hear it, mastered and compressed, by noise seed.

    Shape: `recorded` and `decoded` (N, n_samples), each of `prototypes` (M, n_samples).
    """

    segments: EmbeddedDataset
    recorded: Tensor
    decoded: Tensor
    prototypes: Mapping[int, Tensor]


def decode_sounds(
    bundle: Bundle,
    autoencoder: GenerativeAutoencoder,
    dataset: Dataset,
    segments: EmbeddedDataset,
    sampler: SamplerSettings,
    seeds: Sequence[int],
) -> DecodedSounds:
    """Decode a bundle's prototypes from the noise of every seed, and segments from that of the first.

    A segment borrows its rhythm from training segments outside its own track and block, as another recording would.

    Raises:
        DatasetError: A track can't be read.
    """
    z = torch.from_numpy(segments.embeddings)
    group_of = {track.id: track.block or track.id for track in dataset.tracks}
    known = np.array([group_of.get(point.track, point.track) for point in bundle.training.points])
    own = np.array([group_of[segments.track_ids[track]] for track in segments.track_index])
    excluded = torch.from_numpy(own[:, None] == known)
    generator = torch.Generator().manual_seed(seeds[0])
    rhythm = borrow_rhythm(bundle.training, z, generator, excluded)
    return DecodedSounds(
        segments=segments,
        recorded=torch.from_numpy(read_sampled(dataset, segments)),
        decoded=decode(autoencoder, z, rhythm, sampler, generator, progress="decoding segments"),
        prototypes={seed: decode_prototypes(bundle, autoencoder, sampler, seed) for seed in seeds},
    )


@torch.inference_mode()
def decode_prototypes(
    bundle: Bundle, autoencoder: GenerativeAutoencoder, sampler: SamplerSettings, seed: int
) -> Tensor:
    """The sound of all prototypes as people hear it; shape (M, n_samples)."""
    z, generator = bundle.network.decodable_prototypes(), torch.Generator().manual_seed(seed)
    rhythm = borrow_rhythm(bundle.training, z, generator)
    decoded = decode(autoencoder, z, rhythm, sampler, generator, progress="decoding prototypes")
    return torch.from_numpy(write_and_read(decoded.numpy())[1])


@torch.inference_mode()
def decode(
    autoencoder: GenerativeAutoencoder,
    z: Tensor,
    rhythm: Rhythm,
    sampler: SamplerSettings,
    generator: torch.Generator,
    *,
    progress: str,
) -> Tensor:
    """Decode points in batches, with a progress bar of that name.

    Shape: `z` (N, D), not normalised; result (N, n_samples).
    """
    batches = list(zip(z.split(BATCH_SIZE), rhythm.split(BATCH_SIZE), strict=True))
    return torch.cat(
        [
            autoencoder.decode(some, sampler, rhythm=beats, generator=generator)
            for some, beats in tqdm(batches, desc=progress, unit="batch")
        ]
    )


@torch.inference_mode()
def measure_decoding(
    network: PrototypeNetwork, autoencoder: GenerativeAutoencoder, sounds: DecodedSounds, sampler: SamplerSettings
) -> dict[str, Any]:
    """Cycle consistency of a bundle's prototypes, what segments lose in decoding, and the time that it takes.

    Args:
        network: The bundle's network.
        autoencoder: Its autoencoder.
        sounds: From `decode_sounds`.
        sampler: How they were decoded.

    Returns:
        JSON: `cycle_consistency` is the number of prototypes, over all seeds, that are given their own class after
        decoding and encoding; `class_kept` is the fraction of segments whose predicted class stays the same.
    """
    z, tracks = torch.from_numpy(sounds.segments.embeddings), sounds.segments.track_index
    again = embed_sounds(autoencoder, sounds.decoded)
    kept = (network(again).logits.argmax(dim=-1) == network(z).logits.argmax(dim=-1)).double()
    heard = torch.stack([embed_sounds(autoencoder, waveforms) for waveforms in sounds.prototypes.values()])
    is_right = network(heard.flatten(0, 1)).logits.argmax(dim=-1) == network.prototype_labels().repeat(len(heard))
    prototype_distance = _distance(network.normalise(heard), network.adapted_prototypes())
    segment_distance = bootstrap_mean(_distance(network.normalise(again), network.normalise(z)), tracks)
    return {
        "seeds": list(sounds.prototypes),
        "sampler": asdict(sampler),
        "n_prototypes": network.n_prototypes,
        "cycle_consistency": wilson(int(is_right.sum()), len(is_right)).model_dump(),
        "prototype_distance": round(float(prototype_distance.mean()), 6),
        "n_segments": len(z),
        "class_kept": bootstrap_mean(kept.numpy(), tracks).model_dump(),
        "segment_distance": segment_distance.model_dump(),
        "seconds": time_decoding(network, autoencoder, sampler),
    }


def time_decoding(
    network: PrototypeNetwork, autoencoder: GenerativeAutoencoder, sampler: SamplerSettings
) -> dict[str, Any]:
    """Median seconds from a batch of prototypes to their waveforms, with the machine and its threads."""
    prototypes = network.decodable_prototypes().detach()
    medians = {}
    for n_prototypes in BATCHES_TIMED:
        z = prototypes[torch.arange(n_prototypes) % len(prototypes)]
        times_s = []
        for seed in range(N_TIMINGS + 1):
            start = time.perf_counter()
            autoencoder.decode(z, sampler, generator=torch.Generator().manual_seed(seed))
            times_s.append(time.perf_counter() - start)
        medians[str(n_prototypes)] = round(median(times_s[1:]), 4)  # the first one warms up
    return {"batch": medians, "machine": machine(), "threads": torch.get_num_threads()}


@torch.inference_mode()
def embed_sounds(autoencoder: Embedder, waveforms: Tensor) -> Tensor:
    """Embed sounds in batches; shape (N, n_samples) -> (N, D)."""
    return torch.cat([autoencoder.embed(batch) for batch in waveforms.split(BATCH_SIZE)])


def _distance(first: Tensor, second: Tensor) -> np.ndarray:
    return (first - second).square().mean(dim=-1).numpy()

"""Compute the `Explanation` of a clip: the one function behind Python, the command line, the HTTP API and the page.

A clip is cut into segments that cover it. Its logits, similarities and contributions are means over the segments that
aren't silent. Contributions are linear in similarity, so those of the clip sum to its logits.

Conventions: S segments, V of them voting, N training segments, M prototypes, C classes, D dimensions.
"""

import numpy as np
import torch

from pecmae.audio.conventions import SAMPLE_RATE, SILENCE_DBFS
from pecmae.audio.reading import Clip, format_duration
from pecmae.audio.segments import covering_segments, silent_segments
from pecmae.bundles.bundle import Bundle
from pecmae.bundles.map_coordinates import mean_squared_distances, place
from pecmae.errors import AudioError, BundleError
from pecmae.explain.explanation import (
    BundleVersion,
    ClipSummary,
    Explanation,
    Neighbour,
    PrototypeEvidence,
    SegmentExplanation,
)
from pecmae.explain.novelty import assess_novelty
from pecmae.networks.autoencoder import Embedder

N_NEIGHBOURS = 8


@torch.inference_mode()
def explain(clip: Clip, bundle: Bundle, autoencoder: Embedder) -> Explanation:
    """Explain how a bundle classifies a clip.

    Args:
        clip: The clip.
        bundle: The bundle.
        autoencoder: The autoencoder that the bundle names (`bundle.verify_autoencoder` checks that).

    Returns:
        The explanation.

    Raises:
        AudioError: `silent`, if every segment is silent.
        BundleError: `wrong_autoencoder`, if the autoencoder's dimension isn't the bundle's.
    """
    manifest, training, network = bundle.manifest, bundle.training, bundle.network
    if autoencoder.dim != network.dim:
        raise BundleError(
            "wrong_autoencoder",
            f"Bundle {manifest.name!r} needs embeddings of {network.dim} dimensions, but this autoencoder gives "
            f"{autoencoder.dim}; load the autoencoder {manifest.autoencoder.name!r}.",
        )
    waveforms, starts_s = covering_segments(clip.waveform, round(manifest.segment_s * SAMPLE_RATE))
    silent = silent_segments(waveforms)  # (S,)
    if silent.all():
        raise AudioError(
            "silent",
            f"{clip.name!r} is silent: no segment of {manifest.segment_s:g} s reaches {SILENCE_DBFS:.0f} dBFS; check "
            "the recording level or choose another file.",
        )
    votes = ~silent
    embeddings = embed_segments(waveforms, silent, autoencoder)  # (S, D)
    distances = network(torch.from_numpy(embeddings)).distance.numpy().astype(np.float64)  # (S, M)
    weight, bias = _linear_layer(bundle)
    distance = _mean_distance(distances[votes])  # (M,)
    similarity = np.exp(-distance)
    contributions = similarity[:, None] * weight.T  # (M, C)
    logits = contributions.sum(axis=0) + bias  # (C,)
    normalised = network.normalise(torch.from_numpy(embeddings)).numpy()
    to_training = mean_squared_distances(normalised, bundle.normalised_embeddings)  # (S, N)
    centre = normalised[votes].mean(axis=0, keepdims=True)
    centre_to_training = mean_squared_distances(centre, bundle.normalised_embeddings)  # (1, N)
    segments = describe_segments(bundle, starts_s, min(manifest.segment_s, clip.read_s), silent, distances, to_training)
    return Explanation(
        bundle=BundleVersion(name=manifest.name, version=manifest.version),
        clip=ClipSummary(
            name=clip.name,
            duration_s=clip.duration_s,
            sample_rate=clip.sample_rate,
            channels=clip.channels,
            analysed_s=clip.read_s,
            notes=(*clip.notes, *_notes(clip.read_s, manifest.segment_s, silent)),
        ),
        classes=manifest.class_ids,
        logits=_numbers(logits),
        scores=_numbers(_softmax(logits)),
        bias=_numbers(bias),
        prototypes=tuple(
            PrototypeEvidence(
                id=info.id,
                class_id=info.class_id,
                index=info.index,
                distance=float(distance[m]),
                similarity=float(similarity[m]),
                contributions=_numbers(contributions[m]),
            )
            for m, info in enumerate(bundle.prototypes)
        ),
        segments=segments,
        neighbours=_neighbours(bundle, to_training[votes].mean(axis=0)),
        map=_pair(place(centre_to_training, training.coordinates)[0]),
        novelty=assess_novelty(bundle, embeddings[votes], distances[votes], int(logits.argmax())),
    )


def describe_segments(
    bundle: Bundle,
    starts_s: np.ndarray,
    length_s: float,
    silent: np.ndarray,
    distances: np.ndarray,
    to_training: np.ndarray,
) -> tuple[SegmentExplanation, ...]:
    """The explanation of each segment by itself.

    Args:
        bundle: The bundle.
        starts_s: Where each segment starts.
        length_s: Length of a segment, or of the clip if that is shorter.
        silent: Which segments are silent.
        distances: Distances to the prototypes.
        to_training: Squared distances to the training segments.

    Shape:
        `starts_s` and `silent` (S,), `distances` (S, M), `to_training` (S, N).
    """
    weight, bias = _linear_layer(bundle)
    logits = np.exp(-distances) @ weight.T + bias  # (S, C)
    scores = _softmax(logits)
    places = place(to_training, bundle.training.coordinates)
    return tuple(
        SegmentExplanation(
            start_s=float(starts_s[s]),
            end_s=float(starts_s[s]) + length_s,
            is_silent=bool(silent[s]),
            logits=_numbers(logits[s]),
            scores=_numbers(scores[s]),
            distances=_numbers(distances[s]),
            nearest=bundle.prototypes[distances[s].argmin()].id,
            map=_pair(places[s]),
        )
        for s in range(len(starts_s))
    )


def _linear_layer(bundle: Bundle) -> tuple[np.ndarray, np.ndarray]:
    """Weights (C, M) and biases (C,) of the prototypes' similarities."""
    linear = bundle.network.linear
    return linear.weight.detach().numpy().astype(np.float64), linear.bias.detach().numpy().astype(np.float64)


def _softmax(logits: np.ndarray) -> np.ndarray:
    scores: np.ndarray = torch.from_numpy(logits).softmax(dim=-1).numpy()
    return scores


def embed_segments(waveforms: np.ndarray, silent: np.ndarray, autoencoder: Embedder) -> np.ndarray:
    """Embeddings (S, D) float32 of segments (S, n_samples).

    Voting segments are a batch of their own, because in low precision an embedding depends slightly on its batch.
    """
    embeddings = np.empty((len(waveforms), autoencoder.dim), dtype=np.float32)
    for part in (~silent, silent):
        if part.any():
            embeddings[part] = autoencoder.embed(torch.from_numpy(waveforms[part])).numpy()
    return embeddings


def _mean_distance(distances: np.ndarray) -> np.ndarray:
    """-ln of the mean of exp(-d), also where exp(-d) is too small for a float.

    Shape: (V, M) -> (M,)
    """
    smallest = distances.min(axis=0)
    return smallest - np.log(np.exp(smallest - distances).mean(axis=0))


def _notes(read_s: float, segment_s: float, silent: np.ndarray) -> list[str]:
    notes = []
    if read_s < segment_s:
        notes.append(
            f"The clip is {format_duration(read_s)} long; it was repeated to fill one segment of {segment_s:g} s."
        )
    if silent.any():
        what, verb = ("1 segment is", "isn't") if silent.sum() == 1 else (f"{silent.sum()} segments are", "aren't")
        notes.append(f"{what} silent (below {SILENCE_DBFS:.0f} dBFS) and {verb} used for the scores.")
    return notes


def _neighbours(bundle: Bundle, distance: np.ndarray) -> tuple[Neighbour, ...]:
    """The training segments with the smallest mean distance to the voting segments.

    As distances are squared, that mean is the distance to the clip's mean embedding plus a constant, so these are also
    the nearest to the mean embedding.

    Shape: `distance` (N,).
    """
    training, class_ids = bundle.training, bundle.manifest.class_ids
    return tuple(
        Neighbour(
            id=training.ids[row],
            class_id=class_ids[training.labels[row]],
            title=training.points[row].title,
            start_s=training.points[row].start_s,
            distance=float(distance[row]),
            map=_pair(training.coordinates[row]),
            has_audio=bool(bundle.has_audio[row]),
        )
        for row in np.argsort(distance, kind="stable")[:N_NEIGHBOURS]
    )


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    return tuple(values.tolist())


def _pair(coordinates: np.ndarray) -> tuple[float, float]:
    return float(coordinates[0]), float(coordinates[1])

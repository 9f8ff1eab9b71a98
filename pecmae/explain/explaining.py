"""From a clip to an `Explanation`: the one function behind the command line, the HTTP API and the page.

A clip is cut into segments, all embedded in one batch. Logits, similarities, distances and contributions of the clip
are means over its segments; contributions are linear in similarity, so the clip's still sum to its logits.

Conventions: S segments, N training points, M prototypes, K a class, C classes, D dimensions.
"""

import numpy as np
import torch

from pecmae.audio.clips import Clip, format_duration, segment
from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.bundles.bundle import Bundle
from pecmae.bundles.map_coordinates import mean_squared_distances, place
from pecmae.bundles.neighbourhoods import percentile_of
from pecmae.errors import BundleError
from pecmae.explain.explanation import (
    EXPLANATION_SCHEMA,
    BundleFacts,
    ClipFacts,
    Explanation,
    Neighbour,
    Novelty,
    PrototypeEvidence,
    SegmentExplanation,
)
from pecmae.networks.embedder import Embedder

__all__ = ["EXPLANATION_SCHEMA", "Explanation", "explain"]

N_NEIGHBOURS = 8


@torch.inference_mode()
def explain(clip: Clip, bundle: Bundle, autoencoder: Embedder) -> Explanation:
    """Explain what a bundle hears in a clip.

    `neighbours` are the training points with the smallest mean distance to the clip's segments. As distances are
    squared, that mean is the distance to the clip's mean embedding plus a constant (the spread of its segments), so
    they are also the nearest to the mean embedding.

    `novelty` is the mean over segments of the distance to the segment's nearest prototype of the predicted class,
    because the percentiles that it is read against are those of single training segments.

    Args:
        clip: The clip.
        bundle: The bundle.
        autoencoder: The autoencoder that the bundle names (`bundle.verify_autoencoder` checks that it is).

    Returns:
        The explanation.

    Raises:
        BundleError: If the autoencoder's dimension isn't the bundle's.
    """
    manifest, training, network = bundle.manifest, bundle.training, bundle.network
    if autoencoder.dim != network.dim:
        raise BundleError(
            "wrong_autoencoder",
            f"Bundle {manifest.name!r} needs embeddings of {network.dim} dimensions, this autoencoder makes "
            f"{autoencoder.dim}; load the autoencoder {manifest.autoencoder.name!r}.",
        )
    segment_s = manifest.segment_s
    segments = segment(clip.waveform, round(segment_s * SAMPLE_RATE))  # (S, n_samples)
    analysed_s = min(clip.read_s, len(segments) * segment_s)
    notes = clip.notes if clip.read_s >= segment_s else (*clip.notes, _padding_note(clip.read_s, segment_s))
    embeddings = autoencoder.embed(torch.from_numpy(segments))  # (S, D)
    output = network(embeddings)
    segment_logits, similarity, distance = (part.numpy().astype(np.float64) for part in output)
    weight, bias = (part.numpy().astype(np.float64) for part in (network.linear.weight, network.linear.bias))
    contributions = similarity.mean(axis=0)[:, None] * weight.T  # (M, C)
    logits = contributions.sum(axis=0) + bias  # (C,)
    normalised = network.normalise(embeddings).numpy()
    point_distances = mean_squared_distances(normalised, bundle.normalised_embeddings)  # (S, N)
    centre_distances = mean_squared_distances(normalised.mean(axis=0, keepdims=True), bundle.normalised_embeddings)
    return Explanation(
        bundle=BundleFacts(manifest.name, manifest.version),
        clip=ClipFacts(clip.name, clip.duration_s, clip.sample_rate, clip.channels, analysed_s, notes),
        classes=manifest.class_ids,
        logits=tuple(logits.tolist()),
        scores=tuple(softmax(logits).tolist()),
        bias=tuple(bias.tolist()),
        prototypes=tuple(
            PrototypeEvidence(info.id, info.class_id, info.index, mean_distance, mean_similarity, tuple(shares))
            for info, mean_distance, mean_similarity, shares in zip(
                bundle.prototypes,
                distance.mean(axis=0).tolist(),
                similarity.mean(axis=0).tolist(),
                contributions.tolist(),
                strict=True,
            )
        ),
        segments=_explain_segments(
            analysed_s, bundle, segment_logits, distance, place(point_distances, training.coordinates)
        ),
        neighbours=_neighbours(bundle, point_distances.mean(axis=0)),
        map=_pair(place(centre_distances, training.coordinates)[0]),
        novelty=_novelty(bundle, distance, int(logits.argmax())),
    )


def _padding_note(read_s: float, segment_s: float) -> str:
    length = format_duration(read_s)
    return f"The clip is {length} long; it was padded with silence to one segment of {segment_s:g} s."


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis.

    Shape: (..., C) -> (..., C)
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _explain_segments(
    analysed_s: float, bundle: Bundle, logits: np.ndarray, distance: np.ndarray, places: np.ndarray
) -> tuple[SegmentExplanation, ...]:
    """Shape: `logits` (S, C), `distance` (S, M), `places` (S, 2)."""
    segment_s = bundle.manifest.segment_s
    rows = zip(logits.tolist(), softmax(logits).tolist(), distance.argmin(axis=1), places, strict=True)
    return tuple(
        SegmentExplanation(
            start_s=number * segment_s,
            end_s=min((number + 1) * segment_s, analysed_s),
            logits=tuple(segment_logits),
            scores=tuple(scores),
            nearest=bundle.prototypes[nearest].id,
            map=_pair(where),
        )
        for number, (segment_logits, scores, nearest, where) in enumerate(rows)
    )


def _neighbours(bundle: Bundle, distance: np.ndarray) -> tuple[Neighbour, ...]:
    """Shape: `distance` (N,)."""
    training, class_ids = bundle.training, bundle.manifest.class_ids
    return tuple(
        Neighbour(
            id=training.points[row].id,
            class_id=class_ids[training.labels[row]],
            distance=float(distance[row]),
            map=_pair(training.coordinates[row]),
        )
        for row in np.argsort(distance, kind="stable")[:N_NEIGHBOURS]
    )


def _novelty(bundle: Bundle, distance: np.ndarray, predicted: int) -> Novelty:
    """Shape: `distance` (S, M)."""
    per_class = bundle.manifest.prototypes_per_class
    own = distance[:, predicted * per_class : (predicted + 1) * per_class]  # (S, K)
    novelty = float(own.min(axis=1).mean())
    percentile = percentile_of(novelty, bundle.training.distance_quantiles[predicted])
    return Novelty(novelty, percentile, bundle.manifest.class_ids[predicted])


def _pair(coordinates: np.ndarray) -> tuple[float, float]:
    return float(coordinates[0]), float(coordinates[1])

"""Scores and distances along a clip at a finer step than the explanation's segments, which don't overlap.

The explanation of the clip is that of its whole segments; what is computed here has no influence on it.
"""

from collections.abc import Iterator

import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.reading import Clip, format_duration
from pecmae.audio.segments import Segments, batches_of_segments, silent_segments
from pecmae.bundles.bundle import Bundle
from pecmae.bundles.map_coordinates import mean_squared_distances
from pecmae.errors import AudioError
from pecmae.explain.explaining import describe_segments, embed_segments
from pecmae.explain.explanation import SegmentExplanation
from pecmae.networks.autoencoder import Embedder

HOP_S = 1.0
MAX_SEGMENTS = 600
BATCH_SIZE = 16


def segments_along(
    clip: Clip, bundle: Bundle, autoencoder: Embedder, hop_s: float = HOP_S
) -> Iterator[SegmentExplanation]:
    """Explain the segments that start every `hop_s` of a clip, each by itself.

    If the hop is the length of a segment, these are the segments of `explaining.explain`.

    Args:
        clip: The clip.
        bundle: The bundle.
        autoencoder: The autoencoder that the bundle names.
        hop_s: Distance between the starts of segments, up to the length of a segment.

    Returns:
        The segments in order of time; the last one ends at the clip's end. They are computed `BATCH_SIZE` at a time,
        whenever the next one is asked for.

    Raises:
        AudioError: `too_many_segments`, at once.
    """
    manifest = bundle.manifest
    longest_s = MAX_SEGMENTS * hop_s
    if clip.read_s > longest_s:
        raise AudioError(
            "too_many_segments",
            f"{clip.name!r} is {format_duration(clip.read_s)} long; scores for every {hop_s:g} s are computed for "
            f"tracks of up to {format_duration(longest_s)}, so trim it.",
        )
    length_s = min(manifest.segment_s, clip.read_s)
    batches = batches_of_segments(
        clip.waveform, round(hop_s * SAMPLE_RATE), round(manifest.segment_s * SAMPLE_RATE), BATCH_SIZE
    )
    return (segment for batch in batches for segment in _explain_batch(batch, length_s, bundle, autoencoder))


@torch.inference_mode()
def _explain_batch(
    segments: Segments, length_s: float, bundle: Bundle, autoencoder: Embedder
) -> tuple[SegmentExplanation, ...]:
    network = bundle.network
    silent = silent_segments(segments.waveforms)  # (S,)
    embeddings = torch.from_numpy(embed_segments(segments.waveforms, silent, autoencoder))  # (S, D)
    distances = network(embeddings).distance.numpy().astype("float64")  # (S, M)
    to_training = mean_squared_distances(network.normalise(embeddings).numpy(), bundle.normalised_embeddings)
    return describe_segments(bundle, segments.starts_s, length_s, silent, distances, to_training)

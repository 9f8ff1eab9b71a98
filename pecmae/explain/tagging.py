"""Tags of a track, by a network that was trained on the Million Song Dataset.

They are no part of an explanation: MusiCNN's tagger names genres, moods and instruments of any music, independently of
a bundle's classes, while the compact autoencoder uses only the layer before its tags.
"""

from dataclasses import dataclass

import numpy as np
import soxr
import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.networks import musicnn
from pecmae.networks.musicnn import MSD_TAGS, MusicnnEncoder

SEGMENT_S = 3.0
"""What the network was trained on."""
MAX_SEGMENTS = 32
"""Segments of a longer track, evenly spread: more change its tags little, and take time."""


@dataclass(frozen=True)
class Tag:
    """A tag and its probability, the mean over segments; those of all tags don't add up to 1."""

    name: str
    probability: float


@torch.inference_mode()
def tag_waveform(waveform: np.ndarray, encoder: MusicnnEncoder) -> list[Tag]:
    """All tags of a track, the most probable first.

    Args:
        waveform: The track, mono at `SAMPLE_RATE`; one shorter than 3 s is repeated.
        encoder: MusiCNN with its weights.

    Shape:
        waveform: (n_samples,)
    """
    resampled = soxr.resample(waveform, SAMPLE_RATE, musicnn.SAMPLE_RATE).astype(np.float32)
    n_samples = round(SEGMENT_S * musicnn.SAMPLE_RATE)
    if len(resampled) < n_samples:
        resampled = np.tile(resampled, -(-n_samples // len(resampled)))
    n_segments = min(len(resampled) // n_samples, MAX_SEGMENTS)
    starts = np.linspace(0, len(resampled) - n_samples, n_segments).round().astype(int)
    segments = torch.from_numpy(np.stack([resampled[start : start + n_samples] for start in starts]))  # (S, n_samples)
    tags = torch.cat([encoder.msd(encoder.spectrum(segment[None]))[0] for segment in segments]).mean(dim=0)  # (50,)
    order = tags.argsort(descending=True)
    return [Tag(MSD_TAGS[index], float(tags[index])) for index in order.tolist()]

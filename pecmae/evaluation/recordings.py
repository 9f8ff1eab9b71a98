"""Recordings that nothing was trained on: a folder of files whose names contain the class.

`3-flute-2.flac` is of class `flute`: an optional number, the class's id, a serial number, as Medley-solos-DB names its
clips. A recording is analysed like any clip that is explained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pecmae.audio.conventions import AUDIO_SUFFIXES, SAMPLE_RATE
from pecmae.audio.reading import Clip, read_clip
from pecmae.audio.segments import Segments, covering_segments, silent_segments
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.datasets.folder import FILE_NAME
from pecmae.errors import DatasetError
from pecmae.evaluation.baselines import Classify
from pecmae.evaluation.comparison import REAL, evaluate_segments
from pecmae.evaluation.metrics import evaluate
from pecmae.explain.explaining import explain
from pecmae.networks.autoencoder import Embedder


@dataclass(frozen=True)
class Recording:
    """A labelled recording, read; `label` is a position in the bundle's classes."""

    clip: Clip
    label: int


def read_recordings(folder: Path, classes: Sequence[str]) -> list[Recording]:
    """Read a folder of recordings, in the order of their names.

    Args:
        folder: The folder; files that aren't audio are left alone.
        classes: The bundle's class ids.

    Raises:
        DatasetError: `no_recordings`, or `other_classes` if a name contains none of the classes.
        AudioError: A file can't be read.
    """
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    if not paths:
        raise DatasetError("no_recordings", f"{folder} holds no audio; name its files such as 3-flute-2.flac.")
    recordings = []
    for path in paths:
        match = FILE_NAME.fullmatch(path.stem)
        if match is None or match["label"] not in classes:
            raise DatasetError(
                "other_classes",
                f"{path.name} contains none of the bundle's classes ({', '.join(classes)}); name it such as "
                f"0-{classes[0]}-0{path.suffix}, or evaluate a bundle that has its class.",
            )
        recordings.append(Recording(read_clip(path), classes.index(match["label"])))
    return recordings


@torch.inference_mode()
def embed_recordings(recordings: Sequence[Recording], classes: Sequence[str], autoencoder: Embedder) -> EmbeddedDataset:
    """The recordings as tracks of the split `real`, for any classifier of embeddings."""
    segment_s = autoencoder.config.segment_s
    segments = [_voting_segments(recording.clip, round(segment_s * SAMPLE_RATE)) for recording in recordings]
    n_segments = [len(starts_s) for _, starts_s in segments]
    embeddings = [autoencoder.embed(torch.from_numpy(waveforms)).numpy() for waveforms, _ in segments]
    return EmbeddedDataset(
        classes=tuple(classes),
        track_ids=tuple(recording.clip.name for recording in recordings),
        embeddings=np.concatenate(embeddings),
        labels=np.repeat([recording.label for recording in recordings], n_segments),
        track_index=np.repeat(np.arange(len(recordings)), n_segments),
        start_s=np.concatenate([starts_s for _, starts_s in segments]).astype(np.float32),
        split=np.full(sum(n_segments), REAL),
        unseen=np.ones(sum(n_segments), dtype=bool),
        segment_s=segment_s,
    )


def measure_recordings(
    bundle: Bundle, autoencoder: Embedder, recordings: Sequence[Recording], mlp: Classify
) -> dict[str, Any]:
    """Measure a bundle and an MLP on recordings.

    Args:
        bundle: The bundle, whose decisions are those of `explain`.
        autoencoder: Its autoencoder.
        recordings: The recordings.
        mlp: From `fit_mlp` on the bundle's training segments.

    Returns:
        JSON: for PECMAE and for the MLP, the balanced accuracy with an interval over recordings, and the confusion
        matrix.
    """
    classes = bundle.manifest.class_ids
    logits = np.array([explain(recording.clip, bundle, autoencoder).logits for recording in recordings])
    labels = np.array([recording.label for recording in recordings])
    embedded = embed_recordings(recordings, classes, autoencoder)
    results = {
        "pecmae": evaluate(logits, labels, np.arange(len(recordings)), classes),
        "mlp": evaluate_segments(mlp, embedded),
    }
    segments = {"segment_balanced_accuracy", "n_segments"}
    return {
        "n_recordings": len(recordings),
        "classes": list(classes),
        **{name: result.model_dump(mode="json", exclude=segments) for name, result in results.items()},
    }


def _voting_segments(clip: Clip, segment_samples: int) -> Segments:
    """The segments that `explain` lets vote."""
    waveforms, starts_s = covering_segments(clip.waveform, segment_samples)
    votes = ~silent_segments(waveforms)
    return Segments(waveforms[votes], starts_s[votes])

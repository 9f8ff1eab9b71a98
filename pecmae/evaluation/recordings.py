"""Recordings that nothing was trained on: a folder of files whose names tell the class.

`3-flute-2.flac` is of class `flute`: an optional number, the class's id, a serial number, as Medley-solos-DB names its
clips. A recording is analysed as any clip that is explained: its segments are those of `pecmae.explain.explaining`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pecmae.audio.clips import Clip, read_clip
from pecmae.audio.conventions import AUDIO_SUFFIXES, SAMPLE_RATE
from pecmae.audio.segments import Segments, covering_segments, silent_segments
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.errors import DatasetError
from pecmae.evaluation.comparison import evaluate_segments
from pecmae.evaluation.intervals import over_seeds
from pecmae.evaluation.metrics import evaluate
from pecmae.explain.explaining import explain
from pecmae.networks.embedder import Embedder
from pecmae.training.head_measures import train_probes
from pecmae.training.heads import HeadStore

FILE_NAME = re.compile(r"(?:\d+-)?(?P<class_id>.+)-\d+")


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
        DatasetError: `no_recordings`, or `other_classes` if a name tells none of the classes.
        AudioError: A file can't be read.
    """
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    if not paths:
        raise DatasetError("no_recordings", f"{folder} holds no audio; its files are named such as 3-flute-2.flac.")
    recordings = []
    for path in paths:
        match = FILE_NAME.fullmatch(path.stem)
        if match is None or match["class_id"] not in classes:
            raise DatasetError(
                "other_classes",
                f"{path.name} tells none of the bundle's classes ({', '.join(classes)}); name it such as "
                f"0-{classes[0]}-0{path.suffix}, or evaluate a bundle that has its class.",
            )
        recordings.append(Recording(read_clip(path), classes.index(match["class_id"])))
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
        split=np.full(sum(n_segments), "real"),
        unseen=np.ones(sum(n_segments), dtype=bool),
        segment_s=segment_s,
    )


def measure_recordings(
    bundle: Bundle,
    autoencoder: Embedder,
    recordings: Sequence[Recording],
    store: HeadStore,
    seeds: Sequence[int],
) -> dict[str, Any]:
    """What the bundle says of recordings, and what MLPs on the same embeddings say.

    Args:
        bundle: The bundle, whose verdicts are those of `explain`.
        autoencoder: Its autoencoder.
        recordings: The recordings.
        store: Has the segments that the MLPs learn from.
        seeds: Seeds of the MLPs.

    Returns:
        JSON: for PECMAE and for the MLP of the first seed, everything with a confusion matrix; for the MLP over seeds,
        the balanced accuracy.
    """
    classes = bundle.manifest.class_ids
    logits = np.array([explain(recording.clip, bundle, autoencoder).logits for recording in recordings])
    labels = np.array([recording.label for recording in recordings])
    heard = evaluate(logits, labels, np.arange(len(recordings)), classes)
    embedded = embed_recordings(recordings, classes, autoencoder)
    by_seed = [evaluate_segments(probe, embedded) for probe in train_probes(store, bundle.network, seeds)]
    return {
        "seeds": list(seeds),
        "n_recordings": len(recordings),
        "classes": list(classes),
        "pecmae": _without_segments(heard.to_json()),
        "mlp": _without_segments(by_seed[0].to_json()),
        "mlp_over_seeds": over_seeds([result.balanced_accuracy for result in by_seed]).to_json(),
    }


def _voting_segments(clip: Clip, segment_samples: int) -> Segments:
    """The segments that `explain` lets vote."""
    waveforms, starts_s = covering_segments(clip.waveform, segment_samples)
    votes = ~silent_segments(waveforms)
    return Segments(waveforms[votes], starts_s[votes])


def _without_segments(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if "segment" not in name}

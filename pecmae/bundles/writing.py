"""Make and change bundles: training writes one, `sonify` and `map` complete it.

Every file is written beside its place and moved there, and the manifest with its hashes comes last, so that an
interrupted command leaves the old bundle or one that loading refuses, never a wrong one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from pecmae.bundles.bundle import (
    MANIFEST_FILE,
    MODEL_CARD_FILE,
    PROTOTYPES_FILE,
    Bundle,
    load_bundle,
    point_audio_file,
)
from pecmae.bundles.manifest import Manifest
from pecmae.bundles.map_coordinates import principal_plane
from pecmae.bundles.neighbourhoods import describe_prototypes
from pecmae.bundles.training_points import (
    POINTS_FILE,
    TRAINING_FILE,
    PrototypeInfo,
    TrainingPoint,
    TrainingPoints,
    encode_training,
    points_to_json,
)
from pecmae.files import sha256, write_at_once
from pecmae.networks.prototypes import PrototypeNetwork


def write_bundle(
    path: Path,
    manifest: Manifest,
    network: PrototypeNetwork,
    *,
    points: Sequence[TrainingPoint],
    embeddings: np.ndarray,
    labels: np.ndarray,
    distance_quantiles: np.ndarray,
    point_audio: Iterable[tuple[str, bytes]],
    model_card: str,
) -> Bundle:
    """Write a new bundle, or replace one: everything but the sonifications, with a first map of principal components.

    Args:
        path: The bundle's folder, whose name is the manifest's.
        manifest: Facts of the bundle; its `files` are filled here.
        network: The trained network.
        points: The training segments that the bundle carries, a stratified sample.
        embeddings: Their raw embeddings.
        labels: Their classes.
        distance_quantiles: From `neighbourhoods.distance_quantiles` over all training segments.
        point_audio: Id of every point, and the contents of its excerpt's Ogg file; may be a generator.
        model_card: Markdown of the README.

    Returns:
        The bundle, loaded and verified.

    Shape: `embeddings` (N, D), `labels` (N,), `distance_quantiles` (C, 101).
    """
    network = network.eval()
    embeddings = embeddings.astype(np.float16).astype(np.float32)  # as it will be read back
    with torch.no_grad():
        distances = network(torch.from_numpy(embeddings)).distance.numpy()
        both = torch.cat([network.normalise(torch.from_numpy(embeddings)), network.adapted_prototypes()]).numpy()
    plane = principal_plane(both)
    training = TrainingPoints(
        points=tuple(points),
        embeddings=embeddings,
        labels=labels.astype(np.int64),
        coordinates=plane[: len(points)],
        prototype_coordinates=plane[len(points) :],
        distance_quantiles=distance_quantiles.astype(np.float32),
    )
    prototypes = describe_prototypes(manifest, distances, labels, [point.id for point in points])
    (path / MANIFEST_FILE).unlink(missing_ok=True)
    for old in path.glob("audio/*/*.ogg"):
        old.unlink()
    for point_id, contents in point_audio:
        write_at_once(path / point_audio_file(point_id), contents)
    write_at_once(path / PROTOTYPES_FILE, save({k: v.contiguous() for k, v in network.state_dict().items()}))
    write_at_once(path / TRAINING_FILE, encode_training(training))
    write_at_once(path / POINTS_FILE, _json(points_to_json(training.points, prototypes)))
    write_at_once(path / MODEL_CARD_FILE, model_card.encode())
    return _write_manifest(path, manifest)


def update_bundle(
    bundle: Bundle,
    *,
    training: TrainingPoints | None = None,
    prototypes: tuple[PrototypeInfo, ...] | None = None,
    audio: Mapping[str, bytes] | None = None,
    metrics: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
    model_card: str | None = None,
) -> Bundle:
    """Change parts of a bundle on disk; what isn't given stays.

    Args:
        bundle: The bundle as loaded.
        training: New coordinates or quantiles.
        prototypes: New facts of the prototypes.
        audio: Contents of encoded audio files by relative path, such as `prototype_audio_file` gives.
        metrics: Entries to set in the manifest's metrics.
        provenance: Entries to set in the manifest's provenance.
        model_card: New markdown of the README.

    Returns:
        The bundle, loaded and verified again.
    """
    path, manifest = bundle.path, bundle.manifest
    if training is not None:
        write_at_once(path / TRAINING_FILE, encode_training(training))
    if training is not None or prototypes is not None:
        points = (training or bundle.training).points
        write_at_once(path / POINTS_FILE, _json(points_to_json(points, prototypes or bundle.prototypes)))
    for name, contents in (audio or {}).items():
        write_at_once(path / name, contents)
    if model_card is not None:
        write_at_once(path / MODEL_CARD_FILE, model_card.encode())
    manifest = replace(
        manifest,
        metrics={**manifest.metrics, **(metrics or {})},
        provenance={**manifest.provenance, **(provenance or {})},
    )
    return _write_manifest(path, manifest)


def _write_manifest(path: Path, manifest: Manifest) -> Bundle:
    files = [path / name for name in (PROTOTYPES_FILE, TRAINING_FILE, POINTS_FILE, MODEL_CARD_FILE)]
    files += sorted(path.glob("audio/*/[!.]*.ogg"))
    hashes = {file.relative_to(path).as_posix(): sha256(file) for file in files}
    write_at_once(path / MANIFEST_FILE, _json(replace(manifest, files=hashes).to_json()))
    return load_bundle(path)


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()

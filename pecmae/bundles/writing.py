"""Make and change bundles.

Every file is written beside its place and moved there, and the manifest with its hashes comes last. So an interrupted
command leaves the old bundle, or one that loading refuses, never a wrong one.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save

from pecmae.bundles.bundle import MODEL_CARD_FILE, PROTOTYPES_FILE, Bundle, load_bundle
from pecmae.bundles.manifest import MANIFEST_FILE, DecodedPrototype, Manifest, changed
from pecmae.bundles.novelty_detector import NOVELTY_FILE, NoveltyDetector, encode_detector
from pecmae.bundles.training_points import TRAINING_FILE, TrainingPoints, encode_training
from pecmae.files import sha256, write_at_once
from pecmae.networks.prototypes import PrototypeNetwork


def write_bundle(
    path: Path,
    manifest: Manifest,
    network: PrototypeNetwork,
    training: TrainingPoints,
    *,
    audio: Iterable[tuple[str, bytes]],
    model_card: str,
    novelty: NoveltyDetector | None = None,
) -> Bundle:
    """Write a new bundle, or replace one.

    Args:
        path: The bundle's folder, whose name is the manifest's.
        manifest: The description; its `tracks` and `files` are filled here.
        network: The trained network.
        training: All training segments.
        audio: Relative path and contents of every Ogg file, such as `point_audio_file` names them; may be a generator.
        model_card: Markdown of the README.
        novelty: Tells whether a track is unlike all training music.

    Returns:
        The bundle, loaded and verified.
    """
    (path / MANIFEST_FILE).unlink(missing_ok=True)
    (path / NOVELTY_FILE).unlink(missing_ok=True)
    for old in path.glob("audio/*/*.ogg"):
        old.unlink()
    for name, contents in audio:
        write_at_once(path / name, contents)
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    write_at_once(path / PROTOTYPES_FILE, save(weights))
    write_at_once(path / TRAINING_FILE, encode_training(training))
    if novelty is not None:
        write_at_once(path / NOVELTY_FILE, encode_detector(novelty))
    write_at_once(path / MODEL_CARD_FILE, model_card.encode())
    return _write_manifest(path, changed(manifest, tracks=training.tracks))


def update_bundle(
    bundle: Bundle,
    *,
    training: TrainingPoints | None = None,
    decoded: Sequence[DecodedPrototype] | None = None,
    audio: Mapping[str, bytes] | None = None,
    metrics: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
    model_card: str | None = None,
) -> Bundle:
    """Change parts of a bundle on disk; what isn't given stays.

    Args:
        bundle: The bundle as loaded.
        training: New training segments, such as with other map coordinates.
        decoded: What the classifier says of each decoded prototype.
        audio: Contents of encoded audio files by relative path, such as `prototype_audio_file` gives.
        metrics: Entries to set in the manifest's metrics.
        provenance: Entries to set in the manifest's provenance.
        model_card: New Markdown of the README.

    Returns:
        The bundle, loaded and verified again.
    """
    path, manifest = bundle.path, bundle.manifest
    if training is not None:
        write_at_once(path / TRAINING_FILE, encode_training(training))
        manifest = changed(manifest, tracks=training.tracks)
    for name, contents in (audio or {}).items():
        write_at_once(path / name, contents)
    if model_card is not None:
        write_at_once(path / MODEL_CARD_FILE, model_card.encode())
    manifest = changed(
        manifest,
        decoded=manifest.decoded if decoded is None else tuple(decoded),
        metrics=changed(manifest.metrics, **(metrics or {})),
        provenance=changed(manifest.provenance, **(provenance or {})),
    )
    return _write_manifest(path, manifest)


def _write_manifest(path: Path, manifest: Manifest) -> Bundle:
    files = [path / name for name in (PROTOTYPES_FILE, TRAINING_FILE, MODEL_CARD_FILE)]
    files += [*path.glob(NOVELTY_FILE), *sorted(path.glob("audio/*/[!.]*.ogg"))]
    hashes = {file.relative_to(path).as_posix(): sha256(file) for file in files}
    text = changed(manifest, files=hashes).model_dump_json(indent=1)
    write_at_once(path / MANIFEST_FILE, f"{text}\n".encode())
    return load_bundle(path)

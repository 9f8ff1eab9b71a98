"""Make a bundle of a trained prototype network: its facts, a sample of its training segments and their sound.

Conventions: N training segments, M prototypes, K a class. Distances are the network's, in its normalised space.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.encoding import faded
from pecmae.bundles.bundle import MANIFEST_FILE, Bundle
from pecmae.bundles.manifest import NAME_PATTERN, AutoencoderReference, Manifest
from pecmae.bundles.neighbourhoods import N_NEAREST_POINTS, distance_quantiles, own_class_distances
from pecmae.bundles.training_points import TrainingPoint
from pecmae.bundles.writing import update_bundle, write_bundle
from pecmae.datasets.dataset import RECORDED_NOTES, SPLITS, Dataset
from pecmae.datasets.embeddings import EmbeddedDataset, read_segments
from pecmae.errors import BundleError
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.model_card import render_model_card

VORBIS_COMPRESSION = 0.9
"""Of libsndfile, 0 to 1: about 18 kB for 4 s of mono at 24 kHz."""
FADE_S = 0.01
CAUTIONS = {
    "genres": "This model learned from rendered music only, and the embeddings too were trained with the names of its "
    "classes. On recordings, read its scores as resemblance to those renders, not as a judgement of genre.",
    "instruments": "This model learned from rendered solos and some put together from recorded notes, and the "
    "embeddings too were trained with the names of its classes. On recordings, read its scores as resemblance to those "
    "solos, not as a judgement of which instrument plays.",
}
OTHER_CAUTION = (
    "This model knows only the dataset that it learned from. On other recordings, read its scores as resemblance "
    "to that dataset."
)
FEW_TESTS = 50


@dataclass(frozen=True)
class BundleDescription:
    """What a bundle says of itself beside what was measured; an empty title is made from the dataset's name."""

    title: str
    version: str
    autoencoder: AutoencoderReference
    provenance: dict[str, Any]


def check_target(path: Path) -> None:
    """Check, before anything is trained, that a bundle can be written to `path`.

    Raises:
        BundleError: Its name isn't safe, or it is a folder of other things.
    """
    if not NAME_PATTERN.fullmatch(path.name):
        raise BundleError(
            "bad_name", f"{path.name!r} can't name a bundle; use letters, digits, '.', '_' and '-', a letter first."
        )
    is_bundle = (path / MANIFEST_FILE).is_file() or (path / "audio").is_dir()
    if path.exists() and not is_bundle and (not path.is_dir() or any(path.iterdir())):
        raise BundleError("not_a_bundle", f"{path} exists and isn't a bundle; choose another place for the new one.")


def package_bundle(
    path: Path,
    dataset: Dataset,
    embedded: EmbeddedDataset,
    network: PrototypeNetwork,
    metrics: Mapping[str, Any],
    description: BundleDescription,
    *,
    points_per_class: int,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> Bundle:
    """Write a bundle; `sonify` and `map` complete it.

    Args:
        path: The bundle's folder; its name becomes the bundle's.
        dataset: Where the tracks are.
        embedded: The whole dataset, embedded.
        network: The trained network.
        metrics: Its measured results, from `Comparison.to_json`.
        description: Title, autoencoder, how it was made.
        points_per_class: How many training segments a class the bundle carries with their sound, at most.
        seed: Seed of their choice.
        on_progress: Told how many of them are written.

    Returns:
        The bundle, loaded and verified.

    Raises:
        BundleError: `path` can't take a bundle.
        DatasetError: A track can't be read.
    """
    check_target(path)
    train = embedded.part("train")
    with torch.no_grad():
        distances = network(torch.from_numpy(train.embeddings)).distance.numpy()
    allowed = np.flatnonzero([dataset.tracks[track].shippable for track in train.track_index])
    rows = allowed[choose_points(distances[allowed], train.labels[allowed], points_per_class, seed)]
    points = [_training_point(dataset, train, row) for row in rows]
    manifest = _manifest(path.name, dataset, embedded, network, metrics, description)
    bundle = write_bundle(
        path,
        manifest,
        network,
        points=points,
        embeddings=train.embeddings[rows],
        labels=train.labels[rows],
        distance_quantiles=distance_quantiles(distances, train.labels, network.prototypes_per_class),
        point_audio=_excerpts(dataset, train, rows, points, on_progress),
        model_card=render_model_card(manifest),
    )
    shares = prototype_shares(distances, train.labels, network.prototypes_per_class)
    described = [replace(item, share=float(share)) for item, share in zip(bundle.prototypes, shares, strict=True)]
    return update_bundle(bundle, prototypes=tuple(described))


def choose_points(distances: np.ndarray, labels: np.ndarray, points_per_class: int, seed: int) -> np.ndarray:
    """A stratified sample of training segments that holds those nearest to the prototypes.

    The three training segments nearest to every prototype come first, as far as they fill no more than half of their
    class's places; the others are drawn at random.

    Args:
        distances: Distance of every training segment to every prototype.
        labels: Their classes.
        points_per_class: How many a class, at most.
        seed: Seed of the draw.

    Returns:
        Rows of the chosen segments, ascending.

    Shape: `distances` (N, M), `labels` (N,).
    """
    rng = np.random.default_rng(seed)
    chosen: dict[int, list[int]] = {label: [] for label in np.unique(labels).tolist()}
    for row in np.argsort(distances, axis=0, kind="stable")[:N_NEAREST_POINTS].ravel().tolist():
        places = chosen[int(labels[row])]
        if row not in places and len(places) < points_per_class // 2:
            places.append(row)
    for label, places in chosen.items():
        others = np.setdiff1d(np.flatnonzero(labels == label), places)
        n_missing = min(points_per_class - len(places), len(others))
        places.extend(rng.choice(others, n_missing, replace=False).tolist())
    return np.sort(np.concatenate([np.array(places, dtype=np.int64) for places in chosen.values()]))


def prototype_shares(distances: np.ndarray, labels: np.ndarray, prototypes_per_class: int) -> np.ndarray:
    """Share of its class's training segments that have a prototype as the nearest of their class.

    Shape: `distances` (N, M), `labels` (N,); result (M,), the K of a class sum to 1.
    """
    winners = own_class_distances(distances, labels, prototypes_per_class).argmin(axis=1)
    counts = np.bincount(labels * prototypes_per_class + winners, minlength=distances.shape[1])
    return counts / np.repeat(counts.reshape(-1, prototypes_per_class).sum(axis=1), prototypes_per_class)


def _training_point(dataset: Dataset, train: EmbeddedDataset, row: int) -> TrainingPoint:
    track = dataset.tracks[train.track_index[row]]
    start_s = float(train.start_s[row])
    return TrainingPoint(f"{track.id}@{start_s:g}", track.id, track.title, start_s)


def _excerpts(
    dataset: Dataset,
    train: EmbeddedDataset,
    rows: np.ndarray,
    points: list[TrainingPoint],
    on_progress: Callable[[int, int], None] | None,
) -> Iterator[tuple[str, bytes]]:
    """The id of every point and its sound as an Ogg file's contents; each track is read once."""
    current, segments = -1, np.empty(0)
    for done, (row, point) in enumerate(zip(rows, points, strict=True)):
        if on_progress:
            on_progress(done, len(points))
        if train.track_index[row] != current:
            current = train.track_index[row]
            segments = read_segments(dataset.tracks[current], train.segment_s)
        yield point.id, encode_excerpt(segments[round(point.start_s / train.segment_s)])
    if on_progress:
        on_progress(len(points), len(points))


def encode_excerpt(waveform: np.ndarray) -> bytes:
    """A short excerpt as an Ogg Vorbis file's contents, faded at both ends so that it doesn't click.

    Shape: (n_samples,).
    """
    buffer = io.BytesIO()
    excerpt = faded(np.clip(waveform, -1, 1), FADE_S)
    soundfile.write(buffer, excerpt, SAMPLE_RATE, format="OGG", subtype="VORBIS", compression_level=VORBIS_COMPRESSION)
    return buffer.getvalue()


def _manifest(
    name: str,
    dataset: Dataset,
    embedded: EmbeddedDataset,
    network: PrototypeNetwork,
    metrics: Mapping[str, Any],
    description: BundleDescription,
) -> Manifest:
    source = dataset.description
    n_tracks = {split: sum(track.split == split for track in dataset.tracks) for split in SPLITS}
    n_segments = {split: len(embedded.select(embedded.split == split)) for split in SPLITS}
    per_class = network.prototypes_per_class
    subject = dataset.name.replace("-", " ").replace("_", " ")
    return Manifest(
        name=name,
        version=description.version,
        title=description.title or f"{subject[:1].upper()}{subject[1:]}, {per_class} prototypes a class",
        licence=source.licence,
        trained_on=_trained_on(dataset, n_tracks["train"]),
        caution=_caution(dataset, n_tracks["test"]),
        autoencoder=description.autoencoder,
        classes=dataset.classes,
        prototypes_per_class=per_class,
        adaptor=network.adaptor is not None,
        segment_s=embedded.segment_s,
        provenance={
            **description.provenance,
            "dataset": {
                "name": dataset.name,
                "kind": dataset.kind,
                "seed": source.seed,
                "tracks": n_tracks,
                "segments": n_segments,
                "unseen_soundfont": source.unseen_soundfont,
                "licence": source.licence,
                "attribution": source.attribution,
                "shareable": source.shareable,
            },
        },
        metrics=dict(metrics),
    )


def _trained_on(dataset: Dataset, n_tracks: int) -> str:
    if dataset.kind not in CAUTIONS:
        return f"{n_tracks} tracks in {len(dataset.classes)} classes of the dataset {dataset.name}."
    n_recorded = sum(track.split == "train" and track.soundfont == RECORDED_NOTES for track in dataset.tracks)
    recordings = f"{n_recorded} of them assembled from recorded single notes" if n_recorded else "no recordings"
    return (
        f"{n_tracks} tracks composed and rendered by this project's own code, in {len(dataset.classes)} classes of "
        f"{dataset.kind}; {recordings}."
    )


def _caution(dataset: Dataset, n_tests: int) -> str:
    caution = CAUTIONS.get(dataset.kind, OTHER_CAUTION)
    if n_tests >= FEW_TESTS:
        return caution
    return f"{caution} Its accuracy was measured on {n_tests} tracks only, so it may be far from the true one."

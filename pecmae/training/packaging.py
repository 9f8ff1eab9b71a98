"""The parts of a bundle that come from its dataset: the manifest, the training segments and excerpts of some of them.

Conventions: N training segments, M prototypes, K prototypes per class. Distances are the network's, in its normalised
space.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pecmae.audio.encoding import encode_excerpt
from pecmae.bundles.bundle import point_audio_file
from pecmae.bundles.manifest import MANIFEST_FILE, NAME_PATTERN, AutoencoderReference, Manifest, PointSounds, TrackInfo
from pecmae.bundles.map_coordinates import principal_plane
from pecmae.bundles.measurements import Metrics
from pecmae.bundles.neighbourhoods import N_NEAREST_POINTS
from pecmae.bundles.origin import DatasetOrigin, Provenance
from pecmae.bundles.training_points import TrainingPoints, point_id
from pecmae.datasets.dataset import RECORDED_NOTES, SPLITS, Dataset
from pecmae.datasets.embeddings import EmbeddedDataset, read_segments
from pecmae.errors import BundleError
from pecmae.files import write_at_once
from pecmae.networks.autoencoder import Embedder
from pecmae.networks.prototypes import PrototypeNetwork

OWN_LICENCE = "CC BY 4.0"
"""Of weights and decoded sounds, where a bundle holds no audio of its dataset."""
CAUTIONS = {
    "genres": "This model learned its classes only from music rendered by a program. On recordings, read its scores as "
    "resemblance to that rendered music, not as a judgement of genre.",
    "instruments": "This model learned its classes from solos: most were rendered by a program or put together from "
    "recorded notes. On recordings, read its scores as resemblance to those solos, not as a judgement of which "
    "instrument plays.",
    "gtzan": "This model learned its classes from short excerpts of few tracks per genre, as one collector labelled "
    "them before 2002. Read its scores as resemblance to those tracks, not as a judgement of genre.",
}
OTHER_CAUTION = (
    "This model knows only the dataset that it learned from. On other recordings, read its scores as resemblance "
    "to that dataset."
)
RECORDED = {
    "gtzan": ("recorded excerpt", "genres", "GTZAN"),
    "medley-solos-db": ("recorded clip", "instrument classes", "Medley-solos-DB"),
}
"""Datasets of recordings by kind: what one of their recordings is, what their classes are, and their title."""
FEW_TESTS = 50


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


def describe_bundle(
    name: str,
    dataset: Dataset,
    embedded: EmbeddedDataset,
    network: PrototypeNetwork,
    metrics: Mapping[str, Any],
    provenance: Mapping[str, Any],
    *,
    title: str,
    version: str,
    autoencoder: AutoencoderReference,
    point_sounds: PointSounds = "recorded",
) -> Manifest:
    """The manifest of a bundle.

    Args:
        name: The bundle's name.
        dataset: The dataset that it learned from.
        embedded: The same, embedded.
        network: The trained network.
        metrics: From `compare_classifiers`.
        provenance: How the network was trained; the dataset is added here.
        title: One line for people; if empty, it is made from the dataset's name.
        version: Version of the bundle.
        autoencoder: Name and fingerprint of the autoencoder.
        point_sounds: What the training segments' sounds are.
    """
    source = dataset.description
    n_tracks: dict[str, int] = {split: sum(track.split == split for track in dataset.tracks) for split in SPLITS}
    n_segments: dict[str, int] = {split: len(embedded.select(embedded.split == split)) for split in SPLITS}
    per_class = network.prototypes_per_class
    subject = dataset.name.replace("-", " ").replace("_", " ")
    origin = DatasetOrigin(
        name=dataset.name,
        kind=dataset.kind,
        seed=source.seed,
        tracks=n_tracks,
        segments=n_segments,
        unseen_soundfont=source.unseen_soundfont,
        licence=source.licence,
        attribution=source.attribution,
        shareable=None if point_sounds == "decoded" else source.shareable,
    )
    return Manifest(
        name=name,
        version=version,
        title=title or f"{subject[:1].upper()}{subject[1:]}, {per_class} prototype{'s' * (per_class > 1)} per class",
        licence=OWN_LICENCE if point_sounds == "decoded" else source.licence,
        trained_on=_trained_on(dataset, n_tracks["train"]),
        caution=_caution(dataset, max(result["pecmae"]["n_tracks"] for result in metrics["evaluations"].values())),
        point_sounds=point_sounds,
        autoencoder=autoencoder,
        classes=dataset.classes,
        prototypes_per_class=per_class,
        adaptor=network.adaptor is not None,
        segment_s=embedded.segment_s,
        provenance=Provenance.model_validate({**provenance, "dataset": origin}),
        metrics=Metrics.model_validate(metrics),
    )


@torch.no_grad()
def training_points(
    dataset: Dataset, train: EmbeddedDataset, network: PrototypeNetwork, beats: tuple[np.ndarray, np.ndarray]
) -> TrainingPoints:
    """All training segments of a bundle, with principal components as a first map.

    Args:
        dataset: The dataset that they are from.
        train: The training split, embedded.
        network: The trained network.
        beats: Period in seconds and strength of the beat of each segment, from `measure_rhythms`.
    """
    used, track_index = np.unique(train.track_index, return_inverse=True)
    tracks = tuple(TrackInfo(id=dataset.tracks[row].id, title=dataset.tracks[row].title) for row in used)
    embeddings = train.embeddings.astype(np.float16).astype(np.float32)  # as stored: a new map is the same map
    normalised = network.normalise(torch.from_numpy(embeddings))
    plane = principal_plane(torch.cat([normalised, network.adapted_prototypes()]).numpy())
    return TrainingPoints(
        tracks=tracks,
        embeddings=embeddings,
        labels=train.labels,
        track_index=track_index,
        start_s=train.start_s,
        beat_period_s=beats[0],
        beat_strength=beats[1],
        coordinates=plane[: len(train)],
        prototype_coordinates=plane[len(train) :],
    )


def choose_points(distances: np.ndarray, labels: np.ndarray, points_per_class: int, seed: int) -> np.ndarray:
    """Choose a stratified sample of training segments that contains those nearest to the prototypes.

    The three training segments nearest to each prototype come first, as long as they fill no more than half of their
    class's places. The others are drawn at random.

    Args:
        distances: Distance of every training segment to every prototype.
        labels: Their classes.
        points_per_class: Number of segments per class, at most.
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


def point_sounds(dataset: Dataset, autoencoder: Embedder) -> PointSounds:
    """What the sounds of training segments are: decoded where no recording may be passed on."""
    is_secret = not any(track.shippable for track in dataset.tracks)
    return "decoded" if is_secret and autoencoder.can_decode else "recorded"


def write_points(
    folder: Path,
    dataset: Dataset,
    train: EmbeddedDataset,
    network: PrototypeNetwork,
    *,
    points_per_class: int,
    seed: int,
    decode: Callable[[int], np.ndarray] | None,
    on_progress: Callable[[int, int], None],
) -> None:
    """Write the sound of some training segments as Ogg files: recorded (each track is read once), or decoded.

    Args:
        folder: Where to write, under the relative paths of a bundle.
        dataset: Where the tracks are.
        train: The training split, embedded.
        network: The trained network.
        points_per_class: Number of segments per class, at most.
        seed: Seed of their choice.
        decode: Decodes the segment of a row to sound (n_samples,); None writes recordings that may be passed on.
        on_progress: Called with the number of written files and the number of all.

    Raises:
        DatasetError: A track can't be read.
    """
    with torch.no_grad():
        distances = network(torch.from_numpy(train.embeddings)).distance.numpy()
    allowed = np.flatnonzero([decode is not None or dataset.tracks[track].shippable for track in train.track_index])
    if len(allowed) == 0:
        return
    rows = allowed[choose_points(distances[allowed], train.labels[allowed], points_per_class, seed)]
    current, segments = -1, np.empty(0)
    for done, row in enumerate(rows):
        on_progress(done, len(rows))
        track = dataset.tracks[train.track_index[row]]
        if decode is not None:
            waveform = decode(int(row))
        else:
            if train.track_index[row] != current:
                current = train.track_index[row]
                segments = read_segments(track, train.segment_s)
            waveform = segments[round(train.start_s[row] / train.segment_s)]
        name = point_audio_file(point_id(track.id, train.start_s[row]))
        write_at_once(folder / name, encode_excerpt(waveform))
    on_progress(len(rows), len(rows))


def _trained_on(dataset: Dataset, n_tracks: int) -> str:
    """One sentence on the training tracks; `n_tracks` is their number."""
    n_classes = len(dataset.classes)
    if dataset.kind in RECORDED:
        noun, classes, title = RECORDED[dataset.kind]
        return f"{_count(n_tracks, noun)} in {n_classes} {classes} of the dataset {title}."
    if dataset.kind not in CAUTIONS:
        return f"{_count(n_tracks, 'track')} in {n_classes} classes of the dataset {dataset.name}."
    train = [track for track in dataset.tracks if track.split == "train"]
    n_notes = sum(track.soundfont == RECORDED_NOTES for track in train)
    n_solos = sum(bool(track.block) for track in train)  # only recorded solos have a block
    n_composed = n_tracks - n_solos
    classes = "genres" if dataset.kind == "genres" else "instrument classes"
    tracks = f"{_count(n_composed, 'track')} in {n_classes} {classes}"
    if n_notes:
        sentence = (
            f"{tracks}, composed by this project's own code, which rendered {n_composed - n_notes:,} of them and "
            f"assembled the other {n_notes:,} from recorded single notes"
        )
    else:
        sentence = f"{tracks}, composed and rendered by this project's own code"
    if n_solos:
        return f"{sentence}; and {_count(n_solos, 'recorded solo')}."
    return f"{sentence}." if n_notes else f"{sentence}; no recordings."


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _caution(dataset: Dataset, n_tests: int) -> str:
    caution = CAUTIONS.get(dataset.kind, OTHER_CAUTION)
    if n_tests >= FEW_TESTS:
        return caution
    return f"{caution} Its accuracy was measured on {n_tests} tracks only, so it may be far from the true one."

"""The parts of a bundle that come from its dataset: the manifest, the training segments and excerpts of some of them.

Conventions: N training segments, M prototypes, K prototypes per class. Distances are the network's, in its normalised
space.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pecmae.audio.encoding import encode_audio, faded
from pecmae.bundles.bundle import point_audio_file
from pecmae.bundles.manifest import MANIFEST_FILE, NAME_PATTERN, AutoencoderReference, Manifest, TrackInfo
from pecmae.bundles.map_coordinates import principal_plane
from pecmae.bundles.measurements import Metrics
from pecmae.bundles.neighbourhoods import N_NEAREST_POINTS
from pecmae.bundles.origin import DatasetOrigin, Provenance
from pecmae.bundles.training_points import TrainingPoints, point_id
from pecmae.datasets.dataset import RECORDED_NOTES, SPLITS, Dataset
from pecmae.datasets.embeddings import EmbeddedDataset, read_segments
from pecmae.errors import BundleError
from pecmae.files import write_at_once
from pecmae.networks.prototypes import PrototypeNetwork

VORBIS_COMPRESSION = 0.9
"""Of libsndfile, 0 to 1: about 18 kB for 4 s of mono at 24 kHz."""
FADE_S = 0.01
CAUTIONS = {
    "genres": "This model learned only from music rendered by a program, and its encoder was trained with the same "
    "class labels. On recordings, read its scores as resemblance to that rendered music, not as a judgement of genre.",
    "instruments": "This model learned from solos: most were rendered by a program, and some were put together from "
    "recorded notes. Its encoder was trained with the same class labels. On recordings, read its scores as resemblance "
    "to those solos, not as a judgement of which instrument plays.",
}
OTHER_CAUTION = (
    "This model knows only the dataset that it learned from. On other recordings, read its scores as resemblance "
    "to that dataset."
)
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
        shareable=source.shareable,
    )
    return Manifest(
        name=name,
        version=version,
        title=title or f"{subject[:1].upper()}{subject[1:]}, {per_class} prototype{'s' * (per_class > 1)} per class",
        licence=source.licence,
        trained_on=_trained_on(dataset, n_tracks["train"]),
        caution=_caution(dataset, n_tracks["test"]),
        autoencoder=autoencoder,
        classes=dataset.classes,
        prototypes_per_class=per_class,
        adaptor=network.adaptor is not None,
        segment_s=embedded.segment_s,
        provenance=Provenance.model_validate({**provenance, "dataset": origin}),
        metrics=Metrics.model_validate(metrics),
    )


@torch.no_grad()
def training_points(dataset: Dataset, train: EmbeddedDataset, network: PrototypeNetwork) -> TrainingPoints:
    """All training segments of a bundle, with principal components as a first map.

    Args:
        dataset: The dataset that they are from.
        train: The training split, embedded.
        network: The trained network.
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


def write_excerpts(
    folder: Path,
    dataset: Dataset,
    train: EmbeddedDataset,
    network: PrototypeNetwork,
    *,
    points_per_class: int,
    seed: int,
    on_progress: Callable[[int, int], None],
) -> None:
    """Write the sound of some training segments as Ogg files; each track is read once.

    Args:
        folder: Where to write, under the relative paths of a bundle.
        dataset: Where the tracks are.
        train: The training split, embedded.
        network: The trained network.
        points_per_class: Number of segments per class, at most.
        seed: Seed of their choice.
        on_progress: Called with the number of written files and the number of all.

    Raises:
        DatasetError: A track can't be read.
    """
    with torch.no_grad():
        distances = network(torch.from_numpy(train.embeddings)).distance.numpy()
    allowed = np.flatnonzero([dataset.tracks[track].shippable for track in train.track_index])
    rows = allowed[choose_points(distances[allowed], train.labels[allowed], points_per_class, seed)]
    current, segments = -1, np.empty(0)
    for done, row in enumerate(rows):
        on_progress(done, len(rows))
        if train.track_index[row] != current:
            current = train.track_index[row]
            segments = read_segments(dataset.tracks[current], train.segment_s)
        name = point_audio_file(point_id(dataset.tracks[current].id, train.start_s[row]))
        write_at_once(folder / name, encode_excerpt(segments[round(train.start_s[row] / train.segment_s)]))
    on_progress(len(rows), len(rows))


def encode_excerpt(waveform: np.ndarray) -> bytes:
    """A short excerpt as an Ogg Vorbis file's contents, faded at both ends so that it doesn't click.

    Shape: (n_samples,).
    """
    return encode_audio(faded(np.clip(waveform, -1, 1), FADE_S), compression_level=VORBIS_COMPRESSION)


def _trained_on(dataset: Dataset, n_tracks: int) -> str:
    if dataset.kind not in CAUTIONS:
        return f"{n_tracks:,} tracks in {len(dataset.classes)} classes of the dataset {dataset.name}."
    n_recorded = sum(track.split == "train" and track.soundfont == RECORDED_NOTES for track in dataset.tracks)
    classes = "genres" if dataset.kind == "genres" else "instrument classes"
    tracks = f"{n_tracks:,} tracks in {len(dataset.classes)} {classes}"
    if not n_recorded:
        return f"{tracks}, composed and rendered by this project's own code; no recordings."
    return (
        f"{tracks}, composed by this project's own code, which rendered {n_tracks - n_recorded:,} of them and "
        f"assembled the other {n_recorded:,} from recorded single notes."
    )


def _caution(dataset: Dataset, n_tests: int) -> str:
    caution = CAUTIONS.get(dataset.kind, OTHER_CAUTION)
    if n_tests >= FEW_TESTS:
        return caution
    return f"{caution} Its accuracy was measured on {n_tests} tracks only, so it may be far from the true one."

"""Embed a collection once, and keep the embeddings beside it.

Every track is cut into non-overlapping 4 s segments, and every segment becomes one embedding of the frozen autoencoder.
They're cached as `COLLECTION/embeddings/<autoencoder fingerprint>.npz`, each track under the SHA-256 of its audio file,
so that only new or changed tracks are embedded again. A track's segments are one batch, so that its embeddings don't
depend on its neighbours in the collection. Training tracks can also be embedded as other rooms, microphones and
instruments would have them (`augmentation`); these views lie beside, as `<autoencoder fingerprint>-view1.npz` and on.
"""

import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.audio import read_clip, segment
from pecmae.autoencoder import GenerativeAutoencoder
from pecmae.collections.collection import SPLITS, Collection, Track
from pecmae.config import SEGMENT_S, SEGMENT_SAMPLES
from pecmae.embedder import Embedder, generative
from pecmae.errors import AudioError, CollectionError
from pecmae.training.augmentation import Augmentation, augment

CACHE_FOLDER = "embeddings"
AUGMENTED = "augmented"
BATCH_SIZE = 32


@dataclass(frozen=True)
class EmbeddedCollection:
    """Every segment of a collection as an embedding, in the order of its tracks.

    Shape: `embeddings` (N, D) float32; `labels` (N,) int64, positions in `classes`; `track_index` (N,) int64, positions
        in `track_ids`; `start_s` (N,) float32; `split` (N,) of "train", "valid", "test" or, for the views of training
        tracks, "augmented"; `unseen` (N,) bool.
    """

    classes: tuple[str, ...]
    track_ids: tuple[str, ...]
    embeddings: np.ndarray
    labels: np.ndarray
    track_index: np.ndarray
    start_s: np.ndarray
    split: np.ndarray
    unseen: np.ndarray

    def __len__(self) -> int:
        return len(self.embeddings)

    @property
    def n_tracks(self) -> int:
        """How many tracks these segments come from."""
        return len(np.unique(self.track_index))

    def select(self, mask: np.ndarray) -> "EmbeddedCollection":
        """The segments where `mask` (N,) is true."""
        arrays = ("embeddings", "labels", "track_index", "start_s", "split", "unseen")
        return replace(self, **{name: getattr(self, name)[mask] for name in arrays})

    @property
    def training(self) -> "EmbeddedCollection":
        """What classifiers are trained on: the segments of the split train and their augmented views.

        Raises:
            CollectionError: The collection has no training track.
        """
        self.part("train")
        return self.select(np.isin(self.split, ("train", AUGMENTED)))

    def part(self, split: str) -> "EmbeddedCollection":
        """The segments of one split.

        Raises:
            CollectionError: The collection has no track in that split.
        """
        selected = self.select(self.split == split)
        if len(selected) == 0:
            raise CollectionError(
                "empty_split",
                f"The collection has no track in the split {split!r}; training needs tracks in all of "
                f"{', '.join(SPLITS)}: mark some with it in index.jsonl, or render more tracks a class.",
            )
        return selected


def embed_collection(
    collection: Collection,
    autoencoder: Embedder,
    fingerprint: str,
    *,
    n_views: int = 0,
    device: str = "cpu",
    show_progress: bool = True,
) -> EmbeddedCollection:
    """Embed all tracks of a collection, reading from its cache what's there.

    Args:
        collection: The labelled tracks.
        autoencoder: The frozen autoencoder, on `device`.
        fingerprint: Its `autoencoder_fingerprint`, which names the cache file.
        n_views: How many augmented views every training track gets.
        device: Where the autoencoder is.
        show_progress: Whether to draw a progress bar.

    Returns:
        The embeddings of every segment, with their labels, tracks, times and splits; views come last.

    Raises:
        CollectionError: A track can't be read.
    """
    digests = {track.id: _file_digest(track) for track in collection.tracks}
    tracks: list[tuple[Track, int]] = []
    embeddings: list[np.ndarray] = []
    for view in range(n_views + 1):
        heard = [track for track in collection.tracks if view == 0 or track.split == "train"]
        name = f"{fingerprint}-view{view}" if view else fingerprint
        cache_file = collection.path / CACHE_FOLDER / f"{name}.npz"
        cached = _read_cache(cache_file)
        missing = [track for track in heard if digests[track.id] not in cached]
        what = f"embedding tracks, view {view}" if view else "embedding tracks"
        try:
            for track in tqdm(missing, desc=what, unit="track", disable=not (missing and show_progress)):
                cached[digests[track.id]] = _embed_track(track, autoencoder, device, view)
        finally:  # an interrupted run keeps what it has done
            if missing and cached:
                kept = sorted({*digests.values()} & cached.keys())
                _write_cache(cache_file, {digest: cached[digest] for digest in kept})
        tracks += [(track, view) for track in heard]
        embeddings += [cached[digests[track.id]] for track in heard]
    return _assemble(collection, tracks, embeddings)


def _assemble(
    collection: Collection, tracks: list[tuple[Track, int]], embeddings: list[np.ndarray]
) -> EmbeddedCollection:
    """Joins the embeddings of tracks, each with the number of its view, 0 for the track as it is."""
    n_segments = np.array([len(z) for z in embeddings])
    classes = tuple(info.id for info in collection.classes)
    places = {track.id: place for place, track in enumerate(collection.tracks)}
    labels = np.array([classes.index(track.class_id) for track, _ in tracks], dtype=np.int64)
    return EmbeddedCollection(
        classes=classes,
        track_ids=tuple(track.id for track in collection.tracks),
        embeddings=np.concatenate(embeddings),
        labels=np.repeat(labels, n_segments),
        track_index=np.repeat([places[track.id] for track, _ in tracks], n_segments),
        start_s=np.concatenate([np.arange(n, dtype=np.float32) * np.float32(SEGMENT_S) for n in n_segments]),
        split=np.repeat(np.array([AUGMENTED if view else track.split for track, view in tracks]), n_segments),
        unseen=np.repeat(np.array([track.unseen_soundfont for track, _ in tracks]), n_segments),
    )


def _embed_track(track: Track, autoencoder: Embedder, device: str, view: int) -> np.ndarray:
    """The embeddings (n_segments, D) of one track, or of a view of it."""
    batches = torch.from_numpy(read_segments(track)).split(BATCH_SIZE)
    generator = torch.Generator().manual_seed(zlib.crc32(f"{track.id}/{view}".encode()))
    with torch.no_grad():
        embedded = [
            _embed_view(batch.to(device), generative(autoencoder), generator)
            if view
            else autoencoder.embed(batch.to(device))
            for batch in batches
        ]
        return torch.cat(embedded).float().cpu().numpy()


def _embed_view(waveforms: Tensor, autoencoder: GenerativeAutoencoder, generator: torch.Generator) -> Tensor:
    """Shape: (B, n_samples) -> (B, D)."""
    codec = autoencoder.mel_codec
    log_mel = codec.analysis(autoencoder.levelled(waveforms)).cpu()
    changed = augment(log_mel, Augmentation(), codec.config.sample_rate / codec.config.hop, generator)
    return autoencoder.embed_features(codec.to_features(changed.to(waveforms.device)))


def read_segments(track: Track) -> np.ndarray:
    """The whole segments of a track; only a track shorter than one is padded.

    Raises:
        CollectionError: `unreadable_track`, with the reason.

    Shape: (n_segments, SEGMENT_SAMPLES) float32.
    """
    try:
        waveform = read_clip(track.audio, name=track.id).waveform
    except AudioError as error:
        raise CollectionError(
            "unreadable_track",
            f"Track {track.id!r} can't be used: {error.message} Replace its audio or remove it from index.jsonl.",
        ) from error
    return segment(waveform)[: max(1, len(waveform) // SEGMENT_SAMPLES)]


def _file_digest(track: Track) -> str:
    try:
        with track.audio.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CollectionError(
            "missing_audio", f"The audio of track {track.id!r} can't be read; render the collection again."
        ) from error


def _read_cache(path: Path) -> dict[str, np.ndarray]:
    """Embeddings by the digest of their audio file; a missing or damaged cache is an empty one."""
    try:
        with np.load(path, allow_pickle=False) as file:
            digests, offsets, embeddings = file["digests"], file["offsets"], file["embeddings"]
    except (FileNotFoundError, zipfile.BadZipFile, ValueError, KeyError, EOFError):
        return {}
    return dict(zip(digests.tolist(), np.split(embeddings, offsets[1:]), strict=True))


def _write_cache(path: Path, cached: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(exist_ok=True)
    offsets = np.cumsum([0] + [len(z) for z in cached.values()])[:-1]
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, digests=np.array(list(cached)), offsets=offsets, embeddings=np.concatenate([*cached.values()]))
    os.replace(partial, path)

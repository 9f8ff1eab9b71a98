"""Embed a dataset once, and cache the embeddings in its folder.

Every track is cut into non-overlapping segments of the length that the frozen autoencoder expects (4 or 10 s), and
every segment becomes one embedding. They are cached in `embeddings/<autoencoder fingerprint>-<precision>.npz`, each
track under the SHA-256 of its audio file, so that only new or changed tracks are embedded again. The precision is part
of the name because embeddings computed in bfloat16 differ from those in float32. A batch contains segments of one track
only, so its embeddings don't depend on its neighbours in the dataset.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_S
from pecmae.audio.reading import read_clip
from pecmae.audio.segments import whole_segments
from pecmae.datasets.dataset import SPLITS, Dataset, Track
from pecmae.datasets.embedding_cache import EmbeddingCache
from pecmae.errors import AudioError, DatasetError
from pecmae.files import sha256
from pecmae.networks.autoencoder import Embedder
from pecmae.networks.precision import fast_precision

CACHE_FOLDER = "embeddings"
BATCH_SIZE = 32
_SHOWN = 3

Progress = Callable[[int, int], None]
"""Called with the number of finished items and the total number."""


@dataclass(frozen=True)
class EmbeddedDataset:
    """Every segment of a dataset as an embedding, in the order of its tracks.

    Attributes:
        classes: Class ids.
        track_ids: Ids of the tracks.
        embeddings: The embeddings, as the autoencoder gives them.
        labels: Positions in `classes`.
        track_index: Positions in `track_ids`.
        start_s: Start of each segment in its track, in seconds.
        split: "train", "valid" or "test".
        unseen: Whether a segment's track was rendered with a soundfont that occurs only in the test split.
        segment_s: Length of a segment.
        blocks: For each track, the name of the group of tracks that is held out together in cross-validation; '' if the
            track is always used for training. () if the dataset has no such groups.

    Shape: `embeddings` (N, D) float32; `labels` and `track_index` (N,) int64; `start_s` (N,) float32; `split` (N,) str;
        `unseen` (N,) bool.
    """

    classes: tuple[str, ...]
    track_ids: tuple[str, ...]
    embeddings: np.ndarray
    labels: np.ndarray
    track_index: np.ndarray
    start_s: np.ndarray
    split: np.ndarray
    unseen: np.ndarray
    segment_s: float = SEGMENT_S
    blocks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.embeddings)

    @property
    def n_tracks(self) -> int:
        """Number of tracks that these segments come from."""
        return len(np.unique(self.track_index))

    def select(self, mask: np.ndarray) -> "EmbeddedDataset":
        """The segments where `mask` (N,) is true."""
        arrays = ("embeddings", "labels", "track_index", "start_s", "split", "unseen")
        return replace(self, **{name: getattr(self, name)[mask] for name in arrays})

    def part(self, split: str) -> "EmbeddedDataset":
        """The segments of one split.

        Raises:
            DatasetError: The dataset has no track in that split.
        """
        selected = self.select(self.split == split)
        if len(selected) == 0:
            raise DatasetError(
                "empty_split",
                f"The dataset has no track in the split {split!r}; training needs tracks in each of the splits "
                f"{', '.join(SPLITS[:-1])} and {SPLITS[-1]}. Add tracks, or move some to that split.",
            )
        return selected


def embed_dataset(
    dataset: Dataset,
    autoencoder: Embedder,
    fingerprint: str,
    *,
    device: str = "cpu",
    cache: Path | None = None,
    digests: Mapping[str, str] | None = None,
    show_progress: bool = True,
    on_progress: Progress | None = None,
) -> EmbeddedDataset:
    """Embed all tracks of a dataset, or read their embeddings from the cache.

    Args:
        dataset: The labelled tracks.
        autoencoder: The frozen autoencoder, on `device`.
        fingerprint: Its fingerprint, part of the cache file's name.
        device: Where the autoencoder is.
        cache: Folder of the cache; by default the dataset's own.
        digests: `audio_digests` of the dataset, if they are known already.
        show_progress: Whether to draw a progress bar.
        on_progress: Called with the number of embedded tracks, and the number of those that weren't cached.

    Returns:
        The embeddings of every segment, with their labels, tracks, times and splits.

    Raises:
        DatasetError: `missing_audio`, or `unreadable_track`: some tracks can't be read. All others are cached by then.
    """
    digests = digests or audio_digests(dataset)
    segment_s, precision = autoencoder.config.segment_s, embedding_precision(autoencoder, device)
    path = (cache or dataset.path / CACHE_FOLDER) / f"{fingerprint}-{precision}.npz"
    cached = EmbeddingCache(path, {*digests.values()})
    missing = [track for track in dataset.tracks if digests[track.id] not in cached]
    unreadable: dict[str, str] = {}
    try:
        for done, track in enumerate(
            tqdm(missing, desc="embedding tracks", unit="track", disable=not (missing and show_progress))
        ):
            if on_progress:
                on_progress(done, len(missing))
            try:
                z = _embed_track(track, autoencoder, segment_s, device)
            except DatasetError as error:
                unreadable[track.id] = error.message
                continue
            cached.add(digests[track.id], z)
    finally:  # an interrupted run keeps what it has done
        cached.merge()
    if unreadable:
        raise _unreadable([*unreadable.values()])
    if on_progress:
        on_progress(len(missing), len(missing))
    return _assemble(dataset, [cached.found[digests[track.id]] for track in dataset.tracks], segment_s)


def embedding_precision(autoencoder: Embedder, device: str) -> str:
    """The precision in which a device embeds: "float32" or "bfloat16"."""
    precision = fast_precision(torch.device(device)) if autoencoder.config.fast_embedding else torch.float32
    return str(precision).removeprefix("torch.")


def _assemble(dataset: Dataset, embeddings: list[np.ndarray], segment_s: float) -> EmbeddedDataset:
    """Join the embeddings of tracks."""
    tracks = dataset.tracks
    n_segments = np.array([len(z) for z in embeddings])
    classes = tuple(info.id for info in dataset.classes)
    labels = np.array([classes.index(track.class_id) for track in tracks], dtype=np.int64)
    return EmbeddedDataset(
        classes=classes,
        track_ids=tuple(track.id for track in tracks),
        embeddings=np.concatenate(embeddings),
        labels=np.repeat(labels, n_segments),
        track_index=np.repeat(np.arange(len(tracks)), n_segments),
        start_s=np.concatenate([np.arange(n, dtype=np.float32) * np.float32(segment_s) for n in n_segments]),
        split=np.repeat(np.array([track.split for track in tracks]), n_segments),
        unseen=np.repeat(np.array([track.unseen_soundfont for track in tracks]), n_segments),
        segment_s=segment_s,
        blocks=tuple(track.block for track in dataset.tracks) if dataset.has_blocks else (),
    )


@torch.inference_mode()
def _embed_track(track: Track, autoencoder: Embedder, segment_s: float, device: str) -> np.ndarray:
    """The embeddings of one track; shape (n_segments, D)."""
    batches = torch.from_numpy(read_segments(track, segment_s)).split(BATCH_SIZE)
    return torch.cat([autoencoder.embed(batch.to(device)) for batch in batches]).float().cpu().numpy()


def read_segments(track: Track, segment_s: float = SEGMENT_S) -> np.ndarray:
    """The whole segments of a track; a track shorter than one is repeated to fill it.

    Raises:
        DatasetError: `unreadable_track`, with the reason.

    Shape: (n_segments, segment_s * SAMPLE_RATE) float32.
    """
    try:
        waveform = read_clip(track.audio, name=track.id).waveform
    except AudioError as error:
        raise DatasetError(
            "unreadable_track",
            f"Track {track.id!r} can't be used: {error.message} Replace its audio or remove it from the dataset.",
        ) from error
    return whole_segments(waveform, round(segment_s * SAMPLE_RATE)).waveforms


def audio_digests(dataset: Dataset) -> dict[str, str]:
    """SHA-256 of every track's audio file, by the track's id.

    Raises:
        DatasetError: `missing_audio`.
    """
    return {track.id: _file_digest(track) for track in dataset.tracks}


def _file_digest(track: Track) -> str:
    try:
        return sha256(track.audio)
    except OSError as error:
        raise DatasetError(
            "missing_audio",
            f"The audio of track {track.id!r} can't be read ({error.strerror}); restore the file, or remove the "
            "track from the dataset.",
        ) from error


def _unreadable(messages: list[str]) -> DatasetError:
    n_more = len(messages) - _SHOWN
    more = f" {n_more} more track{'s' * (n_more > 1)} can't be used." if n_more > 0 else ""
    return DatasetError("unreadable_track", " ".join(messages[:_SHOWN]) + more)

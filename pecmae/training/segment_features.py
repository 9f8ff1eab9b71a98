"""Features of a dataset for training the latent codec and the denoiser, computed once and kept on disk.

For every track: its log-mel frames (float16, at the track's own level), and for its segments of 4 s the place, the gain
that brings the segment to the training level, and MusiCNN's penultimate layers of the segment at that level. A
folder of features holds `tracks.jsonl`, `frames/ID.npy` and `embeddings/ID.npz`; tracks that are there are skipped, so
a stopped run resumes.
"""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr
import torch
from pydantic import BaseModel
from torch import Tensor
from tqdm import tqdm

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.levelling import COMMON_LEVEL_DBFS
from pecmae.audio.log_mel import LOG_FLOOR, LogMelConfig, MelAnalysis
from pecmae.audio.reading import ClipLimits, read_clip
from pecmae.datasets.dataset import DESCRIPTION_FILE, load_dataset
from pecmae.datasets.open_music import read_open_music
from pecmae.errors import AudioError, DatasetError
from pecmae.files import replacing, write_at_once
from pecmae.networks import musicnn
from pecmae.networks.musicnn import MusicnnEncoder
from pecmae.networks.pretrained import load_musicnn

HOP = 480
"""Samples per log-mel frame."""
SEGMENT_FRAMES = 200
LEVEL_DBFS = -22.0
"""Root mean square that every segment is brought to before its frames are learned."""
MAX_SHIFT = 25
"""Frames by which training moves a segment."""
MIN_LEVEL_DBFS = -50.0
"""Quieter segments are left out."""
EMBEDDING_BATCH = 2
"""Segments embedded at once; more of them no longer fit in the processor's cache."""
_LIMITS = ClipLimits(max_s=3600.0, max_bytes=2**31)


class FeatureTrack(BaseModel):
    """A track whose features are computed."""

    id: str
    audio: Path
    split: str
    class_id: str = ""


def compute_features(dataset: Path, out: Path) -> None:
    """Compute the features of a dataset's training and validation tracks; what is there already is kept.

    Args:
        dataset: Folder of open music, or of a dataset that `render` made.
        out: Folder of the features.

    Raises:
        DatasetError: The folder holds neither.
        WeightsError: MusiCNN's weights can't be had.
    """
    tracks = feature_tracks(dataset)
    write_at_once(out / "tracks.jsonl", "".join(t.model_dump_json() + "\n" for t in tracks).encode())
    random.Random(0).shuffle(tracks)  # so that a part of the features is like the whole
    write_frames(tracks, out, LogMelConfig())
    write_embeddings(tracks, out, load_musicnn(is_fast=True))


def feature_tracks(folder: Path) -> list[FeatureTrack]:
    """The tracks of a dataset; those for testing are left out."""
    if (folder / DESCRIPTION_FILE).is_file():
        tracks = [
            FeatureTrack(id=track.id, audio=track.audio, split=track.split, class_id=track.class_id)
            for track in load_dataset(folder).tracks
        ]
    else:
        tracks = [FeatureTrack(id=t.id, audio=folder / t.audio, split=t.split) for t in read_open_music(folder)]
    return [track for track in tracks if track.split != "test"]


def write_frames(tracks: Iterable[FeatureTrack], out: Path, config: LogMelConfig) -> None:
    """Write the log-mel frames of tracks that have none yet.

    Args:
        tracks: The tracks.
        out: Folder of the features.
        config: Log-mel analysis.
    """
    analysis = MelAnalysis(config)
    for track in tqdm(list(tracks), desc="log-mel frames", unit="track"):
        path = out / "frames" / f"{track.id}.npy"
        if path.is_file():
            continue
        try:
            waveform = read_clip(track.audio, limits=_LIMITS).waveform
        except AudioError as error:
            tqdm.write(f"left out: {error}")
            continue
        with torch.inference_mode():
            frames = analysis(torch.from_numpy(waveform)[None])[0].half().numpy()
        with replacing(path) as beside:
            np.save(beside, frames)


def write_embeddings(tracks: Iterable[FeatureTrack], out: Path, encoder: MusicnnEncoder) -> None:
    """Write places, gains and embeddings of the segments of tracks that have none yet.

    Args:
        tracks: The tracks.
        out: Folder of the features.
        encoder: MusiCNN's two networks.
    """
    for track in tqdm(list(tracks), desc="embeddings", unit="track"):
        path = out / "embeddings" / f"{track.id}.npz"
        frames_path = out / "frames" / f"{track.id}.npy"
        if path.is_file() or not frames_path.is_file():  # it couldn't be read, or its frames come later
            continue
        n_frames = len(np.load(frames_path, mmap_mode="r"))
        starts = np.arange(0, n_frames - SEGMENT_FRAMES + 1, SEGMENT_FRAMES, dtype=np.int32)
        gains_db, segments = levelled_segments(read_clip(track.audio, limits=_LIMITS).waveform, starts)
        embeddings = np.zeros((len(starts), 2 * musicnn.PENULTIMATE_DIM), dtype=np.float16)
        loud = np.isfinite(gains_db)
        embeddings[loud] = embed_segments(segments[loud], encoder)
        with replacing(path) as beside:
            np.savez(beside, starts=starts, gains_db=gains_db, embeddings=embeddings)


def levelled_segments(waveform: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Segments of a track at the training level.

    Returns:
        Gains in dB, NaN for segments that are too quiet, and the segments.

    Shape:
        waveform: (n_samples,) at `SAMPLE_RATE`
        starts: (n,) first frames
        output: (n,) float32, (n, 4 * SAMPLE_RATE) float32
    """
    n_samples = SEGMENT_FRAMES * HOP
    if len(starts) == 0:
        return np.zeros(0, np.float32), np.zeros((0, n_samples), np.float32)
    segments = np.stack([waveform[start * HOP : start * HOP + n_samples] for start in starts])
    levels_db = 10 * np.log10(np.maximum(np.mean(segments.astype(np.float64) ** 2, axis=1), 1e-12))
    gains_db = np.where(levels_db >= MIN_LEVEL_DBFS, LEVEL_DBFS - levels_db, np.nan).astype(np.float32)
    return gains_db, segments * (10 ** (gains_db / 20))[:, None]


@torch.inference_mode()
def embed_segments(segments: np.ndarray, encoder: MusicnnEncoder) -> np.ndarray:
    """MusiCNN's penultimate layers of segments that are at the training level.

    Shape: (n, n_samples) at `SAMPLE_RATE` -> (n, 400)
    """
    gain = 10 ** ((COMMON_LEVEL_DBFS - LEVEL_DBFS) / 20)
    embeddings = np.zeros((len(segments), 2 * musicnn.PENULTIMATE_DIM), dtype=np.float32)
    for start in range(0, len(segments), EMBEDDING_BATCH):
        batch = segments[start : start + EMBEDDING_BATCH]
        resampled = np.stack([soxr.resample(gain * one, SAMPLE_RATE, musicnn.SAMPLE_RATE) for one in batch])
        embeddings[start : start + EMBEDDING_BATCH] = encoder(torch.from_numpy(resampled)).numpy()
    return embeddings


@dataclass(frozen=True)
class SegmentSet:
    """Segments of one split of several datasets, in memory.

    Shape:
        frames: (N, 80) float16, the frames of all tracks one after another
        starts: (n,) first frame of each segment in `frames`
        first_starts, last_starts: (n,) range of starts inside the segment's track
        gains_db: (n,) what brings a segment to the training level
        embeddings: (n, 400) float32
        datasets: (n,) number of the dataset that a segment is from
    """

    frames: Tensor
    starts: Tensor
    first_starts: Tensor
    last_starts: Tensor
    gains_db: Tensor
    embeddings: Tensor
    datasets: Tensor

    def __len__(self) -> int:
        return len(self.starts)

    def log_mel(self, indices: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Log-mel frames of segments at the training level.

        Args:
            indices: Which segments.
            generator: With one, every segment begins up to `MAX_SHIFT` frames earlier or later, inside its track: the
                embedding hardly changes, and a small dataset lasts longer.

        Shape: (B,) -> (B, SEGMENT_FRAMES, 80) float32
        """
        starts = self.starts[indices]
        if generator is not None:
            shifts = torch.randint(-MAX_SHIFT, MAX_SHIFT + 1, starts.shape, generator=generator)
            starts = (starts + shifts).clamp(self.first_starts[indices], self.last_starts[indices])
        rows = starts[:, None] + torch.arange(SEGMENT_FRAMES)
        gains = self.gains_db[indices] * (math.log(10) / 20)
        return (self.frames[rows].float() + gains[:, None, None]).clamp(min=math.log(LOG_FLOOR))

    def draw(self, n: int, generator: torch.Generator, dataset_weights: Sequence[float] | None = None) -> Tensor:
        """Indices of random segments.

        Args:
            n: How many.
            generator: Source of the draw.
            dataset_weights: Relative frequency of each dataset; by default every segment is equally likely.
        """
        if dataset_weights is None:
            return torch.randint(len(self), (n,), generator=generator)
        counts = torch.bincount(self.datasets, minlength=len(dataset_weights)).clamp(min=1)
        weights = (torch.tensor(dataset_weights, dtype=torch.float64) / counts)[self.datasets]
        cumulative = weights.cumsum(0)
        drawn = torch.rand(n, generator=generator, dtype=torch.float64) * cumulative[-1]
        return torch.searchsorted(cumulative, drawn).clamp(max=len(self) - 1)


def load_segments(folders: Sequence[Path], split: str, *, with_embeddings: bool = True) -> SegmentSet:
    """Read the features of one split.

    Args:
        folders: Folders of features, one per dataset.
        split: `train` or `valid`.
        with_embeddings: Whether only segments with embeddings count; without, segments follow each other at no gain
            other than that of their level as the frames tell it.

    Raises:
        DatasetError: No segment is there.
    """
    tracks: list[tuple[np.ndarray, ...]] = []  # of each, the arrays of a `SegmentSet`
    n_frames = 0
    for number, folder in enumerate(folders):
        for line in (folder / "tracks.jsonl").read_text(encoding="utf-8").splitlines():
            track = FeatureTrack.model_validate_json(line)
            frames_path, embeddings_path = folder / f"frames/{track.id}.npy", folder / f"embeddings/{track.id}.npz"
            if track.split != split or not frames_path.is_file() or (with_embeddings and not embeddings_path.is_file()):
                continue
            one = np.load(frames_path)
            if with_embeddings:
                with np.load(embeddings_path) as stored:
                    places, gains_db, latents = stored["starts"], stored["gains_db"], stored["embeddings"]
            else:
                places = np.arange(0, len(one) - SEGMENT_FRAMES + 1, SEGMENT_FRAMES // 2, dtype=np.int32)
                gains_db = _gains_of_frames(one, places)
                latents = np.zeros((len(places), 0), dtype=np.float16)
            inside = np.isfinite(gains_db) & (places + SEGMENT_FRAMES <= len(one))
            starts = places[inside].astype(np.int64) + n_frames
            first, last, dataset = (
                np.full_like(starts, value) for value in (n_frames, n_frames + len(one) - SEGMENT_FRAMES, number)
            )
            tracks.append((one, starts, first, last, gains_db[inside], latents[inside], dataset))
            n_frames += len(one)
    if not tracks:
        names = ", ".join(str(folder) for folder in folders)
        raise DatasetError("no_tracks", f"No {split} features in {names}: compute them first.")
    segments = SegmentSet(*(torch.from_numpy(np.concatenate(arrays)) for arrays in zip(*tracks, strict=True)))
    return replace(segments, embeddings=segments.embeddings.float())


def _gains_of_frames(frames: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Gains that bring segments about to the training level, estimated from their frames."""
    if len(places) == 0:
        return np.zeros(0, np.float32)
    analysis = MelAnalysis(LogMelConfig())
    segments = torch.from_numpy(np.stack([frames[place : place + SEGMENT_FRAMES] for place in places])).float()
    gains_db = (LEVEL_DBFS - analysis.level_dbfs(segments)).numpy()
    return np.where(gains_db <= LEVEL_DBFS - MIN_LEVEL_DBFS, gains_db, np.nan).astype(np.float32)

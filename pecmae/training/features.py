"""Datasets as packed log-mel features, which the autoencoder is trained on.

A dataset is analysed once. Its features are written to `features/` in its folder, as float16 frames of all tracks one
after another with an index beside them, and can be copied to another machine without the audio.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.audio.conventions import SEGMENT_S
from pecmae.audio.log_mel import LOG_FLOOR, MelAnalysis
from pecmae.audio.reading import read_clip
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.errors import DatasetError
from pecmae.networks.configuration import CodecConfig


@dataclass(frozen=True)
class PackedTracks:
    """Un-normalised log-mel frames of several tracks, with what each track is.

    Args:
        label_names: The class ids of all datasets, each once.

    Shape:
        frames: (N, n_mels) float16
        starts, lengths: (n_tracks,) int64, in frames
        labels: (n_tracks,) int64, positions in `label_names`
    """

    frames: Tensor
    starts: Tensor
    lengths: Tensor
    labels: Tensor
    label_names: tuple[str, ...]

    def crops(
        self, n_clips: int, n_frames: int, generator: torch.Generator, per_track: int = 1
    ) -> tuple[Tensor, Tensor]:
        """Draw random excerpts; every track is equally likely, and every position in it.

        Args:
            n_clips: Number of excerpts, a multiple of `per_track`.
            n_frames: Length of each.
            generator: Source of the draw.
            per_track: Excerpts i, i + n_clips / per_track and so on are from one track.

        Returns:
            The excerpts, and the tracks that they are from.

        Shape:
            output: (n_clips, n_frames, n_mels) float32 and (n_clips,) int64
        """
        tracks = torch.randint(len(self.starts), (n_clips // per_track,), generator=generator).repeat(per_track)
        room = (self.lengths[tracks] - n_frames + 1).double()
        offsets = (torch.rand(n_clips, generator=generator, dtype=torch.float64) * room).long()
        rows = (self.starts[tracks] + offsets)[:, None] + torch.arange(n_frames)
        return self.frames[rows].float(), tracks


def _folder(dataset: Path, config: CodecConfig) -> Path:
    analysis = {name: value for name, value in asdict(config).items() if name != "vocoder"}
    key = json.dumps({**analysis, "floor": LOG_FLOOR}, sort_keys=True)
    return dataset / "features" / hashlib.sha256(key.encode()).hexdigest()[:12]


def _packed_ids(folder: Path) -> list[str]:
    """Ids of the tracks whose features are in `folder`; none if the features aren't complete."""
    index = folder / "index.json"
    return [track["id"] for track in json.loads(index.read_text())] if index.is_file() else []


def _pack(dataset: Dataset, config: CodecConfig, folder: Path) -> None:
    analysis = MelAnalysis(config)
    pieces, index = [], []
    for track in tqdm(dataset.tracks, desc=f"log-mel of {dataset.name}", unit="track"):
        waveform = torch.from_numpy(read_clip(track.audio).waveform)[None]
        frames = analysis(waveform)[0].half().numpy()
        pieces.append(frames)
        index.append({"id": track.id, "n_frames": len(frames)})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.json").unlink(missing_ok=True)
    np.save(folder / "frames.npy", np.concatenate(pieces))
    (folder / "index.json").write_text(json.dumps(index))  # last: its presence says that the frames are complete


def load_tracks(datasets: list[Path], split: str, config: CodecConfig) -> PackedTracks:
    """Load the tracks of one split of several datasets; datasets without features are analysed first.

    Args:
        datasets: Folders written by `render`.
        split: `train`, `valid` or `test`.
        config: Analysis settings.

    Raises:
        DatasetError: No dataset has a track of that split at least 4 s long.
    """
    loaded = [load_dataset(path) for path in datasets]
    label_names = tuple(sorted({info.id for dataset in loaded for info in dataset.classes}))
    frames, lengths, labels = [], [], []
    for dataset in loaded:
        folder = _folder(dataset.path, config)
        if _packed_ids(folder) != [track.id for track in dataset.tracks]:
            _pack(dataset, config, folder)
        packed = np.load(folder / "frames.npy", mmap_mode="r")
        start = 0
        n_frames_by_id = {entry["id"]: entry["n_frames"] for entry in json.loads((folder / "index.json").read_text())}
        for track in dataset.tracks:
            n_frames = n_frames_by_id[track.id]
            if track.split == split and n_frames >= SEGMENT_S * config.sample_rate // config.hop:
                frames.append(np.array(packed[start : start + n_frames]))
                lengths.append(n_frames)
                labels.append(label_names.index(track.class_id))
            start += n_frames
    if not frames:
        names = ", ".join(str(path) for path in datasets)
        raise DatasetError("no_tracks", f"No {split} track of at least 4 s in {names}: render more tracks.")
    stops = torch.tensor(lengths).cumsum(0)
    starts = stops - torch.tensor(lengths)
    packed_frames = torch.from_numpy(np.concatenate(frames))
    return PackedTracks(packed_frames, starts, torch.tensor(lengths), torch.tensor(labels), label_names)

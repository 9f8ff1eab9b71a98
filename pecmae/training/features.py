"""Collections as packed log-mel features, what the autoencoder is trained on.

A collection is analysed once; its features lie in `features/` inside it, as float16 frames of all tracks one after
another with an index beside them, and travel to another machine without the audio.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from pecmae.audio import read_clip
from pecmae.codec import LOG_FLOOR, MelAnalysis
from pecmae.collections.collection import Collection, load_collection
from pecmae.config import CodecConfig
from pecmae.errors import CollectionError


@dataclass(frozen=True)
class PackedTracks:
    """Un-normalised log-mel frames of several tracks.

    Shape:
        frames: (N, n_mels) float16
        starts, lengths: (n_tracks,) int64, in frames
    """

    frames: Tensor
    starts: Tensor
    lengths: Tensor

    def crops(self, n_clips: int, n_frames: int, generator: torch.Generator, per_track: int = 1) -> Tensor:
        """Random excerpts; every track is equally likely, and every place in it.

        Args:
            n_clips: Number of excerpts, a multiple of `per_track`.
            n_frames: Length of each.
            generator: Source of the draw.
            per_track: Excerpts i, i + n_clips / per_track and so on are from one track.

        Shape:
            output: (n_clips, n_frames, n_mels) float32
        """
        tracks = torch.randint(len(self.starts), (n_clips // per_track,), generator=generator).repeat(per_track)
        room = (self.lengths[tracks] - n_frames + 1).double()
        offsets = (torch.rand(n_clips, generator=generator, dtype=torch.float64) * room).long()
        rows = (self.starts[tracks] + offsets)[:, None] + torch.arange(n_frames)
        return self.frames[rows].float()


def _folder(collection: Path, config: CodecConfig) -> Path:
    key = json.dumps({**asdict(config), "floor": LOG_FLOOR}, sort_keys=True)
    return collection / "features" / hashlib.sha256(key.encode()).hexdigest()[:12]


def _packed_ids(folder: Path) -> list[str]:
    """Ids of the tracks whose features are in `folder`, none if they aren't complete."""
    index = folder / "index.json"
    return [track["id"] for track in json.loads(index.read_text())] if index.is_file() else []


def _pack(collection: Collection, config: CodecConfig, folder: Path) -> None:
    analysis = MelAnalysis(config)
    pieces, index = [], []
    for track in tqdm(collection.tracks, desc=f"log-mel of {collection.name}", unit="track"):
        waveform = torch.from_numpy(read_clip(track.audio).waveform)[None]
        frames = analysis(waveform)[0].half().numpy()
        pieces.append(frames)
        index.append({"id": track.id, "split": track.split, "n_frames": len(frames)})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.json").unlink(missing_ok=True)
    np.save(folder / "frames.npy", np.concatenate(pieces))
    (folder / "index.json").write_text(json.dumps(index))  # last: its presence says that the frames are complete


def load_tracks(collections: list[Path], split: str, config: CodecConfig) -> PackedTracks:
    """The tracks of one split of several collections, analysed first where that hasn't been done yet.

    Args:
        collections: Folders written by `render`.
        split: `train`, `valid` or `test`.
        config: Analysis settings.

    Raises:
        CollectionError: No collection has a track of that split at least 4 s long.
    """
    frames, lengths = [], []
    for path in collections:
        collection, folder = load_collection(path), _folder(path, config)
        if _packed_ids(folder) != [track.id for track in collection.tracks]:
            _pack(collection, config, folder)
        packed = np.load(folder / "frames.npy", mmap_mode="r")
        start = 0
        for track in json.loads((folder / "index.json").read_text()):
            stop = start + track["n_frames"]
            if track["split"] == split and track["n_frames"] >= 4 * config.sample_rate // config.hop:
                frames.append(np.array(packed[start:stop]))
                lengths.append(track["n_frames"])
            start = stop
    if not frames:
        names = ", ".join(str(path) for path in collections)
        raise CollectionError("no_tracks", f"No {split} track of at least 4 s in {names}: render more tracks.")
    n_frames = torch.tensor(lengths)
    return PackedTracks(torch.from_numpy(np.concatenate(frames)), n_frames.cumsum(0) - n_frames, n_frames)

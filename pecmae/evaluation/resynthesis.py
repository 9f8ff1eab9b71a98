"""How near a vocoder's sound is to the sound whose log-mel spectrum it was given.

There are two distances. The log-spectral distance at several resolutions, in dB, resembles what the vocoder's training
minimises. The distance in the autoencoder's latent space between a segment and its resynthesis, divided by the mean
distance of segments of different recordings, is independent of training. Results are by file, since segments of one
recording aren't independent.

Conventions: segments are (N, n_samples) at the codec's rate; `file_index` (N,) is the recording of each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.audio.reading import read_clip
from pecmae.audio.segments import whole_segments
from pecmae.datasets.dataset import load_dataset
from pecmae.errors import DatasetError
from pecmae.networks.autoencoder import GenerativeAutoencoder

RESOLUTIONS = (512, 1024, 2048)
DYNAMIC_RANGE_DB = 70.0
BATCH_SIZE = 16

Vocoder = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Segments:
    """Segments of several recordings.

    Shape:
        waveforms: (N, n_samples)
        file_index: (N,) int64, from 0 without gaps
    """

    name: str
    waveforms: Tensor
    file_index: np.ndarray


@dataclass(frozen=True, eq=False)
class ResynthesisDistances:
    """Distances of every file between its sound and its resynthesis, each the mean over its segments.

    Shape: both (n_files,)
    """

    log_spectral_db: np.ndarray
    embedding: np.ndarray


def log_spectral_distance(sound: Tensor, other: Tensor) -> Tensor:
    """Root mean square over frequency of the difference of two spectra in dB, averaged over time and resolutions.

    What lies more than `DYNAMIC_RANGE_DB` under the loudest bin of `sound` counts as silence.

    Shape: (B, n_samples) both -> (B,)
    """
    distances = []
    for n_fft in RESOLUTIONS:
        window = torch.hann_window(n_fft, device=sound.device)
        spectra = [torch.stft(x, n_fft, n_fft // 4, window=window, return_complex=True).abs() for x in (sound, other)]
        floor = (spectra[0].amax(dim=(1, 2), keepdim=True) * 10 ** (-DYNAMIC_RANGE_DB / 20)).clamp(min=1e-9)
        difference_db = 20 * (spectra[0].clamp(min=floor) / spectra[1].clamp(min=floor)).log10()
        distances.append(difference_db.square().mean(dim=1).sqrt().mean(dim=1))
    return torch.stack(distances).mean(dim=0)


@torch.no_grad()
def measure_resynthesis(
    autoencoder: GenerativeAutoencoder, vocoder: Vocoder, segments: Segments
) -> ResynthesisDistances:
    """Analyse segments, synthesise them with a vocoder, and compare.

    Args:
        autoencoder: Gives the log-mel analysis and the embedding.
        vocoder: (B, T, n_mels) log-mel to (B, n_samples).
        segments: Segments of at least two recordings.

    Returns:
        The distances of every recording.

    Raises:
        ValueError: There is only one recording, and so no distance to compare with.
    """
    n_files = int(segments.file_index.max()) + 1
    if n_files < 2:
        raise ValueError(f"{segments.name} holds {n_files} recording: the embedding distance needs two or more.")
    spectral, before, after = [], [], []
    for waveforms in segments.waveforms.split(BATCH_SIZE):
        again = vocoder(autoencoder.mel_codec.analysis(waveforms))
        spectral.append(log_spectral_distance(waveforms, again))
        before.append(autoencoder.embed(waveforms))
        after.append(autoencoder.embed(again))
    z, z_again = torch.cat(before), torch.cat(after)
    apart = torch.from_numpy(segments.file_index[:, None] != segments.file_index)
    typical = torch.cdist(z, z)[apart].mean()
    embedding = (z - z_again).norm(dim=1) / typical
    return ResynthesisDistances(
        _by_file(torch.cat(spectral).numpy(), segments.file_index), _by_file(embedding.numpy(), segments.file_index)
    )


def dataset_segments(folder: Path, split: str, n_tracks: int, seed: int = 0) -> Segments:
    """One random segment of each of `n_tracks` random tracks of a dataset, all of them if there are fewer.

    Raises:
        DatasetError: The dataset has no track in that split.
    """
    dataset = load_dataset(folder)
    rng = np.random.default_rng(seed)
    tracks = [track for track in dataset.tracks if track.split == split]
    if not tracks:
        raise DatasetError("empty_split", f"{folder} has no track in the split {split!r}: render more tracks.")
    chosen = [tracks[row] for row in sorted(rng.permutation(len(tracks))[:n_tracks])]
    waveforms = [rng.choice(whole_segments(read_clip(track.audio).waveform).waveforms) for track in chosen]
    return Segments(dataset.name, torch.from_numpy(np.stack(waveforms)), np.arange(len(chosen)))


def folder_segments(folder: Path, max_per_file: int) -> Segments:
    """The first segments of every audio file in a folder and the folders in it.

    Raises:
        DatasetError: There are none.
        AudioError: A file can't be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    if not paths:
        raise DatasetError("no_tracks", f"{folder} holds no audio ({', '.join(AUDIO_SUFFIXES)}): check its name.")
    by_file = [whole_segments(read_clip(path, first_part=True).waveform).waveforms[:max_per_file] for path in paths]
    file_index = np.repeat(np.arange(len(paths)), [len(segments) for segments in by_file])
    return Segments(folder.name, torch.from_numpy(np.concatenate(by_file)), file_index)


def _by_file(values: np.ndarray, file_index: np.ndarray) -> np.ndarray:
    return np.bincount(file_index, weights=values) / np.bincount(file_index)

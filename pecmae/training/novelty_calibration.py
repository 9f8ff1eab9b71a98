"""Calibrate a bundle's novelty detector against sounds that aren't music.

The sounds are embedded once per autoencoder and kept beside its weights, so that every build can use them:

    python -m pecmae.training.novelty_calibration --speech data/speech --autoencoder models/compact

fetches the speech, synthesises the rest and writes `models/compact/non_music.safetensors`: the embeddings, by kind.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save
from sklearn.covariance import LedoitWolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from pecmae.bundles.novelty_detector import NoveltyDetector
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.datasets.non_music import SPEECH, SPEECH_FOR_CALIBRATION, SYNTHESISED, fetch_speech, read_speech, synthesise
from pecmae.evaluation.decoding_measures import embed_sounds
from pecmae.files import write_at_once
from pecmae.networks.compact_autoencoder import load_compact_autoencoder

NON_MUSIC_FILE = "non_music.safetensors"
N_SYNTHESISED, N_SPOKEN = 50, 100
MIN_HELD_OUT = 8
"""Validation segments below which nothing is calibrated."""
MUSIC_QUANTILE, OTHER_QUANTILE = 0.98, 0.05


def fit_novelty(
    train: EmbeddedDataset, valid: EmbeddedDataset, non_music: Mapping[str, np.ndarray]
) -> NoveltyDetector | None:
    """Fit a detector to the training segments and calibrate it on held-out ones.

    A measure's limit lies halfway between what 2 % of the held-out music exceeds and what 95 % of a kind of sound
    exceed; where these overlap, it is the former. For the distance, that is the nearest kind that doesn't overlap.

    Args:
        train: Training segments.
        valid: Validation segments.
        non_music: Raw embeddings of other sounds by kind, as `load_non_music` gives them.

    Returns:
        The detector; None without other sounds or with fewer than `MIN_HELD_OUT` validation segments.
    """
    if not non_music or len(valid) < MIN_HELD_OUT:
        return None
    gaussian = LedoitWolf().fit(train.embeddings.astype(np.float64))
    detector = NoveltyDetector(
        mean=gaussian.location_,
        precision=gaussian.precision_,
        directions=np.stack([separating_direction(train.embeddings, z) for z in non_music.values()]),
        typical=np.zeros(1 + len(non_music)),
        limits=np.ones(1 + len(non_music)),
    )
    held_out = detector.measures(valid.embeddings)  # (n, 1 + K)
    unusual = np.quantile(held_out, MUSIC_QUANTILE, axis=0)
    of_kinds = np.stack([np.quantile(detector.measures(z), OTHER_QUANTILE, axis=0) for z in non_music.values()])
    distances = of_kinds[:, 0]
    nearest = distances[distances > unusual[0]].min(initial=np.inf)
    noticed = np.r_[nearest if np.isfinite(nearest) else unusual[0], np.diag(of_kinds[:, 1:])]
    limits = np.maximum(unusual, (unusual + noticed) / 2)
    return replace(detector, typical=np.median(held_out, axis=0), limits=limits)


def separating_direction(music: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Normal of the plane that separates other sounds from music; shape (N, D) and (n, D) -> (D,)."""
    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[0.5, 0.5])
    both = np.concatenate([music, other]).astype(np.float64)
    return discriminant.fit(both, np.repeat([0, 1], [len(music), len(other)])).coef_[0]


def load_non_music(autoencoder: Path) -> dict[str, np.ndarray]:
    """Embeddings of sounds that aren't music, by kind; none if the autoencoder's folder has no such file."""
    path = autoencoder / NON_MUSIC_FILE
    return load_file(path) if path.is_file() else {}


def calibration_sounds(speech: Path) -> dict[str, np.ndarray]:
    """The sounds that detectors are calibrated against, by kind.

    Args:
        speech: Where the Debian packages with speech are kept, or fetched to.

    Shape: (n, n_samples) each.
    """
    sounds = {kind: [synthesise(kind, i, for_testing=False) for i in range(N_SYNTHESISED)] for kind in SYNTHESISED}
    sounds[SPEECH] = read_speech(fetch_speech(SPEECH_FOR_CALIBRATION, speech), N_SPOKEN)
    return {kind: np.stack(segments) for kind, segments in sounds.items()}


def main() -> None:
    """Embed the sounds for calibration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="where Debian packages with speech are kept")
    parser.add_argument("--autoencoder", type=Path, required=True, help="folder of the autoencoder")
    arguments = parser.parse_args()
    autoencoder = load_compact_autoencoder(arguments.autoencoder)
    sounds = calibration_sounds(arguments.speech)
    embedded = {kind: embed_sounds(autoencoder, torch.from_numpy(x)).half().numpy() for kind, x in sounds.items()}
    write_at_once(arguments.autoencoder / NON_MUSIC_FILE, save(embedded))


if __name__ == "__main__":
    main()

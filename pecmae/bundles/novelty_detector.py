"""What a bundle needs to tell whether a track is unlike all music that it learned from: `novelty.safetensors`.

Two measures of an embedding, each calibrated on held-out music of the bundle's kind:

- its Mahalanobis distance from the training segments, which noise, hum and tones exceed;
- its place along the line that best separates recorded speech from the training segments (linear discriminant
  analysis), because speech lies among music with voices and isn't far from it.

Conventions: N embeddings, D dimensions. Embeddings are raw, as the autoencoder gives them.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from pecmae.errors import BundleError

NOVELTY_FILE = "novelty.safetensors"


@dataclass(frozen=True, eq=False)
class NoveltyDetector:
    """The two measures and their calibration.

    Shape:
        mean: (D,) of the training embeddings
        precision: (D, D) inverse of their covariance
        speech_direction: (D,) where speech lies, seen from music
        typical: (2,) median of each measure over held-out music
        limits: (2,) what counts as novel in each measure
    """

    mean: np.ndarray
    precision: np.ndarray
    speech_direction: np.ndarray
    typical: np.ndarray
    limits: np.ndarray

    def measures(self, embeddings: np.ndarray) -> np.ndarray:
        """Both measures of embeddings.

        Shape: (N, D) -> (N, 2)
        """
        centred = embeddings - self.mean
        squares = ((centred @ self.precision) * centred).mean(axis=1)
        return np.stack([np.sqrt(squares.clip(min=0)), centred @ self.speech_direction], axis=1)

    def score(self, embeddings: np.ndarray) -> float:
        """How novel a track of these segments is: 0 for the median of held-out music, novel above 1.

        Each measure is averaged over the segments, and the more extreme one counts.

        Shape: (N, D)
        """
        relative = (self.measures(embeddings).mean(axis=0) - self.typical) / (self.limits - self.typical)
        return float(relative.max())


def load_detector(path: Path, dim: int) -> NoveltyDetector:
    """Read `novelty.safetensors` and check it.

    Args:
        path: The file.
        dim: D.

    Raises:
        BundleError: `bad_bundle`; the sentence names the file.
    """
    shapes = {"mean": (dim,), "precision": (dim, dim), "speech_direction": (dim,), "typical": (2,), "limits": (2,)}
    try:
        arrays = {name: array.astype(np.float64) for name, array in load_file(path).items()}
    except SafetensorError as error:
        raise BundleError("bad_bundle", f"{path} is broken: {error}; fetch or build the bundle again.") from error
    found = {name: array.shape for name, array in arrays.items() if np.isfinite(array).all()}
    if found != shapes or not (arrays["limits"] > arrays["typical"]).all():
        raise BundleError("bad_bundle", f"{path} doesn't fit the bundle; fetch or build the bundle again.")
    return NoveltyDetector(**arrays)


def encode_detector(detector: NoveltyDetector) -> bytes:
    """Contents of `novelty.safetensors`, in single precision."""
    return save({name: np.ascontiguousarray(array, np.float32) for name, array in asdict(detector).items()})

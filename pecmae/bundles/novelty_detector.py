"""What a bundle needs to tell whether a track is unlike all music that it learned from: `novelty.safetensors`.

Measures of an embedding, each calibrated on held-out music of the bundle's kind:

- its Mahalanobis distance from the training segments, for sounds of any kind;
- for each of some known kinds, such as hum and speech, its place along the line that best separates that kind from the
  training segments (linear discriminant analysis). Speech lies among music with voices, and isn't far from it.

Conventions: N embeddings, D dimensions, K known kinds. Embeddings are raw, as the autoencoder gives them.
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
    """The measures and their calibration.

    Shape:
        mean: (D,) of the training embeddings
        precision: (D, D) inverse of their covariance
        directions: (K, D) where each kind lies, seen from music
        typical: (1 + K,) median of each measure over held-out music
        limits: (1 + K,) what counts as novel in each measure
    """

    mean: np.ndarray
    precision: np.ndarray
    directions: np.ndarray
    typical: np.ndarray
    limits: np.ndarray

    def measures(self, embeddings: np.ndarray) -> np.ndarray:
        """All measures of embeddings, the distance first.

        Shape: (N, D) -> (N, 1 + K)
        """
        centred = embeddings - self.mean
        squares = ((centred @ self.precision) * centred).mean(axis=1)
        return np.column_stack([np.sqrt(squares.clip(min=0)), centred @ self.directions.T])

    def score(self, embeddings: np.ndarray) -> float:
        """How novel a track of these segments is: 0 for the median of held-out music, novel above 1.

        Each measure is averaged over the segments, and the most extreme one counts.

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
    try:
        arrays = {name: array.astype(np.float64) for name, array in load_file(path).items()}
    except SafetensorError as error:
        raise BundleError("bad_bundle", f"{path} is broken: {error}; fetch or build the bundle again.") from error
    n_kinds = len(arrays.get("directions", ()))
    shapes = {"mean": (dim,), "precision": (dim, dim), "directions": (n_kinds, dim)}
    shapes |= dict.fromkeys(("typical", "limits"), (1 + n_kinds,))
    found = {name: array.shape for name, array in arrays.items() if np.isfinite(array).all()}
    if found != shapes or not (arrays["limits"] > arrays["typical"]).all():
        raise BundleError("bad_bundle", f"{path} doesn't fit the bundle; fetch or build the bundle again.")
    return NoveltyDetector(**arrays)


def encode_detector(detector: NoveltyDetector) -> bytes:
    """Contents of `novelty.safetensors`, in single precision."""
    return save({name: np.ascontiguousarray(array, np.float32) for name, array in asdict(detector).items()})

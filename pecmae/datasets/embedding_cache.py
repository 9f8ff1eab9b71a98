"""Embeddings cached by the SHA-256 of their audio: one npz file and, while a dataset is embedded, a journal beside it.

Writing the npz takes longer the more it holds. Each new track therefore first gets a small file of its own in the
folder `NAME.tracks`, and all of them are merged when the work ends. A killed process loses only the track that it was
embedding.
"""

import shutil
import zipfile
from pathlib import Path

import numpy as np

from pecmae.files import replacing


class EmbeddingCache:
    """The cached embeddings of a dataset.

    Args:
        path: The npz file.
        wanted: Digests of the dataset's audio; embeddings of other audio are dropped when the file is written.
    """

    def __init__(self, path: Path, wanted: set[str]) -> None:
        self.path, self.journal = path, path.with_suffix(".tracks")
        found = _read_cache(path)
        self._is_merged = True
        for entry in self.journal.glob("*.npy"):
            self._is_merged = False
            try:
                found[entry.stem] = np.load(entry, allow_pickle=False)
            except (ValueError, EOFError):  # the machine stopped while writing; embed again
                continue
        self.found = {digest: z for digest, z in found.items() if digest in wanted}

    def __contains__(self, digest: str) -> bool:
        return digest in self.found

    def add(self, digest: str, embeddings: np.ndarray) -> None:
        """Store the embeddings of a track; they survive if the process is killed right after.

        Shape: `embeddings` (n_segments, D).
        """
        self.found[digest], self._is_merged = embeddings, False
        with replacing(self.journal / f"{digest}.npy") as beside:
            np.save(beside, embeddings)

    def merge(self) -> None:
        """Write everything into one file, if there is anything new."""
        if not self._is_merged:
            _write_cache(self.path, {digest: self.found[digest] for digest in sorted(self.found)})
            shutil.rmtree(self.journal, ignore_errors=True)
            self._is_merged = True


def _read_cache(path: Path) -> dict[str, np.ndarray]:
    """Embeddings by the digest of their audio file; a missing or damaged cache is an empty one."""
    try:
        with np.load(path, allow_pickle=False) as file:
            digests, offsets, embeddings = file["digests"], file["offsets"], file["embeddings"]
    except (FileNotFoundError, zipfile.BadZipFile, ValueError, KeyError, EOFError):
        return {}
    return dict(zip(digests.tolist(), np.split(embeddings, offsets[1:]), strict=True))


def _write_cache(path: Path, cached: dict[str, np.ndarray]) -> None:
    offsets = np.cumsum([0] + [len(z) for z in cached.values()])[:-1]
    with replacing(path) as beside:
        np.savez(beside, digests=np.array(list(cached)), offsets=offsets, embeddings=np.concatenate([*cached.values()]))

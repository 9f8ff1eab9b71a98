"""A stand-in for the cache of huggingface_hub, for tests without network."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pecmae.networks.published.weights import HubFile

COMMIT = "0" * 40


class Cache:
    """The layout of `HF_HOME/hub`: blobs, and a snapshot of links to them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, file: HubFile, write: Callable[[Path], Any]) -> Path:
        """Add a file, and return its blob, which is named by its hash."""
        folder = self.root / f"models--{file.repository.replace('/', '--')}"
        commit = file.revision if len(file.revision) == 40 else COMMIT
        for name in ("blobs", "refs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        write(folder / "blobs" / "new")
        blob = folder / "blobs" / hashlib.sha256((folder / "blobs" / "new").read_bytes()).hexdigest()
        (folder / "blobs" / "new").rename(blob)
        link = folder / "snapshots" / commit / file.path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
        if commit != file.revision:
            (folder / "refs" / file.revision).write_text(commit)
        return blob

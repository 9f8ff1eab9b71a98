"""Files: what identifies their contents, and writing them so that nobody ever sees half of one."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex.

    Raises:
        OSError: It can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, hidden beside `path` and with its suffix; when it's written, it takes the place of `path`.

    What fails on the way leaves `path` as it was, and nothing beside it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".part-{path.name}")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_at_once(path: Path, contents: bytes) -> None:
    """Write a whole file, or leave it as it was."""
    with replacing(path) as beside:
        beside.write_bytes(contents)

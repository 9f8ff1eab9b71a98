"""Hash files, and write them so that no other process ever sees an incomplete one."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: The file can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write to a temporary file that replaces `path` at the end.

    If writing fails, `path` stays as it was and the temporary file is removed.

    Args:
        path: The file to replace; missing parent folders are created.

    Yields:
        The temporary file, in the same folder and with the same suffix.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".part-{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_at_once(path: Path, contents: bytes) -> None:
    """Write a whole file, or leave it as it was.

    Args:
        path: The file; missing parent folders are created.
        contents: Its new contents.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(contents)

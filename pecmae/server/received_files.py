"""Uploads as files."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import UploadFile


@contextmanager
def stored(upload: UploadFile) -> Iterator[Path]:
    """An upload as a file, which exists only inside the context."""
    with tempfile.TemporaryDirectory(prefix="pecmae-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as copy:
            shutil.copyfileobj(upload.file, copy)
        yield path

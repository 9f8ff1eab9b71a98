"""Writing and hashing files."""

import hashlib
from pathlib import Path

import pytest

from pecmae.files import replacing, sha256, write_at_once


def test_a_file_and_its_folders_are_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.bin"
    write_at_once(path, b"contents")
    assert path.read_bytes() == b"contents" and sha256(path) == hashlib.sha256(b"contents").hexdigest()
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    write_at_once(path, b"old")
    with pytest.raises(OSError, match="full"), replacing(path) as beside:
        assert beside.suffix == ".npz" and beside.parent == path.parent
        beside.write_bytes(b"ne")
        assert path.read_bytes() == b"old"
        raise OSError("the disk is full")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]

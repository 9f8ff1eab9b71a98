"""Zips from visitors, read without trust, and bundles packed as a zip.

Nothing of a zip names a place on this machine: whoever extracts chooses the file. What is declared (sizes, counts,
encodings) is checked while reading, as it may be wrong by accident or on purpose.
"""

import contextlib
import io
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pecmae.audio.clips import display_name
from pecmae.errors import DatasetError
from pecmae.files import replacing

MAX_DIRECTORY_BYTES = 4 * 2**20
"""Of a zip's list of contents, which is read as a whole: some ten thousand entries."""
_BLOCK_BYTES = 2**18
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


@dataclass(frozen=True)
class Entry:
    """A file in a zip: the parts of its path, and the zip's own record of it."""

    parts: tuple[str, ...]
    info: zipfile.ZipInfo

    @property
    def shown(self) -> str:
        return "/".join(self.parts)


class _Bounded(io.FileIO):
    """A file that refuses to be read in one piece: `zipfile` reads a list of contents at once."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            size = MAX_DIRECTORY_BYTES  # to the end: `zipfile` does so within the last 64 kB only
        if size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the list of contents is too long")
        return super().read(size)


@contextmanager
def opened(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip that a visitor sent.

    Args:
        path: The file.
        name: What its owner calls it.

    Raises:
        DatasetError: `not_a_zip`.
    """
    with _Bounded(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise DatasetError(
                "not_a_zip",
                f"{display_name(name)!r} isn't a zip that can be opened; pack the folders again as a plain zip.",
            ) from error
        with archive:
            yield archive


def entries(archive: zipfile.ZipFile) -> list[Entry]:
    """The files in a zip, without folders, links, hidden files and what macOS adds.

    Raises:
        DatasetError: `unsafe_path` for a path that leads out of the zip, `encrypted` for a password.
    """
    found = []
    for info in archive.infolist():
        name = _readable_name(info)
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
            raise DatasetError(
                "unsafe_path",
                f"The zip holds the path {name[:80]!r}, which leads out of the zip; pack the folders again.",
            )
        if info.is_dir() or not parts or stat.S_ISLNK(info.external_attr >> 16):
            continue
        if any(part.startswith(".") or part == "__MACOSX" for part in parts):
            continue
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise DatasetError("encrypted", "The zip is protected by a password; pack the folders without one.")
        found.append(Entry(parts, info))
    return found


def extract(archive: zipfile.ZipFile, entry: Entry, target: Path, max_bytes: int) -> int:
    """Write one file of a zip to `target`, checking its real size and its checksum.

    Args:
        archive: The zip.
        entry: Which of its files.
        target: Where to.
        max_bytes: Largest size; what the zip declares isn't believed.

    Returns:
        Its size.

    Raises:
        DatasetError: `unpacked_too_large` or `damaged_zip`; `target` may hold a part then.
    """
    n_bytes = 0
    try:
        with archive.open(entry.info) as source, target.open("wb") as copy:
            while block := source.read(_BLOCK_BYTES):
                n_bytes += len(block)
                if n_bytes > max_bytes:
                    raise DatasetError(
                        "unpacked_too_large",
                        f"Unpacked, the zip is larger than this server takes (at {entry.shown!r}); "
                        "give fewer or shorter clips, or compress them as ogg, mp3 or flac.",
                    )
                copy.write(block)
    except _BROKEN as error:
        raise DatasetError(
            "damaged_zip", f"The zip is damaged at {entry.shown!r}; pack the folders again and send that."
        ) from error
    return n_bytes


def pack(folder: Path, name: str, target: Path) -> None:
    """Pack a folder, calling it `name`, as a zip; `target` appears only when it's whole."""
    with replacing(target) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{name}/{path.relative_to(folder).as_posix()}")


def _readable_name(info: zipfile.ZipInfo) -> str:
    """An entry's path as its owner meant it: UTF-8 that isn't marked as such (macOS), composed accents, one slash."""
    name = info.orig_filename.partition("\0")[0]
    if not info.flag_bits & _UTF8_FLAG:
        with contextlib.suppress(UnicodeError):  # then it really is the old code page
            name = name.encode("cp437").decode("utf-8")
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    return "".join(character for character in name if character.isprintable())

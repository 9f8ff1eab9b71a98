"""Read zips from strangers, and pack bundles as zips.

A zip never chooses a path on this machine: the caller of `extract` names the target. Sizes and checksums are verified
while reading, because the zip's own record of them may be wrong.
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

from pecmae.audio.reading import display_name
from pecmae.errors import DatasetError
from pecmae.files import replacing

MAX_DIRECTORY_BYTES = 4 * 2**20
"""Largest list of contents, which `zipfile` reads at once: about ten thousand entries."""
_BLOCK_BYTES = 2**18
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


@dataclass(frozen=True)
class ZipEntry:
    """A file in a zip: the parts of its path, and the zip's record of it."""

    parts: tuple[str, ...]
    info: zipfile.ZipInfo

    @property
    def path(self) -> str:
        """The path inside the zip."""
        return "/".join(self.parts)


class _BoundedFile(io.FileIO):
    """A file of which no single read is larger than `MAX_DIRECTORY_BYTES`."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            size = MAX_DIRECTORY_BYTES  # `zipfile` reads to the end only from within the last 64 kB
        if size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the list of contents is too long")
        return super().read(size)


@contextmanager
def open_zip(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip.

    Args:
        path: The file.
        name: The visitor's name for it, for errors.

    Yields:
        The opened zip.

    Raises:
        DatasetError: `not_a_zip`.
    """
    with _BoundedFile(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise DatasetError(
                "not_a_zip", f"{display_name(name)!r} can't be opened as a zip; pack the folders again as a plain zip."
            ) from error
        with archive:
            yield archive


def list_entries(archive: zipfile.ZipFile) -> list[ZipEntry]:
    """List the files in a zip, without folders, links, hidden files and the files that macOS adds.

    Raises:
        DatasetError: `unsafe_path` for a path that leads out of the zip, `encrypted` for a zip with a password.
    """
    found = []
    for info in archive.infolist():
        name = _readable_name(info)
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
            raise DatasetError(
                "unsafe_path",
                f"The zip contains the path {name[:80]!r}, which leads out of the zip; pack the folders again.",
            )
        if info.is_dir() or not parts or stat.S_ISLNK(info.external_attr >> 16):
            continue
        if is_hidden(parts):
            continue
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise DatasetError(
                "encrypted", "The zip is protected by a password; pack the folders again without a password."
            )
        found.append(ZipEntry(parts, info))
    return found


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether a path is that of a hidden file, or of one that macOS adds to zips."""
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def extract(archive: zipfile.ZipFile, entry: ZipEntry, target: Path, max_bytes: int) -> int:
    """Write one file of a zip to `target`, and verify its checksum.

    Args:
        archive: The zip.
        entry: The file in it.
        target: Path to write to. After an error it may contain a part of the file.
        max_bytes: Largest size. It is compared with the real size, not with the size that the zip declares.

    Returns:
        The size in bytes.

    Raises:
        DatasetError: `unpacked_too_large` or `damaged_zip`.
    """
    n_bytes = 0
    try:
        with archive.open(entry.info) as source, target.open("wb") as copy:
            while block := source.read(_BLOCK_BYTES):
                n_bytes += len(block)
                if n_bytes > max_bytes:
                    raise DatasetError(
                        "unpacked_too_large",
                        f"The unpacked zip exceeds this server's limit (at {entry.path!r}); give fewer or shorter "
                        "clips, or compress them as ogg, mp3 or flac.",
                    )
                copy.write(block)
    except _BROKEN as error:
        raise DatasetError(
            "damaged_zip", f"The zip is damaged at {entry.path!r}; pack the folders again and send the new zip."
        ) from error
    return n_bytes


def pack(folder: Path, name: str, target: Path) -> None:
    """Pack a folder as a zip.

    Args:
        folder: The folder.
        name: Its name in the zip.
        target: Path of the zip, which appears only when it is complete.
    """
    with replacing(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{name}/{path.relative_to(folder).as_posix()}")


def _readable_name(info: zipfile.ZipInfo) -> str:
    """The path of an entry with forward slashes, composed accents, and UTF-8 decoded even where it isn't declared."""
    name = info.orig_filename.partition("\0")[0]
    if not info.flag_bits & _UTF8_FLAG:
        with contextlib.suppress(UnicodeError):  # then it really is the old code page 437
            name = name.encode("cp437").decode("utf-8")
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    return "".join(character for character in name if character.isprintable())

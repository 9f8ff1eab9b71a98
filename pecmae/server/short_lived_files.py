"""Files that are kept for minutes: uploads until a function uses them, and decoded sounds until they are downloaded.

The page holds the file that a visitor uploads, until the visitor's session ends or an hour after the last use. Nobody
else can use a held file from then on.

A file is known by an address of 24 random bytes, so visitors never share one. The address is looked up in a dictionary
and never used as a path. The files are in a temporary folder that only the server's user can enter.
"""

import math
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pecmae.errors import NotFoundError, PecmaeError

KEPT_S = 600.0
"""Time after which a file is removed, whether it was used or not."""
MAX_FILES = 1000
"""Largest number of files that wait for a use: as many as a browser sends at a time."""
MAX_BYTES = 2**30
"""Largest size of these files together."""
HELD_S = 3600.0
"""Time after the last use after which a held file is removed."""
MAX_HELD = 60
MAX_HELD_PER_SESSION = 3
"""Number of files that one session holds, such as a track and what was trimmed of it. The oldest makes room."""
ADDRESS = re.compile(r"[\w-]{32}(\.wav)?")
"""What every address looks like."""
_ADDRESS_BYTES = 24


@dataclass(frozen=True)
class ShortLivedFile:
    """A file, the visitor's name for it, its size, when it is removed, and the session that holds it."""

    path: Path
    name: str
    n_bytes: int
    expires_s: float
    session: str | None = None


class ShortLivedFiles:
    """Files by address. The methods may be called from any thread; the constructor does nothing on disk.

    Args:
        max_files: Largest number of files that are kept at a time.
        max_bytes: Largest size of these files together.
        kept_s: Time after which a file is removed.
        held_s: Time after the last use after which a held file is removed.
        max_held: Largest number of files that are held at a time, in addition to `max_files`.
    """

    def __init__(
        self,
        max_files: int = MAX_FILES,
        kept_s: float = KEPT_S,
        *,
        max_bytes: int = MAX_BYTES,
        held_s: float = HELD_S,
        max_held: int = MAX_HELD,
    ) -> None:
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._kept_s = kept_s
        self._held_s = held_s
        self._max_held = max_held
        self._lock = threading.Lock()
        self._files: dict[str, ShortLivedFile] = {}
        self._root: Path | None = None
        self._timer: threading.Timer | None = None
        self._timer_s = math.inf  # when it goes off

    def add(self, source: BinaryIO, name: str, suffix: str = "") -> str:
        """Keep a file.

        Args:
            source: Its contents.
            name: The visitor's name for it.
            suffix: End of the address, such as `.wav`.

        Returns:
            The address.

        Raises:
            PecmaeError: `too_many_files`.
        """
        address = secrets.token_urlsafe(_ADDRESS_BYTES) + suffix
        n_bytes = source.seek(0, os.SEEK_END)
        source.seek(0)
        with self._lock:
            waiting = [file.n_bytes for file in self._files.values() if file.session is None]
            if len(waiting) >= self._max_files or sum(waiting) + n_bytes > self._max_bytes:
                raise PecmaeError(
                    "too_many_files",
                    "This server already keeps as many uploaded files as it can; try again in a few minutes.",
                )
            if self._root is None:
                self._root = Path(tempfile.mkdtemp(prefix="pecmae-files-"))  # only its owner can enter it
            file = ShortLivedFile(self._root / address, name, n_bytes, time.monotonic() + self._kept_s)
            self._keep(address, file)
        try:
            with file.path.open("wb") as copy:
                shutil.copyfileobj(source, copy)
        except BaseException:
            self.remove(address)
            raise
        return address

    def get(self, address: str) -> ShortLivedFile:
        """Get a file.

        Raises:
            NotFoundError: `expired_file`.
        """
        with self._lock:
            return self._known(self._files.get(address))

    @contextmanager
    def used(self, address: str) -> Iterator[ShortLivedFile]:
        """Use a file, which nobody else can use from now on, and which is removed at the end.

        Raises:
            NotFoundError: `expired_file`.
        """
        with self._lock:
            file = self._known(self._files.get(address))
            if file.session is not None:
                self._known(None)
            del self._files[address]
        try:
            yield file
        finally:
            _discard(file)

    def hold(self, address: str, session: str) -> ShortLivedFile:
        """Use a file for a session, which keeps it. If there are too many, those used least recently are removed.

        Args:
            address: The file's address.
            session: Id of the session.

        Raises:
            NotFoundError: `expired_file`, also if another session holds the file.
        """
        with self._lock:
            file = self._known(self._files.pop(address, None))
            if file.session not in (None, session):
                self._files[address] = file
                self._known(None)
            file = replace(file, session=session, expires_s=time.monotonic() + self._held_s)
            self._keep(address, file)  # the last one is the one that was used last
            own = [key for key, other in self._files.items() if other.session == session]
            held = [key for key, other in self._files.items() if other.session is not None]
            too_many = {*own[:-MAX_HELD_PER_SESSION], *held[: max(0, len(held) - self._max_held)]}
            discarded = [self._files.pop(key) for key in too_many]
        for old in discarded:
            _discard(old)
        return file

    def release(self, session: str) -> None:
        """Remove the files that a session holds, because it ended."""
        with self._lock:
            own = [address for address, file in self._files.items() if file.session == session]
        for address in own:
            self.remove(address)

    def remove(self, address: str) -> None:
        """Remove a file if it is still there."""
        with self._lock:
            file = self._files.pop(address, None)
        if file:
            _discard(file)

    def close(self) -> None:
        """Remove all files."""
        for address in list(self._files):
            self.remove(address)
        if self._timer:
            self._timer.cancel()
        if self._root:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None

    def _keep(self, address: str, file: ShortLivedFile) -> None:
        """Keep a file until it expires; called with the lock held."""
        self._files[address] = file
        if file.expires_s < self._timer_s:
            self._start_timer(file.expires_s)

    def _start_timer(self, at_s: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer_s = at_s
        self._timer = threading.Timer(max(0.0, at_s - time.monotonic()), self._remove_expired)
        self._timer.daemon = True
        self._timer.start()

    def _remove_expired(self) -> None:
        with self._lock:
            now_s = time.monotonic()
            expired = [address for address, file in self._files.items() if file.expires_s <= now_s]
            discarded = [self._files.pop(address) for address in expired]
            self._timer, self._timer_s = None, math.inf
            if self._files:
                self._start_timer(min(file.expires_s for file in self._files.values()))
        for file in discarded:
            _discard(file)

    def _known(self, file: ShortLivedFile | None) -> ShortLivedFile:
        if file is None:
            raise NotFoundError(
                "expired_file",
                f"The server has no such file; upload it, and use it once within {self._kept_s / 60:.0f} minutes.",
            )
        return file


def _discard(file: ShortLivedFile) -> None:
    file.path.unlink(missing_ok=True)

"""What visitors' collections this server keeps, and for how long.

A collection is private to who knows its id, which can't be guessed; no list names it. It is removed an hour after its
last use, and all are removed when the server stops. Files lie in a temporary folder that only the server's user enters.
"""

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pecmae.bundles.bundle import Bundle
from pecmae.errors import NotFoundError, PecmaeError

ID_PREFIX = "own-"
KEPT_S = 3600.0
SWEEP_S = 30.0
_ID_BYTES = 24
_FOLDER_PREFIX = "pecmae-own-"


@dataclass(frozen=True)
class PrivateCollection:
    """A visitor's collection at one moment.

    Args:
        id: Who knows it may see and remove the collection.
        folder: Where its files are.
        title: What the visitor calls it.
        state: "waiting", "building", "ready" or "failed".
        notes: Sentences on what was left out.
        progress: The build's last word: stage, done, total, remaining_s.
        error: Why it failed.
        bundle: What was built or loaded, known by the collection's id; None before.
        download: The bundle as a zip.
    """

    id: str
    folder: Path
    title: str
    state: str = "waiting"
    notes: tuple[str, ...] = ()
    progress: dict[str, Any] = field(default_factory=dict)
    error: PecmaeError | None = None
    bundle: Bundle | None = None
    download: Path | None = None


class CollectionKeeper:
    """Keeps visitors' collections. All methods may be called from any thread.

    Args:
        max_collections: How many are kept at a time.
        clock: Seconds that never run backwards.
    """

    def __init__(self, max_collections: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_collections = max_collections
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, PrivateCollection] = {}
        self._last_use_s: dict[str, float] = {}
        self._root: Path | None = None
        self._closing = threading.Event()

    def create(self, title: str) -> PrivateCollection:
        """A new collection with an empty folder.

        Raises:
            PecmaeError: `no_collections` or `too_many_collections`.
        """
        if self.max_collections == 0:
            raise PecmaeError(
                "no_collections",
                "This server takes no collections of visitors; run the explorer on your own machine to learn one.",
            )
        self.sweep()
        with self._lock:
            if len(self._kept) >= self.max_collections:
                raise PecmaeError(
                    "too_many_collections",
                    f"This server keeps {self.max_collections} collections of visitors at a time, and all places are "
                    "taken; one becomes free within the hour, or run the explorer on your own machine.",
                )
            name = ID_PREFIX + secrets.token_urlsafe(_ID_BYTES)
            folder = self._root_folder() / name
            folder.mkdir(mode=0o700)
            self._kept[name] = PrivateCollection(name, folder, title)
            self._last_use_s[name] = self._clock()
            return self._kept[name]

    def get(self, name: str) -> PrivateCollection:
        """A collection; its hour begins anew.

        Raises:
            NotFoundError: `expired_collection`.
        """
        self.sweep()
        with self._lock:
            if name not in self._kept:
                raise NotFoundError(
                    "expired_collection",
                    "Your collection isn't on this server any more, as each is removed an hour after its last use; "
                    "build it again, or load the bundle that you downloaded.",
                )
            self._last_use_s[name] = self._clock()
            return self._kept[name]

    def bundle(self, name: str) -> Bundle:
        """The bundle of a collection.

        Raises:
            NotFoundError: `expired_collection`, or `not_built`.
        """
        bundle = self.get(name).bundle
        if bundle is None:
            raise NotFoundError("not_built", "Your collection isn't built yet; wait until it is, then explore it.")
        return bundle

    def change(self, name: str, **changes: Any) -> None:
        """Change fields of a collection, if it is still there; this is a use of it, as a build goes on."""
        with self._lock:
            if name in self._kept:
                self._kept[name] = replace(self._kept[name], **changes)
                self._last_use_s[name] = self._clock()

    def is_ready(self, name: str) -> bool:
        """Whether a collection is there and has its bundle; asking is no use of it."""
        with self._lock:
            return name in self._kept and self._kept[name].bundle is not None

    def remove(self, name: str) -> None:
        """Remove a collection and its files, if it is there."""
        with self._lock:
            removed = self._kept.pop(name, None)
            self._last_use_s.pop(name, None)
        if removed:
            shutil.rmtree(removed.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what wasn't used for an hour."""
        with self._lock:
            now = self._clock()
            expired = [name for name, used_s in self._last_use_s.items() if now - used_s >= KEPT_S]
        for name in expired:
            self.remove(name)

    def start(self) -> None:
        """Sweep regularly from now on, also where nobody asks for anything."""

        def sweep_regularly() -> None:
            while not self._closing.wait(SWEEP_S):
                self.sweep()

        threading.Thread(target=sweep_regularly, name="sweep-collections", daemon=True).start()

    def close(self) -> None:
        """Remove all collections."""
        self._closing.set()
        for name in list(self._kept):
            self.remove(name)
        if self._root:
            shutil.rmtree(self._root, ignore_errors=True)

    def _root_folder(self) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))  # mkdtemp's rights are the owner's alone
        return self._root


def is_private(name: str | None) -> bool:
    """Whether a bundle's name is the id of a visitor's collection."""
    return name is not None and name.startswith(ID_PREFIX)

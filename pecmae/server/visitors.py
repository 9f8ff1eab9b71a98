"""Visitors' own collections: a zip comes in, a bundle to explore and to take away comes out.

A zip of recordings is built in the background (`building`); a zip that holds a bundle is ready at once. Recordings are
removed as soon as they are learned; the bundle carries short excerpts of them until it is removed too.
"""

import logging
import shutil
from pathlib import Path
from typing import Any

from pecmae.audio.clips import display_name
from pecmae.bundles.bundle import Bundle
from pecmae.errors import PecmaeError
from pecmae.server.archives import pack
from pecmae.server.build_worker import BuildJob
from pecmae.server.building import BuildQueue
from pecmae.server.foreign import damaged, is_bundle, unpack_bundle
from pecmae.server.intake import receive_clips
from pecmae.server.keeping import PrivateCollection
from pecmae.server.service import COMPACT, ExplainerService

MAX_PROTOTYPES_PER_CLASS = 5
_BUNDLE_NAME = "my-collection"
_log = logging.getLogger(__name__)


class Visitors:
    """Takes in visitors' collections and has them built. All methods may be called from any thread.

    Args:
        service: Explains with the bundles, and keeps the collections.
        queue: Where builds wait for their turn.
    """

    def __init__(self, service: ExplainerService, queue: BuildQueue) -> None:
        self._service = service
        self._keeper = service.private
        self._queue = queue

    def receive(self, archive: Path, name: str, title: str, prototypes_per_class: int | None) -> PrivateCollection:
        """Take a zip: of recordings, one folder a class, or of a bundle that was built before.

        Args:
            archive: The zip.
            name: What its owner calls it.
            title: What to call the collection; empty for the zip's name.
            prototypes_per_class: K; None chooses by the smallest class.

        Returns:
            The collection, waiting to be built, or ready.

        Raises:
            PecmaeError: The zip isn't accepted, or this server has no room now.
        """
        shown = display_name(title) if title else Path(display_name(name)).stem
        collection = self._keeper.create(shown)
        try:
            if is_bundle(archive, name):
                self._load(collection, archive, name)
            else:
                self._enqueue(collection, archive, name, prototypes_per_class)
        except BaseException:
            self._keeper.remove(collection.id)
            raise
        return self._keeper.get(collection.id)

    def get(self, name: str) -> PrivateCollection:
        """A collection at this moment.

        Raises:
            NotFoundError: `expired_collection`.
        """
        return self._keeper.get(name)

    def place(self, name: str) -> int:
        """How many builds come before a collection's."""
        return self._queue.place(name)

    def remove(self, name: str) -> None:
        """Remove a collection, and stop its build.

        Raises:
            NotFoundError: `expired_collection`.
        """
        self._keeper.get(name)
        self._queue.cancel(name)
        self._keeper.remove(name)

    def start(self) -> None:
        """Remove what has expired from now on."""
        self._keeper.start()

    def close(self) -> None:
        """Stop all builds and remove all collections."""
        self._queue.close()
        self._keeper.close()

    def _enqueue(self, collection: PrivateCollection, archive: Path, name: str, per_class: int | None) -> None:
        self._queue.check_room()
        settings = self._service.settings
        recordings, work = collection.folder / "recordings", collection.folder / "work"
        recordings.mkdir()
        work.mkdir()
        clips, notes = receive_clips(
            archive,
            name,
            recordings,
            max_clip_bytes=settings.max_upload_bytes,
            max_bytes=settings.max_collection_bytes,
        )
        self._keeper.change(collection.id, notes=notes)
        job = BuildJob(
            clips=tuple((clip.label, clip.name, str(clip.path)) for clip in clips),
            notes=notes,
            title=collection.title,
            autoencoder=COMPACT,
            prototypes_per_class=per_class,
            models=str(settings.models.resolve()),
            work=str(work),
            out=str(collection.folder / _BUNDLE_NAME),
            max_clip_s=settings.max_clip_s,
            max_clip_bytes=settings.max_upload_bytes,
        )

        def on_progress(told: dict[str, Any]) -> None:
            self._keeper.change(collection.id, state="building", progress=told)

        def on_failed(error: PecmaeError) -> None:
            self._keeper.change(collection.id, state="failed", error=error)
            _remove_all(recordings, work)

        def on_built(notes: tuple[str, ...]) -> None:
            _remove_all(recordings, work)
            try:
                bundle = self._service.load_private(collection.folder / _BUNDLE_NAME, collection.id)
                self._offer(collection, bundle, notes)
            except PecmaeError as error:
                on_failed(error)
            except OSError as error:  # also where the collection was removed at this moment
                _log.error("What was learned can't be kept: %s", error)
                on_failed(
                    PecmaeError("not_kept", "What was learned couldn't be stored on this server; try again later.")
                )

        self._queue.submit(collection.id, job, on_progress=on_progress, on_built=on_built, on_failed=on_failed)

    def _load(self, collection: PrivateCollection, archive: Path, name: str) -> None:
        folder = collection.folder / "bundle"
        unpack_bundle(archive, name, folder)
        bundle = self._service.load_private(folder, collection.id)
        self._offer(collection, bundle, ())
        try:  # numbers may be finite each and still overflow together
            self._service.explain_noise(collection.id)
        except ValueError as error:
            raise damaged(name, "it can't explain a sound") from error

    def _offer(self, collection: PrivateCollection, bundle: Bundle, notes: tuple[str, ...]) -> None:
        download = collection.folder / "download.zip"
        pack(bundle.path, _BUNDLE_NAME, download)
        self._keeper.change(
            collection.id,
            state="ready",
            bundle=bundle,
            notes=notes,
            download=download,
            title=bundle.manifest.title,
        )


def _remove_all(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)

"""Visitors' collections: the queue of builds, their states, and their expiry.

A job begins with a zip. If it contains recordings, a worker process (`worker`) builds a bundle of them, one job at a
time. If it contains a bundle, the job is ready at once. Recordings are removed as soon as the build ends; the bundle
contains short excerpts of them.

A job is private to those who know its id, which can't be guessed and is never listed. It is removed an hour after its
last use, and when the server stops. Its files are in a temporary folder that only the server's user can enter.
"""

import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pecmae.audio.reading import display_name
from pecmae.bundles.bundle import Bundle
from pecmae.errors import NotFoundError, PecmaeError
from pecmae.server.gatherings import Gathering
from pecmae.server.schemas import ErrorDetail, Progress
from pecmae.server.settings import Settings
from pecmae.server.uploaded_bundle import is_bundle, unpack_bundle
from pecmae.server.uploaded_clips import UploadedClip, check_counts, receive_clips
from pecmae.server.worker import WORKER_COMMAND, BuildTask, WorkerProcess, build_stopped
from pecmae.server.zips import pack

EXPIRY_S = 3600.0
"""Time from a job's last use to its removal."""
SWEEP_INTERVAL_S = 30.0
MAX_WAITING = 5
"""Largest number of builds in the queue, without the running one."""
MAX_BUILD_S = 900.0
AUTOENCODER = "compact"
"""Name of the autoencoder that visitors' collections are built with."""
ID_PREFIX = "own-"
_ID_BYTES = 24
_FOLDER_PREFIX = "pecmae-own-"
_RECORDINGS, _BUNDLE_NAME = "recordings", "my-collection"
_log = logging.getLogger(__name__)

LoadBundle = Callable[[Path, str], Bundle]
"""Loads the bundle in a folder under the id of its job."""
Receive = Callable[[Path], tuple[Sequence[UploadedClip], tuple[str, ...]]]
"""Puts the recordings into a folder; returns them, and sentences on what was left out."""


@dataclass(frozen=True)
class Job:
    """A visitor's collection at one moment.

    Args:
        id: Secret id; also the name of the bundle.
        folder: Folder of its files.
        title: The visitor's name for it.
        last_use_s: Time of the last use.
        state: What is happening to it.
        notes: Sentences on what was left out.
        progress: Progress of the build.
        error: Why it failed.
        bundle: The bundle, once it is ready.
        download: The bundle as a zip, once it is ready.
    """

    id: str
    folder: Path
    title: str
    last_use_s: float
    state: Literal["waiting", "building", "ready", "failed"] = "waiting"
    notes: tuple[str, ...] = ()
    progress: Progress = field(default_factory=Progress)
    error: ErrorDetail | None = None
    bundle: Bundle | None = None
    download: Path | None = None


class Jobs:
    """All jobs of a server. The methods may be called from any thread.

    Args:
        settings: Settings of the server.
        command: Command of the worker process.
        max_waiting: Largest number of builds in the queue.
        max_build_s: Longest build.
        clock: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        command: Sequence[str] = WORKER_COMMAND,
        max_waiting: int = MAX_WAITING,
        max_build_s: float = MAX_BUILD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._command = tuple(command)
        self._max_waiting = max_waiting
        self._max_build_s = max_build_s
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._waiting: list[str] = []
        self._running: str | None = None
        self._process: WorkerProcess | None = None
        self._builds = ThreadPoolExecutor(max_workers=1, thread_name_prefix="build")
        self._root: Path | None = None
        self._closing = threading.Event()

    def submit(self, archive: Path, name: str, title: str, prototypes_per_class: int | None, load: LoadBundle) -> Job:
        """Start a job with a zip of recordings, one folder per class, or of a bundle.

        Args:
            archive: The zip.
            name: The visitor's name for it.
            title: Title of the collection; if empty, the zip's name.
            prototypes_per_class: Number of prototypes per class; None chooses it by the smallest class.
            load: Loads the bundle.

        Returns:
            The job, waiting or ready.

        Raises:
            PecmaeError: The zip isn't accepted, or the server has no room.
        """
        limits = self._settings.collection_limits

        def begin(job: Job) -> None:
            if is_bundle(archive, name):
                folder = job.folder / _BUNDLE_NAME
                unpack_bundle(archive, name, folder, limits)
                self._finish(job, load(folder, job.id), ())
            else:
                receive = partial(receive_clips, archive, name, limits=limits)
                self._enqueue(job, receive, prototypes_per_class, load)

        return self._begin(display_name(title) if title else Path(display_name(name)).stem, begin)

    def build(self, gathering: Gathering, title: str, prototypes_per_class: int | None, load: LoadBundle) -> Job:
        """Start a job with gathered recordings, which stay where they are; other arguments as of `submit`.

        Raises:
            PecmaeError: There are too few or too many recordings, or the server has no room.
        """
        check_counts(gathering.n_clips, self._settings.collection_limits)
        return self._begin(
            display_name(title), lambda job: self._enqueue(job, gathering.link, prototypes_per_class, load)
        )

    def _begin(self, title: str, begin: Callable[[Job], None]) -> Job:
        job = self._create(title)
        try:
            begin(job)
        except BaseException:
            self._discard(job.id)
            raise
        return self.get(job.id)

    def get(self, job_id: str) -> Job:
        """A job at this moment. Its time until expiry begins anew.

        Raises:
            NotFoundError: `expired_collection`.
        """
        self.sweep()
        self._change(job_id)
        with self._lock:
            if job_id not in self._jobs:
                raise NotFoundError(
                    "expired_collection",
                    "This server no longer has your collection, because collections are removed an hour after their "
                    "last use; build it again, or load the bundle that you downloaded.",
                )
            return self._jobs[job_id]

    def bundle(self, job_id: str) -> Bundle:
        """The bundle of a job.

        Raises:
            NotFoundError: `expired_collection`, or `not_built`.
        """
        bundle = self.get(job_id).bundle
        if bundle is None:
            raise NotFoundError("not_built", "Your collection isn't built yet; wait until it is ready.")
        return bundle

    def is_ready(self, job_id: str) -> bool:
        """Whether a job exists and has its bundle. This doesn't count as a use."""
        with self._lock:
            return job_id in self._jobs and self._jobs[job_id].bundle is not None

    def n_before(self, job_id: str) -> int:
        """Number of builds before that of a job, including the running one; 0 for the running one itself."""
        with self._lock:
            if job_id not in self._waiting:
                return 0
            return self._waiting.index(job_id) + (self._running is not None)

    def remove(self, job_id: str) -> None:
        """Remove a job and its files, and stop its build.

        Raises:
            NotFoundError: `expired_collection`.
        """
        self.get(job_id)
        self._discard(job_id)

    def sweep(self) -> None:
        """Remove the expired jobs."""
        with self._lock:
            now_s = self._clock()
            expired = [job.id for job in self._jobs.values() if now_s - job.last_use_s >= EXPIRY_S]
        for job_id in expired:
            self._discard(job_id)

    def start(self) -> None:
        """Remove expired jobs regularly from now on, even without requests."""

        def sweep_regularly() -> None:
            while not self._closing.wait(SWEEP_INTERVAL_S):
                self.sweep()

        threading.Thread(target=sweep_regularly, name="sweep-jobs", daemon=True).start()

    def close(self) -> None:
        """Stop all builds and remove all jobs."""
        self._closing.set()
        for job_id in list(self._jobs):
            self._discard(job_id)
        self._builds.shutdown(wait=True)
        if self._root:
            shutil.rmtree(self._root, ignore_errors=True)

    def _create(self, title: str) -> Job:
        """Add a job with an empty folder, if there is room."""
        max_jobs = self._settings.max_collections
        if max_jobs == 0:
            raise PecmaeError(
                "no_collections",
                "This server accepts no collections; run the explorer on your own machine to build one.",
            )
        self.sweep()
        with self._lock:
            if len(self._jobs) >= max_jobs:
                raise PecmaeError(
                    "too_many_collections",
                    f"This server already keeps {max_jobs} collections, which is its limit; try again within the hour, "
                    "or run the explorer on your own machine.",
                )
            if self._root is None:
                self._root = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))  # only its owner can enter it
            job_id = ID_PREFIX + secrets.token_urlsafe(_ID_BYTES)
            folder = self._root / job_id
            folder.mkdir(mode=0o700)
            self._jobs[job_id] = job = Job(job_id, folder, title, self._clock())
            return job

    def _change(self, job_id: str, **changes: Any) -> None:
        """Change fields of a job, if it still exists. This counts as a use."""
        with self._lock:
            if job_id in self._jobs:
                self._jobs[job_id] = replace(self._jobs[job_id], last_use_s=self._clock(), **changes)

    def _discard(self, job_id: str) -> None:
        with self._lock:
            job = self._jobs.pop(job_id, None)
            if job_id in self._waiting:
                self._waiting.remove(job_id)
            if job_id == self._running and self._process:
                self._process.kill()
                self._running = None
        if job:
            shutil.rmtree(job.folder, ignore_errors=True)

    def _enqueue(self, job: Job, receive: Receive, prototypes_per_class: int | None, load: LoadBundle) -> None:
        with self._lock:
            self._check_queue()  # before the zip is unpacked in vain
        recordings, work = job.folder / _RECORDINGS, job.folder / "work"
        recordings.mkdir()
        work.mkdir()
        limits = self._settings.collection_limits
        clips, notes = receive(recordings)
        task = BuildTask(
            clips=tuple(clips),
            notes=notes,
            title=job.title,
            autoencoder=AUTOENCODER,
            prototypes_per_class=prototypes_per_class,
            models=self._settings.models.resolve(),
            work=work,
            out=job.folder / _BUNDLE_NAME,
            limits=limits,
        )
        self._change(job.id, notes=notes)
        with self._lock:
            self._check_queue()
            self._waiting.append(job.id)
        self._builds.submit(self._build, job, task, load)

    def _check_queue(self) -> None:
        """Check that another build may wait; called with the lock held."""
        if len(self._waiting) >= self._max_waiting:
            raise PecmaeError(
                "queue_full",
                f"{len(self._waiting)} other collections are already waiting to be built; try again in a few minutes, "
                "or run the explorer on your own machine.",
            )

    def _build(self, job: Job, task: BuildTask, load: LoadBundle) -> None:
        """Run a worker process to its end; called in the thread of the builds."""
        process = None
        try:
            with self._lock:
                if job.id not in self._waiting:  # removed while it waited
                    return
                self._waiting.remove(job.id)
                self._running = job.id
                self._process = process = WorkerProcess(task, self._command, self._max_build_s)
            notes = process.follow(lambda progress: self._change(job.id, state="building", progress=progress))
            self._finish(job, load(task.out, job.id), notes)
        except Exception as error:
            expected = error if isinstance(error, PecmaeError) else build_stopped()
            if job.id in self._jobs and expected.code == "build_stopped":
                _log.error("A build stopped.\n%s", process.log_tail() if process else "", exc_info=error)
            self._change(job.id, state="failed", error=ErrorDetail.of(expected))
        finally:
            with self._lock:
                self._running = self._process = None
            for folder in (job.folder / _RECORDINGS, task.work):
                shutil.rmtree(folder, ignore_errors=True)
            if job.id not in self._jobs:  # the build may have written files after its removal
                shutil.rmtree(job.folder, ignore_errors=True)

    def _finish(self, job: Job, bundle: Bundle, notes: tuple[str, ...]) -> None:
        download = job.folder / "download.zip"
        pack(bundle.path, _BUNDLE_NAME, download)
        self._change(job.id, state="ready", bundle=bundle, notes=notes, download=download, title=bundle.manifest.title)


def is_private(name: str | None) -> bool:
    """Whether the name of a bundle is the id of a job."""
    return name is not None and name.startswith(ID_PREFIX)

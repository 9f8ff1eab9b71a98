"""Building visitors' collections, one at a time, each in a process of its own (`build_worker`).

The server itself never loads what only training needs, stays quick while something is learned, and survives whatever a
build does. A build can be cancelled, and is stopped at a limit of time.
"""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pecmae.audio.clips import format_duration
from pecmae.errors import PecmaeError
from pecmae.paths import REPOSITORY
from pecmae.server.build_worker import BuildJob

WORKER = (sys.executable, "-m", "pecmae.server.build_worker")
MAX_WAITING = 5
MAX_BUILD_S = 900.0
_LOG_TAIL = 2000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Build:
    """A build that waits or runs: its collection's id, and who is told."""

    name: str
    job: BuildJob
    on_progress: Callable[[dict[str, Any]], None]
    on_built: Callable[[tuple[str, ...]], None]
    on_failed: Callable[[PecmaeError], None]


class BuildQueue:
    """Runs builds one after another. All methods may be called from any thread.

    Args:
        command: The worker's command, to which the job's file is added.
        max_build_s: Longest build.
        max_waiting: How many may wait.
    """

    def __init__(
        self, command: Sequence[str] = WORKER, max_build_s: float = MAX_BUILD_S, max_waiting: int = MAX_WAITING
    ) -> None:
        self._command = tuple(command)
        self._max_build_s = max_build_s
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._running: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="build")

    def check_room(self) -> None:
        """Check that another build may wait.

        Raises:
            PecmaeError: `queue_full`.
        """
        with self._lock:
            if len(self._waiting) >= self._max_waiting:
                raise PecmaeError(
                    "queue_full",
                    f"{len(self._waiting)} other collections are waiting to be built already; try again in some "
                    "minutes, or run the explorer on your own machine.",
                )

    def submit(
        self,
        name: str,
        job: BuildJob,
        *,
        on_progress: Callable[[dict[str, Any]], None],
        on_built: Callable[[tuple[str, ...]], None],
        on_failed: Callable[[PecmaeError], None],
    ) -> None:
        """Build a collection when its turn comes; the callbacks are called from another thread.

        Args:
            name: The collection's id.
            job: What to build.
            on_progress: Told every line of progress.
            on_built: Told the notes on what was left out, once the bundle is there.
            on_failed: Told why there is none.

        Raises:
            PecmaeError: `queue_full`.
        """
        self.check_room()
        with self._lock:
            self._waiting.append(name)
        self._thread.submit(self._run, _Build(name, job, on_progress, on_built, on_failed))

    def place(self, name: str) -> int:
        """How many builds come before that one, the running one counted; 0 for the running one itself."""
        with self._lock:
            if name not in self._waiting:
                return 0
            return self._waiting.index(name) + (self._running is not None)

    def cancel(self, name: str) -> None:
        """Stop a build or take it out of the queue; its callbacks won't be called any more."""
        with self._lock:
            if name in self._waiting:
                self._waiting.remove(name)
            elif self._running == name:
                self._running = None
                _end(self._process)

    def close(self) -> None:
        """Stop all builds."""
        with self._lock:
            self._waiting.clear()
            self._running = None
            _end(self._process)
        self._thread.shutdown(wait=True)

    def _run(self, build: _Build) -> None:
        log = Path(build.job.work) / "worker.log"
        try:
            process = self._start(build, log)
            notes = self._follow(build, process) if process else ()
        except (PecmaeError, OSError, ValueError) as error:
            if self._finish(build.name):
                if not isinstance(error, PecmaeError) or error.code == "build_stopped":
                    _log.error("A build stopped: %s\n%s", error, _tail(log))
                build.on_failed(error if isinstance(error, PecmaeError) else _stopped())
        else:
            if self._finish(build.name):
                build.on_built(notes)

    def _start(self, build: _Build, log: Path) -> subprocess.Popen[bytes] | None:
        """Start the worker; None if the build was cancelled while it waited."""
        with self._lock:
            if build.name not in self._waiting:
                return None
            self._waiting.remove(build.name)
            self._running = build.name
            job_file = log.with_name("job.json")
            build.job.save(job_file)
            with log.open("wb") as errors:
                self._process = subprocess.Popen(
                    [*self._command, str(job_file)],
                    stdin=subprocess.PIPE,  # the worker ends when this does
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    cwd=REPOSITORY,
                    start_new_session=True,
                )
            return self._process

    def _finish(self, name: str) -> bool:
        """Forget the running build; False if it was cancelled."""
        with self._lock:
            if self._running != name:
                return False
            self._running = self._process = None
            return True

    def _follow(self, build: _Build, process: subprocess.Popen[bytes]) -> tuple[str, ...]:
        """Pass on what the worker tells until it ends.

        Returns:
            The notes on what was left out.

        Raises:
            PecmaeError: The worker's own error, `build_too_long` or `build_stopped`.
        """
        assert process.stdin and process.stdout
        out_of_time = threading.Event()

        def stop_late() -> None:
            out_of_time.set()
            _end(process)

        timer = threading.Timer(self._max_build_s, stop_late)
        timer.start()
        result: dict[str, Any] = {}
        try:
            for line in process.stdout:
                told = json.loads(line)
                if "stage" in told:
                    build.on_progress(told)
                else:
                    result = told
            process.wait()
        finally:
            timer.cancel()
            _end(process)
            process.stdin.close()
            process.stdout.close()
        if "notes" in result and process.returncode == 0:
            return tuple(result["notes"])
        if "error" in result:
            raise PecmaeError(result["error"]["code"], result["error"]["message"])
        if out_of_time.is_set():
            raise PecmaeError(
                "build_too_long",
                f"Learning took longer than {format_duration(self._max_build_s)} and was stopped; give fewer or "
                "shorter clips.",
            )
        raise _stopped()


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:] if log.is_file() else ""


def _stopped() -> PecmaeError:
    return PecmaeError(
        "build_stopped", "Learning stopped unexpectedly; try again, with fewer clips if it stops a second time."
    )


def _end(process: subprocess.Popen[bytes] | None) -> None:
    """End a process that runs and everything that it started."""
    if process is not None and process.poll() is None:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

"""The worker process that builds the bundle of a visitor's collection, and its side in the server.

`python -m pecmae.server.worker TASK` builds what the JSON file TASK (a `BuildTask`) describes. Every line on its
standard output is the JSON of a `WorkerMessage`. The process runs at low priority, is the first to be killed when
memory is short, and ends when its standard input is closed, so that it never outlives the server.
"""

import contextlib
import csv
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pecmae.audio.reading import format_duration
from pecmae.errors import PecmaeError
from pecmae.paths import REPOSITORY
from pecmae.server.clip_screening import screen_clips
from pecmae.server.schemas import ErrorDetail, Progress
from pecmae.server.settings import UploadLimits
from pecmae.server.uploaded_clips import UploadedClip

WORKER_COMMAND = (sys.executable, "-m", "pecmae.server.worker")
SCREENING = "listen"
"""First stage of the progress; the others are those of `training.pipeline`."""
NICENESS = 10
_LOG_TAIL = 2000


class BuildTask(BaseModel):
    """What to build, and where.

    Args:
        clips: The recordings.
        notes: Sentences on what was left out before.
        title: Title of the collection.
        autoencoder: Name of the autoencoder in `models`.
        prototypes_per_class: Number of prototypes per class; None chooses it by the smallest class.
        models: The models folder.
        work: Folder for intermediate files.
        out: Folder of the bundle.
        limits: Limits on the clips.
    """

    model_config = ConfigDict(frozen=True)

    clips: tuple[UploadedClip, ...]
    notes: tuple[str, ...]
    title: str
    autoencoder: str
    prototypes_per_class: int | None
    models: Path
    work: Path
    out: Path
    limits: UploadLimits


class WorkerMessage(BaseModel):
    """A line from the worker: progress, or as the last line either the notes or the error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    progress: Progress | None = None
    notes: tuple[str, ...] | None = None
    error: ErrorDetail | None = None


class WorkerProcess:
    """A running worker, as the server sees it.

    Args:
        task: What to build.
        command: Command of the worker, without the task's file.
        max_build_s: Time after which the worker is killed.
    """

    def __init__(self, task: BuildTask, command: Sequence[str], max_build_s: float) -> None:
        self._max_build_s = max_build_s
        self._log_file = task.work / "worker.log"
        task_file = task.work / "task.json"
        task_file.write_text(task.model_dump_json(), encoding="utf-8")
        with self._log_file.open("wb") as errors:
            self._process = subprocess.Popen(
                [*command, str(task_file)],
                stdin=subprocess.PIPE,  # the worker ends when this is closed
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=REPOSITORY,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def follow(self, on_progress: Callable[[Progress], None]) -> tuple[str, ...]:
        """Pass on the worker's progress until it ends.

        Args:
            on_progress: Called with every report of progress.

        Returns:
            Sentences that say what was left out.

        Raises:
            PecmaeError: The worker's own error, `build_too_long` or `build_stopped`.
        """
        assert self._process.stdin and self._process.stdout
        is_late = threading.Event()

        def stop_late() -> None:
            is_late.set()
            self.kill()

        timer = threading.Timer(self._max_build_s, stop_late)
        timer.start()
        last = WorkerMessage()
        try:
            for line in self._process.stdout:
                last = WorkerMessage.model_validate_json(line)
                if last.progress:
                    on_progress(last.progress)
            self._process.wait()
        except ValueError as error:  # the line isn't a message
            raise build_stopped() from error
        finally:
            timer.cancel()
            self.kill()
            self._process.stdin.close()
            self._process.stdout.close()
        if last.notes is not None and self._process.returncode == 0:
            return last.notes
        if last.error:
            raise PecmaeError(last.error.code, last.error.message)
        if is_late.is_set():
            raise PecmaeError(
                "build_too_long",
                f"Training took longer than {format_duration(self._max_build_s)} and was stopped; give fewer or "
                "shorter clips.",
            )
        raise build_stopped()

    def kill(self) -> None:
        """End the process and every process that it started."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def log_tail(self) -> str:
        """The end of what the worker wrote to standard error."""
        if not self._log_file.is_file():
            return ""
        return self._log_file.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]


def build_collection(task: BuildTask, send: Callable[[WorkerMessage], None]) -> None:
    """Screen the clips, then build the bundle.

    Args:
        task: What to build.
        send: Called with every message.

    Raises:
        PecmaeError: No bundle can be built of the clips.
    """
    # Only the worker loads the training code.
    from pecmae.datasets.folder import read_folder
    from pecmae.training.pipeline import BuildProgress, BuildSettings, build_bundle

    def report_screening(done: int, total: int) -> None:
        send(WorkerMessage(progress=Progress(stage=SCREENING, done=done, total=total)))

    def report_build(progress: BuildProgress) -> None:
        send(WorkerMessage(progress=Progress(**asdict(progress))))

    clips, notes = screen_clips(list(task.clips), task.limits, notes=task.notes, on_progress=report_screening)
    dataset = read_folder(_write_list(clips), name=task.title)
    titles = {clip.path: Path(clip.name).stem for clip in clips}
    tracks = tuple(track.model_copy(update={"title": titles[track.audio]}) for track in dataset.tracks)
    build_bundle(
        replace(dataset, tracks=tracks),
        task.autoencoder,
        BuildSettings(prototypes_per_class=task.prototypes_per_class, title=task.title),
        task.out,
        models=task.models,
        work=task.work,
        on_progress=report_build,
    )
    send(WorkerMessage(notes=notes))


def main(build: Callable[[BuildTask, Callable[[WorkerMessage], None]], None] = build_collection) -> int:
    """Build what the task named on the command line describes.

    Args:
        build: The function that builds.

    Returns:
        The exit status: 1 after an error that was sent as a message.
    """
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print goes to the log

    def send(message: WorkerMessage) -> None:
        print(message.model_dump_json(exclude_none=True), file=lines, flush=True)

    _lower_priority()
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    try:
        build(BuildTask.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8")), send)
    except PecmaeError as error:
        send(WorkerMessage(error=ErrorDetail.of(error)))
        return 1
    return 0


def build_stopped() -> PecmaeError:
    """The error of a build that ended for an unknown reason."""
    return PecmaeError(
        "build_stopped", "Training stopped unexpectedly; try again, and give fewer clips if it stops again."
    )


def _write_list(clips: list[UploadedClip]) -> Path:
    """A list of the clips beside them, for `datasets.folder`, which derives the ids of tracks from it."""
    path = clips[0].path.with_name("clips.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label"))
        rows.writerows((clip.path.name, clip.label) for clip in clips)
    return path


def _lower_priority() -> None:
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # it doesn't exist on every system
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _end_with_the_server() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock could block the end of the process
        pass
    os._exit(2)


if __name__ == "__main__":
    sys.exit(main())

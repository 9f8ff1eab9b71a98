"""The process that learns a visitor's collection: `python -m pecmae.server.build_worker JOB`.

JOB is a JSON file, a `BuildJob`. Every line on standard output is a JSON object: `{"stage", "done", "total",
"remaining_s"}` while it works, at the end `{"notes"}` or `{"error": {"code", "message"}}`. The process is polite (it
has the lowest priority, and is the first to go where memory is short), and ends when its standard input does, so that
it never outlives the server.
"""

import contextlib
import csv
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pecmae.audio.clips import ClipLimits
from pecmae.errors import PecmaeError
from pecmae.server.intake import ReceivedClip
from pecmae.server.screening import screen_clips

SCREENING = "listen"
"""The first stage: every clip is heard once. The others are those of `training.building`."""
NICENESS = 10


@dataclass(frozen=True)
class BuildJob:
    """What to learn, and where.

    Args:
        clips: The recordings, as (class, name, file).
        notes: What was left out before.
        title: What the visitor calls the collection.
        autoencoder: Name of the autoencoder in `models`.
        prototypes_per_class: K; None chooses by the smallest class.
        models: The models folder.
        work: A folder for what is needed on the way.
        out: The bundle's folder.
        max_clip_s: Longest clip.
        max_clip_bytes: Largest clip.
    """

    clips: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    title: str
    autoencoder: str
    prototypes_per_class: int | None
    models: str
    work: str
    out: str
    max_clip_s: float
    max_clip_bytes: int

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "BuildJob":
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**data, "clips": tuple(map(tuple, data["clips"])), "notes": tuple(data["notes"])})


def run(job: BuildJob, tell: Callable[..., None]) -> None:
    """Screen the clips, then build the bundle.

    Args:
        job: What to do.
        tell: Called with the fields of each line of progress, and at the end with the notes.

    Raises:
        PecmaeError: The collection can't be learned.
    """
    from pecmae.datasets.folder import read_folder
    from pecmae.training.pipeline import BuildProgress, BuildSettings, build_bundle

    def tell_screening(done: int, total: int) -> None:
        tell(stage=SCREENING, done=done, total=total, remaining_s=None)

    def tell_progress(progress: BuildProgress) -> None:
        tell(**asdict(progress))

    received = [ReceivedClip(label, name, Path(path)) for label, name, path in job.clips]
    limits = ClipLimits(max_s=job.max_clip_s, max_bytes=job.max_clip_bytes)
    clips, notes = screen_clips(received, limits, notes=job.notes, on_progress=tell_screening)
    work = Path(job.work)
    collection = read_folder(_write_list(clips), name=job.title)
    titles = {clip.path: Path(clip.name).stem for clip in clips}
    tracks = tuple(replace(track, title=titles[track.audio]) for track in collection.tracks)
    build_bundle(
        replace(collection, tracks=tracks),
        job.autoencoder,
        BuildSettings(prototypes_per_class=job.prototypes_per_class, title=job.title),
        Path(job.out),
        models=Path(job.models),
        work=work,
        on_progress=tell_progress,
    )
    tell(notes=notes)


def main() -> int:
    """Do the job that the command line names; returns 1 if it failed for a reason that was told."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no progress

    def tell(**fields: Any) -> None:
        print(json.dumps(fields), file=lines, flush=True)

    _be_polite()
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    try:
        run(BuildJob.load(Path(sys.argv[1])), tell)
    except PecmaeError as error:
        tell(error={"code": error.code, "message": error.message})
        return 1
    return 0


def _write_list(clips: list[ReceivedClip]) -> Path:
    """The clips as a list that `collections.folder` reads, beside them: ids of tracks are made of what it says."""
    path = clips[0].path.with_name("clips.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label"))
        rows.writerows((clip.path.name, clip.label) for clip in clips)
    return path


def _be_polite() -> None:
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # not on every system
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _end_with_the_server() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock would be in the way when the process ends by itself
        pass
    os._exit(2)


if __name__ == "__main__":
    sys.exit(main())

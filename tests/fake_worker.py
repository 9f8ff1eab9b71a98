"""Stand-in for `pecmae.server.worker`: it screens the clips in the same way, then delivers the bundle `tiny`.

The collection's title chooses a fault: "crash", "hang" until it is stopped, or "chatter" on standard output.
"""

import os
import shutil
import sys
import threading
from collections.abc import Callable

from pecmae.server.clip_screening import screen_clips
from pecmae.server.schemas import Progress
from pecmae.server.worker import BuildTask, WorkerMessage, main

MAX_TOTAL_S = 30.0
STANDARD_OUTPUT = os.dup(1)


def build_collection(task: BuildTask, send: Callable[[WorkerMessage], None]) -> None:
    """Deliver a bundle, or show the fault that the title names."""
    send(WorkerMessage(progress=Progress(stage="embed", done=1, total=4, remaining_s=12.5)))
    if task.title == "crash":
        print("out of luck", file=sys.stderr)
        os.abort()
    if task.title == "chatter":
        os.write(STANDARD_OUTPUT, b"this is no progress\n")
    if task.title == "hang":
        threading.Event().wait()
    limits = task.limits.model_copy(update={"max_total_s": MAX_TOTAL_S})
    _, notes = screen_clips(list(task.clips), limits, notes=task.notes)
    shutil.copytree(task.models / "tiny", task.out)
    send(WorkerMessage(notes=notes))


if __name__ == "__main__":
    sys.exit(main(build_collection))

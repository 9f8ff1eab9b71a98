"""Stands in for `pecmae.server.build_worker`: screens the clips as it does, then delivers the bundle `tiny`.

The collection's title says what else happens: "crash", "hang" (until it is stopped), "chatter" on standard output.
"""

import json
import os
import shutil
import sys
import threading
from pathlib import Path

from pecmae.audio.clips import ClipLimits
from pecmae.errors import PecmaeError
from pecmae.server.build_worker import BuildJob
from pecmae.server.intake import ReceivedClip
from pecmae.server.screening import screen_clips


def tell(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


def main() -> int:
    job = BuildJob.load(Path(sys.argv[1]))
    tell(stage="embed", done=1, total=4, remaining_s=12.5)
    if job.title == "crash":
        print("out of luck", file=sys.stderr)
        os.abort()
    if job.title == "chatter":
        print("this is no progress", flush=True)
    if job.title == "hang":
        threading.Event().wait()
    received = [ReceivedClip(label, name, Path(path)) for label, name, path in job.clips]
    try:
        limits = ClipLimits(max_s=job.max_clip_s, max_bytes=job.max_clip_bytes)
        _, notes = screen_clips(received, limits, notes=job.notes, max_sound_s=30.0)
    except PecmaeError as error:
        tell(error={"code": error.code, "message": error.message})
        return 1
    shutil.copytree(Path(job.models) / "tiny", job.out)
    tell(notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main())

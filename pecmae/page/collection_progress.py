"""Sentences on the training of a visitor's collection while it is under way."""

import math

from pecmae.server.jobs import Job
from pecmae.server.schemas import Progress

STAGES = {
    "listen": "Checking the clips",
    "embed": "Computing embeddings of the clips",
    "train": "Training the prototypes",
    "evaluate": "Testing on the held-out clips",
    "beats": "Measuring the beat of the clips",
    "pack": "Choosing excerpts to play",
    "sonify": "Decoding the prototypes to audio",
    "map": "Computing the map",
}
OTHER_STAGE = "Preparing"
WAITING_FOR_ONE = "Waiting for 1 other collection"
WAITING_FOR_MANY = "Waiting for {n} other collections"
IN_THIS_STEP = "{done} of {total} in this step"
ALMOST_DONE = "almost done"
SECONDS_LEFT = "about {n} s left in all"
MINUTES_LEFT = "about {n} minutes left in all"


def stage(job: Job, n_before: int) -> str:
    """What is being done.

    Args:
        job: A job that waits or is being built.
        n_before: Number of builds before this one.
    """
    if job.state == "waiting" and n_before > 0:
        return WAITING_FOR_ONE if n_before == 1 else WAITING_FOR_MANY.format(n=n_before)
    return STAGES.get(job.progress.stage or "", OTHER_STAGE)


def details(progress: Progress) -> str:
    """How many units of the stage are done, and the time left; empty if both are unknown."""
    units = IN_THIS_STEP.format(done=progress.done, total=progress.total) if progress.total > 1 else ""
    return "; ".join(filter(None, (units, time_left(progress.remaining_s))))


def time_left(seconds: float | None) -> str:
    """The time left, rounded up; empty if it is unknown."""
    if seconds is None:
        return ""
    if seconds < 2:
        return ALMOST_DONE
    return (
        SECONDS_LEFT.format(n=5 * math.ceil(seconds / 5))
        if seconds < 90
        else MINUTES_LEFT.format(n=round(seconds / 60))
    )


def fraction_done(progress: Progress, elapsed_s: float) -> float:
    """The fraction of the time that has passed; 0 while it is unknown."""
    left_s = progress.remaining_s
    return 0.0 if left_s is None else elapsed_s / max(elapsed_s + left_s, 1.0)

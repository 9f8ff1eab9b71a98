"""Sentences on the training of a visitor's collection while it is under way."""

import math

from pecmae.page.languages import Texts
from pecmae.server.jobs import Job
from pecmae.server.schemas import Progress


def stage(job: Job, n_before: int, t: Texts) -> str:
    """What is being done.

    Args:
        job: A job that waits or is being built.
        n_before: Number of builds before this one.
        t: The visitor's language.
    """
    if job.state == "waiting" and n_before > 0:
        return t.plural("Waiting for {n} other collection", "Waiting for {n} other collections", n_before)
    stages = {
        "listen": t("Checking the clips"),
        "embed": t("Computing embeddings of the clips"),
        "train": t("Training the prototypes"),
        "evaluate": t("Testing on the held-out clips"),
        "beats": t("Measuring the beat of the clips"),
        "pack": t("Choosing excerpts to play"),
        "sonify": t("Decoding the prototypes to audio"),
        "map": t("Computing the map"),
    }
    return stages.get(job.progress.stage or "", t("Preparing"))


def details(progress: Progress, t: Texts) -> str:
    """How many units of the stage are done, and the time left; empty if both are unknown."""
    units = t("{done} of {total} in this step", done=progress.done, total=progress.total) if progress.total > 1 else ""
    return "; ".join(filter(None, (units, time_left(progress.remaining_s, t))))


def time_left(seconds: float | None, t: Texts) -> str:
    """The time left, rounded up; empty if it is unknown."""
    if seconds is None:
        return ""
    if seconds < 2:
        return t("almost done")
    if seconds < 90:
        return t("about {n} s left in all", n=5 * math.ceil(seconds / 5))
    return t("about {n} minutes left in all", n=round(seconds / 60))


def fraction_done(progress: Progress, elapsed_s: float) -> float:
    """The fraction of the time that has passed; 0 while it is unknown."""
    left_s = progress.remaining_s
    return 0.0 if left_s is None else elapsed_s / max(elapsed_s + left_s, 1.0)

"""Sentences on the progress of a training."""

from pathlib import Path

import pytest

from pecmae.page.collection_progress import details, fraction_done, stage, time_left
from pecmae.page.languages import ENGLISH
from pecmae.server.jobs import Job
from pecmae.server.schemas import Progress
from pecmae.server.worker import SCREENING
from pecmae.training.pipeline import STAGES as BUILD_STAGES


def test_every_stage_of_a_build_has_a_sentence() -> None:
    for name in {*BUILD_STAGES, SCREENING} - {"validate"}:  # a visitor's collection has no blocks
        building = Job("own-1", Path(), "Mine", 0.0, "building", progress=Progress(stage=name))
        assert stage(building, 0, ENGLISH) != "Preparing", name


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (None, ""),
        (1.9, "almost done"),
        (2, "about 5 s left in all"),
        (5, "about 5 s left in all"),
        (5.1, "about 10 s left in all"),
        (89, "about 90 s left in all"),
        (90, "about 2 minutes left in all"),
        (151, "about 3 minutes left in all"),
    ],
)
def test_the_time_left_is_rounded_up_to_5_s_then_to_minutes(seconds: float | None, sentence: str) -> None:
    assert time_left(seconds, ENGLISH) == sentence


def test_the_fraction_that_is_done_follows_the_time_left() -> None:
    assert fraction_done(Progress(remaining_s=30), 10) == 0.25
    assert fraction_done(Progress(remaining_s=0), 10) == 1
    assert fraction_done(Progress(remaining_s=0), 0) == fraction_done(Progress(), 10) == 0


def test_what_is_being_done() -> None:
    job = Job("own-1", Path(), "Mine", 0.0)
    assert stage(job, 0, ENGLISH) == "Preparing"
    assert stage(job, 1, ENGLISH) == "Waiting for 1 other collection"
    assert stage(job, 2, ENGLISH) == "Waiting for 2 other collections"
    building = Job("own-1", Path(), "Mine", 0.0, "building", progress=Progress(stage="train", done=1, total=4))
    assert stage(building, 0, ENGLISH) == "Training the prototypes"
    assert details(building.progress, ENGLISH) == "1 of 4 in this step"
    assert details(Progress(done=1, total=4, remaining_s=12), ENGLISH) == "1 of 4 in this step; about 15 s left in all"

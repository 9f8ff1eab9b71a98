"""The estimate of a build's remaining time follows the measured speed of the machine."""

import time

import pytest

from pecmae.training.build_progress import BuildClock, BuildProgress, BuildSize

STAGES = ("embed", "train", "pack", "sonify")
SIZE = BuildSize(n_embeddings=100, n_steps=4000, n_prototypes=4, n_points=50)
EMBEDDING_S = 0.04


class Machine:
    """A clock that only work moves on: every stage takes `slowness` times as long as is usual."""

    def __init__(self, slowness: float) -> None:
        self.now_s = 100.0
        self.slowness = slowness
        self.reports: list[tuple[float, BuildProgress]] = []

    def build(self) -> None:
        """Run all stages, each in ten units."""
        clock = BuildClock(STAGES, SIZE, EMBEDDING_S, lambda progress: self.reports.append((self.now_s, progress)))
        for stage in STAGES:
            report = clock.stage(stage)
            report(0, 10)
            for done in range(1, 11):
                self.now_s += self.slowness * clock._usual_s(stage) / 10
                report(done, 10)
            report(10, 10)


@pytest.mark.parametrize("slowness", [0.2, 1.0, 5.0])
def test_remaining_time_is_right_on_any_machine_after_the_first_unit(
    slowness: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(slowness)
    monkeypatch.setattr(time, "monotonic", lambda: machine.now_s)
    machine.build()
    first, *later = machine.reports
    assert first[1].remaining_s is None
    for time_s, progress in later:
        assert progress.remaining_s == pytest.approx(machine.now_s - time_s, rel=0.01, abs=1e-6), progress
    assert later[-1][1].remaining_s == 0

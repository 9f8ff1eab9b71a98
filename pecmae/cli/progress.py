"""The progress of a build, as a line on standard error."""

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pecmae.training.build_progress import BuildProgress

STAGES = {
    "embed": "computing embeddings of the tracks",
    "validate": "choosing settings by cross-validation",
    "train": "training the prototypes",
    "evaluate": "testing on the held-out tracks",
    "beats": "measuring the beat of training segments",
    "pack": "choosing excerpts to play",
    "sonify": "decoding the prototypes to audio",
    "map": "computing the map",
}
SECONDS_PER_LINE, SECONDS_PER_CHANGE = 30.0, 0.2


class ProgressLine:
    """Prints the progress of a build.

    On a terminal, each stage has one line, which is rewritten at most five times per second, and at its start and end.
    Otherwise a line is printed at the start of each stage and then every 30 seconds.

    Attributes:
        n_reports: Number of calls; 0 if nothing had to be built.
    """

    def __init__(self) -> None:
        self.n_reports = 0
        self._stage, self._printed_s, self._width = "", 0.0, 0

    def __call__(self, progress: "BuildProgress") -> None:
        """Print `progress` if its stage has begun or ended, or if the last line is old enough."""
        self.n_reports += 1
        is_terminal = sys.stderr.isatty()
        is_new, is_over = progress.stage != self._stage, progress.done >= progress.total
        interval_s = SECONDS_PER_CHANGE if is_terminal else SECONDS_PER_LINE
        if not (is_new or is_over or time.monotonic() - self._printed_s >= interval_s):
            return
        line = self._line(progress)
        if is_terminal:
            print(f"\r{line.ljust(self._width)}", end="\n" if is_over else "", file=sys.stderr, flush=True)
            self._width = len(line)
        elif is_new or not is_over:
            print(line, file=sys.stderr, flush=True)
        self._stage, self._printed_s = progress.stage, time.monotonic()

    @staticmethod
    def _line(progress: "BuildProgress") -> str:
        left = "" if progress.remaining_s is None else f", about {duration(progress.remaining_s)} left in all"
        count = f" {progress.done:,} of {progress.total:,}" if progress.total > 1 else ""
        return f"{STAGES[progress.stage]}{count}{left}"


def duration(seconds: float) -> str:
    """A rounded duration for display: `20 s`, `3 min`, `1.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

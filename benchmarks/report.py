"""Where a benchmark's figures go: printed as they come, and kept in `benchmarks/results/` under their command."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import torch
from tqdm import tqdm

from pecmae.evaluation.provenance import machine
from pecmae.files import write_at_once
from pecmae.paths import REPOSITORY

RESULTS = REPOSITORY / "benchmarks" / "results"


@contextmanager
def report() -> Iterator[Callable[[str], None]]:
    """Takes Markdown, line by line, beginning with command, date and machine.

    The former results are replaced when all is said; what is interrupted leaves them as they were.
    """
    benchmark, lines = Path(sys.argv[0]), []

    def say(line: str) -> None:
        tqdm.write(line)
        lines.append(line)

    say(f"`python benchmarks/{benchmark.name} {shlex.join(sys.argv[1:])}`\n")
    say(f"{date.today()}, {machine()}, PyTorch on {torch.get_num_threads()} threads.\n")
    yield say
    write_at_once(RESULTS / f"{benchmark.stem}.md", ("\n".join(lines) + "\n").encode())

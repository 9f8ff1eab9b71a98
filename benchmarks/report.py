"""The report of a benchmark: printed line by line, and written to `benchmarks/results/` under its command."""

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
    """A function that takes lines of Markdown; command, date and machine come first.

    The earlier results are replaced at the end. If the benchmark fails or is interrupted, they stay.
    """
    benchmark, lines = Path(sys.argv[0]), []

    def write(line: str) -> None:
        tqdm.write(line)
        lines.append(line)

    write(f"`python benchmarks/{benchmark.name} {shlex.join(sys.argv[1:])}`\n")
    write(f"{date.today()}, {machine()}, PyTorch on {torch.get_num_threads()} threads.\n")
    yield write
    write_at_once(RESULTS / f"{benchmark.stem}.md", ("\n".join(lines) + "\n").encode())

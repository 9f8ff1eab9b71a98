"""The provenance of a result: command, machine, versions. Paths outside the working folder are shortened."""

import os
import platform
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

import pecmae
from pecmae.datasets.sources import DATASETS, JOINED, PREFIXES


def describe_run(command: Sequence[str | Path], device: str) -> dict[str, Any]:
    """Entries for a manifest's provenance.

    Args:
        command: The words of a command that repeats the run, paths as `Path`; empty if there is none.
        device: The device, such as "cpu".

    Returns:
        `command` (if there is one), `date` (UTC), `machine`, `device` and `versions`.
    """
    words = shlex.join(shown_path(word) if isinstance(word, Path) else word for word in command)
    return {
        **({"command": words} if words else {}),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "device": torch.cuda.get_device_name() if device.startswith("cuda") else device,
        "versions": {
            "pecmae": pecmae.__version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }


def shown_path(path: Path) -> str:
    """A path relative to the working folder, or, for one outside it, its last part: what may be published."""
    absolute, here = Path(os.path.abspath(path)), Path.cwd()  # links are kept: `data` may well be one
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else path.name


def shown_source(source: str) -> str:
    """What `datasets.sources.open_dataset` was given, as it may be published."""
    if JOINED in source:
        return JOINED.join(map(shown_source, source.split(JOINED)))
    if source in DATASETS:
        return source
    prefix = next((prefix for prefix in PREFIXES if source.startswith(prefix)), "")
    return prefix + shown_path(Path(source.removeprefix(prefix)))


def machine() -> str:
    """The processor's name and the number of cores that this process may use."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor()}, {n_cores} cores"


def _processor() -> str:
    cpu_info = Path("/proc/cpuinfo")
    text = cpu_info.read_text(encoding="utf-8") if cpu_info.is_file() else ""
    if model := re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE):
        return model[1].strip()
    return platform.processor() or platform.machine()

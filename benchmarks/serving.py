"""Time the explorer: from its start to the page, and an explanation through the HTTP API.

    python benchmarks/serving.py [CLIP] [--repeats N]

Starts `app.py` on a free port, and prints the seconds until the page answers, the seconds of the first explanation and
of later ones, and the machine. CLIP defaults to the longest example.
"""

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port that no process listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_app() -> Iterator[tuple[str, float]]:
    """`python app.py` on a free port: its address and when it was started, of the monotonic clock."""
    port = free_port()
    environment = {**os.environ, "PECMAE_PORT": str(port)}
    quiet = subprocess.DEVNULL
    started = time.monotonic()
    server = subprocess.Popen([sys.executable, "app.py"], cwd=REPOSITORY, env=environment, stdout=quiet, stderr=quiet)
    try:
        yield f"http://127.0.0.1:{port}", started
    finally:
        server.terminate()
        server.wait()


def seconds_until_answer(url: str, started: float, limit_s: float = 120.0) -> float:
    """Seconds from `started` until `url` answers 200."""
    while time.monotonic() - started < limit_s:
        try:
            httpx.get(url, timeout=limit_s).raise_for_status()
            return time.monotonic() - started
        except httpx.HTTPError:
            time.sleep(0.02)
    raise SystemExit(f"{url} did not answer within {limit_s:.0f} s.")


def post_clip(url: str, clip: Path) -> float:
    """Seconds of one explanation of `clip`."""
    with clip.open("rb") as file:
        started = time.monotonic()
        httpx.post(url, files={"file": file}, timeout=None).raise_for_status()
    return time.monotonic() - started


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    examples = sorted((REPOSITORY / "assets" / "examples").rglob("*.ogg"), key=lambda path: path.stat().st_size)
    clip = arguments.clip or examples[-1]
    with running_app() as (address, started):
        page_s = seconds_until_answer(f"{address}/", started)
        first_s = post_clip(f"{address}/api/v1/explain", clip)
        warm_s = [post_clip(f"{address}/api/v1/explain", clip) for _ in range(arguments.repeats)]
    print(f"{date.today()}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"page answers after starting    {page_s:6.2f} s")
    print(f"first explanation of {clip.name:<10s} {first_s:5.2f} s")
    print(f"warm explanation, median       {statistics.median(warm_s):6.2f} s")
    print(f"warm explanation, slowest of {len(warm_s):<3d} {max(warm_s):5.2f} s")


if __name__ == "__main__":
    main()

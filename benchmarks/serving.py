"""Time the explorer: its start, explanations through the HTTP API, and the decoding of prototypes.

    python benchmarks/serving.py [CLIP] [--repeats N]

Starts `app.py` on a free port. CLIP defaults to an example, repeated to 30 s. Afterwards, prototypes are decoded in one
batch in this process, as `python -m pecmae sonify` does.
"""

import argparse
import io
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import soundfile
import torch
from report import report

from pecmae.bundles.borrowed_rhythm import borrow_rhythm
from pecmae.bundles.bundle import load_autoencoder_of, load_bundle
from pecmae.networks.autoencoder import generative
from pecmae.paths import MODELS, REPOSITORY

BATCH = 10


def free_port() -> int:
    """A port that no process listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_app(**variables: str) -> Iterator[tuple[str, float]]:
    """`python app.py` on a free port: its address and when it was started, of the monotonic clock.

    Args:
        **variables: Environment variables that are set for it.
    """
    port = free_port()
    environment = {**os.environ, **variables, "PECMAE_PORT": str(port)}
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


def seconds_of(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.monotonic()
    call()
    return time.monotonic() - started


def repeated(clip: Path, duration_s: float) -> bytes:
    """A clip repeated to a length, as a FLAC file."""
    waveform, sample_rate = soundfile.read(clip, dtype="float32")
    n_samples = round(duration_s * sample_rate)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.resize(waveform, n_samples), sample_rate, format="FLAC")
    return buffer.getvalue()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    examples = sorted((REPOSITORY / "assets" / "examples").glob("*.ogg"))
    name, clip = "30 s", repeated(examples[0], 30)
    if arguments.clip:
        name, clip = arguments.clip.name, arguments.clip.read_bytes()
    with running_app() as (address, started), httpx.Client(base_url=f"{address}/api/v1", timeout=None) as api:
        page_s = seconds_until_answer(f"{address}/", started)
        bundle = api.get("/bundles").json()["default"]
        prototypes = [item["id"] for item in api.get(f"/bundles/{bundle}/map").json()["prototypes"]]

        def explain() -> None:
            api.post("/explain", files={"file": (name, clip)}).raise_for_status()

        def decode(seed: int) -> None:
            path = f"/bundles/{bundle}/prototypes/{prototypes[0]}/sonify"
            api.get(path, params={"seed": seed}).raise_for_status()

        first_s = seconds_of(explain)
        warm_s = [seconds_of(explain) for _ in range(arguments.repeats)]
        decode(0)
        decoded_s = [seconds_of(partial(decode, seed)) for seed in range(1, 1 + arguments.repeats)]
    loaded = load_bundle(MODELS / bundle)
    autoencoder = generative(load_autoencoder_of(loaded))
    z = loaded.network.decodable_prototypes()[:BATCH]
    rhythm = borrow_rhythm(loaded.training, z, torch.Generator().manual_seed(0))

    @torch.inference_mode()
    def decode_batch() -> None:
        generator = torch.Generator().manual_seed(0)
        autoencoder.decode(z, autoencoder.config.sampler, rhythm=rhythm, generator=generator)

    batch_s = [seconds_of(decode_batch) for _ in range(arguments.repeats)]
    with report() as write:
        write("| what | median, s | slowest, s |")
        write("| --- | ---: | ---: |")
        write(f"| from the start to the page | {page_s:.2f} | |")
        write(f"| first explanation of {name} | {first_s:.2f} | |")
        write(f"| explanation of {name} | {statistics.median(warm_s):.2f} | {max(warm_s):.2f} |")
        write(f"| a prototype of `{bundle}` decoded | {statistics.median(decoded_s):.2f} | {max(decoded_s):.2f} |")
        write(f"| {BATCH} prototypes decoded in one batch | {statistics.median(batch_s):.2f} | {max(batch_s):.2f} |")


if __name__ == "__main__":
    main()

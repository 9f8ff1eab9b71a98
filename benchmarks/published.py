"""The published size beside a plain path in the published code's order of computation, and what few steps lose.

    python benchmarks/published.py rendered-instruments --dataset data/instruments

Speed, at full size with random weights and without network: 30 s of sound to points, and one point to sound at guidance
4, by the plain path (`plain_published`: 100 DDIM steps, segment by segment, float32) and by ours (all segments in one
batch, few steps, half precision where the machine has it). Both have the same weights; how far apart their points are,
and their features after a few steps of the same sampler in float32, is printed too. Quality, where it means something:
the compact autoencoder with the same samplers at the same guidance, by the measures of `samplers`.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

import torch
from plain_published import PlainAutoencoder
from report import report
from samplers import HEAD, REFERENCE, describe, gather, measure
from torch import Tensor

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.segments import whole_segments
from pecmae.bundles.bundle import load_bundle, locate_bundle
from pecmae.datasets.dataset import load_dataset
from pecmae.networks import diffusion
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import PUBLISHED_4S, SamplerSettings
from pecmae.networks.precision import fast_precision
from pecmae.paths import MODELS

GUIDANCE = 4.0
FEW_STEPS = (8, 16, 32)
N_COMPARED_STEPS = 3
N_DECODE_TIMINGS = 1  # of the plain path, a minute each


def seconds(works: Mapping[str, Callable[[], object]], n_timings: int) -> dict[str, float]:
    """Median seconds of each work, all of them timed in turns, so that a slow minute is slow for all."""
    times_s: dict[str, list[float]] = {name: [] for name in works}
    for timing in range(n_timings + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            if timing:  # the first one warms up
                times_s[name].append(time.perf_counter() - start)
    return {name: median(times) for name, times in times_s.items()}


@torch.inference_mode()
def check_equal(plain: PlainAutoencoder, ours: GenerativeAutoencoder, segments: Tensor, noise: Tensor) -> str:
    """A sentence on how far apart the two are; they get the same weights, and must compute the same."""
    z = plain.encode(segments[:1])
    by_ours = ours.embed(segments[:1])
    sampled = plain.sample(z, noise, N_COMPARED_STEPS, GUIDANCE)
    same_sampler = diffusion.sample(
        lambda noisy, sigma: ours.guided_v(noisy, sigma, z, GUIDANCE), noise, N_COMPARED_STEPS
    )
    apart = float((sampled - same_sampler).abs().max())
    if apart > 1e-3:
        raise SystemExit(
            f"The two paths differ by {apart:.2g} after {N_COMPARED_STEPS} steps: they don't compute the same."
        )
    return (
        f"Same weights: after {N_COMPARED_STEPS} steps of the same sampler, features differ by {apart:.1g} at most, "
        f"points by {float((z - by_ours).abs().max() / z.std()):.1g} of their spread."
    )


@torch.inference_mode()
def measure_speed(n_plain_steps: int, n_timings: int) -> Iterator[str]:
    """Lines of Markdown; random weights at full size."""
    torch.manual_seed(0)
    plain = PlainAutoencoder(PUBLISHED_4S).eval().requires_grad_(False)
    ours = GenerativeAutoencoder.from_reference(plain.published_state(), PUBLISHED_4S, plain.encodec.state_dict())
    waveform = 0.1 * torch.randn(30 * SAMPLE_RATE)
    segments = torch.from_numpy(whole_segments(waveform.numpy(), round(PUBLISHED_4S.segment_s * SAMPLE_RATE)).waveforms)
    noise = torch.randn(1, PUBLISHED_4S.tokens_per_segment, PUBLISHED_4S.codec.feature_dim)
    agreement = check_equal(plain, ours, segments, noise)
    z = plain.encode(segments[:1])
    encoding = {"plain": lambda: plain.encode(segments), "ours": lambda: ours.embed(segments)}
    decoding: dict[str, Callable[[], object]] = {
        f"plain, ddim {n_plain_steps}": lambda: plain.decode(z, noise, n_plain_steps, GUIDANCE)
    }
    for n_steps in FEW_STEPS:
        sampler = SamplerSettings("dpm-solver++", n_steps, GUIDANCE)
        default = " (default)" if sampler == PUBLISHED_4S.sampler else ""
        decoding[f"ours, {sampler.solver} {n_steps}{default}"] = partial(ours.decode, z, sampler)
    precision = str(fast_precision(waveform.device)).removeprefix("torch.")
    yield f"Random weights at full size; ours multiplies in {precision}. {agreement}\n"
    yield "| what | path | seconds | times faster |\n| --- | --- | ---: | ---: |"
    yield from speed_rows("encode 30 s", seconds(encoding, n_timings))
    yield from speed_rows("sonify one point", seconds(decoding, N_DECODE_TIMINGS))


def speed_rows(what: str, seconds_by_path: Mapping[str, float]) -> list[str]:
    """Rows of the table; the first path is the one that the others are compared with."""
    plain_s = next(iter(seconds_by_path.values()))
    return [f"| {what} | {path} | {s:.2f} | {plain_s / s:.1f} |" for path, s in seconds_by_path.items()]


def measure_quality(bundle_name: str, models: Path, dataset: Path, n_segments: int, seed: int) -> Iterator[str]:
    """Lines of Markdown: the compact autoencoder with the samplers of the published one."""
    bundle = load_bundle(locate_bundle(bundle_name, models))
    material = gather(bundle, models, load_dataset(dataset), n_segments)
    yield f"\nWhat few steps lose, on the compact autoencoder. {describe(material, dataset)}"
    yield HEAD
    reference = None
    for solver, n_steps in [REFERENCE, *(("dpm-solver++", n_steps) for n_steps in FEW_STEPS)]:
        line, log_mel = measure(material, SamplerSettings(solver, n_steps, GUIDANCE), reference, seed)
        reference = log_mel if reference is None else reference
        yield line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", help="a bundle of the compact autoencoder, for the loss of quality")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--segments", type=int, default=20, help="held-out segments (default: %(default)s)")
    parser.add_argument("--plain-steps", type=int, default=100, help="steps of the plain path (default: %(default)s)")
    parser.add_argument("--timings", type=int, default=9, help="of encoding; the median counts (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the noise (default: %(default)s)")
    arguments = parser.parse_args()
    quality = (arguments.bundle, arguments.models, arguments.dataset, arguments.segments, arguments.seed)
    with report() as say:
        for line in chain(measure_speed(arguments.plain_steps, arguments.timings), measure_quality(*quality)):
            say(line)


if __name__ == "__main__":
    main()

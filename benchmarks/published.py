"""Time the published autoencoder at full size, beside a plain path in the published code's order of computation.

    python benchmarks/published.py

With random weights and without network access: 30 s of audio to embeddings, and one latent to audio at guidance 4, by
the plain path (`plain_published`: 100 DDIM steps, one segment after the other, float32) and by ours (all segments in
one batch, few steps, bfloat16 where the machine multiplies it natively). Both have the same weights. How much their
embeddings differ, and their features after a few steps of the same sampler in float32, is printed too. What few steps
lose is measured by `samplers.py`.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import median

import torch
from plain_published import PlainAutoencoder
from report import report
from torch import Tensor

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.segments import whole_segments
from pecmae.networks import diffusion
from pecmae.networks.configuration import PUBLISHED_4S, SamplerSettings
from pecmae.networks.encodecmae import EncodecmaeAutoencoder
from pecmae.networks.precision import fast_precision

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
def check_equal(plain: PlainAutoencoder, ours: EncodecmaeAutoencoder, segments: Tensor, noise: Tensor) -> str:
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
    ours = EncodecmaeAutoencoder.from_reference(plain.published_state(), PUBLISHED_4S, plain.encodec.state_dict())
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


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plain-steps", type=int, default=100, help="steps of the plain path (default: %(default)s)")
    parser.add_argument("--timings", type=int, default=9, help="of encoding; the median counts (default: %(default)s)")
    arguments = parser.parse_args()
    with report() as write:
        for line in measure_speed(arguments.plain_steps, arguments.timings):
            write(line)


if __name__ == "__main__":
    main()

"""The options of the commands that decode sound: which sampler, how many steps, how much guidance and steering."""

import argparse

from pecmae.config import DEFAULT_SAMPLER, SamplerSettings


def add_sampler_options(parser: argparse.ArgumentParser) -> None:
    """Registers `--solver`, `--steps`, `--guidance` and `--steering`."""
    parser.add_argument("--solver", default=DEFAULT_SAMPLER.solver, help="dpm-solver++ or ddim (default: %(default)s)")
    parser.add_argument(
        "--steps", type=int, default=DEFAULT_SAMPLER.n_steps, help="steps of the sampler (default: %(default)s)"
    )
    parser.add_argument(
        "--guidance", type=float, default=DEFAULT_SAMPLER.guidance, help="strength of guidance (default: %(default)s)"
    )
    parser.add_argument(
        "--steering",
        type=float,
        default=DEFAULT_SAMPLER.steering,
        help="how far every step is corrected by the encoder; 0 is plain sampling (default: %(default)s)",
    )


def chosen_sampler(arguments: argparse.Namespace) -> SamplerSettings:
    """The sampler that was asked for; sampling itself refuses one that doesn't exist."""
    return SamplerSettings(arguments.solver, arguments.steps, arguments.guidance, arguments.steering)

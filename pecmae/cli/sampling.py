"""The options of the commands that decode sound: which sampler, how many stepsand how much guidance."""

import argparse
from dataclasses import replace

from pecmae.networks.configuration import DEFAULT_SAMPLER, PUBLISHED_SAMPLER, SamplerSettings


def add_sampler_options(parser: argparse.ArgumentParser) -> None:
    """Registers `--solver`, `--steps` and `--guidance`; what isn't given is the autoencoder's own."""
    compact, published = DEFAULT_SAMPLER, PUBLISHED_SAMPLER
    parser.add_argument("--solver", help=f"dpm-solver++ or ddim (default: {compact.solver})")
    parser.add_argument(
        "--steps",
        type=int,
        dest="n_steps",
        metavar="STEPS",
        help=f"steps of the sampler (default: {compact.n_steps}; of a published autoencoder {published.n_steps})",
    )
    parser.add_argument(
        "--guidance",
        type=float,
        help=f"strength of guidance (default: {compact.guidance:g}; of a published autoencoder {published.guidance:g})",
    )


def chosen_sampler(arguments: argparse.Namespace, default: SamplerSettings) -> SamplerSettings:
    """The sampler that was asked for; sampling itself refuses one that doesn't exist.

    Args:
        arguments: With the options above.
        default: The autoencoder's own.
    """
    options = ("solver", "n_steps", "guidance")
    given = {name: getattr(arguments, name) for name in options if getattr(arguments, name) is not None}
    return replace(default, **given)

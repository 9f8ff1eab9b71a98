"""`pecmae sonify BUNDLE`: decode every prototype to sound, and count how many are recognised."""

import argparse
from pathlib import Path

from pecmae.cli.sampling import add_sampler_options, chosen_sampler
from pecmae.paths import MODELS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "sonify",
        help="decode the prototypes of a bundle to sound",
        description="Decode every prototype by diffusion, write it into the bundle, and classify what was written.",
    )
    parser.add_argument("bundle", help="a name in the models folder, or a bundle's folder")
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    add_sampler_options(parser)
    parser.add_argument("--seed", type=int, default=0, help="seed of the sampler's noise (default: %(default)s)")
    parser.add_argument(
        "--seeds",
        type=int,
        default=1,
        help="measure cycle consistency over this many seeds, from --seed on; the first one's is kept",
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Decodes, measures, stores and prints."""
    from statistics import mean

    from tqdm import tqdm

    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.errors import BundleError
    from pecmae.explain.sonification import SonificationSettings, sonify, store_sonification
    from pecmae.networks.embedder import generative
    from pecmae.training.model_card import refresh_model_card

    if arguments.seeds < 1:
        raise BundleError("bad_argument", "--seeds must be at least 1.")
    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models, to_change=True))
    autoencoder = generative(load_autoencoder_of(bundle, arguments.models))
    sampler = chosen_sampler(arguments, autoencoder.config.sampler)
    seeds = range(arguments.seed, arguments.seed + arguments.seeds)
    progress = tqdm(seeds, desc=f"decoding {len(bundle.prototypes)} prototypes", unit="seed")
    results = [sonify(bundle, autoencoder, SonificationSettings(sampler, seed)) for seed in progress]
    cycle_consistency_by_seed = {result.settings.seed: result.cycle_consistency for result in results}
    bundle = refresh_model_card(store_sonification(bundle, results[0], cycle_consistency_by_seed))
    print(f"{'prototype':<32} {'share':>6}  {'comes back as':<26} {'score':>6}  nearest training segment")
    for item in bundle.prototypes:
        mark = " " if item.comes_back_as == item.class_id else "*"
        print(
            f"{item.id:<32} {item.share:6.1%} {mark}{item.comes_back_as:<26} {item.comes_back_score:6.1%}  "
            f"{item.nearest[0]}"
        )
    for seed, cycle_consistency in cycle_consistency_by_seed.items():
        print(f"seed {seed}: {cycle_consistency:.1%} of {len(bundle.prototypes)} decoded prototypes keep their class")
    if len(cycle_consistency_by_seed) > 1:
        print(f"mean of {len(cycle_consistency_by_seed)} seeds: {mean(cycle_consistency_by_seed.values()):.1%}")

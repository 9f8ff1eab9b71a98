"""`pecmae sonify BUNDLE`: decode every prototype to audio, and measure cycle consistency."""

from statistics import mean
from typing import Annotated

import typer

from pecmae.cli import options
from pecmae.paths import MODELS


def run(
    bundle: options.LocalBundle,
    models: options.ModelsFolder = MODELS,
    solver: options.Solver = None,
    n_steps: options.SamplerSteps = None,
    guidance: options.Guidance = None,
    seed: Annotated[int, typer.Option(help="Seed of the sampler's noise.")] = 0,
    seeds: Annotated[
        int,
        typer.Option(
            min=1, help="Measure cycle consistency over this many seeds, from --seed on; the first one's audio is kept."
        ),
    ] = 1,
) -> None:
    """Decode the prototypes of a bundle to audio.

    Decodes every prototype by diffusion, writes the audio into the bundle, and classifies what was written.
    """
    from tqdm import tqdm

    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.explain.sonification import SonificationSettings, sonify, store_sonification
    from pecmae.networks.embedder import generative
    from pecmae.training.model_card import refresh_model_card

    loaded = load_bundle(locate_bundle(bundle, models, to_change=True))
    autoencoder = generative(load_autoencoder_of(loaded, models))
    sampler = options.chosen_sampler(autoencoder.config.sampler, solver, n_steps, guidance)
    n_prototypes = len(loaded.prototypes)
    progress = tqdm(range(seed, seed + seeds), desc=f"decoding {n_prototypes} prototypes", unit="seed")
    results = [sonify(loaded, autoencoder, SonificationSettings(sampler, number)) for number in progress]
    by_seed = {result.settings.seed: result.cycle_consistency for result in results}
    loaded = refresh_model_card(store_sonification(loaded, results[0], by_seed))
    print(f"{'prototype':<32} {'share':>6}  {'comes back as':<26} {'score':>6}  nearest training segment")
    for item in loaded.prototypes:
        mark = " " if item.comes_back_as == item.class_id else "*"
        print(
            f"{item.id:<32} {item.share:6.1%} {mark}{item.comes_back_as:<26} {item.comes_back_score:6.1%}  "
            f"{item.nearest[0]}"
        )
    for number, cycle_consistency in by_seed.items():
        print(f"seed {number}: {cycle_consistency:.1%} of {n_prototypes} decoded prototypes keep their class")
    if len(by_seed) > 1:
        print(f"mean of {len(by_seed)} seeds: {mean(by_seed.values()):.1%}")

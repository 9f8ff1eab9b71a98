"""`pecmae sonify BUNDLE`: decode every prototype to audio, and measure whether its class can be heard in it."""

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

    Decodes every prototype by diffusion, writes the audio into the bundle, and classifies what was written. Training
    segments whose sounds are decoded too are decoded anew.
    """
    from tqdm import tqdm

    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.evaluation.model_card import refresh_model_card
    from pecmae.evaluation.recognition import cycle_consistency
    from pecmae.explain.sonification import SonificationSettings, sonify, sonify_points, store_sonification
    from pecmae.networks.autoencoder import generative

    loaded = load_bundle(locate_bundle(bundle, models, to_change=True))
    autoencoder = generative(load_autoencoder_of(loaded, models))
    sampler = options.chosen_sampler(autoencoder.config.sampler, solver, n_steps, guidance)
    n_prototypes = loaded.network.n_prototypes
    progress = tqdm(range(seed, seed + seeds), desc=f"decoding {n_prototypes} prototypes", unit="seed")
    results = [sonify(loaded, autoencoder, SonificationSettings(sampler, number)) for number in progress]
    measured = cycle_consistency(results)
    points = sonify_points(loaded, autoencoder, results[0].settings)
    loaded = refresh_model_card(store_sonification(loaded, results[0], measured, points))
    print(f"{'prototype':<32} {'ratio':>6}  {'decoded class':<26} {'score':>6}  nearest training segment")
    for item in loaded.prototypes:
        mark = " " if item.decoded_class == item.class_id else "*"
        print(
            f"{item.id:<32} {item.segment_ratio:6.1%} {mark}{item.decoded_class:<26} {item.decoded_score:6.1%}  "
            f"{item.nearest[0] if item.nearest else '–'}"
        )
    print(f"Noise seeds: {', '.join(str(number) for number in measured.seeds)}.")
    print(
        f"Cycle consistency: {measured.n_right} of {measured.n_total} decoded prototypes are given their own class "
        f"({measured.ratio:.1%}; 95 % interval {measured.low:.1%} to {measured.high:.1%})."
    )

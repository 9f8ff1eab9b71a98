"""`pecmae sonify BUNDLE`: decode every prototype to audio, and measure whether its class can be heard in it."""

from pathlib import Path
from typing import Annotated

import typer

from pecmae.cli import options
from pecmae.cli.building import WORK
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
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Measure an independent listener too; it learns from this dataset, which the bundle was trained on.",
        ),
    ] = None,
    data_home: options.DataHome = None,
) -> None:
    """Decode the prototypes of a bundle to audio.

    Decodes every prototype by diffusion, writes the audio into the bundle, and classifies what was written.
    """
    import torch
    from tqdm import tqdm

    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.bundles.writing import update_bundle
    from pecmae.datasets.embeddings import embed_dataset
    from pecmae.datasets.sources import open_dataset
    from pecmae.evaluation.listener import measure_listener
    from pecmae.evaluation.model_card import refresh_model_card
    from pecmae.evaluation.recognition import cycle_consistency, listener_recognition
    from pecmae.explain.sonification import SonificationSettings, sonify, store_sonification
    from pecmae.networks.autoencoder import generative
    from pecmae.training.pipeline import embeddings_folder

    loaded = load_bundle(locate_bundle(bundle, models, to_change=True))
    autoencoder = generative(load_autoencoder_of(loaded, models))
    sampler = options.chosen_sampler(autoencoder.config.sampler, solver, n_steps, guidance)
    n_prototypes = loaded.network.n_prototypes
    progress = tqdm(range(seed, seed + seeds), desc=f"decoding {n_prototypes} prototypes", unit="seed")
    results = [sonify(loaded, autoencoder, SonificationSettings(sampler, number)) for number in progress]
    measured = cycle_consistency(results)
    loaded = store_sonification(loaded, results[0], measured)
    listener = None
    if dataset is not None:
        tracks = open_dataset(dataset, data_home=data_home, seed=loaded.manifest.provenance.seed or 0)
        cache = embeddings_folder(tracks, Path(loaded.path.parent) / WORK)
        embedded = embed_dataset(tracks, autoencoder, loaded.manifest.autoencoder.fingerprint, cache=cache)
        sounds = {result.settings.seed: torch.from_numpy(result.waveforms) for result in results}
        listener = listener_recognition(measure_listener(loaded, tracks, embedded, sounds))
    loaded = refresh_model_card(update_bundle(loaded, metrics={"listener": listener}))
    print(f"{'prototype':<32} {'ratio':>6}  {'decoded class':<26} {'score':>6}  nearest training segment")
    for item in loaded.prototypes:
        mark = " " if item.decoded_class == item.class_id else "*"
        print(
            f"{item.id:<32} {item.segment_ratio:6.1%} {mark}{item.decoded_class:<26} {item.decoded_score:6.1%}  "
            f"{item.nearest[0] if item.nearest else '–'}"
        )
    print(f"Noise seeds: {', '.join(str(number) for number in measured.seeds)}.")
    for name, result in (("Cycle consistency", measured), ("Independent listener", listener)):
        if result is not None:
            print(
                f"{name}: {result.n_right} of {result.n_total} decoded prototypes are given their own class "
                f"({result.ratio:.1%}; 95 % interval {result.low:.1%} to {result.high:.1%})."
            )
    if listener is not None:
        print(
            f"The listener is right about {listener.accuracy_on_recordings:.1%} of {listener.n_recordings} held-out "
            "recorded segments."
        )

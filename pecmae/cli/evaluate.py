"""`pecmae evaluate BUNDLE`: measure a bundle, with 95 % intervals."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pecmae.cli import options
from pecmae.cli.building import WORK
from pecmae.cli.invocation import command_words
from pecmae.paths import MODELS

if TYPE_CHECKING:
    from pecmae.bundles.manifest import Manifest

ADAPTORS = {"no": (False,), "yes": (True,), "both": (False, True)}


def run(
    context: typer.Context,
    bundle: Annotated[
        str,
        typer.Argument(
            help="A name in the models folder, a bundle's folder, or, with --read-only, hf://owner/name[@revision]."
        ),
    ],
    models: options.ModelsFolder = MODELS,
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="The dataset that it was trained on, as `build` takes it.",
            show_default="data/genres or data/instruments",
        ),
    ] = None,
    data_home: options.DataHome = None,
    real: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Recordings with names such as 3-flute-2.flac.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results.", show_default="runs/evaluate/BUNDLE")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="SECTIONS",
            help="Sections to measure, separated by commas: classification, prototypes, decoding, listener, real. "
            "The others stay as they were.",
            show_default="all; real only with --real",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Number of noise seeds of the sampler.")] = 5,
    counts: Annotated[
        str, typer.Option(metavar="K,K", help="Numbers of prototypes per class to compare.")
    ] = "1,3,5,10,20",
    adaptor: Annotated[Literal["no", "yes", "both"], typer.Option(help="Heads to compare.")] = "both",
    lambdas: Annotated[str, typer.Option(metavar="L,L", help="Values of lambda to compare.")] = "0.1,0.25,0.5,0.9",
    head_steps: Annotated[
        int | None, typer.Option(help="Training steps of a head.", show_default="as in the bundle")
    ] = None,
    segments: Annotated[int, typer.Option(min=1, help="Number of held-out segments to decode.")] = 200,
    solver: options.Solver = None,
    n_steps: options.SamplerSteps = None,
    guidance: options.Guidance = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Leave the bundle and its model card as they are.")
    ] = False,
) -> None:
    """Measure a bundle.

    Measures accuracy, the decoding of prototypes, what an independent listener hears in them, and accuracy on
    recordings; compares the bundle with prototype networks of other settings. Prints and writes the results
    (evaluation.json, evaluation.md), and quotes them in the model card. If it is interrupted, the same command
    continues, because trained networks are stored.
    """
    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.datasets.embeddings import embed_dataset
    from pecmae.datasets.segment_sampling import sample_segments
    from pecmae.datasets.sources import open_dataset
    from pecmae.errors import BundleError
    from pecmae.evaluation.baselines import fit_mlp
    from pecmae.evaluation.decoding_measures import decode, decode_prototypes, measure_decoding
    from pecmae.evaluation.evaluation_folder import EvaluationFolder
    from pecmae.evaluation.listener import measure_listener
    from pecmae.evaluation.model_card import refresh_model_card
    from pecmae.evaluation.provenance import describe_run, shown_source
    from pecmae.evaluation.recordings import embed_recordings, measure_recordings, read_recordings
    from pecmae.networks.autoencoder import default_sampler, generative
    from pecmae.training.head_measures import measure_classification, measure_heads
    from pecmae.training.heads import HeadGrid, HeadStore, shipped_head
    from pecmae.training.pipeline import embeddings_folder

    sections = _chosen_sections(only, has_recordings=real is not None)
    loaded = load_bundle(locate_bundle(bundle, models, to_change=not read_only))
    manifest = loaded.manifest
    autoencoder = load_autoencoder_of(loaded, models)
    if {"prototypes", "decoding", "listener"} & set(sections):
        generative(autoencoder)
    sampler = options.chosen_sampler(default_sampler(autoencoder), solver, n_steps, guidance)
    source = dataset or str(Path("data") / _kind(manifest))
    folder = out or Path("runs") / "evaluate" / manifest.name
    head_steps = head_steps or manifest.provenance.steps or 15_000
    recordings = read_recordings(real, manifest.class_ids) if real else []
    tracks = open_dataset(source, data_home=data_home, seed=manifest.provenance.seed or 0)
    embedded = embed_dataset(
        tracks,
        autoencoder,
        manifest.autoencoder.fingerprint,
        cache=embeddings_folder(tracks, loaded.path.parent / WORK),
    )
    if embedded.classes != manifest.class_ids:
        raise BundleError(
            "other_classes",
            f"The classes of {source} differ from those of {manifest.name}; give the bundle's own --dataset.",
        )
    store = HeadStore(folder / "heads", embedded.part("train"), embedded.part("valid"), head_steps)
    heads = HeadGrid(tuple(map(int, _numbers(counts))), ADAPTORS[adaptor], _numbers(lambdas)).heads(
        shipped_head(loaded)
    )
    decoder, network, noise_seeds = partial(generative, autoencoder), loaded.network, range(seeds)
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "classification": lambda: measure_classification(
            embedded,
            embed_recordings(recordings, manifest.class_ids, autoencoder) if recordings else None,
            network,
            store,
            heads,
        ),
        "prototypes": lambda: {"heads": measure_heads(network, store, heads, decoder(), sampler, noise_seeds)},
        "decoding": lambda: measure_decoding(
            network,
            decoder(),
            sample_segments(embedded.part("test"), segments, seed=0),
            sampler,
            noise_seeds,
        ),
        "listener": lambda: measure_listener(
            loaded,
            tracks,
            embedded,
            {seed: decode_prototypes(network, decoder(), sampler, seed).waveforms for seed in noise_seeds},
            lambda z: decode(decoder(), z, sampler, seed=0),
            n_segments=segments,
        ).model_dump(mode="json"),
        "real": lambda: measure_recordings(loaded, autoencoder, recordings, fit_mlp(store.train, store.valid, network)),
    }
    command = command_words(
        context,
        bundle=Path(bundle) if Path(bundle).is_dir() else bundle,
        dataset=shown_source(source),
        only=",".join(sections),
        head_steps=head_steps,
        solver=sampler.solver,
        n_steps=sampler.n_steps,
        guidance=sampler.guidance,
    )
    results = EvaluationFolder(folder, loaded)
    for section in sections:
        results.add(section, measures[section](), describe_run(command, "cpu"))
    print(results.to_markdown())
    if not read_only:
        refresh_model_card(results.store(loaded))


def _chosen_sections(only: str | None, *, has_recordings: bool) -> list[str]:
    from pecmae.errors import BundleError
    from pecmae.evaluation.evaluation_folder import SECTIONS

    if only is None:
        return [name for name in SECTIONS if name != "real" or has_recordings]
    chosen = only.split(",")
    unknown = [name for name in chosen if name not in SECTIONS]
    if unknown:
        raise BundleError("bad_argument", f"--only takes {', '.join(SECTIONS)}, not {', '.join(unknown)}.")
    if "real" in chosen and not has_recordings:
        raise BundleError("bad_argument", "The section `real` needs --real and a folder of recordings.")
    return [name for name in SECTIONS if name in chosen]


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(",") if word)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} isn't a list of numbers separated by commas") from error


def _kind(manifest: "Manifest") -> str:
    from pecmae.errors import BundleError

    dataset = manifest.provenance.dataset
    if dataset is None or dataset.kind is None:
        raise BundleError(
            "bad_argument", f"The manifest of {manifest.name} doesn't name its training dataset; give --dataset."
        )
    return dataset.kind

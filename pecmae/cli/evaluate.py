"""`pecmae evaluate BUNDLE`: measure a bundle, with 95 % intervals."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pecmae.cli import options
from pecmae.cli.building import WORK
from pecmae.cli.invocation import command_words
from pecmae.paths import MODELS

if TYPE_CHECKING:
    from pecmae.bundles.manifest import Manifest


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
    listener: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Weights of YAMNet, the independent listener: yamnet_spectra_in.tflite of google-coral/coralmicro.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results.", show_default="runs/evaluate/BUNDLE")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="SECTIONS",
            help="Sections to measure, separated by commas: decoding, acoustics, listener. Others stay as they were.",
            show_default="all; listener only with its option",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Number of noise seeds of the sampler.")] = 5,
    segments: Annotated[int, typer.Option(min=1, help="Number of segments to decode, at most.")] = 400,
    solver: options.Solver = None,
    n_steps: options.SamplerSteps = None,
    guidance: options.Guidance = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Leave the bundle and its model card as they are.")
    ] = False,
) -> None:
    """Measure a bundle.

    Compares decoded sounds with recordings, and asks an independent listener which classes it hears: YAMNet with a
    linear probe that learned from recordings only. Prints and writes the results (evaluation.json, evaluation.md),
    draws prototypes beside recordings (prototypes.png), and quotes the results in the model card. `build` measures
    accuracy, and `validate` compares settings.
    """
    import torch

    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.datasets.embeddings import embed_dataset
    from pecmae.datasets.segment_sampling import read_sampled, sample_segments
    from pecmae.datasets.sources import open_dataset
    from pecmae.errors import BundleError
    from pecmae.evaluation.acoustics import compare_acoustics
    from pecmae.evaluation.decoding_measures import DecodedSounds, decode_sounds, measure_decoding
    from pecmae.evaluation.evaluation_folder import EvaluationFolder
    from pecmae.evaluation.listener import N_TRAINING_SEGMENTS, measure_listener
    from pecmae.evaluation.model_card import RENDERED_KINDS, refresh_model_card
    from pecmae.evaluation.provenance import describe_run, shown_source
    from pecmae.evaluation.spectrogram_pictures import draw_prototypes
    from pecmae.evaluation.yamnet import load_yamnet
    from pecmae.networks.autoencoder import generative
    from pecmae.training.pipeline import embeddings_folder

    sections = _chosen_sections(only, has_listener=listener is not None)
    yamnet = load_yamnet(listener) if listener else None
    loaded = load_bundle(locate_bundle(bundle, models, to_change=not read_only))
    manifest, network = loaded.manifest, loaded.network
    autoencoder = generative(load_autoencoder_of(loaded, models))
    sampler = options.chosen_sampler(autoencoder.config.sampler, solver, n_steps, guidance)
    source = dataset or str(Path("data") / _kind(manifest))
    folder = out or Path("runs") / "evaluate" / manifest.name
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
    is_rendered = tracks.kind in RENDERED_KINDS  # then the decoder and the listener learned from its training split

    @cache
    def sounds() -> DecodedSounds:
        chosen = sample_segments(embedded.part("test") if is_rendered else embedded, segments, seed=0)
        return decode_sounds(loaded, autoencoder, tracks, chosen, sampler, range(seeds))

    def acoustics() -> dict[str, Any]:
        draw_prototypes(loaded, sounds().prototypes[0], tracks, embedded, folder / "prototypes.png")
        heard = sounds()
        return compare_acoustics(heard.recorded, heard.decoded, heard.segments.labels, embedded.classes).model_dump()

    def listening() -> dict[str, Any]:
        assert yamnet is not None
        known = sample_segments(embedded.part("train") if is_rendered else embedded, N_TRAINING_SEGMENTS, seed=0)
        waveforms = torch.from_numpy(read_sampled(tracks, known))
        own = network.prototype_labels().numpy()
        return measure_listener(yamnet, sounds(), own, known, waveforms).model_dump(mode="json")

    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "decoding": lambda: measure_decoding(network, autoencoder, sounds(), sampler),
        "acoustics": acoustics,
        "listener": listening,
    }
    command = command_words(
        context,
        bundle=Path(bundle) if Path(bundle).is_dir() else bundle,
        dataset=shown_source(source),
        only=",".join(sections),
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


def _chosen_sections(only: str | None, *, has_listener: bool) -> list[str]:
    """The sections to measure; `listener` needs the listener's weights."""
    from pecmae.errors import BundleError
    from pecmae.evaluation.evaluation_folder import SECTIONS

    measurable = [name for name in SECTIONS if has_listener or name != "listener"]
    chosen = measurable if only is None else only.split(",")
    for name in chosen:
        if name not in SECTIONS:
            raise BundleError("bad_argument", f"--only takes {', '.join(SECTIONS)}, not {name}.")
        if name not in measurable:
            raise BundleError("bad_argument", f"The section `{name}` needs --{name}; see `pecmae evaluate --help`.")
    return [name for name in SECTIONS if name in chosen]


def _kind(manifest: "Manifest") -> str:
    from pecmae.errors import BundleError

    dataset = manifest.provenance.dataset
    if dataset is None or dataset.kind is None:
        raise BundleError(
            "bad_argument", f"The manifest of {manifest.name} doesn't name its training dataset; give --dataset."
        )
    return dataset.kind

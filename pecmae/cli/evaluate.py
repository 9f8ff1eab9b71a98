"""`pecmae evaluate BUNDLE`: everything that is measured of a bundle, with intervals over seeds."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pecmae.cli.building import WORK, add_data_home
from pecmae.cli.sampling import add_sampler_options, chosen_sampler
from pecmae.networks.configuration import SamplerSettings
from pecmae.paths import MODELS

if TYPE_CHECKING:
    from pecmae.bundles.bundle import Bundle

SECTIONS = ("classification", "prototypes", "decoding", "real")
DECODING_SECTIONS = {"prototypes", "decoding"}
ADAPTORS = {"no": (False,), "yes": (True,), "both": (False, True)}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a bundle: accuracy, sound of prototypes, recordings",
        description="Measure a bundle and prototype networks of other settings over seeds, print and write the results "
        "(evaluation.json, evaluation.md), and quote them in the bundle's model card. Interrupted, the same command "
        "goes on: trained networks are kept.",
    )
    parser.add_argument(
        "bundle", help="a name in the models folder, a bundle's folder, or with --read-only hf://owner/name[@revision]"
    )
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    parser.add_argument(
        "--dataset",
        metavar="SOURCE",
        help="the dataset that it was trained on, as `build` takes it (default: data/genres or the like)",
    )
    add_data_home(parser)
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="recordings named such as 3-flute-2.flac")
    parser.add_argument("--out", type=Path, help="folder of the results (default: runs/evaluate/BUNDLE)")
    parser.add_argument(
        "--only",
        default=",".join(SECTIONS),
        metavar="SECTIONS",
        help="sections to measure, with commas between; others stay as they were (default: %(default)s)",
    )
    parser.add_argument("--seeds", type=int, default=5, help="seeds of head, MLP and sampler (default: %(default)s)")
    parser.add_argument("--grid-seeds", type=int, default=3, help="seeds of the other heads (default: %(default)s)")
    parser.add_argument(
        "--counts", type=int, nargs="*", default=[1, 3, 5, 10, 20], metavar="K", help="prototypes a class to compare"
    )
    parser.add_argument("--adaptor", choices=ADAPTORS, default="both", help="heads to compare (default: %(default)s)")
    parser.add_argument(
        "--lambdas", type=float, nargs="*", default=[0.1, 0.25, 0.5, 0.9], metavar="L", help="values to compare"
    )
    parser.add_argument("--head-steps", type=int, help="training steps of a head (default: the bundle's)")
    parser.add_argument(
        "--segments", type=int, default=200, help="held-out segments to encode and decode (default: %(default)s)"
    )
    add_sampler_options(parser)
    parser.add_argument("--read-only", action="store_true", help="leave the bundle and its model card as they are")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Measures, writes and prints."""
    from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
    from pecmae.datasets.embeddings import embed_dataset
    from pecmae.datasets.sources import open_dataset
    from pecmae.errors import BundleError
    from pecmae.evaluation.decoding_measures import measure_decoding, measure_heads, sample_segments
    from pecmae.evaluation.evaluation_folder import EvaluationFolder
    from pecmae.evaluation.provenance import describe_run
    from pecmae.evaluation.recordings import embed_recordings, measure_recordings, read_recordings
    from pecmae.networks.embedder import default_sampler, generative
    from pecmae.training.head_measures import measure_classification
    from pecmae.training.heads import HeadGrid, HeadStore, shipped_head
    from pecmae.training.model_card import refresh_model_card
    from pecmae.training.pipeline import embeddings_folder

    sections = _chosen_sections(arguments)
    if min(arguments.seeds, arguments.grid_seeds, arguments.segments) < 1:
        raise BundleError("bad_argument", "--seeds, --grid-seeds and --segments must be at least 1.")
    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models, to_change=not arguments.read_only))
    manifest = bundle.manifest
    autoencoder = load_autoencoder_of(bundle, arguments.models)
    if DECODING_SECTIONS & set(sections):
        generative(autoencoder)
    sampler = chosen_sampler(arguments, default_sampler(autoencoder))
    arguments.dataset = arguments.dataset or str(Path("data") / _kind(bundle))
    arguments.out = arguments.out or Path("runs") / "evaluate" / manifest.name
    arguments.head_steps = arguments.head_steps or manifest.provenance.get("steps", 15_000)
    recordings = read_recordings(arguments.real, manifest.class_ids) if arguments.real else []
    dataset = open_dataset(arguments.dataset, data_home=arguments.data_home, seed=manifest.provenance.get("seed", 0))
    embedded = embed_dataset(
        dataset,
        autoencoder,
        manifest.autoencoder.fingerprint,
        n_views=manifest.provenance.get("views", 0),
        cache=embeddings_folder(dataset, bundle.path.parent / WORK),
    )
    if embedded.classes != manifest.class_ids:
        raise BundleError(
            "other_classes",
            f"{arguments.dataset} has other classes than {manifest.name}; give its own --dataset.",
        )
    store = HeadStore(arguments.out / "heads", embedded.training, embedded.part("valid"), arguments.head_steps)
    shipped = shipped_head(bundle)
    grid = HeadGrid(tuple(arguments.counts), ADAPTORS[arguments.adaptor], tuple(arguments.lambdas))
    heads = grid.heads(shipped)
    seeds, grid_seeds = range(arguments.seeds), range(arguments.grid_seeds)
    measures = {
        "classification": lambda: measure_classification(
            embedded,
            embed_recordings(recordings, manifest.class_ids, autoencoder) if recordings else None,
            store,
            heads,
            seeds,
            grid_seeds,
        ),
        "prototypes": lambda: {"heads": measure_heads(store, heads, generative(autoencoder), sampler)},
        "decoding": lambda: measure_decoding(
            bundle.network,
            generative(autoencoder),
            sample_segments(embedded.part("test"), arguments.segments, seed=0),
            sampler,
            seeds,
        ),
        "real": lambda: measure_recordings(bundle, autoencoder, recordings, store, seeds),
    }
    folder = EvaluationFolder(arguments.out, bundle)
    for section in sections:
        folder.add(section, measures[section](), describe_run(_command(arguments, sections, sampler), "cpu"))
    print(folder.to_markdown())
    if not arguments.read_only:
        refresh_model_card(folder.store(bundle))


def _chosen_sections(arguments: argparse.Namespace) -> list[str]:
    from pecmae.errors import BundleError

    chosen = arguments.only.split(",")
    unknown = [name for name in chosen if name not in SECTIONS]
    if unknown:
        raise BundleError("bad_argument", f"--only knows {', '.join(SECTIONS)}, not {', '.join(unknown)}.")
    if arguments.only == ",".join(SECTIONS) and arguments.real is None:
        chosen.remove("real")
    if "real" in chosen and arguments.real is None:
        raise BundleError("bad_argument", "The section `real` needs --real and a folder of recordings.")
    return [name for name in SECTIONS if name in chosen]


def _kind(bundle: "Bundle") -> str:
    from pecmae.errors import BundleError

    kind = bundle.manifest.provenance.get("dataset", {}).get("kind")
    if kind is None:
        raise BundleError(
            "bad_argument", f"{bundle.manifest.name} doesn't say what it was trained on; give its --dataset."
        )
    return str(kind)


def _command(arguments: argparse.Namespace, sections: list[str], sampler: SamplerSettings) -> list[str | Path]:
    """The words of a command that measures the same again."""
    from pecmae.evaluation.provenance import sampler_words, shown_source

    words: list[str | Path] = ["python", "-m", "pecmae", "evaluate", arguments.bundle]
    words += ["--dataset", shown_source(arguments.dataset)]
    words += ["--real", arguments.real] if arguments.real else []
    words += ["--only", ",".join(sections), "--seeds", str(arguments.seeds), "--grid-seeds", str(arguments.grid_seeds)]
    words += ["--counts", *map(str, arguments.counts), "--adaptor", arguments.adaptor]
    words += ["--lambdas", *(f"{value:g}" for value in arguments.lambdas)]
    words += ["--head-steps", str(arguments.head_steps), "--segments", str(arguments.segments)]
    return [*words, *sampler_words(sampler)]

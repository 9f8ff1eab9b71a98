"""`pecmae train`: learn prototypes of a collection's classes, measure them, write a bundle."""

import argparse
from pathlib import Path

from pecmae.config import MODELS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "train",
        help="learn prototypes from a collection and write a bundle",
        description="Embed a collection once, learn prototypes of its classes, compare them with an MLP and kNN on "
        "the same embeddings, and write a bundle. Then `sonify` and `map` complete it.",
    )
    parser.add_argument("--collection", type=Path, required=True, help="a collection's folder, as `render` makes it")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder, such as models/NAME")
    parser.add_argument(
        "--prototypes-per-class", type=int, default=5, metavar="K", help="prototypes a class (default: %(default)s)"
    )
    parser.add_argument("--adaptor", action="store_true", help="pass prototypes through a transformer layer")
    parser.add_argument(
        "--lambda",
        type=float,
        default=0.25,
        metavar="L",
        dest="classification_weight",
        help="weight of the classification loss against the prototype loss, 0 to 1 (default: %(default)s)",
    )
    parser.add_argument("--steps", type=int, default=15_000, help="training steps (default: %(default)s)")
    parser.add_argument(
        "--views",
        type=int,
        default=2,
        help="train on this many views of every track too, as other rooms and microphones would have it "
        "(default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    parser.add_argument(
        "--autoencoder", type=Path, default=MODELS / "compact", help="its folder (default: models/compact)"
    )
    parser.add_argument(
        "--points-per-class",
        type=int,
        default=60,
        metavar="N",
        help="training segments a class to carry with their sound (default: %(default)s)",
    )
    parser.add_argument("--title", default="", help="one line for people (default: made from the collection's name)")
    parser.add_argument("--bundle-version", default="1.0.0", help="version of the bundle (default: %(default)s)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: %(default)s)")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Embeds, trains, measures, prints and writes."""
    from pecmae.autoencoder import autoencoder_fingerprint, load_autoencoder
    from pecmae.collections.collection import load_collection
    from pecmae.errors import BundleError
    from pecmae.manifest import AutoencoderReference
    from pecmae.training.comparison import compare_classifiers, format_table
    from pecmae.training.embeddings import embed_collection
    from pecmae.training.loop import pick_device
    from pecmae.training.packaging import BundleDescription, check_target, package_bundle
    from pecmae.training.prototypes import PrototypeSettings, train_prototypes
    from pecmae.training.provenance import describe_run

    settings = PrototypeSettings(
        arguments.prototypes_per_class,
        adaptor=arguments.adaptor,
        classification_weight=arguments.classification_weight,
        n_steps=arguments.steps,
        seed=arguments.seed,
    )
    if arguments.points_per_class < 1:
        raise BundleError("bad_argument", "--points-per-class must be at least 1.")
    if arguments.views < 0:
        raise BundleError("bad_argument", "--views can't be negative; 0 trains on the tracks as they are.")
    check_target(arguments.out)
    collection = load_collection(arguments.collection)
    device = str(pick_device(arguments.device))
    fingerprint = autoencoder_fingerprint(arguments.autoencoder)
    autoencoder = load_autoencoder(arguments.autoencoder, device)
    embedded = embed_collection(collection, autoencoder, fingerprint, n_views=arguments.views, device=device)
    trained = train_prototypes(embedded.training, embedded.part("valid"), settings, device=device)
    comparison = compare_classifiers(embedded, trained.network, settings.seed)
    print(format_table(comparison, settings.prototypes_per_class))
    description = BundleDescription(
        arguments.title,
        arguments.bundle_version,
        AutoencoderReference(arguments.autoencoder.resolve().name, fingerprint),
        {
            **describe_run(_command(arguments), device),
            "seed": settings.seed,
            "steps": settings.n_steps,
            "views": arguments.views,
            "lambda": settings.classification_weight,
            "best_step": trained.best_step,
            "best_validation_loss": round(trained.best_validation_loss, 6),
        },
    )
    bundle = package_bundle(
        arguments.out,
        collection,
        embedded,
        trained.network,
        comparison,
        description,
        points_per_class=arguments.points_per_class,
        seed=settings.seed,
    )
    print(f"\nWrote the bundle {bundle.manifest.name}. To complete it, run")
    print(f"  python -m pecmae sonify {arguments.out}\n  python -m pecmae map {arguments.out}")


def _command(arguments: argparse.Namespace) -> list[str | Path]:
    """The words of a command that trains the same again, with every default written out."""
    words: list[str | Path] = ["python", "-m", "pecmae", "train", "--collection", arguments.collection]
    words += ["--prototypes-per-class", str(arguments.prototypes_per_class)]
    words += ["--adaptor"] if arguments.adaptor else []
    words += ["--lambda", f"{arguments.classification_weight:g}", "--steps", str(arguments.steps)]
    words += ["--views", str(arguments.views), "--seed", str(arguments.seed), "--autoencoder", arguments.autoencoder]
    words += ["--points-per-class", str(arguments.points_per_class)]
    words += ["--title", arguments.title] if arguments.title else []
    return [*words, "--bundle-version", arguments.bundle_version, "--out", arguments.out]

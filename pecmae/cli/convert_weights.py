"""`pecmae convert-weights NAME`: published weights that hold more than tensors, as safetensors."""

import argparse
from pathlib import Path

from pecmae.paths import MODELS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "convert-weights",
        help="convert published weights that aren't tensors alone",
        description="Only needed where loading refuses published weights because they hold more than tensors: reads "
        "them if all that is in them is known to be harmless, says what that was, and writes the tensors as "
        "safetensors into the models folder, where loading looks first.",
    )
    parser.add_argument("name", help="published-4s or published-10s")
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Converts, and prints what was allowed."""
    from pecmae.errors import BundleError
    from pecmae.networks.published.weights import PUBLISHED, convert_weights

    if arguments.name not in PUBLISHED:
        raise BundleError("bad_argument", f"There is no {arguments.name!r} to convert; give {' or '.join(PUBLISHED)}.")
    path, allowed = convert_weights(arguments.name, arguments.models)
    print(f"Wrote {path}.")
    for item, what in allowed.items():
        print(f"Beside tensors, it held {item}: {what}, which can't run anything.")
    if not allowed:
        print("It held tensors alone, and loads without this too.")

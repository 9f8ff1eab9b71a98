"""`pecmae convert-weights NAME`: convert published weights to safetensors."""

from typing import Annotated

import typer

from pecmae.cli import options
from pecmae.paths import MODELS


def run(
    name: Annotated[str, typer.Argument(help="published-4s or published-10s.")],
    models: options.ModelsFolder = MODELS,
) -> None:
    """Convert published weights that hold more than tensors.

    Needed only where published weights can't be loaded because their file holds more than tensors. Reads the file if
    everything in it is known to be harmless, prints what that was, and writes the tensors as safetensors into the
    models folder, where loading looks first.
    """
    from pecmae.errors import BundleError
    from pecmae.networks.published.weights import PUBLISHED, convert_weights

    if name not in PUBLISHED:
        raise BundleError("bad_argument", f"{name!r} can't be converted; give {' or '.join(PUBLISHED)}.")
    path, allowed = convert_weights(name, models)
    print(f"Wrote {path}.")
    for item, description in allowed.items():
        print(f"Besides tensors, the file held {item}: {description}, which can't run anything.")
    if not allowed:
        print("The file held only tensors, so it can be loaded without conversion too.")

"""`pecmae push BUNDLE OWNER/NAME`: share a bundle on the Hugging Face Hub."""

from typing import Annotated

import typer

from pecmae.cli import options
from pecmae.paths import MODELS


def run(
    bundle: options.LocalBundle,
    repository: Annotated[
        str, typer.Argument(metavar="OWNER/NAME", help="The repository; it is created if it doesn't exist.")
    ],
    models: options.ModelsFolder = MODELS,
    branch: Annotated[
        str | None,
        typer.Option(help="Branch to push to; it is created if it doesn't exist.", show_default="the main branch"),
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="If the repository is created, make it private.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the files to upload, and stop.")] = False,
) -> None:
    """Share a bundle on the Hugging Face Hub.

    Verifies the bundle and uploads its files and model card in one commit. Others can then use it as hf://OWNER/NAME.
    Needs `hf auth login` once.
    """
    from pecmae.bundles.bundle import load_bundle, locate_bundle
    from pecmae.bundles.hub import SCHEME, parse_address, parse_repository
    from pecmae.bundles.hub_upload import files_to_push, push_bundle

    address = parse_address(f"{SCHEME}{parse_repository(repository)}{f'@{branch}' if branch else ''}")
    loaded = load_bundle(locate_bundle(bundle, models))
    files = files_to_push(loaded)
    what = f"{loaded.manifest.name} {loaded.manifest.version} to {address}"
    total = f"{len(files)} files, {sum(files.values()) / 2**20:.1f} MB"
    if dry_run:
        for name, n_bytes in files.items():
            print(f"{n_bytes:>12,}  {name}")
        print(f"Would push {what}: {total}.")
    else:
        commit = push_bundle(loaded, address, private=private)
        print(f"Pushed {what}: {total}.\n{commit}")

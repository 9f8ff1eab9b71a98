"""`pecmae push BUNDLE OWNER/NAME`: share a bundle on the Hugging Face Hub."""

import argparse
from pathlib import Path

from pecmae.paths import MODELS


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers the command."""
    parser = subparsers.add_parser(
        "push",
        help="share a bundle on the Hugging Face Hub",
        description="Verify a bundle and upload its files, with the model card as it is, in one commit. Others then "
        "name it hf://OWNER/NAME. Needs `hf auth login` once.",
    )
    parser.add_argument("bundle", help="a name in the models folder, or a bundle's folder")
    parser.add_argument("repository", metavar="OWNER/NAME", help="the repository; it's made if it isn't there")
    parser.add_argument("--models", type=Path, default=MODELS, help="models folder (default: %(default)s)")
    parser.add_argument("--branch", help="push to this branch, made if it isn't there (default: the main one)")
    parser.add_argument("--private", action="store_true", help="make a new repository private")
    parser.add_argument("--dry-run", action="store_true", help="list what would be uploaded, and stop")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> None:
    """Verifies, uploads and prints."""
    from pecmae.bundles.bundle import load_bundle, locate_bundle
    from pecmae.bundles.hub import SCHEME, parse_address, parse_repository
    from pecmae.bundles.hub_upload import files_to_push, push_bundle

    branch = f"@{arguments.branch}" if arguments.branch else ""
    address = parse_address(f"{SCHEME}{parse_repository(arguments.repository)}{branch}")
    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models))
    files = files_to_push(bundle)
    if arguments.dry_run:
        for name, n_bytes in files.items():
            print(f"{n_bytes:>12,}  {name}")
    total = f"{len(files)} files, {sum(files.values()) / 2**20:.1f} MB"
    if arguments.dry_run:
        print(f"Would push {bundle.manifest.name} {bundle.manifest.version} to {address}: {total}.")
        return
    commit = push_bundle(bundle, address, private=arguments.private)
    print(f"Pushed {bundle.manifest.name} {bundle.manifest.version} to {address}: {total}.\n{commit}")

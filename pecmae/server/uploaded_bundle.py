"""Unpack a bundle that a visitor uploads, and check that it can be loaded.

`load_bundle` verifies hashes, shapes and types, and nothing is unpickled. Its errors name paths of this server, so they
are replaced here by errors for the visitor.
"""

import errno
from pathlib import Path

from pecmae.audio.reading import display_name
from pecmae.bundles.bundle import load_bundle
from pecmae.bundles.manifest import MANIFEST_FILE
from pecmae.errors import BundleError, DatasetError
from pecmae.server.bundle_overview import describe_bundle
from pecmae.server.schemas import draw_map
from pecmae.server.settings import UploadLimits
from pecmae.server.zips import ZipEntry, extract, list_entries, open_zip


def is_bundle(archive_path: Path, name: str) -> bool:
    """Tell whether a zip contains a bundle rather than recordings.

    Raises:
        DatasetError: The zip can't be read.
    """
    with open_zip(archive_path, name) as archive:
        return _find_manifest(list_entries(archive)) is not None


def unpack_bundle(archive_path: Path, name: str, folder: Path, limits: UploadLimits) -> None:
    """Unpack a zip that contains a bundle, and check that it can be loaded and shown.

    Args:
        archive_path: The zip, for which `is_bundle` holds.
        name: The visitor's name for it.
        folder: Folder to write to, which is created.
        limits: Limits on the bundle's size and number of files.

    Raises:
        DatasetError: `bad_bundle_zip`, `unpacked_too_large`, or an error of the zip itself.
    """
    with open_zip(archive_path, name) as archive:
        entries = list_entries(archive)
        manifest = _find_manifest(entries)
        assert manifest is not None
        depth = len(manifest.parts) - 1
        inside = [entry for entry in entries if entry.parts[:depth] == manifest.parts[:depth]]
        if len(inside) > limits.max_bundle_files:
            raise damaged_bundle(name, f"it contains more than {limits.max_bundle_files} files")
        left_bytes = limits.max_bundle_bytes
        try:
            for entry in inside:
                target = folder.joinpath(*entry.parts[depth:])
                target.parent.mkdir(parents=True, exist_ok=True)
                is_json = target.name == MANIFEST_FILE
                max_bytes = min(left_bytes, limits.max_bundle_json_bytes) if is_json else left_bytes
                left_bytes -= extract(archive, entry, target, max_bytes)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise damaged_bundle(name, f"the path {entry.path[:80]!r} can't be created") from error
    try:
        bundle = load_bundle(folder)
        draw_map(bundle)
        describe_bundle(bundle)
    except BundleError as error:
        raise damaged_bundle(name, f"error {error.code!r}") from error
    except ValueError as error:  # the numbers are finite, but distances overflow
        raise damaged_bundle(name, "its map can't be drawn") from error


def damaged_bundle(name: str, reason: str) -> DatasetError:
    """The error for a bundle that can't be used, without paths of this server."""
    return DatasetError(
        "bad_bundle_zip",
        f"The bundle in {display_name(name)!r} is damaged or was changed ({reason}); download it again, or build it "
        "again from its recordings.",
    )


def _find_manifest(entries: list[ZipEntry]) -> ZipEntry | None:
    """The manifest at the top of a zip or in one of its folders."""
    found = [entry for entry in entries if entry.parts[-1] == MANIFEST_FILE and len(entry.parts) <= 2]
    return min(found, key=lambda entry: len(entry.parts), default=None)

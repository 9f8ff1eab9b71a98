"""A bundle that a visitor loads: unpacked and checked as what comes from a stranger.

Only files that its manifest lists are unpacked. `load_bundle` verifies hashes, shapes and types, and nothing is
unpickled; what it says names places on this machine, so its errors are put in a visitor's words here.
"""

from pathlib import Path

from pecmae.audio.clips import display_name
from pecmae.bundles.bundle import MANIFEST_FILE, load_bundle
from pecmae.bundles.training_points import POINTS_FILE
from pecmae.errors import BundleError, DatasetError
from pecmae.page.about import about
from pecmae.server.archives import Entry, entries, extract, opened
from pecmae.server.schemas import draw_map

MAX_BUNDLE_BYTES = 128 * 2**20
MAX_TEXT_BYTES = 4 * 2**20
"""Of the manifest and of the list of points, which are parsed as a whole."""
_MAX_FILES = 5000


def is_bundle(archive_path: Path, name: str) -> bool:
    """Whether a zip holds a bundle rather than recordings.

    Raises:
        DatasetError: The zip can't be read.
    """
    with opened(archive_path, name) as archive:
        return _manifest_of(entries(archive)) is not None


def unpack_bundle(archive_path: Path, name: str, folder: Path) -> None:
    """Unpack a zip that holds a bundle, and check that it can be loaded and shown.

    Args:
        archive_path: The zip, for which `is_bundle` holds.
        name: What its owner calls it.
        folder: Where to put it; it is made.

    Raises:
        DatasetError: `bad_bundle_zip`, `unpacked_too_large` or another fault of the zip.
    """
    with opened(archive_path, name) as archive:
        files = entries(archive)
        manifest = _manifest_of(files)
        assert manifest is not None
        depth = len(manifest.parts) - 1
        inside = [entry for entry in files if entry.parts[:depth] == manifest.parts[:depth]]
        if len(inside) > _MAX_FILES:
            raise damaged(name, f"it holds more than {_MAX_FILES} files")
        left_bytes = MAX_BUNDLE_BYTES
        for entry in inside:
            target = folder.joinpath(*entry.parts[depth:])
            target.parent.mkdir(parents=True, exist_ok=True)
            is_text = target.name in (MANIFEST_FILE, POINTS_FILE)
            left_bytes -= extract(archive, entry, target, min(left_bytes, MAX_TEXT_BYTES if is_text else left_bytes))
    try:
        bundle = load_bundle(folder)
    except BundleError as error:
        raise damaged(name, f"loading it says {error.code!r}") from error
    try:
        about(bundle.manifest)
        draw_map(bundle).model_dump_json()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise damaged(name, "its facts can't be shown") from error


def _manifest_of(files: list[Entry]) -> Entry | None:
    """The manifest at the top of a zip or in one of its folders."""
    found = [entry for entry in files if entry.parts[-1] == MANIFEST_FILE and len(entry.parts) <= 2]
    return min(found, key=lambda entry: len(entry.parts), default=None)


def damaged(name: str, why: str) -> DatasetError:
    """The error for a bundle that can't be used, in a visitor's words."""
    return DatasetError(
        "bad_bundle_zip",
        f"The bundle in {display_name(name)!r} is damaged or was changed ({why}); download it again, or build it again "
        "from its recordings.",
    )

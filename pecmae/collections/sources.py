"""Collections by what a command calls them: `gtzan`, `medley-solos-db`, `folder:PATH`, or a rendered one's folder."""

from pathlib import Path

from pecmae.collections.collection import Collection, load_collection
from pecmae.collections.folder import read_folder

FOLDER = "folder:"


def open_collection(source: str, *, seed: int = 0) -> Collection:
    """Find and read a collection, not its audio.

    Args:
        source: `folder:PATH` (a folder with a subfolder a class, or a CSV list), or the folder that `render` made.
        seed: Of the splits, where a folder comes without.

    Raises:
        CollectionError: It can't be read; the sentence says what is missing or wrong.
    """
    if source.startswith(FOLDER):
        return read_folder(Path(source.removeprefix(FOLDER)), seed=seed)
    return load_collection(Path(source))

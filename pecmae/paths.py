"""Folders of the repository, and the cache folder of the user."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
MODELS = REPOSITORY / "models"
ASSETS = REPOSITORY / "assets"
CACHE_VARIABLE = "PECMAE_CACHE"


def cache_folder() -> Path:
    """Folder of fetched and converted weights: `$PECMAE_CACHE`, otherwise `pecmae` in the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pecmae"

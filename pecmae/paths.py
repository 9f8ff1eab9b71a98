"""Folders of the repository."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
MODELS = REPOSITORY / "models"
ASSETS = REPOSITORY / "assets"

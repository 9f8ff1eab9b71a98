"""Autoencoders by name: a folder of a models folder.

A bundle names the autoencoder that its prototypes live in; whoever loads a bundle finds it here.
"""

from pathlib import Path

import torch

from pecmae.autoencoder import GenerativeAutoencoder, autoencoder_fingerprint, load_autoencoder
from pecmae.config import MODELS


def checkpoint_fingerprint(name: str, models: Path = MODELS) -> str:
    """Equal where the embeddings of two autoencoders mean the same.

    Raises:
        BundleError: A file is missing.
    """
    return autoencoder_fingerprint(models / name)


def load_checkpoint(name: str, models: Path = MODELS, device: torch.device | str = "cpu") -> GenerativeAutoencoder:
    """The autoencoder of that name, ready for inference.

    Raises:
        BundleError: It is missing or broken.
    """
    return load_autoencoder(models / name, device)

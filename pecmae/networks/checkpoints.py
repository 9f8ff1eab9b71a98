"""Load autoencoders by name, as bundles refer to them.

`published-4s` and `published-10s` come from the Hugging Face Hub, `encodecmae-MODEL` comes from the authors' package,
and any other name is a folder in the models folder.
"""

from pathlib import Path

import torch

from pecmae.networks.autoencoder import autoencoder_fingerprint, load_autoencoder
from pecmae.networks.configuration import ENCODECMAE_PREFIX
from pecmae.networks.embedder import Embedder
from pecmae.networks.published.encodecmae_package import load_package_encoder, package_fingerprint
from pecmae.networks.published.weights import PUBLISHED, load_published, published_fingerprint
from pecmae.paths import MODELS


def checkpoint_fingerprint(name: str, models: Path = MODELS) -> str:
    """The fingerprint of an autoencoder; embeddings of two autoencoders are comparable if it is equal.

    Args:
        name: The autoencoder's name.
        models: The models folder.

    Raises:
        BundleError: A file is missing or can't be fetched from the Hub.
    """
    if name in PUBLISHED:
        return published_fingerprint(name, models)
    if name.startswith(ENCODECMAE_PREFIX):
        return package_fingerprint(name)
    return autoencoder_fingerprint(models / name)


def load_checkpoint(name: str, models: Path = MODELS, device: torch.device | str = "cpu") -> Embedder:
    """Load an autoencoder.

    Args:
        name: Its name.
        models: The models folder.
        device: Where to put it.

    Returns:
        The autoencoder, ready for inference.

    Raises:
        BundleError: It is missing or damaged.
    """
    if name in PUBLISHED:
        return load_published(name, models, device)
    if name.startswith(ENCODECMAE_PREFIX):
        return load_package_encoder(name, device)
    return load_autoencoder(models / name, device)

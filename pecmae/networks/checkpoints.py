"""Load autoencoders by name.

`published-4s` and `published-10s` come from the Hugging Face Hub, `encodecmae-MODEL` from the authors' package, and any
other is a folder of the models folder. A bundle names the autoencoder that its prototypes live in.
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
    """Equal where the embeddings of two autoencoders mean the same.

    Raises:
        BundleError: A file is missing, and can't be had from the Hub if it belongs there.
    """
    if name in PUBLISHED:
        return published_fingerprint(name, models)
    if name.startswith(ENCODECMAE_PREFIX):
        return package_fingerprint(name)
    return autoencoder_fingerprint(models / name)


def load_checkpoint(name: str, models: Path = MODELS, device: torch.device | str = "cpu") -> Embedder:
    """The autoencoder of that name, ready for inference.

    Raises:
        BundleError: It is missing or broken.
    """
    if name in PUBLISHED:
        return load_published(name, models, device)
    if name.startswith(ENCODECMAE_PREFIX):
        return load_package_encoder(name, device)
    return load_autoencoder(models / name, device)

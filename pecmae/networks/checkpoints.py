"""Load autoencoders by name, as bundles refer to them.

`published-4s` and `published-10s` come from the Hugging Face Hub, and `encodecmae-MODEL` comes from the authors'
package. Any other name is a folder in the models folder: of the published topology if it has a `config.json`, otherwise
of the compact one.
"""

import hashlib
from pathlib import Path

import torch

from pecmae.files import sha256
from pecmae.networks.autoencoder import Embedder
from pecmae.networks.compact_autoencoder import compact_fingerprint, load_compact_autoencoder
from pecmae.networks.configuration import ENCODECMAE_PREFIX
from pecmae.networks.encodecmae import CONFIG, WEIGHTS, load_encodecmae
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
    folder = models / name
    if (folder / CONFIG).is_file():
        return hashlib.sha256("".join(sha256(folder / part) for part in (CONFIG, WEIGHTS)).encode()).hexdigest()
    return compact_fingerprint(folder)


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
    folder = models / name
    if (folder / CONFIG).is_file():
        return load_encodecmae(folder).to(device)
    return load_compact_autoencoder(folder).to(device)

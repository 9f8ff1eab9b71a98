"""The pretrained weights behind a name: whether they are on this machine, and fetching them.

A name is that of an autoencoder (`checkpoints`), or `musicnn`.
"""

from pathlib import Path

from pecmae.networks.compact_autoencoder import COMPONENTS_FILE
from pecmae.networks.configuration import ENCODECMAE_PREFIX
from pecmae.networks.pretrained import Progress, fetch_musicnn, is_musicnn_here
from pecmae.networks.published.encodecmae_package import PackageConfig
from pecmae.networks.published.weights import CONVERTED, ENCODEC, PUBLISHED, HubFile, fetch, is_cached, published_file
from pecmae.paths import MODELS

MUSICNN = "musicnn"


def is_fetched(name: str, models: Path = MODELS) -> bool:
    """Whether the weights can be loaded without a network.

    Args:
        name: The name.
        models: The models folder.
    """
    return all(map(is_cached, _hub_files(name, models))) and (is_musicnn_here() or not needs_musicnn(name, models))


def fetch_weights(name: str, models: Path = MODELS, progress: Progress | None = None) -> list[Path]:
    """Fetch the weights that aren't on this machine.

    Args:
        name: The name.
        models: The models folder.
        progress: Told how much of a file has been received.

    Returns:
        All files, wherever they came from; none if the autoencoder needs none of others.

    Raises:
        WeightsError: They can't be fetched.
    """
    files = [fetch(file, progress) for file in _hub_files(name, models)]
    return [*files, fetch_musicnn(progress=progress)] if needs_musicnn(name, models) else files


def needs_musicnn(name: str, models: Path = MODELS) -> bool:
    """Whether MusiCNN's weights are among those behind a name."""
    return name == MUSICNN or (models / name / COMPONENTS_FILE).is_file()


def _hub_files(name: str, models: Path) -> list[HubFile]:
    if name in PUBLISHED:
        is_converted = (models / name / CONVERTED).is_file()
        return [ENCODEC] if is_converted else [published_file(name), ENCODEC]
    return [PackageConfig(name).weights] if name.startswith(ENCODECMAE_PREFIX) else []

"""Open a dataset by the name that a command gets: `gtzan`, `medley-solos-db`, `folder:PATH`, or a rendered folder."""

from pathlib import Path

from pecmae.datasets import gtzan, medley_solos_db
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.folder import KIND, read_folder

FOLDER = f"{KIND}:"
DATASETS = {gtzan.NAME: gtzan.read_gtzan, medley_solos_db.NAME: medley_solos_db.read_medley_solos_db}


def open_dataset(source: str, *, data_home: Path | None = None, seed: int = 0) -> Dataset:
    """Find and read a dataset, without decoding its audio.

    Args:
        source: `gtzan`, `medley-solos-db`, `folder:PATH` (a folder of recordings or a CSV list), or the folder of a
            rendered dataset.
        data_home: The folder of GTZAN or Medley-solos-DB; by default mirdata's.
        seed: Seed of the splits, where a folder or list gives none.

    Returns:
        The dataset.

    Raises:
        DatasetError: The dataset can't be read; the message says what is missing or wrong.
    """
    if source in DATASETS:
        return DATASETS[source](data_home)
    if source.startswith(FOLDER):
        return read_folder(Path(source.removeprefix(FOLDER)), seed=seed)
    return load_dataset(Path(source))

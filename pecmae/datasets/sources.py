"""Datasets by what a command calls them: `gtzan`, `medley-solos-db`, `folder:PATH`, or a rendered one's folder."""

from pathlib import Path

from pecmae.datasets import gtzan, medley_solos_db
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.folder import KIND, read_folder

FOLDER = f"{KIND}:"
DATASETS = {gtzan.NAME: gtzan.read_gtzan, medley_solos_db.NAME: medley_solos_db.read_medley_solos_db}


def open_dataset(source: str, *, data_home: Path | None = None, seed: int = 0) -> Dataset:
    """Find and read a dataset; only of datasets is the audio looked at, for their checksums.

    Args:
        source: `gtzan`, `medley-solos-db`, `folder:PATH` (a folder with a subfolder a class, or a CSV list), or the
            folder that `render` made.
        data_home: Where a dataset's files lie; None is mirdata's own place.
        seed: Of the splits, where a folder comes without.

    Raises:
        DatasetError: It can't be read; the sentence says what is missing or wrong.
    """
    if source in DATASETS:
        return DATASETS[source](data_home)
    if source.startswith(FOLDER):
        return read_folder(Path(source.removeprefix(FOLDER)), seed=seed)
    return load_dataset(Path(source))

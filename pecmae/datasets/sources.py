"""Open a dataset by the name that a command gets.

A source is `gtzan`, `medley-solos-db`, a prefix and a path (`folder:PATH`, `gtzan-excerpts:PATH`, `medley-clips:PATH`),
or the folder of a rendered dataset. Sources with the same classes are joined by ` + `.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from pecmae.datasets import gtzan, medley_solos_db
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.folder import KIND, read_folder
from pecmae.errors import DatasetError, first_few

FOLDER = f"{KIND}:"
DATASETS = {gtzan.NAME: gtzan.read_gtzan, medley_solos_db.NAME: medley_solos_db.read_medley_solos_db}
EXCERPTS: dict[str, Callable[[Path], Dataset]] = {
    "gtzan-excerpts:": gtzan.read_excerpts,
    "medley-clips:": medley_solos_db.read_clips,
}
PREFIXES = (FOLDER, *EXCERPTS)
JOINED = " + "


def open_dataset(source: str, *, data_home: Path | None = None, seed: int = 0) -> Dataset:
    """Find and read a dataset, without decoding its audio.

    Args:
        source: As described above; `folder:` takes a folder of recordings or a CSV list.
        data_home: The folder of GTZAN or Medley-solos-DB; by default mirdata's.
        seed: Seed of the splits, where a folder or list gives none.

    Returns:
        The dataset.

    Raises:
        DatasetError: The dataset can't be read; the message says what is missing or wrong.
    """
    if JOINED in source:
        return join_datasets([open_dataset(part, data_home=data_home, seed=seed) for part in source.split(JOINED)])
    if source in DATASETS:
        return DATASETS[source](data_home)
    for prefix, read in EXCERPTS.items():
        if source.startswith(prefix):
            return read(Path(source.removeprefix(prefix)))
    if source.startswith(FOLDER):
        return read_folder(Path(source.removeprefix(FOLDER)), seed=seed)
    return load_dataset(Path(source))


def join_datasets(datasets: Sequence[Dataset]) -> Dataset:
    """One dataset of the tracks of several, with the description of the first.

    Args:
        datasets: At least one; all with the same classes.

    Returns:
        The dataset. Embeddings are kept in the first folder that may keep them. It mustn't be passed on if none of the
        parts may; otherwise each track decides.

    Raises:
        DatasetError: `other_classes` or `duplicate_recording`.
    """
    first = datasets[0]
    tracks = sorted((track for dataset in datasets for track in dataset.tracks), key=lambda track: track.id)
    for dataset in datasets:
        if {info.id for info in dataset.classes} != {info.id for info in first.classes}:
            raise DatasetError("other_classes", f"{dataset.name} has other classes than {first.name}; leave it out.")
    repeated = [one.id for one, next_one in pairwise(tracks) if one.id == next_one.id]
    if repeated:
        raise DatasetError("duplicate_recording", f"Tracks occur in two of the datasets: {first_few(repeated)}.")
    keeper = next((dataset for dataset in datasets if dataset.keeps_embeddings), first)
    description = first.description.model_copy(
        update={
            "name": JOINED.join(dataset.name for dataset in datasets),
            "attribution": " ".join(dataset.description.attribution for dataset in datasets),
            "shareable": False if all(dataset.description.shareable is False for dataset in datasets) else None,
        }
    )
    return Dataset(keeper.path, description, tuple(tracks), keeper.keeps_embeddings)

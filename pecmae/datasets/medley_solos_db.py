"""Medley-solos-DB (Lostanlen and Cella, 2016): 21,571 solos of 3 s by eight instruments, with its own splits.

Training and validation clips are cut from MedleyDB, test clips from solosDB. mirdata says where the audio lies and
reads the list of instruments.
"""

from pathlib import Path

from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import Dataset, Track
from pecmae.datasets.mirdata_index import DatasetSource, audio_files, open_dataset
from pecmae.errors import DatasetError

NAME = "medley-solos-db"
SOURCE = DatasetSource("medley_solos_db", "Medley-solos-DB", "Zenodo, record 3464194")
INSTRUMENTS = (
    "clarinet",
    "distorted electric guitar",
    "female singer",
    "flute",
    "piano",
    "tenor saxophone",
    "trumpet",
    "violin",
)
"""By the dataset's own numbers."""
CLASSES = tuple(ClassInfo(name.replace(" ", "-"), name) for name in INSTRUMENTS)
SPLITS_OF_SUBSETS = {"training": "train", "train": "train", "validation": "valid", "test": "test"}
FACTS = {
    "licence": "CC BY 4.0",
    "attribution": "Medley-solos-DB by V. Lostanlen and C.-E. Cella (2016), CC BY 4.0.",
    "shareable": True,
}


def read_medley_solos_db(data_home: Path | None = None) -> Dataset:
    """Find the dataset's audio and verify its checksums; that takes a minute or less.

    Args:
        data_home: Where it lies; None is mirdata's own place, `~/mir_datasets/medley_solos_db`.

    Returns:
        The dataset.

    Raises:
        DatasetError: `needs_mirdata`, `missing_index`, `missing_audio` or `altered_audio`.
    """
    dataset = open_dataset(SOURCE, data_home)
    paths = audio_files(dataset, list(dataset.track_ids), SOURCE, data_home)
    try:
        rows = [(track_id, dataset.track(track_id)) for track_id in dataset.track_ids]
        described = [(track_id, row.instrument_id, row.subset, row.song_id) for track_id, row in rows]
        tracks = [
            Track(
                f"{CLASSES[instrument].id}-{track_id}",
                CLASSES[instrument].id,
                SPLITS_OF_SUBSETS[subset],
                False,
                paths[track_id],
                f"{INSTRUMENTS[instrument].capitalize()}, song {song}",
                {},
            )
            for track_id, instrument, subset, song in described
        ]
    except (FileNotFoundError, KeyError, IndexError, TypeError) as error:
        raise DatasetError(
            "missing_audio",
            f"The list annotation/Medley-solos-DB_metadata.csv in {dataset.data_home} is missing or incomplete; fetch "
            "it with mirdata's download(['annotations']).",
        ) from error
    tracks.sort(key=lambda track: track.id)
    return Dataset(Path(dataset.data_home), NAME, NAME, CLASSES, tuple(tracks), FACTS, keeps_embeddings=False)

"""Medley-solos-DB (Lostanlen and Cella, 2016): 21,571 solos of 3 s by eight instruments, with their own splits.

Training and validation clips come from MedleyDB, test clips from solosDB. mirdata says where to find the audio and
reads the annotations. `read_clips` reads some of its clips from a folder instead, which are cross-validated by leaving
one out.
"""

from pathlib import Path

from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import Dataset, DatasetDescription, Split, Track
from pecmae.datasets.folder import read_folder
from pecmae.datasets.mirdata_index import MirdataSource, open_mirdata, verified_audio_files
from pecmae.errors import DatasetError

NAME = "medley-solos-db"
SOURCE = MirdataSource("medley_solos_db", "Medley-solos-DB", "Zenodo, record 3464194")
CLASSES = tuple(
    ClassInfo(id=name.replace(" ", "-"), label=name)
    for name in (
        "clarinet",
        "distorted electric guitar",
        "female singer",
        "flute",
        "piano",
        "tenor saxophone",
        "trumpet",
        "violin",
    )
)
"""The classes in the order of the dataset's instrument ids."""
SPLITS_OF_SUBSETS: dict[str, Split] = {"training": "train", "train": "train", "validation": "valid", "test": "test"}
DESCRIPTION = DatasetDescription(
    name=NAME,
    kind=NAME,
    classes=CLASSES,
    licence="CC BY 4.0",
    attribution="Medley-solos-DB by V. Lostanlen and C.-E. Cella (2016), CC BY 4.0.",
    shareable=True,
)


def read_medley_solos_db(data_home: Path | None = None) -> Dataset:
    """Find the dataset's audio and verify its checksums, which takes up to a minute.

    Args:
        data_home: The folder of the dataset; by default mirdata's, `~/mir_datasets/medley_solos_db`.

    Returns:
        The dataset.

    Raises:
        DatasetError: `needs_mirdata`, `missing_index`, `missing_audio` or `altered_audio`.
    """
    source = open_mirdata(SOURCE, data_home)
    paths = verified_audio_files(source, list(source.track_ids), SOURCE, data_home)
    tracks = []
    try:
        for track_id in source.track_ids:
            annotation = source.track(track_id)
            instrument = CLASSES[annotation.instrument_id]
            tracks.append(
                Track(
                    id=f"{instrument.id}-{track_id}",
                    class_id=instrument.id,
                    split=SPLITS_OF_SUBSETS[annotation.subset],
                    audio=paths[track_id],
                    title=f"{instrument.label.capitalize()}, song {annotation.song_id}",
                )
            )
    except (FileNotFoundError, KeyError, IndexError, TypeError) as error:
        raise DatasetError(
            "missing_audio",
            f"The list annotation/Medley-solos-DB_metadata.csv in {source.data_home} is missing or incomplete; fetch "
            "it with mirdata's download(['annotations']).",
        ) from error
    tracks.sort(key=lambda track: track.id)
    return Dataset(Path(source.data_home), DESCRIPTION, tuple(tracks), keeps_embeddings=False)


def read_clips(folder: Path) -> Dataset:
    """Read clips named `NUMBER-INSTRUMENT-SERIAL.flac`, such as `3-flute-2.flac`. All of them train; each is a block.

    Args:
        folder: The folder of the clips.

    Returns:
        The dataset, whose clips aren't passed on.

    Raises:
        DatasetError: There are no clips, or a name contains none of the instruments.
    """
    found = read_folder(folder)
    if {info.id for info in found.classes} != {info.id for info in CLASSES}:
        raise DatasetError(
            "no_dataset",
            f"{folder} doesn't hold clips of {SOURCE.title}; they are named such as 3-flute-2.flac, with the "
            f"instruments {', '.join(info.id for info in CLASSES)}.",
        )
    tracks = tuple(
        track.model_copy(
            update={
                "id": f"medley-{track.id}",
                "title": f"{track.class_id.replace('-', ' ').capitalize()}, clip {track.title.rsplit('-', 1)[1]}",
                "split": "train",
                "block": track.title,
                "shippable": False,
            }
        )
        for track in found.tracks
    )
    description = DESCRIPTION.model_copy(update={"name": "medley-clips", "shareable": False})
    return Dataset(folder, description, tracks, keeps_embeddings=False)

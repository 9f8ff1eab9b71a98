"""GTZAN (Tzanetakis and Cook, 2002): tracks of 30 s in ten genres, with the filtered list of arXiv 2402.09318.

The list leaves 919 of the 1,000 tracks, without the repetitions and damaged files that Sturm found (arXiv 1306.1461).
Tracks whose id ends in 8 are for validation, in 9 for testing. `splits/gtzan.tsv` has the list. The audio isn't
part of this project; mirdata says where to find it.

`read_excerpts` reads short excerpts of some of its tracks instead. Neighbouring tracks are often by one artist, so they
are cross-validated in contiguous blocks of track numbers.
"""

from importlib.resources import files
from pathlib import Path
from typing import cast

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import Dataset, DatasetDescription, Split, Track
from pecmae.datasets.mirdata_index import MirdataSource, open_mirdata, verified_audio_files
from pecmae.errors import DatasetError

NAME = "gtzan"
SOURCE = MirdataSource("gtzan_genre", "GTZAN", "the dataset `marsyas/gtzan` on the Hugging Face Hub")
N_BLOCKS = 5
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
CLASSES = {
    genre: ClassInfo(id="hip-hop", label="hip hop") if genre == "hiphop" else ClassInfo(id=genre, label=genre)
    for genre in GENRES
}
"""Our class of each genre as GTZAN spells it."""
DESCRIPTION = DatasetDescription(
    name=NAME,
    kind=NAME,
    classes=tuple(CLASSES.values()),
    attribution="GTZAN, collected by G. Tzanetakis and P. Cook (2002) from records, radio and other sources without a "
    "stated licence. The excerpts in this bundle belong to the owners of those recordings; don't pass them on.",
    shareable=False,
)

EXCERPTS_ATTRIBUTION = (
    "Excerpts of about 2 s from GTZAN, collected by G. Tzanetakis and P. Cook (2002) without a stated licence. The "
    "bundle learned from them, but holds no recording."
)


def read_splits() -> dict[str, Split]:
    """Read the filtered list.

    Returns:
        The split of each of the 919 tracks by its id, such as `blues.00000`.
    """
    text = files("pecmae.datasets").joinpath("splits/gtzan.tsv").read_text(encoding="utf-8")
    return cast(dict[str, Split], dict(line.split("\t") for line in text.splitlines()[1:]))


def read_gtzan(data_home: Path | None = None) -> Dataset:
    """Find GTZAN's audio and verify its checksums, which takes some seconds.

    Args:
        data_home: The folder of the dataset; by default mirdata's, `~/mir_datasets/gtzan_genre`.

    Returns:
        The dataset of 919 tracks.

    Raises:
        DatasetError: `needs_mirdata`, `missing_index`, `missing_audio` or `altered_audio`.
    """
    splits = read_splits()
    source = open_mirdata(SOURCE, data_home)
    paths = verified_audio_files(source, list(splits), SOURCE, data_home)
    tracks = tuple(
        Track(
            id=track_id,
            class_id=CLASSES[track_id.split(".")[0]].id,
            split=split,
            audio=paths[track_id],
            title=track_id,
        )
        for track_id, split in sorted(splits.items())
    )
    return Dataset(Path(source.data_home), DESCRIPTION, tracks, keeps_embeddings=False)


def read_excerpts(folder: Path) -> Dataset:
    """Read excerpts named `GENRE/GENRE.NUMBER.flac`, such as `hip-hop/hip-hop.00011.flac`.

    All of them train. Each genre's track numbers fall into five contiguous blocks.

    Args:
        folder: The folder of the genres.

    Returns:
        The dataset, which mustn't be passed on.

    Raises:
        DatasetError: `no_dataset`: there are no excerpts.
    """
    paths = sorted(path for path in folder.glob("*/*.*.*") if path.suffix in AUDIO_SUFFIXES)
    numbers = sorted({int(path.stem.split(".")[1]) for path in paths})
    classes = {info.id: info for info in CLASSES.values()}
    if not paths or {path.parent.name for path in paths} != set(classes):
        raise DatasetError(
            "no_dataset",
            f"{folder} doesn't hold excerpts of GTZAN; they are named GENRE/GENRE.NUMBER.flac, with the genres "
            f"{', '.join(classes)}.",
        )
    tracks = tuple(
        Track(
            id=path.stem,
            class_id=path.parent.name,
            split="train",
            audio=path,
            title=f"{classes[path.parent.name].label.capitalize()}, track {path.stem.split('.')[1]}",
            shippable=False,
            block=str(N_BLOCKS * numbers.index(int(path.stem.split(".")[1])) // len(numbers)),
        )
        for path in paths
    )
    description = DESCRIPTION.model_copy(update={"name": f"{NAME}-excerpts", "attribution": EXCERPTS_ATTRIBUTION})
    return Dataset(folder, description, tracks, keeps_embeddings=False)

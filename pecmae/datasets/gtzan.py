"""GTZAN (Tzanetakis and Cook, 2002): ten genres, 30 s a track, the filtered list and the splits of arXiv 2402.09318.

Of the 1,000 tracks, 919 are left once repetitions and damaged files are out (Sturm, arXiv 1306.1461); ids that end in 8
validate, in 9 test. `splits/gtzan.tsv` lists them. The audio isn't ours to ship: mirdata says where it lies.
"""

from importlib.resources import files
from pathlib import Path

from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import Dataset, Track
from pecmae.datasets.mirdata_index import DatasetSource, audio_files, open_dataset

NAME = "gtzan"
SOURCE = DatasetSource("gtzan_genre", "GTZAN", "the dataset `marsyas/gtzan` on the Hugging Face Hub")
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
CLASSES = {name: ClassInfo("hip-hop", "hip hop") if name == "hiphop" else ClassInfo(name, name) for name in GENRES}
FACTS = {
    "licence": "not stated",
    "attribution": "GTZAN, collected by G. Tzanetakis and P. Cook (2002) from records, radio and the like without a "
    "stated licence. The excerpts in this bundle belong to the owners of those recordings; don't pass them on.",
    "shareable": False,
}


def read_splits() -> dict[str, str]:
    """The split of each of the 919 tracks, by its id such as `blues.00000`."""
    text = files("pecmae.datasets").joinpath("splits/gtzan.tsv").read_text(encoding="utf-8")
    return dict(line.split("\t") for line in text.splitlines()[1:])


def read_gtzan(data_home: Path | None = None) -> Dataset:
    """Find GTZAN's audio and verify its checksums; that takes some seconds.

    Args:
        data_home: Where it lies; None is mirdata's own place, `~/mir_datasets/gtzan_genre`.

    Returns:
        The dataset of 919 tracks.

    Raises:
        DatasetError: `needs_mirdata`, `missing_index`, `missing_audio` or `altered_audio`.
    """
    splits = read_splits()
    dataset = open_dataset(SOURCE, data_home)
    paths = audio_files(dataset, list(splits), SOURCE, data_home)
    tracks = tuple(
        Track(track_id, CLASSES[track_id.split(".")[0]].id, split, False, paths[track_id], track_id, {})
        for track_id, split in sorted(splits.items())
    )
    return Dataset(Path(dataset.data_home), NAME, NAME, tuple(CLASSES.values()), tracks, FACTS, keeps_embeddings=False)

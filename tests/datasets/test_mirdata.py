"""GTZAN and Medley-solos-DB: the shipped list, and reading a few tiny files through a stand-in for mirdata."""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from pecmae.datasets import gtzan, medley_solos_db
from pecmae.datasets.gtzan import read_gtzan, read_splits
from pecmae.datasets.medley_solos_db import read_medley_solos_db
from pecmae.datasets.sources import open_dataset
from pecmae.errors import DatasetError

FEW = {f"{genre}.0000{k}": split for genre in ("blues", "hiphop") for k, split in ((0, "train"), (8, "valid"))}


class StandIn:
    """What is used of mirdata: `initialize`, and a dataset's `data_home`, `index_path`, `track_ids` and `track`."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.home, self.index_path = folder / "home", folder / "index.json"
        tracks = {}
        for number, (track_id, name) in enumerate(files.items()):
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"sound {number}".encode())
            tracks[track_id] = {"audio": [name, hashlib.md5(path.read_bytes()).hexdigest()]}
        self.index_path.write_text(json.dumps({"tracks": tracks}))
        self.files, self.track_ids = files, list(files)
        self.annotations: dict[str, SimpleNamespace] = {}

    def initialize(self, name: str, data_home: str | None) -> "StandIn":
        self.name, self.data_home = name, str(self.home) if data_home is None else data_home
        return self

    def track(self, track_id: str) -> SimpleNamespace:
        return self.annotations[track_id]


@pytest.fixture
def few_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """GTZAN with four tracks."""
    files = {track_id: f"gtzan_genre/genres/{track_id.split('.')[0]}/{track_id}.wav" for track_id in FEW}
    stand_in = StandIn(tmp_path, files)
    monkeypatch.setitem(sys.modules, "mirdata", stand_in)
    monkeypatch.setattr(gtzan, "read_splits", lambda: FEW)
    return stand_in


def test_the_shipped_list_of_gtzan_is_the_filtered_one() -> None:
    splits = read_splits()
    assert Counter(splits.values()) == {"train": 732, "valid": 96, "test": 91}
    genres = Counter(track_id.split(".")[0] for track_id in splits)
    assert set(genres) == set(gtzan.GENRES)
    assert genres["blues"] == 100 and genres["rock"] == 75 and genres["metal"] == 84
    assert "jazz.00054" not in splits
    for track_id, split in splits.items():
        assert split == {"8": "valid", "9": "test"}.get(track_id[-1], "train")


def test_gtzan_is_read_from_the_paths_of_mirdata(few_tracks: StandIn) -> None:
    dataset = open_dataset("gtzan")
    assert few_tracks.name == "gtzan_genre"
    assert [(track.id, track.class_id, track.split) for track in dataset.tracks] == [
        ("blues.00000", "blues", "train"),
        ("blues.00008", "blues", "valid"),
        ("hiphop.00000", "hip-hop", "train"),
        ("hiphop.00008", "hip-hop", "valid"),
    ]
    assert dataset.tracks[0].audio.read_bytes() == b"sound 0"
    assert len(dataset.classes) == 10 and dataset.classes[4].label == "hip hop"
    assert dataset.description.shareable is False and not dataset.keeps_embeddings


def test_missing_audio_is_counted_and_named(few_tracks: StandIn, tmp_path: Path) -> None:
    (few_tracks.home / few_tracks.files["hiphop.00008"]).unlink()
    with pytest.raises(DatasetError) as caught:
        read_gtzan()
    assert caught.value.code == "missing_audio"
    for words in ("1 of 4 audio files", "hiphop.00008.wav", "mirdata.initialize('gtzan_genre').download()", "marsyas"):
        assert words in caught.value.message
    with pytest.raises(DatasetError, match=r"4 of 4 .* and 1 more.*data_home='") as caught:
        read_gtzan(tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_an_altered_file_is_named(few_tracks: StandIn) -> None:
    (few_tracks.home / few_tracks.files["blues.00008"]).write_bytes(b"half a")
    with pytest.raises(DatasetError, match=r"1 of 4 .*checksums differ.*blues\.00008") as caught:
        read_gtzan()
    assert caught.value.code == "altered_audio"


def test_a_missing_index_or_mirdata_is_an_error(few_tracks: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    few_tracks.index_path.unlink()
    with pytest.raises(DatasetError, match=r"download\(\['index'\]\)") as caught:
        read_gtzan()
    assert caught.value.code == "missing_index"
    monkeypatch.setitem(sys.modules, "mirdata", None)
    with pytest.raises(DatasetError, match=r"pecmae-explorer\[datasets\]") as caught:
        read_gtzan()
    assert caught.value.code == "needs_mirdata"


def test_an_index_that_lacks_a_track_is_an_error(few_tracks: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtzan, "read_splits", lambda: {**FEW, "jazz.00007": "train"})
    with pytest.raises(DatasetError, match=r"doesn't list jazz\.00007"):
        read_gtzan()


def test_medley_solos_db_has_its_own_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"uuid-{k}": f"audio/Medley-solos-DB_test-{k}_uuid-{k}.wav" for k in range(8)}
    stand_in = StandIn(tmp_path, files)
    monkeypatch.setitem(sys.modules, "mirdata", stand_in)
    with pytest.raises(DatasetError, match=r"Medley-solos-DB_metadata\.csv"):
        read_medley_solos_db()
    subsets = ["training"] * 4 + ["validation"] * 2 + ["test"] * 2
    for k, subset in enumerate(subsets):
        stand_in.annotations[f"uuid-{k}"] = SimpleNamespace(instrument_id=k, subset=subset, song_id=10 + k)
    dataset = open_dataset("medley-solos-db")
    by_id = {track.id: track for track in dataset.tracks}
    assert [item.id for item in dataset.classes][:2] == ["clarinet", "distorted-electric-guitar"]
    assert by_id["piano-uuid-4"].split == "valid" and by_id["violin-uuid-7"].split == "test"
    assert by_id["clarinet-uuid-0"].title == "Clarinet, song 10"
    assert dataset.description.licence == "CC BY 4.0" and dataset.description.shareable


def test_mirdata_itself_has_the_used_attributes(tmp_path: Path) -> None:
    pytest.importorskip("mirdata", reason="only with the extra `datasets`")
    from pecmae.datasets.mirdata_index import open_mirdata

    for source in (gtzan.SOURCE, medley_solos_db.SOURCE):
        try:
            dataset = open_mirdata(source, tmp_path)
        except DatasetError as error:
            assert error.code == "missing_index"
        else:
            assert dataset.data_home == str(tmp_path) and dataset.track_ids

"""Excerpts and clips with blocks, and datasets joined of several sources."""

from pathlib import Path

import pytest

from pecmae.datasets.dataset import Dataset
from pecmae.datasets.gtzan import CLASSES as GENRES
from pecmae.datasets.medley_solos_db import CLASSES as INSTRUMENTS
from pecmae.datasets.sources import open_dataset
from pecmae.errors import DatasetError
from pecmae.evaluation.provenance import shown_source


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Three clips of each instrument, all different."""
    for number, info in enumerate(INSTRUMENTS):
        for serial in range(3):
            path = tmp_path / "clips" / f"{number}-{info.id}-{serial}.wav"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(bytes([number, serial]))  # nothing decodes them
    return tmp_path / "clips"


def test_excerpts_of_neighbouring_tracks_are_in_one_block(tmp_path: Path) -> None:
    genres = [info.id for info in GENRES.values()]
    for genre in genres:
        for number in range(11, 51, 2):
            (tmp_path / genre).mkdir(exist_ok=True)
            (tmp_path / genre / f"{genre}.{number:05d}.flac").touch()
    dataset = open_dataset(f"gtzan-excerpts:{tmp_path}")
    blocks = {track.id: track.block for track in dataset.tracks}
    assert [blocks[f"hip-hop.{number:05d}"] for number in range(11, 51, 2)] == [*"00001111222233334444"]
    assert len(dataset.tracks) == 200 and {track.split for track in dataset.tracks} == {"train"}
    assert dataset.has_blocks and not dataset.keeps_embeddings
    assert dataset.description.shareable is False and not any(track.shippable for track in dataset.tracks)
    with pytest.raises(DatasetError, match="they are named GENRE"):
        open_dataset(f"gtzan-excerpts:{tmp_path / 'jazz'}")


def test_every_clip_is_a_block(clips: Path) -> None:
    dataset = open_dataset(f"medley-clips:{clips}")
    assert len({track.block for track in dataset.tracks}) == len(dataset.tracks) == 3 * len(INSTRUMENTS)
    assert dataset.tracks[0].title == "Clarinet, clip 0" and dataset.tracks[0].class_id == "clarinet"
    assert not any(track.shippable for track in dataset.tracks)
    for path in clips.glob("7-violin-*"):
        path.unlink()
    with pytest.raises(DatasetError, match="3-flute-2"):
        open_dataset(f"medley-clips:{clips}")


def test_joined_datasets_keep_their_blocks_and_their_own_rules(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = open_dataset(f"medley-clips:{clips}")
    tracks = tuple(
        track.model_copy(update={"id": f"own-{track.id}", "block": "", "shippable": True}) for track in own.tracks
    )
    rendered = Dataset(clips.parent, own.description.model_copy(update={"shareable": None}), tracks)
    monkeypatch.setattr("pecmae.datasets.sources.load_dataset", lambda path: rendered)
    joined = open_dataset(f"medley-clips:{clips} + data/instruments")
    assert len(joined.tracks) == 2 * len(own.tracks)
    assert joined.path == clips.parent and joined.keeps_embeddings
    assert joined.description.shareable is None
    assert {(bool(track.block), track.shippable) for track in joined.tracks} == {(True, False), (False, True)}
    with pytest.raises(DatasetError, match="in two of the datasets"):
        open_dataset(f"medley-clips:{clips} + medley-clips:{clips}")
    other = Dataset(clips, own.description.model_copy(update={"classes": own.classes[1:]}), ())
    monkeypatch.setattr("pecmae.datasets.sources.load_dataset", lambda path: other)
    with pytest.raises(DatasetError, match="other classes"):
        open_dataset(f"medley-clips:{clips} + data/instruments")


def test_published_sources_show_no_folders_of_this_machine(tmp_path: Path) -> None:
    shown = shown_source(f"gtzan-excerpts:{tmp_path / 'excerpts'} + gtzan + folder:{tmp_path / 'mine'}")
    assert shown == "gtzan-excerpts:excerpts + gtzan + folder:mine"

"""A user's own recordings: splits that keep groups together, safe ids, and the message of every error."""

import itertools
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from pecmae.bundles.manifest import NAME_PATTERN
from pecmae.datasets.dataset import SPLITS, Dataset
from pecmae.datasets.folder import read_folder
from pecmae.datasets.splitting import make_splits
from pecmae.errors import DatasetError


def fake_recordings(folder: Path, names: list[str]) -> Path:
    """Write files with different contents; reading a folder doesn't decode them."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"sound {number}".encode())
    return folder


def two_classes(folder: Path, n: int = 5) -> Path:
    return fake_recordings(folder, [f"{label}/{k}.wav" for label in ("oud", "ney") for k in range(n)])


def error_of(path: Path) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        read_folder(path)
    return caught.value


def write_list(folder: Path, *lines: str, header: str = "path,label,split,group") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "list.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("seed", range(8))
def test_splits_keep_groups_together_and_fill_every_class(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = [str(label) for label in rng.choice(["a", "b", "c"], 120, p=[0.6, 0.3, 0.1])]
    groups = [f"{label}/{rng.integers(9)}" if rng.random() < 0.7 else f"solo {k}" for k, label in enumerate(labels)]
    splits = make_splits(labels, groups, seed)
    assert splits == make_splits(labels, groups, seed)
    by_group = defaultdict(set)
    for group, split in zip(groups, splits, strict=True):
        by_group[group].add(split)
    assert all(len(found) == 1 for found in by_group.values())
    assert {(label, split) for label, split in zip(labels, splits, strict=True)} == set(
        itertools.product("abc", SPLITS)
    )
    counts = Counter(splits)
    assert counts["train"] > 0.5 * len(labels) and min(counts["valid"], counts["test"]) >= 0.08 * len(labels)


def test_splits_depend_on_the_seed_and_not_on_the_order_of_recordings() -> None:
    labels, groups = ["a"] * 20 + ["b"] * 20, [f"{k}" for k in range(40)]
    first = dict(zip(groups, make_splits(labels, groups, 0), strict=True))
    assert first != dict(zip(groups, make_splits(labels, groups, 1), strict=True))
    turned = make_splits(labels[::-1], groups[::-1], 0)
    assert first == dict(zip(groups[::-1], turned, strict=True))


def test_three_groups_of_one_size_go_to_three_splits() -> None:
    splits = make_splits(["a"] * 12, ["x"] * 4 + ["y"] * 4 + ["z"] * 4, 0)
    assert Counter(splits) == {"train": 4, "valid": 4, "test": 4}


def test_five_recordings_per_class_are_split_three_one_one(tmp_path: Path) -> None:
    dataset = read_folder(two_classes(tmp_path / "own"))
    counts = Counter((track.class_id, track.split) for track in dataset.tracks)
    for class_id in ("oud", "ney"):
        assert [counts[class_id, split] for split in SPLITS] == [3, 1, 1]
    assert dataset.name == "own" and not dataset.keeps_embeddings
    assert dataset.description.licence == "not stated"


def test_labels_are_kept_and_ids_are_safe(tmp_path: Path) -> None:
    labels = ["Señor Jazz!", "señor jazz", "日本", "Rock"]
    names = [f"{label}/{name}.mp3" for label in labels for name in ("Año 1", "b/é", "b/e", "..c", "日", "日日")]
    dataset = read_folder(fake_recordings(tmp_path, [name for name in names if "/.." not in name]))
    assert sorted(item.label for item in dataset.classes) == sorted(labels)
    assert {item.id for item in dataset.classes} == {"senor-jazz", "senor-jazz-2", "class", "rock"}
    ids = [track.id for track in dataset.tracks]
    assert len({name.casefold() for name in ids}) == len(ids) and ids == sorted(ids)
    assert all(NAME_PATTERN.fullmatch(f"{name}@12.5") for name in ids)
    assert "b/é" in {track.title for track in dataset.tracks}


def test_folders_inside_a_class_are_groups(tmp_path: Path) -> None:
    names = [f"{label}/album {album}/{k}.wav" for label in ("oud", "ney") for album in range(4) for k in range(3)]
    dataset = read_folder(fake_recordings(tmp_path, names))
    by_album = defaultdict(set)
    for track in dataset.tracks:
        by_album[track.audio.parent].add(track.split)
    assert len(by_album) == 8 and all(len(splits) == 1 for splits in by_album.values())


def test_without_subfolders_the_file_names_give_the_classes(tmp_path: Path) -> None:
    names = [f"{number}-{label}-{k}.flac" for number, label in enumerate(("flute", "tenor-sax")) for k in range(3)]
    dataset = read_folder(fake_recordings(tmp_path, [*names, "README.md", ".hidden.wav"]))
    assert [item.label for item in dataset.classes] == ["flute", "tenor-sax"]
    assert len(dataset.tracks) == 6
    (tmp_path / "song.wav").write_bytes(b"song")
    error = error_of(tmp_path)
    assert error.code == "no_classes" and "'song.wav' gives no class" in error.message


def test_errors_say_what_a_folder_lacks(tmp_path: Path) -> None:
    assert "no folder or list" in error_of(tmp_path / "nowhere").message
    (tmp_path / "empty").mkdir()
    assert "holds no audio" in error_of(tmp_path / "empty").message
    one = fake_recordings(tmp_path / "one", [f"oud/{k}.wav" for k in range(5)])
    assert "only one class, 'oud'" in error_of(one).message
    artwork = two_classes(tmp_path / "artwork")
    (artwork / "covers").mkdir()
    (artwork / "covers" / "front.jpg").write_bytes(b"jpeg")
    error = error_of(artwork)
    assert error.code == "empty_class" and "'covers'" in error.message
    beside = two_classes(tmp_path / "beside")
    (beside / "stray.wav").write_bytes(b"stray")
    assert "stray.wav" in error_of(beside).message


def test_a_class_that_is_too_small_is_named(tmp_path: Path) -> None:
    folder = two_classes(tmp_path)
    for k in range(2, 5):
        (folder / "ney" / f"{k}.wav").unlink()
    error = error_of(folder)
    assert error.code == "class_too_small"
    assert "'ney' has 2 recordings; at least 3 recordings" in error.message
    names = [f"{label}/{album}/{k}.wav" for label in ("kora", "mbira") for album in "xy" for k in range(4)]
    error = error_of(fake_recordings(tmp_path / "grouped", names))
    assert "'kora' has 8 recordings in 2 groups; at least 3 groups" in error.message


def test_a_repeated_recording_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    folder = two_classes(tmp_path)
    (folder / "ney" / "copy.wav").write_bytes((folder / "oud" / "3.wav").read_bytes())
    error = error_of(folder)
    assert error.code == "duplicate_recording"
    assert "ney/copy.wav (ney) and oud/3.wav (oud)" in error.message


def list_of_files(tmp_path: Path, *lines: str, header: str = "path,label,split,group") -> Path:
    fake_recordings(tmp_path, [f"{k}.wav" for k in range(10)])
    return write_list(tmp_path, *lines, header=header)


def complete_lines(tmp_path: Path) -> list[str]:
    splits = ["train"] * 3 + ["valid", "test"]
    return [f'{k}.wav,"{"oud, Cairo" if k < 5 else "ney"}",{splits[k % 5]},artist {k // 2}' for k in range(10)]


def test_a_list_gives_splits_labels_and_groups(tmp_path: Path) -> None:
    lines = [line.rpartition(",")[0] for line in complete_lines(tmp_path)]
    dataset = read_folder(list_of_files(tmp_path, *lines, header="path,label,split"))
    assert [item.label for item in dataset.classes] == ["ney", "oud, Cairo"]
    split_of = {track.audio.name: track.split for track in dataset.tracks}
    assert [split_of[f"{k}.wav"] for k in range(5)] == ["train"] * 3 + ["valid", "test"]
    assert dataset.name == "list"


def test_a_list_without_splits_keeps_artists_together(tmp_path: Path) -> None:
    lines = [f"{k}.wav,{'oud' if k < 5 else 'ney'},artist {k // 2 if k < 4 else k}" for k in range(10)]
    dataset = read_folder(list_of_files(tmp_path, *lines, header="path,label,group"))
    split_of = {track.audio.name: track.split for track in dataset.tracks}
    assert split_of["0.wav"] == split_of["1.wav"] and split_of["2.wav"] == split_of["3.wav"]


def test_a_group_in_two_splits_is_named_with_its_lines(tmp_path: Path) -> None:
    error = error_of(list_of_files(tmp_path, *complete_lines(tmp_path)))
    assert error.code == "leaking_group"
    for words in ("'artist 1'", "list.csv, line 4 is train", "list.csv, line 5 is valid"):
        assert words in error.message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0.wav", "line 12 has another number of fields"),
        ("0.wav,oud,train,x,y", "line 12 has another number of fields"),
        (",oud,train,", "line 12 has no path"),
        ("x.wav,,train,", "line 12 has no label"),
        ("x.wav,oud,dev,", "line 12: the split 'dev'"),
        ("x.wav,oud,,", "line 12 has no split"),
        ("x.wav,oud,train,", "1 of 11 recordings can't be read: list.csv, line 12: x.wav (No such file"),
        ("0.wav,ney,train,", "line 2 (oud, Cairo) and list.csv, line 12 (ney)"),
    ],
)
def test_an_error_names_the_wrong_line(tmp_path: Path, line: str, words: str) -> None:
    lines = [line.rpartition(",")[0] + "," for line in complete_lines(tmp_path)]
    assert words in error_of(list_of_files(tmp_path, *lines, line)).message


def test_errors_say_what_is_wrong_with_a_list(tmp_path: Path) -> None:
    assert "line 1: the columns are file, label" in error_of(list_of_files(tmp_path, header="file,label")).message
    assert "line 1: the columns are missing" in error_of(list_of_files(tmp_path, header="")).message
    assert "lists no recording" in error_of(list_of_files(tmp_path)).message
    (tmp_path / "list.csv").write_bytes("path,label\nx.wav,é\n".encode("latin-1"))
    assert "isn't a CSV in UTF-8" in error_of(tmp_path / "list.csv").message
    lines = [f"{k}.wav,{'oud' if k < 5 else 'ney'},{'train' if k % 2 else 'test'}" for k in range(10)]
    error = error_of(list_of_files(tmp_path, *lines, header="path,label,split"))
    assert "no recording in the split 'valid'" in error.message
    lines = [f"{k}.wav,{'oud' if k < 8 else 'ney'},{SPLITS[k % 3] if k < 8 else 'test'}" for k in range(10)]
    error = error_of(list_of_files(tmp_path, *lines, header="path,label,split"))
    assert error.code == "class_too_small" and "'ney' has no recording in the split train" in error.message


def test_nothing_is_written_beside_the_recordings(tmp_path: Path) -> None:
    folder = two_classes(tmp_path)
    before = sorted(folder.rglob("*"))
    assert isinstance(read_folder(folder), Dataset)
    assert sorted(folder.rglob("*")) == before

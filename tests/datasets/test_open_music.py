"""Open music: a Debian package that the test builds, its tracks, licences and index."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pecmae.datasets.open_music import fetch_open_music, licence_of, read_open_music, split_of
from pecmae.errors import DatasetError

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2020, Somebody
License: GPL-2+

Files: data/music/*
       data/extra/*
Copyright: 2021, A Composer
License: CC-BY-SA-3.0
"""
needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is missing")


def write_noise(path: Path, duration_s: float) -> None:
    """A file of quiet noise, large enough to count as music."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).normal(scale=0.05, size=round(8000 * duration_s))
    soundfile.write(path, noise, 8000)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A package with a long and a short track, an effect, two stems and a copyright file."""
    root = tmp_path / "root"
    for name, duration_s in (
        ("music/Main Theme.wav", 21),
        ("music/Jingle.wav", 10),
        ("soundfx/rain.wav", 30),
        ("songs/feelings/song.wav", 22),
        ("songs/feelings/guitar.wav", 21),
    ):
        write_noise(root / "usr/share/games/game" / name, duration_s)
    documents = root / "usr/share/doc/game-data"
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(COPYRIGHT)
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN/control").write_text(
        "Package: game-data\nVersion: 1:2.0-1\nArchitecture: all\nMaintainer: A <a@b.org>\nDescription: music\n"
    )
    packages = tmp_path / "out" / "packages"
    packages.mkdir(parents=True)
    path = packages / "game-data_1%3a2.0-1_all.deb"
    subprocess.run(["dpkg-deb", "-b", "-Znone", str(root), str(path)], check=True, capture_output=True)
    return path


@needs_dpkg
def test_package_becomes_tracks(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = archive.parent.parent
    monkeypatch.setattr("shutil.which", lambda tool: tool)
    tracks = fetch_open_music(out, ("game-data",), report=lambda _: None)
    assert [track.id for track in tracks] == ["game-data-music-main-theme", "game-data-songs-feelings"]
    theme, song = tracks
    assert (theme.licence, song.licence, theme.version) == ("CC-BY-SA-3.0", "GPL-2+", "1:2.0-1")
    assert (theme.duration_s, song.duration_s) == (21.0, 22.0)
    assert {file.name for file in (out / "audio/game-data").iterdir()} == {
        "music-main-theme.wav",
        "songs-feelings.flac",
    }
    assert (out / "copyright/game-data").read_text() == COPYRIGHT
    assert read_open_music(out) == tracks


@needs_dpkg
def test_second_call_unpacks_nothing(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = archive.parent.parent
    monkeypatch.setattr("shutil.which", lambda tool: tool)
    first = fetch_open_music(out, ("game-data",), report=lambda _: None)
    archive.unlink()
    assert fetch_open_music(out, ("game-data",), report=lambda _: None) == first


def test_without_apt_the_error_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda tool: None)
    with pytest.raises(DatasetError, match="Debian or Ubuntu"):
        fetch_open_music(tmp_path, report=lambda _: None)


def test_missing_index_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="pecmae datasets open-music"):
        read_open_music(tmp_path)


def test_licence_of_free_text_is_left_to_the_reader() -> None:
    assert licence_of("usr/share/a.ogg", "This package was debianized by hand.") == "see copyright file"


def test_split_is_fixed_and_mostly_training() -> None:
    splits = [split_of(f"package/music/{number}.ogg") for number in range(1200)]
    assert splits.count("train") + splits.count("valid") == 1200
    assert 60 < splits.count("valid") < 140
    assert split_of("package/music/0.ogg") == splits[0]

"""The commands that fetch: `datasets`, `fetch` and `tags`."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.cli import main
from pecmae.networks.musicnn import MusiCNN, MusicnnEncoder


def test_open_music_without_apt_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda tool: None)
    assert main(["datasets", "open-music", "--out", str(tmp_path)]) == 2
    assert "Debian or Ubuntu" in capsys.readouterr().err


def test_fetch_offline_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PECMAE_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["fetch"]) == 2
    assert "network connection" in capsys.readouterr().err


def test_tags_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    encoder = MusicnnEncoder(MusiCNN(), MusiCNN()).eval()
    monkeypatch.setattr("pecmae.networks.pretrained.load_musicnn", lambda: encoder)
    noise = np.random.default_rng(0).normal(scale=0.1, size=3 * SAMPLE_RATE)
    soundfile.write(tmp_path / "noise.wav", noise, SAMPLE_RATE)
    assert main(["tags", str(tmp_path / "noise.wav"), "--number", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("%" in line for line in lines)

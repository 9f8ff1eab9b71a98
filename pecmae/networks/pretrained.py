"""Weights that others trained: found in an installed package or the cache, otherwise fetched once.

MusiCNN's weights lie inside the wheel `musicnn` (ISC licence). Its own dependencies are too old to install, so the
wheel alone is fetched with pip, verified by SHA-256 and converted to safetensors in the cache. Nothing is imported from
it.
"""

import importlib.util
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from pecmae.errors import BundleError
from pecmae.files import replacing, sha256
from pecmae.networks.musicnn import MusiCNN, MusicnnEncoder
from pecmae.networks.precision import fast_precision
from pecmae.paths import CACHE_VARIABLE, cache_folder

MUSICNN_REQUIREMENT = "musicnn==0.1.0"
MUSICNN_WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
MUSICNN_NETWORKS = {"msd": "MSD_musicnn", "mtt": "MTT_musicnn"}
MUSICNN_FILE = "musicnn-0.1.0.safetensors"
LAYOUT_FILE = "musicnn_layout.json"
FETCH_COMMAND = "python -m pecmae fetch"
OFFLINE_VARIABLE = "HF_HUB_OFFLINE"
"""The variable of huggingface_hub that forbids fetching; it holds for all pretrained weights."""
_DATA_SUFFIX = ".data-00000-of-00001"
_DATA_SHA256 = {
    "msd": "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
    "mtt": "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
}

Progress = Callable[[int, int], None]
"""Called with bytes received and bytes in all."""


class WeightsError(BundleError):
    """Pretrained weights aren't there and can't be fetched."""


def is_offline() -> bool:
    """Whether the environment forbids fetching."""
    return os.environ.get(OFFLINE_VARIABLE, "").lower() in ("1", "true", "yes", "on")


def load_musicnn(
    *, cache: Path | None = None, progress: Progress | None = None, is_fast: bool = False
) -> MusicnnEncoder:
    """MusiCNN's two networks with their weights, frozen and in evaluation mode.

    Args:
        cache: Folder of converted weights; by default `cache_folder()`.
        progress: Told how much of the wheel has been received, if it must be fetched.
        is_fast: Whether to multiply in bfloat16 where the processor does so natively, as `MusiCNN` explains.

    Returns:
        The encoder, on the CPU.

    Raises:
        WeightsError: The weights are neither installed nor cached, and can't be fetched or don't match their hash.
    """
    path = fetch_musicnn(cache=cache, progress=progress)
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise WeightsError("weights_altered", f"{path} is damaged; delete it and run `{FETCH_COMMAND}`.") from error
    networks = []
    for name in MUSICNN_NETWORKS:
        network = MusiCNN(in_bfloat16=is_fast and fast_precision(torch.device("cpu")) == torch.bfloat16)
        prefix = f"{name}."
        network.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        networks.append(network)
    return MusicnnEncoder(*networks).eval().requires_grad_(False)


def fetch_musicnn(*, cache: Path | None = None, progress: Progress | None = None) -> Path:
    """MusiCNN's weights as one safetensors file in the cache, made at the first call.

    Args:
        cache: As in `load_musicnn`.
        progress: As in `load_musicnn`.

    Returns:
        The file; its keys are those of `MusiCNN`, after `msd.` or `mtt.`.

    Raises:
        WeightsError: As in `load_musicnn`.
    """
    path = (cache or cache_folder()) / MUSICNN_FILE
    if path.is_file():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # a second process waits for the first instead of fetching too
            if not path.is_file():
                _fetch_into(path, progress)
    except OSError as error:
        raise WeightsError(
            "cache_not_writable",
            f"MusiCNN's weights can't be kept in {path.parent} ({error}): correct that or set {CACHE_VARIABLE} to "
            f"another folder, and run `{FETCH_COMMAND}`.",
        ) from error
    return path


def is_musicnn_here(cache: Path | None = None) -> bool:
    """Whether `fetch_musicnn` needs no network."""
    return ((cache or cache_folder()) / MUSICNN_FILE).is_file() or _installed_package() is not None


def _installed_package() -> Path | None:
    spec = importlib.util.find_spec("musicnn")
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _fetch_into(path: Path, progress: Progress | None) -> None:
    """Convert the weights of the installed package, otherwise of the fetched wheel."""
    if package := _installed_package():
        _convert(package, path)
        return
    if is_offline():
        raise WeightsError(
            "weights_offline",
            f"MusiCNN's weights aren't on this machine and fetching is switched off by {OFFLINE_VARIABLE}: run "
            f"`{FETCH_COMMAND}` once with a network connection.",
        )
    with tempfile.TemporaryDirectory() as scratch:
        wheel = _download_wheel(Path(scratch), progress)
        with zipfile.ZipFile(wheel) as archive:
            folders = tuple(f"musicnn/{folder}/" for folder in MUSICNN_NETWORKS.values())
            members = [name for name in archive.namelist() if name.startswith(folders)]
            archive.extractall(scratch, members)
        _convert(Path(scratch) / "musicnn", path)


def convert_checkpoint(data: bytes) -> dict[str, Tensor]:
    """Tensors of a MusiCNN checkpoint under the names of `MusiCNN`.

    A checkpoint's values lie in one file, which is known by its hash. `LAYOUT_FILE` states the place (in bytes) and
    the shape of each, both read from TensorFlow's index of that file. Convolutions are stored as (time, bands, in, out)
    or (time, in, out), and linear layers as (in, out).

    Args:
        data: Contents of the file: float32, little-endian.
    """
    layout = json.loads(files("pecmae.networks").joinpath(LAYOUT_FILE).read_text(encoding="utf-8"))
    tensors: dict[str, Tensor] = {}
    for name, (offset, *shape) in layout.items():
        values = np.frombuffer(data, "<f4", math.prod(shape), offset).reshape(shape)
        axes = (3, 2, 0, 1) if len(shape) == 4 else range(len(shape))[::-1]
        tensors[name] = torch.from_numpy(np.array(values.transpose(axes), order="C"))
        if name.endswith("running_var"):
            tensors[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    return tensors


def _convert(package: Path, path: Path) -> None:
    """Convert both checkpoints of a `musicnn` folder into one file."""
    tensors: dict[str, Tensor] = {}
    for name, folder in MUSICNN_NETWORKS.items():
        data = package / folder / _DATA_SUFFIX
        if not data.is_file() or sha256(data) != _DATA_SHA256[name]:
            raise WeightsError(
                "weights_altered",
                f"{data} is missing or isn't that of {MUSICNN_REQUIREMENT}: remove the package and run "
                f"`{FETCH_COMMAND}`.",
            )
        tensors |= {f"{name}.{key}": value for key, value in convert_checkpoint(data.read_bytes()).items()}
    with replacing(path) as beside:
        save_file(tensors, beside)


def _progress_style() -> str:
    """How pip shows its progress: `raw` can be read by a program, but pip prints it only from version 24.1 on."""
    try:
        major, minor = map(int, re.findall(r"\d+", version("pip"))[:2])
        return "raw" if (major, minor) >= (24, 1) else "off"
    except PackageNotFoundError:  # pip's own error follows
        return "off"


def _download_wheel(folder: Path, progress: Progress | None) -> Path:
    """The wheel, fetched by pip from the index that pip is configured with, and verified."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{MUSICNN_REQUIREMENT} --hash=sha256:{MUSICNN_WHEEL_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", _progress_style()]
    command += ["--dest", str(folder), "-r", str(requirements)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        received = re.fullmatch(r"Progress (\d+) of (\d+)", line.strip())
        if received is None:
            lines.append(line.strip())
        elif progress is not None:
            progress(int(received[1]), int(received[2]))
    wheels = sorted(folder.glob("*.whl"))
    if process.wait() != 0 or not wheels:
        said = next((line for line in reversed(lines) if line.startswith("ERROR")), " ".join(lines[-1:]))
        raise WeightsError(
            "weights_not_fetched",
            f"MusiCNN's weights ({MUSICNN_REQUIREMENT}) couldn't be fetched with pip ({said}): check the network and "
            f"run `{FETCH_COMMAND}`.",
        )
    if sha256(wheels[0]) != MUSICNN_WHEEL_SHA256:
        raise WeightsError("weights_altered", f"The fetched {wheels[0].name} doesn't match its hash: fetch it again.")
    return wheels[0]

"""Published weights from a stand-in for the Hub's cache, without network: read, refused, missing, broken."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
import torch
from hub_cache import Cache
from published_weights import encodec_state, golden, random_encodec, small_config, wav_encoder_state
from safetensors.torch import save_file

from pecmae.cli import main
from pecmae.errors import BundleError
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.networks.encodecmae import EncodecmaeAutoencoder
from pecmae.networks.published import weights as published
from pecmae.networks.published.weights import CONVERTED, ENCODEC, PUBLISHED, published_file
from pecmae.paths import REPOSITORY

NAME = "published-4s"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """An empty cache, no network, and the small size in place of the published one."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    config = replace(small_config(golden()[0]), name=NAME)
    monkeypatch.setitem(published.PUBLISHED, NAME, config)
    return Cache(tmp_path / "hub")


def put_encodec(cache: Cache) -> Path:
    return cache.put(ENCODEC, partial(save_file, encodec_state(random_encodec())))


def put_weights(cache: Cache, **also: Any) -> Path:
    state = golden()[1] | wav_encoder_state(random_encodec())
    return cache.put(published_file(NAME), lambda path: torch.save({"state_dict": state, **also}, path))


def read(contents: Any, path: Path) -> None:
    torch.save(contents, path)
    published.read_state_dict(path)


@torch.no_grad()
def test_published_weights_load_by_their_name(cache: Cache, tmp_path: Path) -> None:
    put_encodec(cache)
    blob = put_weights(cache, epoch=3)
    autoencoder = load_checkpoint(NAME, tmp_path)
    assert isinstance(autoencoder, EncodecmaeAutoencoder) and not autoencoder.training
    _, _, values = golden()
    z = autoencoder.embed_features(values["wav_features"])
    torch.testing.assert_close(z, values["cls_token"][:, 0], rtol=0, atol=1e-4)
    assert checkpoint_fingerprint(NAME, tmp_path) == blob.name


def test_every_published_name_has_its_own_weights() -> None:
    assert [str(published_file(name)) for name in PUBLISHED] == [
        f"lpepino/encodecmae2wav/models/DiffTransformerAE2L8L1CLS-{seconds}s/weights.pt" for seconds in (4, 10)
    ]
    assert [item.frames_per_segment for item in PUBLISHED.values()] == [300, 750]


def test_offline_with_nothing_cached_says_what_works(cache: Cache, tmp_path: Path) -> None:
    for ask in (checkpoint_fingerprint, load_checkpoint):
        with pytest.raises(BundleError) as caught:
            ask(NAME, tmp_path)
        assert caught.value.code == "weights_unavailable"
        assert "weights.pt isn't in the cache" in caught.value.message
        assert f"`python -m pecmae fetch {NAME}`" in caught.value.message


def test_without_encodec_the_weights_alone_do_not_load(cache: Cache, tmp_path: Path) -> None:
    put_weights(cache)
    with pytest.raises(BundleError, match=r"facebook/encodec_24khz/model\.safetensors isn't in the cache"):
        load_checkpoint(NAME, tmp_path)


@pytest.mark.slow
def test_offline_by_environment_is_one_sentence(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "pecmae", "convert-weights", NAME, "--models", str(tmp_path)],
        cwd=REPOSITORY,
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 2
    assert finished.stderr.startswith("pecmae: lpepino/encodecmae2wav") and finished.stderr.count("\n") == 1


def test_a_corrupt_download_is_named(cache: Cache, tmp_path: Path) -> None:
    blob = put_weights(cache)
    contents = bytearray(blob.read_bytes())
    contents[len(contents) // 2] ^= 1
    blob.write_bytes(contents)
    for ask in (checkpoint_fingerprint, load_checkpoint):
        with pytest.raises(BundleError, match=r"weights\.pt is damaged; delete it") as caught:
            ask(NAME, tmp_path)
        assert caught.value.code == "altered_file"


def test_a_corrupt_encodec_is_named(cache: Cache, tmp_path: Path) -> None:
    put_weights(cache)
    cache.put(ENCODEC, lambda path: path.write_bytes(b"no safetensors"))
    with pytest.raises(BundleError, match=r"model\.safetensors is damaged"):
        load_checkpoint(NAME, tmp_path)


@pytest.mark.parametrize("damage", [lambda whole: whole[: len(whole) // 2], lambda whole: b"", lambda whole: b"<html>"])
def test_a_file_that_torch_cannot_read_is_damaged(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Where links aren't possible, the cache doesn't name files by their hash."""
    path = tmp_path / "weights.pt"
    torch.save({"state_dict": {"a": torch.zeros(1000)}}, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BundleError, match=r"weights\.pt is damaged"):
        published.read_state_dict(path)


def test_a_pickle_that_could_run_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"could run code.*convert-weights") as caught:
        read({"state_dict": {}, "hook": partial(os.system, "true")}, tmp_path / "weights.pt")
    assert caught.value.code == "unsafe_weights"


@pytest.mark.parametrize("contents", [{}, [torch.zeros(1)], {"state_dict": {"a": 1}}])
def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path, contents: Any) -> None:
    with pytest.raises(BundleError, match="contains no state_dict"):
        read(contents, tmp_path / "weights.pt")


@torch.no_grad()
def test_weights_with_harmless_company_are_converted(
    cache: Cache, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_encodec(cache)
    blob = put_weights(cache, loss=np.float64(0.5), data=pathlib.PosixPath("data"))
    with pytest.raises(BundleError, match="convert-weights"):
        load_checkpoint(NAME, tmp_path)
    assert main(["convert-weights", NAME, "--models", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert f"Wrote {tmp_path / NAME / CONVERTED}" in printed
    assert "pathlib.PosixPath: a path" in printed and "numpy._core.multiarray.scalar: a number" in printed
    autoencoder = load_checkpoint(NAME, tmp_path)
    _, _, values = golden()
    z = autoencoder.embed_features(values["wav_features"])  # type: ignore[attr-defined]
    torch.testing.assert_close(z, values["cls_token"][:, 0], rtol=0, atol=1e-4)
    assert checkpoint_fingerprint(NAME, tmp_path) == blob.name


def test_weights_with_other_company_are_not_converted(cache: Cache, tmp_path: Path) -> None:
    put_weights(cache, hook=partial(os.system, "touch ran"))
    with pytest.raises(BundleError, match=r"contains functools\.partial, posix\.system, which may not be") as caught:
        published.convert_weights(NAME, tmp_path)
    assert caught.value.code == "unsafe_weights" and not (tmp_path / NAME).exists()


def test_only_published_names_are_converted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert-weights", "compact"]) == 2
    assert "give published-4s or published-10s" in capsys.readouterr().err

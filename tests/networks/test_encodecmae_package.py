"""Encoders of the package `encodecmae`, of which a stand-in is installed: the mean frame, no sound."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import huggingface_hub.constants
import pytest
import torch
from hub_cache import Cache
from torch import Tensor, nn

from pecmae.bundles.bundle import load_bundle
from pecmae.bundles.manifest import MANIFEST_FILE
from pecmae.cli import main
from pecmae.errors import BundleError, NotFoundError
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.networks.published.weights import HubFile
from pecmae.page.about import about

NAME = "encodecmae-mel256-ec-base_st"
WEIGHTS = HubFile("lpepino/encodecmae-v2", "mel256-ec-base_st.pt", "main")


class FakeModel(nn.Module):
    """Frames of 0.1 s: their loudness, and their number."""

    def __init__(self) -> None:
        super().__init__()
        self.visible_encoder = SimpleNamespace(model_dim=2)

    def extract_features_from_array(self, audio: Tensor, return_type: str) -> Tensor:
        assert audio.ndim == 1 and return_type == "torch"
        loudness = audio.unflatten(0, (-1, 2400)).square().mean(dim=1)
        return torch.stack([loudness, torch.arange(len(loudness)).float()], dim=1)[None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The package, and its weights in the cache."""
    asked: list[tuple[str, str]] = []
    module = ModuleType("encodecmae")
    module.asked = asked  # type: ignore[attr-defined]

    def load_model(name: str, device: str) -> FakeModel:
        asked.append((name, device))
        return FakeModel()

    module.load_model = load_model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "encodecmae", module)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return module


def test_the_mean_frame_is_the_embedding(package: ModuleType, tmp_path: Path) -> None:
    blob = Cache(tmp_path / "hub").put(WEIGHTS, lambda path: path.write_bytes(b"weights"))
    encoder = load_checkpoint(NAME)
    assert package.asked == [("mel256-ec-base_st", "cpu")]
    assert (encoder.dim, encoder.config.name, encoder.config.segment_s, encoder.can_decode) == (2, NAME, 4.0, False)
    waveforms = torch.stack([torch.full((96_000,), 0.5), torch.zeros(96_000)])
    torch.testing.assert_close(encoder.embed(waveforms), torch.tensor([[0.25, 19.5], [0.0, 19.5]]))
    assert checkpoint_fingerprint(NAME) == blob.name


def test_offline_it_says_what_works(package: ModuleType) -> None:
    with pytest.raises(BundleError, match=rf"mel256-ec-base_st\.pt isn't in the cache.*fetch {NAME}`"):
        load_checkpoint(NAME)


def test_a_loader_that_needs_the_network_is_one_sentence(
    package: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Cache(tmp_path / "hub").put(WEIGHTS, lambda path: path.write_bytes(b"weights"))

    def load_model(name: str, device: str) -> None:
        raise ConnectionError("no route")

    monkeypatch.setattr(package, "load_model", load_model)
    with pytest.raises(BundleError, match="asks the Hugging Face Hub even for the cached"):
        load_checkpoint(NAME)


def test_without_the_package_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "encodecmae", None)  # as if it weren't installed
    with pytest.raises(BundleError, match=r"pip install -e \.\[encodecmae\]") as caught:
        load_checkpoint(NAME)
    assert caught.value.code == "missing_package"


def test_its_prototypes_cannot_be_heard(
    package: ModuleType, tmp_path: Path, bundle_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob = Cache(tmp_path / "hub").put(WEIGHTS, lambda path: path.write_bytes(b"weights"))
    assert load_bundle(bundle_copy).manifest.autoencoder.can_decode
    manifest = json.loads((bundle_copy / MANIFEST_FILE).read_text())
    manifest["autoencoder"] = {"name": NAME, "fingerprint": blob.name}
    (bundle_copy / MANIFEST_FILE).write_text(json.dumps(manifest))
    assert main(["sonify", str(bundle_copy)]) == 2
    assert f"{NAME}: this encoder has no decoder" in capsys.readouterr().err
    loaded = load_bundle(bundle_copy)
    assert not loaded.manifest.autoencoder.can_decode
    with pytest.raises(NotFoundError, match="listen to the training segments nearest to them"):
        loaded.prototype_audio("low-0")
    assert "prototypes can't be decoded to audio" in about(loaded.manifest)

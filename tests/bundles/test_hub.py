"""Bundles on the Hub: addresses, downloads from a stand-in on this machine, and what is said when they fail."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_stand_in import CLOSED, HubStandIn, point_at, serving

from pecmae.bundles.bundle import load_bundle, locate_bundle
from pecmae.bundles.hub import HubAddress, download_bundle, parse_address
from pecmae.bundles.manifest import MANIFEST_FILE
from pecmae.bundles.training_points import TRAINING_FILE as TRAINING
from pecmae.errors import BundleError
from pecmae.paths import REPOSITORY

TINY = HubAddress("ann/tiny")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """An empty Hub and an empty cache."""
    with serving() as stand_in:
        point_at(monkeypatch, stand_in.url, tmp_path / "hf")
        yield stand_in


def refusal(address: HubAddress = TINY) -> BundleError:
    with pytest.raises(BundleError) as caught:
        download_bundle(address)
    assert caught.value.message.endswith((".", ")")) and "\n" not in caught.value.message
    return caught.value


def blob_of(folder: Path, name: str) -> Path:
    return (folder / name).resolve()


def test_addresses() -> None:
    assert parse_address("hf://ann/tiny") == HubAddress("ann/tiny")
    pinned = parse_address("hf://ann/my.tiny_1@refs/pr/2")
    assert (pinned.repository, pinned.revision) == ("ann/my.tiny_1", "refs/pr/2")
    assert str(pinned) == "hf://ann/my.tiny_1@refs/pr/2" and pinned.bundle_name == "ann--my.tiny_1"


@pytest.mark.parametrize(
    "text",
    [
        "hf://tiny",
        "hf://ann/tiny/prototypes.safetensors",
        "hf://ann/tiny@",
        "hf://ann/tiny@../main",
        "hf://ann/ti ny",
        "hf://ann/.tiny",
        "hf://ann/ti--ny",
        "hf://ann/tiny.git",
        "hf://ann/" + "x" * 93,
        "hf:/ann/tiny",
    ],
)
def test_bad_addresses_are_refused_by_name(text: str) -> None:
    with pytest.raises(BundleError) as caught:
        parse_address(text)
    assert caught.value.code == "bad_address"
    assert "owner/name" in caught.value.message and text.removeprefix("hf://") in caught.value.message


def test_downloads_what_the_manifest_lists_and_nothing_else(hub: HubStandIn, models: Path, tmp_path: Path) -> None:
    commit = hub.publish(models / "tiny", "ann/tiny", **{"evil.py": b"print()", "weights.bin": b"pickle", ".x": b""})  # type: ignore[arg-type]
    folder = download_bundle(TINY)
    assert folder == (tmp_path / "hf/hub/models--ann--tiny/snapshots" / commit).resolve()
    assert load_bundle(folder).manifest == load_bundle(models / "tiny").manifest
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert here == {path.relative_to(models / "tiny").as_posix() for path in (models / "tiny").rglob("*.*")}
    assert len(hub.fetched()) == len(here) + 1 and hub.fetched()[0] == MANIFEST_FILE  # the tree is the other one


def test_a_second_time_only_the_branch_is_asked_for(hub: HubStandIn, models: Path) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    folder = download_bundle(TINY)
    hub.requests.clear()
    assert download_bundle(TINY) == folder
    assert [(method, path) for method, path, _ in hub.requests] == [("HEAD", "/ann/tiny/resolve/main/manifest.json")]
    hub.requests.clear()
    assert download_bundle(HubAddress("ann/tiny", folder.name)) == folder
    assert hub.requests == []


def test_a_moved_branch_is_followed_online_and_stands_offline(
    hub: HubStandIn, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = hub.publish(models / "tiny", "ann/tiny")
    assert download_bundle(TINY).name == old
    new = hub.publish(models / "tiny", "ann/tiny", **{"notes.md": b"new"})  # type: ignore[arg-type]
    for url, offline in ((CLOSED, False), (hub.url, True)):
        point_at(monkeypatch, url, tmp_path / "hf", offline=offline)
        assert download_bundle(TINY).name == old
    hub.down = True
    point_at(monkeypatch, hub.url, tmp_path / "hf")
    assert download_bundle(TINY).name == old
    hub.down = False
    assert download_bundle(TINY).name == new
    assert download_bundle(HubAddress("ann/tiny", old)).name == old


@pytest.fixture
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken connections are tried again at once, and chunks are written as small as the files of tests."""
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 100)


@pytest.mark.usefixtures("without_waiting")
def test_goes_on_within_a_file_when_the_connection_breaks(hub: HubStandIn, models: Path) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    hub.cut[TRAINING] = [1000, 500]
    load_bundle(download_bundle(TINY))
    ranges = [range_ for _, path, range_ in hub.requests if path.endswith(TRAINING)]
    assert ranges[-2:] == ["bytes=1000-", "bytes=1500-"]


@pytest.mark.usefixtures("without_waiting")
def test_goes_on_with_the_other_files_after_an_interruption(hub: HubStandIn, models: Path) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    hub.cut[TRAINING] = [0] * 6
    refused = refusal()
    assert refused.code == "hub_unreachable" and refused.message.startswith("hf://ann/tiny isn't fully in the cache")
    n_fetched = len(set(hub.fetched()))
    hub.requests.clear()
    load_bundle(download_bundle(TINY))
    assert TRAINING in hub.fetched() and len(hub.fetched()) <= 42 - n_fetched + 1


def test_a_file_that_the_hub_lacks_is_named(hub: HubStandIn, models: Path) -> None:
    commit = hub.publish(models / "tiny", "ann/tiny")
    del hub.commits["ann/tiny"][commit][TRAINING]
    refused = refusal()
    assert refused.code == "hub_unreachable" and refused.message.startswith(
        "training.safetensors of hf://ann/tiny isn't in"
    )


@pytest.mark.parametrize("name", [MANIFEST_FILE, TRAINING, "audio/prototypes/low-0.ogg"])
def test_a_corrupt_download_is_fetched_once_more(hub: HubStandIn, models: Path, name: str) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    hub.damage[name] = 1
    load_bundle(download_bundle(TINY))
    assert hub.fetched().count(name) == 2


def test_a_corrupt_cache_is_mended(hub: HubStandIn, models: Path) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    folder = download_bundle(TINY)
    blob_of(folder, TRAINING).write_bytes(b"{}")
    hub.requests.clear()
    load_bundle(download_bundle(TINY))
    assert hub.fetched() == [TRAINING]


def test_a_corrupt_cache_is_told_offline(
    hub: HubStandIn, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    folder = download_bundle(TINY)
    blob_of(folder, TRAINING).write_bytes(b"{}")
    for url, offline in ((CLOSED, False), (hub.url, True)):
        point_at(monkeypatch, url, tmp_path / "hf", offline=offline)
        refused = refusal()
        assert refused.code == "altered_file"
        assert str(folder / TRAINING) in refused.message
        assert ("HF_HUB_OFFLINE is set" if offline else "connect to the network") in refused.message


def test_a_file_that_stays_wrong_is_named(hub: HubStandIn, models: Path) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    hub.damage[TRAINING] = 9
    refused = refusal()
    assert refused.code == "altered_file" and refused.message.startswith(
        "training.safetensors of hf://ann/tiny isn't the file"
    )
    assert hub.fetched().count(TRAINING) == 2


def test_a_manifest_that_lists_code_is_refused_before_anything_is_fetched(
    hub: HubStandIn, models: Path, bundle_copy: Path
) -> None:
    manifest = json.loads((bundle_copy / MANIFEST_FILE).read_text())
    for name in ("weights.pkl", f"../{TRAINING}"):
        (bundle_copy / MANIFEST_FILE).write_text(json.dumps({**manifest, "files": {name: "0" * 64}}))
        hub.publish(bundle_copy, "ann/tiny")
        refused = refusal()
        assert refused.code == "bad_manifest" and f"files.{name}: this text isn't allowed" in refused.message
    assert set(hub.fetched()) == {MANIFEST_FILE}


def test_what_the_hub_refuses_is_told(hub: HubStandIn, models: Path, tmp_path: Path) -> None:
    hub.publish(models / "tiny", "ann/tiny")
    hub.publish(tmp_path / "nothing", "ann/empty", **{"README.md": b"hello"})  # type: ignore[arg-type]
    hub.publish(models / "tiny", "ann/gated")
    hub.gated.add("ann/gated")
    expected = {
        "hf://ann/nobody": (
            "unknown_repository",
            "There is no hf://ann/nobody on the Hugging Face Hub, or it's private",
        ),
        "hf://ann/tiny@v9": ("unknown_revision", "ann/tiny has no branch, tag or commit 'v9'"),
        "hf://ann/empty": ("not_a_bundle", "holds no manifest.json"),
        "hf://ann/gated": ("gated_repository", "ask for access"),
    }
    for text, (code, words) in expected.items():
        refused = refusal(parse_address(text))
        assert refused.code == code and words in refused.message
    hub.down = True
    refused = refusal(HubAddress("ann/other"))
    assert refused.code == "hub_refused" and "503" in refused.message


@pytest.mark.parametrize("offline", [False, True])
def test_offline_with_nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offline: bool) -> None:
    point_at(monkeypatch, CLOSED, tmp_path / "hf", offline=offline)
    refused = refusal()
    assert refused.code == "hub_unreachable"
    assert ("HF_HUB_OFFLINE is set" if offline else "connect to the network") in refused.message
    assert "or use a bundle of the models folder" in refused.message


def test_what_changes_a_bundle_leaves_downloads_alone(models: Path) -> None:
    with pytest.raises(BundleError, match="hf download ann/tiny --local-dir") as caught:
        locate_bundle("hf://ann/tiny", models, to_change=True)
    assert caught.value.code == "copy_of_hub"


@pytest.mark.slow
def test_the_command_line_with_nothing_cached_and_no_network(models: Path, tmp_path: Path) -> None:
    """In a process of its own, by the environment's variables alone."""
    environment = {**os.environ, "HF_ENDPOINT": CLOSED, "HF_HOME": str(tmp_path / "hf")}
    environment.pop("HF_HUB_OFFLINE", None)
    clip = next((models / "tiny" / "audio" / "points").iterdir())
    command = [sys.executable, "-m", "pecmae", "explain", str(clip), "--models", str(models)]

    def explain(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *options], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120
        )

    refused = explain("--bundle", "hf://ann/tiny")
    assert refused.returncode == 2 and refused.stdout == ""
    assert (
        refused.stderr.startswith("pecmae: hf://ann/tiny isn't fully in the cache") and refused.stderr.count("\n") == 1
    )
    assert "Explained by tiny" in explain().stdout

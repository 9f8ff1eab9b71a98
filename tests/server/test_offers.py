"""The service with a list of bundles: from the models folder, from elsewhere, and from a stand-in for the Hub."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hub_stand_in import CLOSED, HubStandIn, point_at, serving
from tiny import write_tiny_autoencoder

from app import create_app
from pecmae.bundles.hub import HubAddress, download_bundle
from pecmae.errors import BundleError, HubError, NotFoundError
from pecmae.page.blocks import _choices
from pecmae.server import service as service_module
from pecmae.server.api import create_api
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings


@pytest.fixture
def hub(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """A Hub with the bundle `ann/tones`, whose manifest calls it `tiny`; an empty cache."""
    with serving() as stand_in:
        point_at(monkeypatch, stand_in.url, tmp_path / "hf")
        stand_in.publish(models / "tiny", "ann/tones")
        yield stand_in


def serve(models: Path, listed: str) -> ExplainerService:
    return ExplainerService(Settings(models=models, bundles=listed))


def list_over_http(service: ExplainerService) -> dict[str, Any]:
    return TestClient(create_api(service)).get("/api/v1/bundles").json()


def test_the_list_chooses_and_orders(models: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(models / "tiny", tmp_path / "elsewhere")
    service = serve(models, f"{elsewhere}, tiny")
    service.warm_up()
    listed = list_over_http(service)
    assert [item["name"] for item in listed["bundles"]] == ["elsewhere", "tiny"] and listed["problems"] == []
    assert listed["default"] == "elsewhere" and service.bundle().path == elsewhere
    only = serve(models, str(elsewhere))
    with pytest.raises(NotFoundError) as caught:
        only.bundle("tiny")
    assert caught.value.message == "There is no bundle 'tiny'; the known ones are: elsewhere."


def test_a_bundle_has_the_name_of_its_place(hub: HubStandIn, models: Path) -> None:
    service = serve(models, "hf://ann/tones tiny")
    service.warm_up()
    client = TestClient(create_api(service))
    drawn = client.get("/api/v1/bundles/ann--tones/map").json()
    assert drawn["name"] == "ann--tones"
    address = drawn["prototypes"][0]["audio"]
    assert address.startswith("/api/v1/bundles/ann--tones/")
    sound = client.get(address)
    assert sound.status_code == 200 and sound.content == (models / "tiny/audio/prototypes/low-0.ogg").read_bytes()
    explained = client.post("/api/v1/explain", files={"file": sound.content}, data={"bundle": "ann--tones"}).json()
    assert explained["bundle"]["name"] == "ann--tones"
    titles = dict(_choices(service, service.bundle_names))
    assert titles["Tones and noise, 2 prototypes per class (ann--tones)"] == "ann--tones"


def test_until_a_download_is_there_the_others_answer(
    hub: HubStandIn, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, allowed = threading.Event(), threading.Event()

    def slow_download(address: HubAddress) -> Path:
        asked.set()
        assert allowed.wait(60)
        return download_bundle(address)

    monkeypatch.setattr(service_module, "download_bundle", slow_download)
    service = serve(models, "hf://ann/tones tiny")
    warm_up = service.start()
    assert asked.wait(60)
    assert service.status.ready  # the local ones come first
    listed = list_over_http(service)
    assert listed["default"] == "tiny" and [item["name"] for item in listed["bundles"]] == ["tiny"]
    assert listed["problems"] == [
        {
            "name": "ann--tones",
            "code": "on_its_way",
            "message": "hf://ann/tones is still being downloaded from the Hugging Face Hub; try again in a minute.",
        }
    ]
    assert _choices(service, service.bundle_names)[0] == ("ann--tones (downloading)", "ann--tones")
    allowed.set()
    warm_up.join(60)
    assert list_over_http(service)["default"] == "ann--tones"


def test_without_network_the_models_folder_serves(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, CLOSED, tmp_path / "hf")
    service = serve(models, "hf://ann/tones")
    service.warm_up()
    assert service.status.ready and service.status.problem is None
    listed = list_over_http(service)
    assert listed["default"] == "tiny"
    (problem,) = listed["problems"]
    assert (problem["name"], problem["code"]) == ("ann--tones", "hub_unreachable")
    assert _choices(service, service.bundle_names)[0] == ("ann--tones (not available)", "ann--tones")
    for _ in range(2):
        with pytest.raises(HubError, match="can't be reached"):
            service.bundle("ann--tones")


def test_another_autoencoder_than_the_bundles_is_an_error(hub: HubStandIn, models: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(models, tmp_path / "models"))
    write_tiny_autoencoder(copy / "compact", seed=1)
    service = serve(copy, "hf://ann/tones")
    service.warm_up()
    with pytest.raises(BundleError) as caught:
        service.bundle("ann--tones")
    assert caught.value.code == "wrong_autoencoder" and "autoencoder that belongs to it" in caught.value.message


def test_the_page_opens_with_what_is_there(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, CLOSED, tmp_path / "hf")
    settings = Settings(models=models, bundles="hf://ann/tones")
    with TestClient(create_app(settings, tmp_path / "none", tmp_path / "none")) as client:
        assert client.get("/").status_code == 200
        assert client.get("/api/v1/bundles").json()["default"] == "tiny"

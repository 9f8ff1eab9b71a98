"""Weights that are being fetched, can't be had, or come from elsewhere meanwhile."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_stand_in import CLOSED, point_at
from sounds import tone_bytes
from starlette.testclient import TestClient
from visitors import Clock

from pecmae.errors import BundleError
from pecmae.networks.compact_autoencoder import COMPONENTS_FILE
from pecmae.networks.pretrained import WeightsError
from pecmae.server import weights_fetcher
from pecmae.server.api import create_api
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings
from pecmae.server.weights_fetcher import RETRY_S, WeightsFetcher


class Source:
    """A stand-in for where weights come from: `fetch` waits until it is released, then fails or provides them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_here = self.fails = False
        self.n_calls = 0
        self.released = threading.Event()
        monkeypatch.setattr(weights_fetcher, "is_fetched", lambda name, models: self.is_here)
        monkeypatch.setattr(weights_fetcher, "fetch_weights", self.fetch)

    def fetch(self, name: str, models: Path, progress: Callable[[int, int], None]) -> list[Path]:
        self.n_calls += 1
        progress(12 * 2**20, 29 * 2**20)
        assert self.released.wait(10)
        if self.fails:
            raise WeightsError("weights_not_fetched", "No network: run `python -m pecmae fetch`.")
        self.is_here = True
        return []


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    return Source(monkeypatch)


def code_of(fetcher: WeightsFetcher) -> str:
    with pytest.raises(WeightsError) as caught:
        fetcher.require("compact")
    return caught.value.code


def test_fetched_once_while_others_are_told(source: Source, tmp_path: Path) -> None:
    fetcher = WeightsFetcher(tmp_path)
    assert fetcher.running is None
    assert code_of(fetcher) == code_of(fetcher) == "weights_on_their_way"
    source.released.set()
    fetcher.wait("compact")
    fetcher.require("compact")
    assert source.n_calls == 1 and fetcher.running is None


def test_failure_is_remembered_for_a_minute(source: Source, tmp_path: Path, clock: Clock) -> None:
    fetcher = WeightsFetcher(tmp_path, clock)
    source.fails = True
    source.released.set()
    with pytest.raises(WeightsError, match="No network"):
        fetcher.wait("compact")
    clock.now_s += RETRY_S - 1
    assert code_of(fetcher) == "weights_not_fetched" and source.n_calls == 1
    clock.now_s += 1
    source.fails = False
    fetcher.wait("compact")
    assert source.n_calls == 2


@pytest.fixture
def models_with_need(models: Path, tmp_path: Path) -> Path:
    """A models folder whose autoencoder needs fetched weights."""
    shutil.copytree(models, tmp_path / "models")
    (tmp_path / "models" / "compact" / COMPONENTS_FILE).touch()
    return tmp_path / "models"


def test_published_weights_are_fetched_in_the_same_way(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, CLOSED, tmp_path)
    manifest = Path(shutil.copytree(models / "tiny", tmp_path / "models" / "tiny")) / "manifest.json"
    contents = json.loads(manifest.read_text())
    contents["autoencoder"]["name"] = "published-4s"
    manifest.write_text(json.dumps(contents))
    service = ExplainerService(Settings(models=tmp_path / "models"))
    assert service.bundle().manifest.autoencoder.name == "published-4s"
    service.warm_up()
    problem = service.status.problem
    assert problem and "run `python -m pecmae fetch published-4s`" in problem.message
    with TestClient(create_api(service)) as client:
        answer = client.post("/api/v1/explain", files={"file": ("a.wav", tone_bytes(1.0))})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "weights_unavailable")


def test_server_shows_bundles_before_it_can_explain(
    source: Source, models_with_need: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pecmae.server.service._LOOK_AGAIN_S", 0.01)
    service = ExplainerService(Settings(models=models_with_need))
    with TestClient(create_api(service)) as client:

        def explain() -> tuple[int, str]:
            answer = client.post("/api/v1/explain", files={"file": ("a.wav", tone_bytes(1.0))})
            return answer.status_code, answer.json().get("error", {}).get("message", "")

        warm_up = service.start()
        assert client.get("/api/v1/bundles/tiny/map").status_code == 200
        status, sentence = explain()
        assert status == 503 and sentence.startswith("The weights of musicnn are still being fetched")
        health = client.get("/healthz").json()
        assert health["status"] == "loading"
        assert health["download"] == {"name": "musicnn", "received_bytes": 12 * 2**20, "total_bytes": 29 * 2**20}

        source.fails = True
        source.released.set()
        with pytest.raises(BundleError, match="No network"):
            service.weights.wait("compact")
        assert explain() == (503, "No network: run `python -m pecmae fetch`.")
        assert client.get("/api/v1/bundles/tiny/map").status_code == 200

        answer = client.post("/api/v1/tags", files={"file": ("a.wav", tone_bytes(1.0))})
        assert answer.status_code == 503 and answer.json()["error"]["code"] == "weights_not_fetched"

        source.is_here = True  # somebody ran the command
        assert explain() == (200, "")
        warm_up.join(timeout=30)
        health = client.get("/healthz").json()
        assert (health["status"], health["download"], source.n_calls) == ("ok", None, 1)

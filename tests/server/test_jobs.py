"""Jobs: from a zip to a bundle, privacy, expiry, the queue."""

import json
import stat
from pathlib import Path

import pytest
from bundle_map import points_of
from sounds import tone_bytes
from starlette.testclient import TestClient
from visitors import COLLECTIONS, COMMAND, GOOD, Clock, Visitor, zip_of

from pecmae.server.api import create_api
from pecmae.server.jobs import EXPIRY_S, Jobs
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings

pytestmark = pytest.mark.slow


def test_from_a_zip_to_a_bundle_to_explore(visitor: Visitor, service: ExplainerService) -> None:
    collection = visitor.built(GOOD, title="My tunes")
    assert (collection["state"], collection["notes"], collection["error"]) == ("ready", [], None)
    name = collection["id"]
    assert collection["bundle"]["name"] == name and len(name) > 30
    drawn = visitor.client.get(f"/api/v1/bundles/{name}/map").json()
    sound = visitor.client.get(drawn["prototypes"][0]["audio"])
    assert sound.status_code == 200 and name in drawn["prototypes"][0]["audio"]
    assert sound.headers["cache-control"] == "private, max-age=3600"
    answer = visitor.client.post("/api/v1/explain", files={"file": ("a.wav", tone_bytes(1.0))}, data={"bundle": name})
    assert answer.status_code == 200 and answer.json()["bundle"]["name"] == name
    kept = {path.name for path in service.jobs.get(name).folder.iterdir()}
    assert kept == {"my-collection", "download.zip"}  # the recordings are gone


def test_progress(visitor: Visitor) -> None:
    _, collection = visitor.send(zip_of(GOOD), title="hang")
    progress = visitor.follow(collection["id"], until=("building",))
    assert (progress["stage"], progress["done"], progress["total"], progress["remaining_s"]) == ("embed", 1, 4, 12.5)
    assert visitor.client.get(f"{COLLECTIONS}/{collection['id']}").headers["cache-control"] == "no-store"


def test_downloaded_bundle_can_be_loaded_again(visitor: Visitor) -> None:
    first = visitor.built(GOOD, title="My tunes")["id"]
    download = visitor.client.get(f"{COLLECTIONS}/{first}/bundle")
    assert download.headers["content-type"] == "application/zip"
    assert "attachment" in download.headers["content-disposition"]
    status, again = visitor.send(download.content, "download.zip")
    assert (status, again["state"]) == (201, "ready") and again["id"] != first
    maps = [visitor.client.get(f"/api/v1/bundles/{name}/map").json() for name in (first, again["id"])]
    points = [points_of(drawn) for drawn in maps]
    assert points[0][3]["map"] == points[1][3]["map"]
    assert visitor.client.get(points[1][3]["audio"]).status_code == 200


def test_number_of_prototypes_per_class(visitor: Visitor, service: ExplainerService) -> None:
    _, collection = visitor.send(zip_of(GOOD), title="hang", prototypes_per_class="2")
    visitor.follow(collection["id"], until=("building",))
    job = json.loads((service.jobs.get(collection["id"]).folder / "work" / "task.json").read_text())
    assert job["prototypes_per_class"] == 2 and len(job["clips"]) == 10
    status, _, sentence = visitor.error_of(zip_of(GOOD), prototypes_per_class="6")
    assert status == 422 and sentence.startswith("The field 'prototypes_per_class' isn't valid")


def test_no_list_contains_the_id(visitor: Visitor) -> None:
    name = visitor.built(GOOD)["id"]
    other = visitor.built(GOOD)["id"]
    assert name != other
    for path in ("/api/v1/bundles", "/healthz", "/openapi.json"):
        assert name not in visitor.client.get(path).text
    unknown = visitor.client.get("/api/v1/bundles/nope/map").json()["error"]["message"]
    assert name not in unknown
    wrong = f"{COLLECTIONS}/{name[:-1]}"
    assert visitor.client.get(wrong).json()["error"]["code"] == "expired_collection"
    assert visitor.client.delete(wrong).status_code == 404
    assert visitor.client.get(COLLECTIONS).status_code == 405


def test_only_the_servers_user_can_enter_the_folders(visitor: Visitor, service: ExplainerService) -> None:
    folder = service.jobs.get(visitor.built(GOOD)["id"]).folder
    for path in (folder, folder.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_removed_an_hour_after_the_last_use(visitor: Visitor, service: ExplainerService, clock: Clock) -> None:
    name = visitor.built(GOOD)["id"]
    folder = service.jobs.get(name).folder
    clock.now_s += EXPIRY_S - 1
    assert visitor.client.get(f"/api/v1/bundles/{name}/map").status_code == 200  # a use, so the hour begins anew
    clock.now_s += EXPIRY_S - 1
    assert folder.is_dir() and visitor.client.get(f"{COLLECTIONS}/{name}").status_code == 200
    clock.now_s += EXPIRY_S
    service.jobs.sweep()
    assert not folder.exists()
    sentence = (
        "This server no longer has your collection, because collections are removed an hour after their last use; "
        "build it again, or load the bundle that you downloaded."
    )
    expected = {"error": {"code": "expired_collection", "message": sentence}}
    for path in (f"{COLLECTIONS}/{name}", f"{COLLECTIONS}/{name}/bundle", f"/api/v1/bundles/{name}/map"):
        answer = visitor.client.get(path)
        assert (answer.status_code, answer.json()) == (404, expected)
    answer = visitor.client.post("/api/v1/explain", files={"file": ("a.wav", tone_bytes(1.0))}, data={"bundle": name})
    assert (answer.status_code, answer.json()) == (404, expected)


def test_removed_on_request(visitor: Visitor, service: ExplainerService) -> None:
    name = visitor.built(GOOD)["id"]
    folder = service.jobs.get(name).folder
    assert visitor.client.delete(f"{COLLECTIONS}/{name}").status_code == 204
    assert not folder.exists()
    assert visitor.client.delete(f"{COLLECTIONS}/{name}").json()["error"]["code"] == "expired_collection"


def test_removed_when_the_server_stops(service: ExplainerService) -> None:
    with TestClient(create_api(service)) as client:
        visitor = Visitor(client)
        folder = service.jobs.get(visitor.built(GOOD)["id"]).folder
        _, hanging = visitor.send(zip_of(GOOD), title="hang")
        visitor.follow(hanging["id"], until=("building",))
        process = service.jobs._process
    assert not folder.parent.exists() and process is not None and not process.is_running


def test_one_build_at_a_time_and_places(visitor: Visitor, service: ExplainerService) -> None:
    _, first = visitor.send(zip_of(GOOD), title="hang")
    visitor.follow(first["id"], until=("building",))
    process = service.jobs._process
    _, second = visitor.send(zip_of(GOOD))
    _, third = visitor.send(zip_of(GOOD))
    assert [collection["state"] for collection in (second, third)] == ["waiting", "waiting"]
    assert [collection["place"] for collection in (second, third)] == [1, 2]
    assert visitor.client.get(f"/api/v1/bundles/{second['id']}/map").json()["error"] == {
        "code": "not_built",
        "message": "Your collection isn't built yet; wait until it is ready.",
    }
    assert visitor.client.get(f"{COLLECTIONS}/{second['id']}/bundle").json()["error"]["message"] == (
        "Your collection isn't built yet; wait until it is ready."
    )
    assert visitor.error_of(zip_of(GOOD)) == (
        503,
        "queue_full",
        "2 other collections are already waiting to be built; try again in a few minutes, or run the explorer on your "
        "own machine.",
    )
    visitor.client.delete(f"{COLLECTIONS}/{second['id']}")  # out of the queue
    visitor.client.delete(f"{COLLECTIONS}/{first['id']}")  # stops what runs
    assert process is not None and not process.is_running
    assert visitor.follow(third["id"])["state"] == "ready"


def test_no_room(visitor: Visitor, service: ExplainerService, models: Path) -> None:
    for _ in range(4):
        service.jobs._create("somebody's")
    assert visitor.error_of(zip_of(GOOD)) == (
        503,
        "too_many_collections",
        "This server already keeps 4 collections, which is its limit; try again within the hour, or run the explorer "
        "on your own machine.",
    )
    with TestClient(create_api(ExplainerService(Settings(models=models, max_collections=0)))) as closed:
        assert Visitor(closed).error_of(zip_of(GOOD)) == (
            422,
            "no_collections",
            "This server accepts no collections; run the explorer on your own machine to build one.",
        )


@pytest.mark.parametrize("title", ["crash", "chatter"])
def test_worker_that_fails(visitor: Visitor, title: str, caplog: pytest.LogCaptureFixture) -> None:
    collection = visitor.built(GOOD, title=title)
    assert (collection["state"], collection["error"]) == (
        "failed",
        {
            "code": "build_stopped",
            "message": "Training stopped unexpectedly; try again, and give fewer clips if it stops again.",
        },
    )
    assert "A build stopped" in caplog.text and ("out of luck" in caplog.text) == (title == "crash")
    assert visitor.built(GOOD)["state"] == "ready"  # the next one isn't harmed


def test_worker_that_takes_too_long(settings: Settings) -> None:
    service = ExplainerService(settings, Jobs(settings, command=COMMAND, max_build_s=0.5))
    with TestClient(create_api(service)) as client:
        collection = Visitor(client).built(GOOD, title="hang")
    assert collection["error"] == {
        "code": "build_too_long",
        "message": "Training took longer than 0.5 s and was stopped; give fewer or shorter clips.",
    }

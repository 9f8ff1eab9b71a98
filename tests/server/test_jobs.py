"""Visitors' own collections: every error with its sentence, privacy, expiry, the queue, hostile zips and bundles."""

import io
import json
import shutil
import stat
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from sounds import tone_bytes
from starlette.testclient import TestClient

from pecmae.files import sha256
from pecmae.server.api import create_api
from pecmae.server.jobs import EXPIRY_S, Jobs
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings

COLLECTIONS = "/api/v1/collections"
COMMAND = (sys.executable, "-m", "tests.fake_worker")
Files = dict[str, bytes]


class Clock:
    """Time that passes when it's told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def clips(label: str, n: int = 5, first: int = 0) -> Files:
    return {f"{label}/{k}.wav": tone_bytes(0.6 + 0.01 * k, 8_000) for k in range(first, first + n)}


GOOD = {**clips("low"), **clips("high", first=5)}


def zip_of(files: Files, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, content)
    return buffer.getvalue()


class Visitor:
    """Someone at the API."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def send(self, content: bytes, name: str = "tunes.zip", **fields: str) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(COLLECTIONS, files={"file": (name, content)}, data=fields)
        return answer.status_code, answer.json()

    def refused(self, content: bytes, **fields: str) -> tuple[int, str, str]:
        status, answer = self.send(content, **fields)
        return status, answer["error"]["code"], answer["error"]["message"]

    def follow(self, name: str, *, until: tuple[str, ...] = ("ready", "failed")) -> dict[str, Any]:
        for _ in range(2000):
            facts = self.client.get(f"{COLLECTIONS}/{name}").json()
            if facts.get("state") in until:
                return facts
            threading.Event().wait(0.02)
        raise AssertionError(facts)

    def built(self, files: Files, **fields: str) -> dict[str, Any]:
        status, facts = self.send(zip_of(files), **fields)
        assert status == 201, facts
        return self.follow(facts["id"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(models: Path) -> Settings:
    return Settings(models=models, max_clip_s=20.0, max_upload_mb=0.25, max_collections=4, max_collection_mb=1)


@pytest.fixture
def service(settings: Settings, clock: Clock) -> ExplainerService:
    return ExplainerService(settings, Jobs(settings, command=COMMAND, max_waiting=2, clock=clock))


@pytest.fixture
def visitor(service: ExplainerService) -> Iterator[Visitor]:
    with TestClient(create_api(service), raise_server_exceptions=False) as client:
        yield Visitor(client)


# The way from a zip to a bundle


def test_from_a_zip_to_a_bundle_to_explore(visitor: Visitor, service: ExplainerService) -> None:
    facts = visitor.built(GOOD, title="My tunes")
    assert (facts["state"], facts["notes"], facts["error"]) == ("ready", [], None)
    name = facts["id"]
    assert facts["bundle"]["name"] == name and len(name) > 30
    drawn = visitor.client.get(f"/api/v1/bundles/{name}/map").json()
    sound = visitor.client.get(drawn["prototypes"][0]["audio"])
    assert sound.status_code == 200 and name in drawn["prototypes"][0]["audio"]
    assert sound.headers["cache-control"] == "private, max-age=3600"
    answer = visitor.client.post("/api/v1/explain", files={"file": ("a.wav", tone_bytes(1.0))}, data={"bundle": name})
    assert answer.status_code == 200 and answer.json()["bundle"]["name"] == name
    kept = {path.name for path in service.jobs.get(name).folder.iterdir()}
    assert kept == {"my-collection", "download.zip"}  # the recordings are gone


def test_progress_is_told(visitor: Visitor) -> None:
    _, facts = visitor.send(zip_of(GOOD), title="hang")
    told = visitor.follow(facts["id"], until=("building",))
    assert (told["stage"], told["done"], told["total"], told["remaining_s"]) == ("embed", 1, 4, 12.5)
    assert visitor.client.get(f"{COLLECTIONS}/{facts['id']}").headers["cache-control"] == "no-store"


def test_downloaded_bundle_can_be_loaded_again(visitor: Visitor) -> None:
    first = visitor.built(GOOD, title="My tunes")["id"]
    download = visitor.client.get(f"{COLLECTIONS}/{first}/bundle")
    assert download.headers["content-type"] == "application/zip"
    assert "attachment" in download.headers["content-disposition"]
    status, again = visitor.send(download.content, "download.zip")
    assert (status, again["state"]) == (201, "ready") and again["id"] != first
    maps = [visitor.client.get(f"/api/v1/bundles/{name}/map").json() for name in (first, again["id"])]
    assert maps[0]["points"][3]["map"] == maps[1]["points"][3]["map"]
    assert visitor.client.get(maps[1]["points"][3]["audio"]).status_code == 200


def test_prototypes_a_class_are_asked_for(visitor: Visitor, service: ExplainerService) -> None:
    _, facts = visitor.send(zip_of(GOOD), title="hang", prototypes_per_class="2")
    visitor.follow(facts["id"], until=("building",))
    job = json.loads((service.jobs.get(facts["id"]).folder / "work" / "task.json").read_text())
    assert job["prototypes_per_class"] == 2 and len(job["clips"]) == 10
    status, _, sentence = visitor.refused(zip_of(GOOD), prototypes_per_class="6")
    assert status == 422 and sentence.startswith("The field 'prototypes_per_class' isn't valid")


# Privacy


def test_nobody_else_hears_of_it(visitor: Visitor) -> None:
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


def test_files_are_for_the_servers_user_alone(visitor: Visitor, service: ExplainerService) -> None:
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


def test_removed_at_once_when_asked(visitor: Visitor, service: ExplainerService) -> None:
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


# The queue


def test_one_build_at_a_time_and_places(visitor: Visitor, service: ExplainerService) -> None:
    _, first = visitor.send(zip_of(GOOD), title="hang")
    visitor.follow(first["id"], until=("building",))
    process = service.jobs._process
    _, second = visitor.send(zip_of(GOOD))
    _, third = visitor.send(zip_of(GOOD))
    assert [facts["state"] for facts in (second, third)] == ["waiting", "waiting"]
    assert [facts["place"] for facts in (second, third)] == [1, 2]
    assert visitor.client.get(f"/api/v1/bundles/{second['id']}/map").json()["error"] == {
        "code": "not_built",
        "message": "Your collection isn't built yet; wait until it is ready.",
    }
    assert visitor.client.get(f"{COLLECTIONS}/{second['id']}/bundle").json()["error"]["message"] == (
        "Your collection isn't built yet; wait until it is ready."
    )
    assert visitor.refused(zip_of(GOOD)) == (
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
    assert visitor.refused(zip_of(GOOD)) == (
        503,
        "too_many_collections",
        "This server already keeps 4 collections, which is its limit; try again within the hour, or run the explorer "
        "on your own machine.",
    )
    with TestClient(create_api(ExplainerService(Settings(models=models, max_collections=0)))) as closed:
        assert Visitor(closed).refused(zip_of(GOOD)) == (
            422,
            "no_collections",
            "This server accepts no collections; run the explorer on your own machine to build one.",
        )


@pytest.mark.parametrize("title", ["crash", "chatter"])
def test_worker_that_fails(visitor: Visitor, title: str, caplog: pytest.LogCaptureFixture) -> None:
    facts = visitor.built(GOOD, title=title)
    assert (facts["state"], facts["error"]) == (
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
        facts = Visitor(client).built(GOOD, title="hang")
    assert facts["error"] == {
        "code": "build_too_long",
        "message": "Training took longer than 0.5 s and was stopped; give fewer or shorter clips.",
    }


# Zips that can't be learned


def test_too_little(visitor: Visitor) -> None:
    assert visitor.refused(zip_of(clips("low"))) == (
        422,
        "too_few_classes",
        "The zip contains only the class 'low'; give at least 2 classes, each as a folder of recordings.",
    )
    assert visitor.refused(zip_of({"words.txt": b"x", "low.wav": tone_bytes(0.6)})) == (
        422,
        "too_few_classes",
        "The zip contains no class with clips; give at least 2 classes, each as a folder of recordings. "
        "1 file that isn't audio was left out: words.txt. "
        "1 clip outside the class folders was left out: low.wav.",
    )
    assert visitor.refused(zip_of({**clips("low"), **clips("high", 4), **clips("noise", 1)})) == (
        422,
        "too_few_clips",
        "Every class needs at least 5 clips, but 'high' has 4, 'noise' has 1; add clips or leave the class out.",
    )


def test_too_much(visitor: Visitor) -> None:
    many_classes = {f"{label}/{k}.wav": b"" for label in range(21) for k in range(5)}
    assert visitor.refused(zip_of(many_classes)) == (
        422,
        "too_many_classes",
        "The zip contains 21 classes; give at most 20 classes.",
    )
    many_clips = {f"{label}/{k}.wav": b"" for label in range(2) for k in range(201)}
    assert visitor.refused(zip_of(many_clips)) == (
        422,
        "too_many_clips",
        "The zip contains 402 clips; give at most 400 clips.",
    )
    noise = np.random.default_rng(0).integers(0, 256, 2**21, dtype=np.uint8).tobytes()
    assert visitor.refused(noise) == (
        413,
        "too_large",
        "The upload has 2.0 MB; up to 1 MB are accepted, so trim it or compress it as ogg, mp3 or flac.",
    )
    facts = visitor.built({f"{label}/{k}.wav": tone_bytes(3.5 + k / 8, 8_000) for label in "ab" for k in range(5)})
    assert facts["error"]["code"] == "too_few_clips"  # the same sounds in both classes: see below
    facts = visitor.built(
        {
            f"{label}/{k}.wav": tone_bytes(3.5 + (k + 5 * n) / 100, 8_000)
            for n, label in enumerate("ab")
            for k in range(5)
        }
    )
    assert facts["error"] == {
        "code": "too_much_audio",
        "message": "The clips are longer than 30 s in total, which is the most that this server accepts; give fewer "
        "or shorter clips.",
    }


def test_what_cannot_be_learned_is_left_out_and_told(visitor: Visitor) -> None:
    silent = tone_bytes(1.0, 8_000)[:44] + bytes(16_000)
    facts = visitor.built(
        {
            **GOOD,
            "low/cover.jpg": b"x",
            "low/broken.wav": b"words " * 20,
            "high/silent.wav": silent,
            "high/long.wav": tone_bytes(21.0, 4_000),
            "high/large.wav": bytes(2**18 + 1),
            "high/copy.wav": GOOD["high/5.wav"],
            "low/both.wav": tone_bytes(0.9, 8_000),
            "high/both.wav": tone_bytes(0.9, 8_000),
            "loose.wav": tone_bytes(0.7),
        }
    )
    assert facts["state"] == "ready"
    assert facts["notes"] == [
        "1 file that isn't audio was left out: low/cover.jpg.",
        "1 clip outside the class folders was left out: loose.wav.",
        "1 clip larger than 0.25 MB was left out: high/large.wav.",
        "The same recording is in several classes and was left out: low/both.wav and high/both.wav.",
        "1 clip that repeats another of its class was left out: high/copy.wav.",
        "Left out of 'low': 'broken.wav' isn't audio that can be read here, or it is incomplete; "
        "give a wav, flac, ogg, mp3 or m4a file.",
        "Left out of 'high': 'silent.wav' is silent: mixed to mono, all its samples are equal, and at least -60 dBFS "
        "is needed; check the recording level or choose another file.",
        "Left out of 'high': 'long.wav' is 21 s long; up to 20 s is accepted, so trim it or ask for its first 20 s "
        "only.",
    ]


def test_too_few_remain(visitor: Visitor) -> None:
    facts = visitor.built({**GOOD, "low/0.wav": b"words"})
    assert (facts["state"], facts["error"]["code"]) == ("failed", "too_few_clips")
    assert facts["error"]["message"] == (
        "Every class needs at least 5 clips, but 'low' has 4; add clips or leave the class out. "
        "Left out of 'low': '0.wav' isn't audio that can be read here, or it is incomplete; "
        "give a wav, flac, ogg, mp3 or m4a file."
    )


# Zips as they come, and as they shouldn't


def labels_of(visitor: Visitor, service: ExplainerService, content: bytes) -> list[tuple[str, str]]:
    """Class and name of every clip of a zip, as the worker gets them."""
    _, facts = visitor.send(content, title="hang")
    visitor.follow(facts["id"], until=("building",))
    job = json.loads((service.jobs.get(facts["id"]).folder / "work" / "task.json").read_text())
    visitor.client.delete(f"{COLLECTIONS}/{facts['id']}")
    return [(clip["label"], clip["name"]) for clip in job["clips"]]


def test_zips_of_all_systems(visitor: Visitor, service: ExplainerService) -> None:
    expected = [*(("low", f"{k}.wav") for k in range(5)), *(("high", f"{k}.wav") for k in range(5, 10))]
    assert labels_of(visitor, service, zip_of(GOOD)) == expected
    around = {f"my music/{name}": content for name, content in GOOD.items()}
    around |= {"__MACOSX/my music/low/._0.wav": b"x", "my music/.DS_Store": b"x", "my music/low/.hidden.wav": b"x"}
    assert labels_of(visitor, service, zip_of(around)) == expected
    nested = {name.replace("low/", "low/an album/"): content for name, content in GOOD.items()}
    assert labels_of(visitor, service, zip_of(nested)) == expected
    windows = {name.replace("/", "\\"): content for name, content in GOOD.items()}
    assert labels_of(visitor, service, zip_of(windows)) == expected


def test_names_in_any_encoding(visitor: Visitor, service: ExplainerService) -> None:
    files = {name.replace("low", "Flöte").replace("high", "笛"): content for name, content in GOOD.items()}
    assert {label for label, _ in labels_of(visitor, service, zip_of(files))} == {"Flöte", "笛"}
    decomposed = {name.replace("o\u0308", "o\u0308").replace("ö", "o\u0308"): data for name, data in files.items()}
    assert {label for label, _ in labels_of(visitor, service, zip_of(decomposed))} == {"Flöte", "笛"}

    def old(name: str) -> bytes:  # written by tools that mark no encoding
        content = zip_of({path.replace("low", "Fl#te"): data for path, data in GOOD.items()})
        return content.replace(b"Fl#te", name.encode("cp437"))

    assert {label for label, _ in labels_of(visitor, service, old("Flöte"))} == {"Flöte", "high"}
    unmarked = zip_of({path.replace("low", "Fl##te"): data for path, data in GOOD.items()})
    assert {label for label, _ in labels_of(visitor, service, unmarked.replace(b"Fl##te", "Flöte".encode()))} == {
        "Flöte",
        "high",
    }


@pytest.mark.parametrize("path", ["../low/0.wav", "low/../../0.wav", "/etc/0.wav", "C:/low/0.wav", "..\\low\\0.wav"])
def test_paths_that_lead_out(visitor: Visitor, path: str) -> None:
    assert visitor.refused(zip_of({**GOOD, path: b"x"})) == (
        422,
        "unsafe_path",
        f"The zip contains the path {path.replace(chr(92), '/')!r}, which leads out of the zip; pack the folders "
        "again.",
    )


def test_links_are_not_followed(visitor: Visitor, service: ExplainerService) -> None:
    def make_link(info: zipfile.ZipInfo) -> None:
        if info.filename == "low/link.wav":
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16

    content = zip_of({**GOOD, "low/link.wav": b"/etc/passwd"}, make_link)
    assert ("low", "link.wav") not in labels_of(visitor, service, content)


def test_bombs(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = zip_of({**GOOD, **{f"low/z{k}.wav": bytes(2**18) for k in range(9)}})
    assert len(zeros) < 2**18
    status, code, sentence = visitor.refused(zeros)
    assert (status, code) == (422, "unpacked_too_large")
    assert sentence == (
        "The unpacked zip exceeds this server's limit (at 'low/z7.wav'); give fewer or shorter clips, or compress "
        "them as ogg, mp3 or flac."
    )
    directory = zip_of({f"{k}": b"" for k in range(500)})
    monkeypatch.setattr("pecmae.server.zips.MAX_DIRECTORY_BYTES", 2**14)
    assert visitor.refused(directory)[1] == "not_a_zip"


def test_zips_that_are_no_zips(visitor: Visitor) -> None:
    not_a_zip = "'tunes.zip' can't be opened as a zip; pack the folders again as a plain zip."
    for content in (b"", b"words", zip_of(GOOD)[:-30], b"PK\5\6" + bytes(18) + b"x" * 9):
        assert visitor.refused(content)[1:] in {
            ("not_a_zip", not_a_zip),
            (
                "too_few_classes",
                "The zip contains no class with clips; give at least 2 classes, each as a folder of recordings.",
            ),
        }
    content = zip_of(GOOD)
    at = content.index(b"low/3.wav") + 40
    damaged = content[:at] + bytes(200) + content[at + 200 :]
    assert visitor.refused(damaged)[1:] == (
        "damaged_zip",
        "The zip is damaged at 'low/3.wav'; pack the folders again and send the new zip.",
    )

    def encrypt(content: bytes) -> bytes:  # the flag alone, in both records of every file
        data = bytearray(content)
        for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            at = data.find(mark)
            while at >= 0:
                data[at + offset] |= 1
                at = data.find(mark, at + 4)
        return bytes(data)

    assert visitor.refused(encrypt(content))[1:] == (
        "encrypted",
        "The zip is protected by a password; pack the folders again without a password.",
    )


# Bundles from strangers


def rezip(folder: Path) -> bytes:
    return zip_of({f"tiny/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*.*")})


def sign(folder: Path, **changes: object) -> None:
    """Write the hashes of what the files hold now into the manifest, and change fields of it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: sha256(folder / name) for name in manifest["files"]}
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))


def change_tensor(folder: Path, file: str, name: str, value: float) -> None:
    tensors = {key: tensor.clone() for key, tensor in load_file(folder / file).items()}
    tensors[name].view(-1)[0] = value
    save_file(tensors, folder / file)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "weights": lambda folder: change_tensor(folder, "prototypes.safetensors", "linear.weight", float("nan")),
    "infinite": lambda folder: change_tensor(folder, "prototypes.safetensors", "std", float("inf")),
    "overflow": lambda folder: change_tensor(folder, "prototypes.safetensors", "prototypes", 3e38),
    "spread": lambda folder: change_tensor(folder, "prototypes.safetensors", "std", 0.0),
    "map": lambda folder: change_tensor(folder, "training.safetensors", "coordinates", float("nan")),
    "labels": lambda folder: change_tensor(folder, "training.safetensors", "labels", 99),
    "title": lambda folder: sign(folder, tracks=[{"id": "low-0000", "title": {"a": 1}}]),
    "track": lambda folder: change_tensor(folder, "training.safetensors", "track_index", 99),
    "start": lambda folder: change_tensor(folder, "training.safetensors", "start_s", float("nan")),
    "depth": lambda folder: (folder / "manifest.json").write_text("[" * 100_000),
    "many": lambda folder: sign(folder, prototypes_per_class=10**12),
    "metrics": lambda folder: sign(folder, metrics={"balanced_accuracy": {"test": 3}}),
    "segment": lambda folder: sign(folder, segment_s=1e9),
    "schema": lambda folder: sign(folder, schema="pecmae.bundle/9"),
    "names": lambda folder: sign(folder, name="../tiny"),
    "pickle": lambda folder: (folder / "training.safetensors").write_bytes(b"\x80\x04N."),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_bundles(visitor: Visitor, service: ExplainerService, bundle_copy: Path, kind: str) -> None:
    HOSTILE[kind](bundle_copy)
    if kind not in {"many", "metrics", "segment", "schema", "names", "title", "depth"}:
        sign(bundle_copy)
    status, code, sentence = visitor.refused(rezip(bundle_copy))
    assert (status, code) == (422, "bad_bundle_zip"), sentence
    assert sentence.endswith("build it again from its recordings.")
    assert str(service.jobs._root) not in sentence
    assert list(service.jobs._root.iterdir()) == []  # type: ignore[union-attr]


def test_altered_and_missing_files(visitor: Visitor, bundle_copy: Path) -> None:
    with (bundle_copy / "audio/prototypes/low-0.ogg").open("ab") as file:
        file.write(b"x")
    assert visitor.refused(rezip(bundle_copy))[1:] == (
        "bad_bundle_zip",
        "The bundle in 'tunes.zip' is damaged or was changed (error 'altered_file'); download it again, or build it "
        "again from its recordings.",
    )
    (bundle_copy / "audio/prototypes/low-0.ogg").unlink()
    assert "error 'missing_file'" in visitor.refused(rezip(bundle_copy))[2]


def test_bundles_of_other_autoencoders(visitor: Visitor, bundle_copy: Path) -> None:
    sign(bundle_copy, autoencoder={"name": "published-4s", "fingerprint": "0" * 64})
    assert visitor.refused(rezip(bundle_copy)) == (
        422,
        "unknown_autoencoder",
        "This bundle needs the autoencoder 'published-4s', which this server doesn't have; open it with an explorer "
        "that has a bundle of the same autoencoder.",
    )
    sign(bundle_copy, autoencoder={"name": "compact", "fingerprint": "0" * 64})
    assert visitor.refused(rezip(bundle_copy)) == (
        422,
        "other_autoencoder",
        "This bundle was built with another version of the autoencoder 'compact'; build it again from its recordings.",
    )


def test_bundle_in_no_folder(visitor: Visitor, models: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "bundle"), "zip", models / "tiny")
    status, facts = visitor.send(Path(archive).read_bytes(), "bundle.zip")
    assert (status, facts["state"], facts["title"]) == (201, "ready", "Tones and noise, 2 prototypes per class")

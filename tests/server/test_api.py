"""The HTTP API: explanations, schemas of bundles, sounds with ranges and caching, every error with its sentence."""

import math
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import torch
from bundle_map import points_of
from sounds import tone_bytes
from starlette.testclient import TestClient

from pecmae.audio.reading import read_clip
from pecmae.bundles.bundle import Bundle, point_audio_file
from pecmae.explain.explanation import Explanation
from pecmae.explain.tagging import tag_waveform
from pecmae.networks.pretrained import load_musicnn
from pecmae.server.api import create_api
from pecmae.server.schemas import draw_map
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings

MAX_UPLOAD_BYTES = 2**20


@pytest.fixture(scope="module")
def client(models: Path) -> Iterator[TestClient]:
    service = ExplainerService(Settings(models=models, max_clip_s=20.0, max_upload_mb=MAX_UPLOAD_BYTES / 2**20))
    service.warm_up()
    with TestClient(create_api(service), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def post(client: TestClient, content: bytes, name: str = "a.wav", **fields: str) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/v1/explain", files={"file": (name, content)}, data=fields)
    return answer.status_code, answer.json()


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def test_health(client: TestClient, tmp_path: Path) -> None:
    healthy = client.get("/healthz")
    assert (healthy.status_code, healthy.json()["status"], healthy.json()["bundles"]) == (200, "ok", ["tiny"])

    service = ExplainerService(Settings(models=tmp_path))
    with TestClient(create_api(service)) as empty:
        assert empty.get("/healthz").json()["status"] == "loading"
        service.warm_up()
        answer = empty.get("/healthz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        sentence = answer.json()["error"]
        assert sentence["code"] == "no_bundles" and str(tmp_path) in sentence["message"]
        assert post(empty, tone_bytes(1.0)) == (503, {"error": sentence})
        assert empty.get("/api/v1/bundles").json() == {"default": None, "bundles": [], "problems": []}


def test_explanation_is_valid_and_adds_up(client: TestClient, temporary_files: Path) -> None:
    status, explanation = post(client, tone_bytes(13.0, 16_000, channels=2), "C:\\music\\my tone.wav")
    assert status == 200
    assert Explanation.model_validate(explanation).to_json() == explanation
    clip = explanation["clip"]
    assert (clip["name"], clip["sample_rate"], clip["channels"]) == ("my tone.wav", 16_000, 2)
    assert (clip["duration_s"], clip["analysed_s"], clip["notes"]) == (13.0, 13.0, [])
    contributions = np.array([item["contributions"] for item in explanation["prototypes"]])
    np.testing.assert_allclose(contributions.sum(axis=0) + explanation["bias"], explanation["logits"], atol=1e-4)
    segment_logits = np.array([item["logits"] for item in explanation["segments"]])
    np.testing.assert_allclose(segment_logits.mean(axis=0), explanation["logits"], atol=1e-4)
    assert math.isclose(sum(explanation["scores"]), 1, abs_tol=1e-6)
    assert not list(temporary_files.iterdir())


def ask_for_tags(client: TestClient, content: bytes, name: str = "a.wav", **fields: str) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/v1/tags", files={"file": (name, content)}, data=fields)
    return answer.status_code, answer.json()


def test_tags_are_those_of_musicnn(client: TestClient, tmp_path: Path, temporary_files: Path) -> None:
    content = tone_bytes(7.0, 16_000)
    status, answer = ask_for_tags(client, content)
    assert status == 200 and not list(temporary_files.iterdir())
    (tmp_path / "a.wav").write_bytes(content)
    expected = tag_waveform(read_clip(tmp_path / "a.wav").waveform, load_musicnn())
    assert [tag["name"] for tag in answer["tags"]] == [tag.name for tag in expected]
    assert [tag["probability"] for tag in answer["tags"]] == pytest.approx([tag.probability for tag in expected])


def test_tags_have_the_limits_and_errors_of_explanations(client: TestClient) -> None:
    long = tone_bytes(22.0, 8_000)
    for content in (long, tone_bytes(0.1), bytes(2 * MAX_UPLOAD_BYTES), b"words", b""):
        refused = ask_for_tags(client, content)
        assert refused == post(client, content) and refused[0] in (413, 415, 422)
    assert ask_for_tags(client, long, first_part="true")[0] == 200


def test_default_bundle_is_the_first(client: TestClient) -> None:
    content = tone_bytes(2.0)
    named = post(client, content, bundle="tiny")
    assert post(client, content) == post(client, content, bundle="") == named
    assert named[1]["bundle"]["name"] == client.get("/api/v1/bundles").json()["default"] == "tiny"


def test_short_clip_is_repeated_with_a_note(client: TestClient) -> None:
    _, explanation = post(client, tone_bytes(2.3))
    assert explanation["clip"]["notes"] == ["The clip is 2.3 s long; it was repeated to fill one segment of 4 s."]


def test_first_part_on_request(client: TestClient) -> None:
    content = tone_bytes(22.0, 8_000)
    assert post(client, content) == (
        422,
        error("too_long", "'a.wav' is 22 s long; up to 20 s is accepted, so trim it or ask for its first 20 s only."),
    )
    status, explanation = post(client, content, first_part="true")
    assert status == 200 and explanation["clip"]["analysed_s"] == 20.0
    assert explanation["clip"]["notes"] == ["The file is 22 s long; only its first 20 s was analysed."]


CUT = tone_bytes(5.0)[:200_000]
NOT_AUDIO = "isn't audio that can be read here, or it is incomplete; give a wav, flac, ogg, mp3 or m4a file."


@pytest.mark.parametrize(
    ("content", "status", "code", "sentence"),
    [
        (b"", 422, "empty_file", "is empty (0 bytes); choose the file again or export it again."),
        (b"words " * 99, 415, "not_audio", NOT_AUDIO),
        (
            CUT,
            422,
            "truncated",
            "is incomplete: at least 241,044 bytes are missing at its end; export or download it again.",
        ),
        (
            tone_bytes(0.3),
            422,
            "too_short",
            "is 0.3 s long; at least 0.5 s is needed, so give a longer clip.",
        ),
        (
            tone_bytes(3.0, 8_000)[:44] + bytes(48_000),
            422,
            "silent",
            "is silent: its mono mix is constant, but a peak of at least -60 dBFS is needed; "
            "check the recording level or choose another file.",
        ),
        (
            bytes(MAX_UPLOAD_BYTES + 2**15),
            413,
            "too_large",
            "has 1.0 MB; up to 1 MB are accepted, so trim it or compress it as ogg, mp3 or flac.",
        ),
    ],
)
def test_bad_clips(
    client: TestClient, temporary_files: Path, content: bytes, status: int, code: str, sentence: str
) -> None:
    assert post(client, content, "/home/ada/a.wav") == (status, error(code, f"'a.wav' {sentence}"))
    assert not list(temporary_files.iterdir())


def test_upload_far_over_the_limit(client: TestClient) -> None:
    sentence = "The upload has 3.0 MB; up to 1 MB are accepted, so trim it or compress it as ogg, mp3 or flac."
    assert post(client, bytes(3 * 2**20)) == (413, error("too_large", sentence))


def test_unknown_bundle(client: TestClient) -> None:
    expected = 404, error("unknown_bundle", "There is no bundle 'nope'; the known ones are: tiny.")
    assert post(client, tone_bytes(1.0), bundle="nope") == expected
    for path in ("prototypes", "map", "prototypes/low-0/audio", "points/x/audio"):
        answer = client.get(f"/api/v1/bundles/nope/{path}")
        assert (answer.status_code, answer.json()) == expected


def test_unknown_ids(client: TestClient) -> None:
    answer = client.get("/api/v1/bundles/tiny/prototypes/low-7/audio")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "unknown_prototype"
    assert "no prototype 'low-7'" in answer.json()["error"]["message"]
    answer = client.get("/api/v1/bundles/tiny/points/low-7/audio")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "unknown_point"
    assert "no training segment 'low-7'" in answer.json()["error"]["message"]


ESCAPES = ["..", "../../manifest.json", "..\\..\\manifest.json", "/etc/passwd", "low-0\0", "%2e%2e"]


@pytest.mark.parametrize("escaped", ESCAPES)
@pytest.mark.parametrize(
    "template", ["{}/map", "{}/prototypes", "tiny/prototypes/{}/audio", "tiny/points/{}/audio", "{}/points/x/audio"]
)
def test_paths_in_names_lead_nowhere(client: TestClient, template: str, escaped: str) -> None:
    for encoded in (quote(escaped, safe=""), quote(quote(escaped, safe=""), safe="")):
        answer = client.get("/api/v1/bundles/" + template.format(encoded))
        assert answer.status_code == 404
        assert answer.json()["error"]["code"].startswith("unknown_") and answer.json()["error"]["message"]
    assert post(client, tone_bytes(1.0), bundle=escaped)[0] == 404


def test_malformed_requests(client: TestClient) -> None:
    def ask(method: str, path: str, **options: object) -> tuple[int, dict[str, Any]]:
        answer = client.request(method, path, **options)  # type: ignore[arg-type]
        return answer.status_code, answer.json()

    remedy = "; /docs describes the request."
    explain = "/api/v1/explain"
    assert ask("POST", explain) == (422, error("invalid_field", "The field 'file' is missing" + remedy))
    assert ask("POST", explain, data={"file": "words"}) == (
        422,
        error("invalid_field", "The field 'file' isn't a file" + remedy),
    )
    status, answer = post(client, tone_bytes(1.0), first_part="perhaps")
    assert status == 422 and answer["error"]["message"].startswith("The field 'first_part' isn't valid (")
    assert ask("POST", explain, content=b"words", headers={"Content-Type": "multipart/form-data; boundary=x"}) == (
        400,
        error("bad_request", "The body can't be parsed; send multipart/form-data with the clip as the field 'file'."),
    )
    assert ask("GET", explain) == (405, error("wrong_method", f"{explain!r} doesn't answer GET; use POST."))
    assert ask("DELETE", "/api/v1/bundles") == (
        405,
        error("wrong_method", "'/api/v1/bundles' doesn't answer DELETE; use GET."),
    )
    assert client.get(explain).headers["allow"] == "POST"
    for path in ("/api/", "/api/v1", "/api/v2/explain", "/nothing"):
        assert ask("GET", path) == (
            404,
            error("unknown_path", f"There is nothing at {path!r}; /docs lists the API's paths."),
        )


def test_unexpected_failure_shows_nothing_of_the_server(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(ExplainerService, "explain_file", fail)
    sentence = "The server failed unexpectedly; try again, and see the server's log if it fails again."
    assert post(client, tone_bytes(1.0)) == (500, error("internal", sentence))
    assert "secret" in caplog.text


def test_bundles(client: TestClient, bundle: Bundle) -> None:
    (only,) = client.get("/api/v1/bundles").json()["bundles"]
    manifest = bundle.manifest.model_dump(mode="json")
    for name in ("name", "version", "title", "licence", "trained_on", "caution", "classes", "metrics", "segment_s"):
        assert only[name] == manifest[name]


def test_prototypes_and_map(client: TestClient, bundle: Bundle) -> None:
    drawn = client.get("/api/v1/bundles/tiny/map").json()
    listed = client.get("/api/v1/bundles/tiny/prototypes").json()
    assert listed["prototypes"] == drawn["prototypes"] and listed["bundle"] == drawn["name"] == "tiny"
    assert [item["id"] for item in drawn["prototypes"]] == list(bundle.manifest.prototype_ids)
    assert drawn["caution"] == bundle.manifest.caution
    second = drawn["prototypes"][1]
    assert (second["class"], second["index"], second["nearest"]) == ("low", 1, list(bundle.prototypes[1].nearest))
    np.testing.assert_allclose(second["weights"], bundle.network.linear.weight[:, 1].tolist())
    points = points_of(drawn)
    np.testing.assert_allclose([item["map"] for item in points], bundle.training.coordinates, atol=1e-5)
    for item, point, label in zip(points, bundle.training.points, bundle.training.labels, strict=True):
        assert [item[name] for name in ("id", "track", "title", "start_s")] == list(asdict(point).values())
        assert item["class"] == bundle.manifest.class_ids[label]
    for item in (second, points[7]):
        assert client.get(item["audio"]).headers["content-type"] == "audio/ogg"


@pytest.mark.parametrize(("kept", "n_drawn"), [(7, 7), (0, 30)])
def test_map_has_the_segments_with_sound_or_all_if_none_has(bundle: Bundle, kept: int, n_drawn: int) -> None:
    files = dict(bundle.manifest.files)
    for name in bundle.training.ids[kept:]:
        del files[point_audio_file(name)]
    quiet = replace(bundle, manifest=bundle.manifest.model_copy(update={"files": files}))
    drawn = points_of(draw_map(quiet).model_dump(mode="json", by_alias=True))
    assert [item["id"] for item in drawn] == list(bundle.training.ids[:n_drawn])
    assert [item["audio"] is not None for item in drawn] == [kept > 0] * n_drawn


def test_overview_counts_every_training_segment_once(client: TestClient, bundle: Bundle) -> None:
    overview = client.get("/api/v1/bundles/tiny/overview").json()
    class_ids, training = bundle.manifest.class_ids, bundle.training
    logits = bundle.network(torch.from_numpy(training.embeddings)).logits.detach().numpy()
    expected = np.zeros((3, 3), dtype=int)
    np.add.at(expected, (training.labels, logits.argmax(axis=1)), 1)
    counted = np.zeros_like(expected)
    listed: list[str] = []
    for cell in overview["training_confusion"]:
        place = class_ids.index(cell["class"]), class_ids.index(cell["predicted"])
        counted[place] = cell["n_segments"]
        assert sum(track["n_segments"] for track in cell["tracks"]) == cell["n_segments"]
        for track in cell["tracks"]:
            listed += track["points"]
            for point in track["points"]:
                row = training.index[point]
                assert (training.labels[row], logits[row].argmax()) == place
                assert training.points[row].title == track["title"]
    np.testing.assert_array_equal(counted, expected)
    assert sorted(listed) == sorted(np.array(training.ids)[bundle.has_audio])
    assert np.shape(overview["class_distances"]) == (3, 3)


def test_overview_lists_the_nearest_prototypes_and_the_card(client: TestClient, bundle: Bundle) -> None:
    overview = client.get("/api/v1/bundles/tiny/overview").json()
    pairs = overview["nearest_pairs"]
    assert overview["n_pairs"] == 15 and len(pairs) == 10
    assert [pair["distance"] for pair in pairs] == sorted(pair["distance"] for pair in pairs)
    assert {name for pair in pairs for name in pair["ids"]} <= set(bundle.manifest.prototype_ids)
    assert overview["model_card"] == (bundle.path / "README.md").read_text(encoding="utf-8").strip()


def test_sounds_are_the_bundles_files(client: TestClient, bundle: Bundle) -> None:
    point = bundle.training.points[3].id
    for address, path in [
        ("prototypes/high-1", bundle.prototype_audio("high-1")),
        (f"points/{point}", bundle.point_audio(point)),
        (f"points/{quote(point, safe='')}", bundle.point_audio(point)),
    ]:
        answer = client.get(f"/api/v1/bundles/tiny/{address}/audio")
        assert answer.status_code == 200 and answer.content == path.read_bytes()


def test_ranges_of_sounds(client: TestClient, bundle: Bundle) -> None:
    url, content = "/api/v1/bundles/tiny/prototypes/low-0/audio", bundle.prototype_audio("low-0").read_bytes()
    whole = client.get(url)
    assert whole.headers["accept-ranges"] == "bytes"
    for header, part in [("bytes=0-99", content[:100]), ("bytes=100-", content[100:]), ("bytes=-50", content[-50:])]:
        answer = client.get(url, headers={"Range": header})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(content)}")
    sentence = f"The sound file is {len(content)} bytes long; request a range within it, such as 'bytes=0-99'."
    for header, status in [("bytes=9999999-", 416), ("lines=1-2", 400)]:
        answer = client.get(url, headers={"Range": header})
        assert (answer.status_code, answer.json()) == (status, error("bad_range", sentence))
    other = client.get(url, headers={"Range": "bytes=0-9", "If-Range": '"an older file"'})
    assert (other.status_code, other.content) == (200, content)
    same = client.get(url, headers={"Range": "bytes=0-9", "If-Range": whole.headers["etag"]})
    assert (same.status_code, same.content) == (206, content[:10])


def test_caching_of_sounds(client: TestClient) -> None:
    plain = "/api/v1/bundles/tiny/prototypes/low-0/audio"
    versioned = client.get("/api/v1/bundles/tiny/prototypes").json()["prototypes"][0]["audio"]
    assert versioned.startswith(plain + "?v=")
    assert client.get(versioned).headers["cache-control"] == "public, max-age=31536000, immutable"
    for url in (plain, plain + "?v=", plain + "?v=0123456789ab"):
        assert client.get(url).headers["cache-control"] == "public, no-cache"
    etag = client.get(plain).headers["etag"]
    again = client.get(plain, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get(plain, headers={"If-None-Match": '"other"'}).status_code == 200
    assert etag != client.get("/api/v1/bundles/tiny/prototypes/low-1/audio").headers["etag"]


def test_requests_side_by_side_get_their_own_answers(client: TestClient) -> None:
    contents = [tone_bytes(1.0 + index, 16_000, channels=1 + index) for index in range(4)]
    alone = [post(client, content, f"{index}.wav") for index, content in enumerate(contents)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(post, [client] * 4, contents, [f"{index}.wav" for index in range(4)]))
    assert together == alone and [answer["clip"]["channels"] for _, answer in together] == [1, 2, 3, 4]


def test_openapi_holds_the_explanation_and_the_errors(client: TestClient) -> None:
    openapi = client.get("/openapi.json").json()
    paths = openapi["paths"]
    assert set(paths) == {
        "/healthz",
        "/api/v1/bundles",
        "/api/v1/bundles/{name}/prototypes",
        "/api/v1/bundles/{name}/prototypes/{prototype_id}/audio",
        "/api/v1/bundles/{name}/prototypes/{prototype_id}/sonify",
        "/api/v1/bundles/{name}/points/{point_id}/audio",
        "/api/v1/bundles/{name}/map",
        "/api/v1/bundles/{name}/overview",
        "/api/v1/explain",
        "/api/v1/tags",
        "/api/v1/collections",
        "/api/v1/collections/{name}",
        "/api/v1/collections/{name}/bundle",
    }
    responses = paths["/api/v1/explain"]["post"]["responses"]
    assert responses["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/Explanation")
    published = openapi["components"]["schemas"]["Explanation"]
    assert set(published["required"]) == set(Explanation.model_json_schema(mode="serialization")["required"])
    assert responses["4XX"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorResponse")
    assert "422" not in responses
    body = paths["/api/v1/explain"]["post"]["requestBody"]["content"]
    assert list(body) == ["multipart/form-data"]


def test_docs_ask_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200 and "://" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/docs/static/{name}" in page.text and client.get(f"/docs/static/{name}").status_code == 200


def test_headers(client: TestClient) -> None:
    for path in ("/healthz", "/api/v1/nothing", "/docs"):
        headers = client.get(path).headers
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")

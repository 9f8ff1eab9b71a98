"""The requests in `docs/serving.md` are answered, and they cover the whole API."""

import re
import shlex

from sounds import tone_bytes
from starlette.testclient import TestClient
from visitors import GOOD, Visitor, zip_of

from pecmae.bundles.bundle import Bundle
from pecmae.paths import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "serving.md"
FILES = {"track.mp3": tone_bytes(1.0), "music.zip": zip_of(GOOD)}
OPTIONS_WITH_VALUE = ("-X", "-F", "-o")


def request(client: TestClient, command: str) -> tuple[str, str]:
    """Send the request of a curl command; returns its method and the path that the OpenAPI document has for it."""
    words = shlex.split(command)[1:]
    options = [(words[k], words[k + 1]) for k in range(len(words)) if words[k] in OPTIONS_WITH_VALUE]
    (url,) = [word for word in words if word.startswith("http")]
    form = dict(value.split("=", 1) for option, value in options if option == "-F")
    files = {name: (value[1:], FILES[value[1:]]) for name, value in form.items() if value.startswith("@")}
    fields = {name: value for name, value in form.items() if not value.startswith("@")}
    method = dict(options).get("-X", "POST" if form else "GET")
    answer = client.request(method, url, files=files or None, data=fields)
    assert answer.is_success, (command, answer.text)
    return method, answer.request.url.path


def test_documented_requests_cover_the_api(visitor: Visitor, bundle: Bundle) -> None:
    point = bundle.training.ids[bundle.has_audio.nonzero()[0][0]]
    collection = visitor.built(GOOD)["id"]
    values = {"$host": "http://testserver", "$bundle": "tiny", "jazz-0": "low-0", "$point": point, "$id": collection}
    commands = re.findall(r"`(curl [^`]+)`", DOCUMENT.read_text(encoding="utf-8"))
    requested = set()
    for command in commands:
        for name, value in values.items():
            command = command.replace(name, value)
        requested.add(request(visitor.client, command))
    paths = visitor.client.get("/openapi.json").json()["paths"]
    for path, methods in paths.items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        for method in methods:
            assert any(name == method.upper() and re.fullmatch(pattern, sent) for name, sent in requested), path


def test_documented_files_exist() -> None:
    for document in ("serving.md", "security.md"):
        text = (REPOSITORY / "docs" / document).read_text(encoding="utf-8")
        for path in re.findall(r"`((?:pecmae|tests|docs)/[\w/.]+)`", text):
            assert (REPOSITORY / path).is_file(), path

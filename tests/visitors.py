"""Visitors who send collections to the HTTP API, and the zips that they send."""

import io
import sys
import threading
import zipfile
from collections.abc import Callable
from typing import Any

from sounds import tone_bytes
from starlette.testclient import TestClient

COLLECTIONS = "/api/v1/collections"
COMMAND = (sys.executable, "-m", "tests.fake_worker")
Files = dict[str, bytes]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def clips(label: str, n: int = 5, first: int = 0) -> Files:
    """Files of a class: tones whose lengths differ, by their number from `first`."""
    return {f"{label}/{k}.wav": tone_bytes(0.6 + 0.01 * k, 8_000) for k in range(first, first + n)}


GOOD = {**clips("low"), **clips("high", first=5)}


def zip_of(files: Files, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> bytes:
    """A zip of files; `change` may alter the record of each."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, content)
    return buffer.getvalue()


class Visitor:
    """A visitor at the HTTP API."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def send(self, content: bytes, name: str = "tunes.zip", **fields: str) -> tuple[int, dict[str, Any]]:
        """Send a zip; returns the status and the body of the answer."""
        answer = self.client.post(COLLECTIONS, files={"file": (name, content)}, data=fields)
        return answer.status_code, answer.json()

    def error_of(self, content: bytes, **fields: str) -> tuple[int, str, str]:
        """Send a zip that isn't accepted; returns the status, the code and the sentence of the error."""
        status, answer = self.send(content, **fields)
        return status, answer["error"]["code"], answer["error"]["message"]

    def follow(self, name: str, *, until: tuple[str, ...] = ("ready", "failed")) -> dict[str, Any]:
        """Wait until a collection has one of these states; returns the collection."""
        for _ in range(2000):
            collection = self.client.get(f"{COLLECTIONS}/{name}").json()
            if collection.get("state") in until:
                return collection
            threading.Event().wait(0.02)
        raise AssertionError(collection)

    def built(self, files: Files, **fields: str) -> dict[str, Any]:
        """Send a collection and wait until its build ends; returns the collection."""
        status, collection = self.send(zip_of(files), **fields)
        assert status == 201, collection
        return self.follow(collection["id"])

"""The size limit holds while an upload arrives, and a real client can read the error."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from pecmae.errors import AudioError
from pecmae.server.api import create_api
from pecmae.server.middleware import BodyLimit
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings

LIMIT_BYTES = 2**20
CHUNK_BYTES = 2**16


def send_endless_upload(headers: list[tuple[bytes, bytes]]) -> tuple[int, int, AudioError]:
    """Upload without end: bytes that the application got, bytes that were sent, the error."""
    passed = sent = 0

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal passed
        while True:
            passed += len((await receive())["body"])

    async def receive() -> Message:
        nonlocal sent
        sent += CHUNK_BYTES
        return {"type": "http.request", "body": bytes(CHUNK_BYTES), "more_body": True}

    async def send(message: Message) -> None:
        raise AssertionError("the application answers, not the limit")

    scope = {"type": "http", "path": "/api/v1/explain", "headers": headers}
    with pytest.raises(AudioError) as caught:
        asyncio.run(BodyLimit(application, LIMIT_BYTES)(scope, receive, send))
    return passed, sent, caught.value


def test_undeclared_upload_stops_at_the_limit() -> None:
    passed, sent, error = send_endless_upload([])
    assert passed <= LIMIT_BYTES + 2**16 and sent <= 5 * LIMIT_BYTES
    assert error.code == "too_large" and error.message.endswith(
        "MB; up to 1 MB are accepted, so trim it or compress it as ogg, mp3 or flac."
    )


def test_declared_upload_never_reaches_the_application() -> None:
    passed, sent, error = send_endless_upload([(b"content-length", str(2**40).encode())])
    assert passed == 0 and sent <= 5 * LIMIT_BYTES
    assert error.message.startswith("The upload has 1048576.0 MB; ")


def test_a_path_may_have_a_limit_of_its_own() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        assert len((await receive())["body"]) == 2 * LIMIT_BYTES

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(2 * LIMIT_BYTES)}

    limit = BodyLimit(application, LIMIT_BYTES, {"/api/v1/larger": 2 * LIMIT_BYTES})
    scope = {"type": "http", "path": "/api/v1/larger", "headers": []}
    asyncio.run(limit(scope, receive, None))  # type: ignore[arg-type]
    with pytest.raises(AudioError, match="up to 1 MB"):
        asyncio.run(limit({**scope, "path": "/api/v1/other"}, receive, None))  # type: ignore[arg-type]


@pytest.fixture
def port(models: Path) -> Iterator[int]:
    """Port of a real server on the loopback interface."""
    service = ExplainerService(Settings(models=models, max_upload_mb=LIMIT_BYTES / 2**20))
    server = uvicorn.Server(uvicorn.Config(create_api(service), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=10)


@pytest.mark.parametrize("declared", [True, False])
def test_client_that_sends_too_much_can_read_the_error(port: int, declared: bool) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    body = head + bytes(3 * LIMIT_BYTES) + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    chunks = (body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES))
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    if declared:
        connection.request("POST", "/api/v1/explain", body, headers)
    else:
        connection.request("POST", "/api/v1/explain", chunks, headers, encode_chunked=True)
    answer = connection.getresponse()
    error = json.loads(answer.read())["error"]
    connection.close()
    assert (answer.status, error["code"]) == (413, "too_large")
    assert error["message"].startswith("The upload has ")

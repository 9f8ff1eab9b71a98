"""Restrict Gradio over HTTP to the routes that the page and `gradio_client` need, and to function calls without files.

A mounted Gradio application serves dozens of routes that are never needed here: files by path, a proxy, streams.
`GradioGate` answers 404 for all of them. Gradio never sees a file payload, which it would read or download on the
server: the payload of an upload to `upload_routes` is replaced by its address, any other is rejected.
`docs/security.md` gives the reasons.
"""

import json
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pecmae.server.http_errors import error_response, unknown_path
from pecmae.server.short_lived_files import ADDRESS

MAX_CALL_BYTES = 2**19
"""Largest body of a function call. It contains names and addresses, of up to a thousand files, but no contents."""

_READ = frozenset({"GET", "HEAD"})


NEEDED_ROUTES = (
    (_READ, re.compile(r"/")),  # the page
    (_READ, re.compile(r"/assets(/[\w@-][\w.@-]*)+")),  # Gradio's JavaScript, styles and fonts
    (_READ, re.compile(r"/static(/[\w@-][\w.@-]*)+")),  # Gradio's icons and its frame resizer
    (_READ, re.compile(r"(/gradio_api)?/theme\.css")),
    (_READ, re.compile(r"/favicon\.ico")),
    (_READ, re.compile(r"/gradio_api/heartbeat/\w+")),  # the end of a visitor's session
    (frozenset({"POST"}), re.compile(r"/gradio_api/run/predict")),  # the functions of the page
    (_READ, re.compile(r"/config")),  # gradio_client: the functions and their numbers
    (_READ, re.compile(r"/gradio_api/info")),  # gradio_client: the parameters of the functions
    (frozenset({"POST"}), re.compile(r"/gradio_api/queue/join")),  # the page, gradio_client: a call
    (_READ, re.compile(r"/gradio_api/queue/data")),  # the page, gradio_client: the results of its calls
    (frozenset({"POST"}), re.compile(r"/gradio_api/cancel")),  # the page: the end of a call that isn't wanted any more
)
"""Methods and whole paths of Gradio that the page and its clients use."""

DESCRIPTIONS = frozenset({"/config", "/gradio_api/info"})
"""Routes that describe the functions, equally for everybody: Gradio sees neither the query nor the headers."""

_FILE_KEYS = frozenset({"path", "url", "is_file", "is_stream"})


class GradioGate:
    """Passes on the needed requests to a Gradio application, and rejects all others.

    Args:
        app: Gradio's application.
        max_call_bytes: Largest body of a function call.
    """

    def __init__(self, app: ASGIApp, max_call_bytes: int = MAX_CALL_BYTES) -> None:
        self.app = app
        self.max_call_bytes = max_call_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError("Gradio is served over HTTP only; a mount sends nothing else to it.")
        path, method = scope["path"].removeprefix(scope.get("root_path", "")), scope["method"]
        if not is_needed(method, path):
            await unknown_path(path)(scope, receive, send)
            return
        if path in DESCRIPTIONS:  # Gradio keeps its first answer, with the address of the server that the headers name
            scope = {**scope, "query_string": b"", "headers": []}
        if method != "POST":
            await self.app(scope, receive, send)
            return
        body = await self._read_body(scope, receive)
        if body is None:
            sentence = f"A function call may have at most {self.max_call_bytes:,} bytes; send clips to /api/v1/explain."
            await error_response(413, "too_large", sentence)(scope, receive, send)
        elif (call := plain_call(body)) is None:
            sentence = (
                "A function takes only files that were uploaded to /gradio_api/upload; upload the clip, or send it to "
                "/api/v1/explain."
            )
            await error_response(400, "file_payload", sentence)(scope, receive, send)
        else:
            await self.app(scope, _replay(call, receive), send)

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body, or None once it is larger than allowed."""
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self.max_call_bytes:
            return None
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self.max_call_bytes:
                return None
            if not message.get("more_body"):
                return body


def is_needed(method: str, path: str) -> bool:
    """Whether this route of Gradio is needed."""
    return any(method in methods and pattern.fullmatch(path) for methods, pattern in NEEDED_ROUTES)


def plain_call(body: bytes) -> bytes | None:
    """Check the JSON object of a function call, and serialise it again so that Gradio parses exactly what was checked.

    Args:
        body: The body of the request.

    Returns:
        The new body, with the address of each upload in place of its file payload; None if the body isn't a JSON
        object, or if a value at any depth looks like another file payload.
    """
    try:
        data = json.loads(body)
        return json.dumps(_without_files(data)).encode() if isinstance(data, dict) and not _is_file(data) else None
    except (ValueError, RecursionError):
        return None


def _is_file(value: dict[str, Any]) -> bool:
    return bool(_FILE_KEYS & value.keys()) or "_type" in value


def _without_files(value: Any) -> Any:
    """The value with addresses in place of file payloads; ValueError if a payload isn't that of an upload."""
    if isinstance(value, list):
        return [_without_files(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not _is_file(value):
        return {key: _without_files(item) for key, item in value.items()}
    address = value.get("path")
    if isinstance(address, str) and ADDRESS.fullmatch(address):
        return address
    raise ValueError("the file isn't an upload")


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that returns the body that was read, then the messages after it."""
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay

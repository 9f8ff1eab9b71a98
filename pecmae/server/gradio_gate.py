"""Restrict Gradio over HTTP to the routes that the page needs, and to function calls without files.

A mounted Gradio application serves dozens of routes that this page never uses: uploads, files by path, a proxy,
streams. `GradioGate` answers 404 for all of them. The remaining routes take no files, so a body that contains a file
payload, which Gradio would read or download on the server, is rejected. `docs/security.md` gives the reasons.
"""

import json
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pecmae.server.http_errors import error_response, unknown_path

MAX_CALL_BYTES = 2**16
"""Largest body of a function call. The page sends the name of a bundle, not audio."""

_READ = frozenset({"GET", "HEAD"})


NEEDED_ROUTES = (
    (_READ, re.compile(r"/")),  # the page
    (_READ, re.compile(r"/assets(/[\w@-][\w.@-]*)+")),  # Gradio's JavaScript, styles and fonts
    (_READ, re.compile(r"/static(/[\w@-][\w.@-]*)+")),  # Gradio's icons and its frame resizer
    (_READ, re.compile(r"(/gradio_api)?/theme\.css")),
    (_READ, re.compile(r"/favicon\.ico")),
    (_READ, re.compile(r"/gradio_api/heartbeat/\w+")),  # the end of a visitor's session
    (frozenset({"POST"}), re.compile(r"/gradio_api/run/predict")),  # the functions of the page
)
"""Methods and whole paths of Gradio that the page uses."""

_FILE_KEYS = frozenset({"path", "url", "is_file", "is_stream"})


class GradioGate:
    """Passes on the requests that the page needs of a Gradio application, and rejects all others.

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
        if method != "POST":
            await self.app(scope, receive, send)
            return
        body = await self._read_body(scope, receive)
        if body is None:
            response = error_response(
                413,
                "too_large",
                f"A function call may have at most {self.max_call_bytes:,} bytes; send clips to /api/v1/explain.",
            )
            await response(scope, receive, send)
            return
        call = plain_call(body)
        if call is None:
            response = error_response(
                400, "file_payload", "Functions of the page take no files; send clips to /api/v1/explain."
            )
            await response(scope, receive, send)
            return
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
    """Whether the page uses this route of Gradio."""
    return any(method in methods and pattern.fullmatch(path) for methods, pattern in NEEDED_ROUTES)


def plain_call(body: bytes) -> bytes | None:
    """Check the JSON object of a function call, and serialise it again so that Gradio parses exactly what was checked.

    Args:
        body: The body of the request.

    Returns:
        The new body; None if the body isn't a JSON object, or if a value at any depth looks like a file payload.
    """
    try:
        data = json.loads(body)
        return json.dumps(data).encode() if isinstance(data, dict) and not _holds_file(data) else None
    except (ValueError, RecursionError):
        return None


def _holds_file(data: dict[str, Any]) -> bool:
    pending: list[Any] = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if _FILE_KEYS & value.keys() or "_type" in value:
                return True
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return False


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

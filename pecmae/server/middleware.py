"""What applies to every request: the limit on the size of its body, and safe headers on the answer."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pecmae.audio.reading import too_large

_FORM_BYTES = 2**16
"""Allowed size of a multipart form beside its file."""
_DRAINED_UPLOADS = 4
"""Multiple of the allowed size that is read of a larger upload."""


class BodyLimit:
    """Rejects a body that is too large while it arrives, before it is stored.

    The rest of the body is read and discarded up to a limit, because a client that is still sending would see a broken
    connection instead of the answer.

    Args:
        app: The application.
        max_bytes: Largest file.
        exceptions: Limits of single paths; all others are limited below /api/ only.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, exceptions: Mapping[str, int] = MappingProxyType({})) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.exceptions = exceptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_limited = scope["type"] == "http" and (scope["path"].startswith("/api/") or scope["path"] in self.exceptions)
        if not is_limited:
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        declared_bytes = int(declared) if declared.isdecimal() else 0
        max_bytes = self.exceptions.get(scope["path"], self.max_bytes)
        allowed_bytes = max_bytes + _FORM_BYTES
        received_bytes = 0

        async def limited_receive() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if max(declared_bytes, received_bytes) <= allowed_bytes:
                return message
            while message.get("more_body") and received_bytes < _DRAINED_UPLOADS * allowed_bytes:
                message = await receive()
                received_bytes += len(message.get("body", b""))
            raise too_large("The upload", max(declared_bytes, received_bytes), max_bytes)

        await self.app(scope, limited_receive, send)


class SafeHeaders:
    """Forbids browsers to guess content types and to send the page's address to other sites.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)

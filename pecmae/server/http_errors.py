"""How the HTTP API says no: every error is `{"error": {"code", "message"}}` with a fitting status.

Also what stands around every request: the limit on the size of an upload, and headers.
"""

import logging
from collections.abc import Mapping
from types import MappingProxyType

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pecmae.audio.clips import too_large
from pecmae.errors import BundleError, NotFoundError, PecmaeError

_STATUS_BY_CODE = {
    "too_large": 413,
    "not_audio": 415,
    "bad_request": 400,
    "unknown_path": 404,
    "too_many_collections": 503,
    "queue_full": 503,
}
_FORM_BYTES = 2**16
"""What a multipart form takes beside its file."""
_DRAINED_UPLOADS = 4
_log = logging.getLogger(__name__)


class ErrorFacts(BaseModel):
    """What went wrong: a stable code for programs, a sentence for people."""

    code: str
    message: str


class ErrorResponse(BaseModel):
    """The body of every error."""

    error: ErrorFacts


def status_of(error: PecmaeError) -> int:
    """The HTTP status of an error."""
    if error.code in _STATUS_BY_CODE:
        return _STATUS_BY_CODE[error.code]
    if isinstance(error, NotFoundError):
        return 404
    return 503 if isinstance(error, BundleError) else 422


def error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error as the API answers it."""
    body = ErrorResponse(error=ErrorFacts(code=code, message=message)).model_dump()
    return JSONResponse(body, status, headers=headers)


def install_error_handlers(api: FastAPI) -> None:
    """Make an application answer all of its errors in the one form."""
    api.add_exception_handler(PecmaeError, _answer_pecmae_error)
    api.add_exception_handler(RequestValidationError, _answer_invalid_request)
    api.add_exception_handler(HTTPException, _answer_http_exception)
    api.add_exception_handler(Exception, _answer_unexpected)


def _answer_pecmae_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PecmaeError)
    return error_response(status_of(error), error.code, error.message)


def _answer_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problem = error.errors()[0]
    field = str(problem["loc"][-1])
    known = {"missing": "is missing", "value_error": "isn't a file"}
    what = known.get(problem["type"], f"isn't valid ({problem['msg']})")
    return error_response(422, "invalid_field", f"The field {field!r} {what}; /docs tells what the request takes.")


def _answer_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, PecmaeError):  # raised while FastAPI read the body
        return _answer_pecmae_error(request, error.__cause__)
    path, method = request.url.path, request.method
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return error_response(404, "unknown_path", f"There is nothing at {path!r}; /docs lists what there is.")
    if error.status_code == 405:
        message = f"{path!r} doesn't answer {method}; use {headers.get('Allow', 'another method')}."
        return error_response(405, "wrong_method", message, headers)
    if error.status_code == 400:
        message = "The body can't be parsed; send multipart/form-data with the clip as the field 'file'."
        return error_response(400, "bad_request", message)
    return error_response(error.status_code, "refused", f"{error.detail}; /docs tells what there is.", headers)


def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_response(500, "internal", "Something unexpected failed; the server's log says more. Try again.")


class UploadLimit:
    """Stops a body that is too large while it arrives, before it is stored.

    What remains of it is read and thrown away, within reason: a client that is still sending would otherwise see a
    broken connection instead of the answer.

    Args:
        app: The application.
        max_bytes: Largest file.
        exceptions: Paths where files may be of another size.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, exceptions: Mapping[str, int] = MappingProxyType({})) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.exceptions = exceptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
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
    """Tells browsers not to guess types and not to give the address of this page away.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)

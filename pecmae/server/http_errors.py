"""HTTP errors: the body of every error is `{"error": {"code", "message"}}`, with a fitting status."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pecmae.errors import BundleError, NotFoundError, PecmaeError
from pecmae.server.schemas import ErrorDetail, ErrorResponse

ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorResponse}, "5XX": {"model": ErrorResponse}}
"""The errors of a route, for its OpenAPI description."""
UNEXPECTED = "The server failed unexpectedly; try again, and see the server's log if it fails again."
"""The sentence for an error that isn't a `PecmaeError`."""
_STATUS_BY_CODE = {
    "too_large": 413,
    "not_audio": 415,
    "bad_request": 400,
    "unknown_path": 404,
    "too_many_collections": 503,
    "queue_full": 503,
    "too_many_files": 503,
}
_log = logging.getLogger(__name__)


def status_of(error: PecmaeError) -> int:
    """The HTTP status of an error."""
    if error.code in _STATUS_BY_CODE:
        return _STATUS_BY_CODE[error.code]
    if isinstance(error, NotFoundError):
        return 404
    return 503 if isinstance(error, BundleError) else 422


def error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The response to a request that failed."""
    body = ErrorResponse(error=ErrorDetail(code=code, message=message)).model_dump()
    return JSONResponse(body, status, headers=headers)


def install_error_handlers(api: FastAPI) -> None:
    """Make an application answer all of its errors in the same form."""
    api.add_exception_handler(PecmaeError, _answer_pecmae_error)
    api.add_exception_handler(RequestValidationError, _answer_invalid_request)
    api.add_exception_handler(HTTPException, _answer_http_exception)
    api.add_exception_handler(Exception, _answer_unexpected)


def _answer_pecmae_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PecmaeError)
    return error_response(status_of(error), error.code, error.message)


def _answer_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problem = error.errors()[0]
    field = str(problem["loc"][-1])
    known = {"missing": "is missing", "value_error": "isn't a file"}
    fault = known.get(problem["type"], f"isn't valid ({problem['msg']})")
    return error_response(422, "invalid_field", f"The field {field!r} {fault}; /docs describes the request.")


def _answer_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, PecmaeError):  # raised while FastAPI read the body
        return _answer_pecmae_error(request, error.__cause__)
    path, method = request.url.path, request.method
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return unknown_path(path)
    if error.status_code == 405:
        message = f"{path!r} doesn't answer {method}; use {headers.get('Allow', 'another method')}."
        return error_response(405, "wrong_method", message, headers)
    if error.status_code == 400:
        message = "The body can't be parsed; send multipart/form-data with the clip as the field 'file'."
        return error_response(400, "bad_request", message)
    return error_response(error.status_code, "bad_request", f"{error.detail}; /docs describes the API.", headers)


def unknown_path(path: str) -> JSONResponse:
    """The response for a path that doesn't exist."""
    return error_response(404, "unknown_path", f"There is nothing at {path!r}; /docs lists the API's paths.")


def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_response(500, "internal", UNEXPECTED)

"""Serve the sounds of a bundle, with support for byte ranges and for caching by the file's hash."""

from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from pecmae.bundles.bundle import Bundle
from pecmae.server.http_errors import error_response
from pecmae.server.jobs import EXPIRY_S, is_private

_CACHED_FOR_A_YEAR = "public, max-age=31536000, immutable"
_CACHED_PRIVATELY = f"private, max-age={EXPIRY_S:.0f}"
_REVALIDATED = "public, no-cache"


class SoundResponse(FileResponse):
    """A sound file or a range of it.

    If the requested range is malformed or outside the file, the response is an error in the API's usual format.
    """

    media_type = "audio/ogg"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        has_failed = False

        async def send_or_fail(message: Message) -> None:
            nonlocal has_failed
            if message["type"] == "http.response.start" and message["status"] >= 400:
                has_failed = True
                n_bytes = Path(self.path).stat().st_size
                sentence = f"The sound file is {n_bytes} bytes long; request a range within it, such as 'bytes=0-99'."
                headers = {"Content-Range": f"bytes */{n_bytes}"}
                await error_response(message["status"], "bad_range", sentence, headers)(scope, receive, send)
            elif not has_failed:
                await send(message)

        await super().__call__(scope, receive, send_or_fail)


def answer_with_sound(request: Request, bundle: Bundle, file: Path, version: str | None) -> Response:
    """Answer with a file of a bundle, or with status 304 if the browser already has it.

    Args:
        request: The request, whose `If-None-Match` lists the hashes that the browser has.
        bundle: The bundle.
        file: One of the bundle's files.
        version: Beginning of the file's hash, if the address contains it. The answer to such an address may be cached
            for a year; a browser must ask again for any other address. Sounds of a visitor's collection may be cached
            for an hour, by the browser only.

    Returns:
        The response.
    """
    digest = bundle.manifest.files[file.relative_to(bundle.path).as_posix()]
    if is_private(bundle.manifest.name):
        caching = _CACHED_PRIVATELY
    else:
        caching = _CACHED_FOR_A_YEAR if version and digest.startswith(version) else _REVALIDATED
    headers = {"ETag": f'"{digest[:32]}"', "Cache-Control": caching}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return SoundResponse(file, media_type=SoundResponse.media_type, headers=headers)

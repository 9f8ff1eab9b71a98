"""A bundle's sounds over HTTP: ranges of bytes, caching by the file's hash."""

from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from pecmae.bundles.bundle import Bundle
from pecmae.server.http_errors import error_response
from pecmae.server.jobs import is_private

_KEPT = "public, max-age=31536000, immutable"
_KEPT_PRIVATELY = "private, max-age=3600"
_ASKED_AGAIN = "public, no-cache"


class SoundResponse(FileResponse):
    """A sound file or a range of it; a range that it doesn't have is refused as all of the API refuses."""

    media_type = "audio/ogg"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refused = False

        async def send_or_refuse(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] >= 400:
                refused = True
                n_bytes = Path(self.path).stat().st_size
                sentence = f"The sound has {n_bytes} bytes; ask for a range within them, such as 'bytes=0-99'."
                headers = {"Content-Range": f"bytes */{n_bytes}"}
                await error_response(message["status"], "bad_range", sentence, headers)(scope, receive, send)
            elif not refused:
                await send(message)

        await super().__call__(scope, receive, send_or_refuse)


def answer_with_sound(request: Request, bundle: Bundle, file: str, version: str | None) -> Response:
    """Answer with a file of a bundle, or with 304 if the browser has it.

    Args:
        request: Its `If-None-Match` tells what the browser has.
        bundle: The bundle.
        file: Relative path of one of the manifest's files.
        version: Beginning of the file's hash if the address holds it: what it answers may be kept for good, any other
            address is asked about again.

    Returns:
        The answer.
    """
    digest = bundle.manifest.files[file]
    kept = bool(version) and digest.startswith(version or "")
    caching = _KEPT if kept else _ASKED_AGAIN
    if is_private(bundle.manifest.name):
        caching = _KEPT_PRIVATELY
    headers = {"ETag": f'"{digest[:32]}"', "Cache-Control": caching}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return SoundResponse(bundle.path / file, media_type=SoundResponse.media_type, headers=headers)

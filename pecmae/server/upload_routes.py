"""The routes that Gradio's clients use for files, in place of Gradio's own: `/gradio_api/upload`, `/gradio_api/file=`.

Gradio names uploads by their content, keeps them for good, and returns files by path. These routes return random
addresses and know no paths.
"""

import mimetypes
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import FileResponse

from pecmae.errors import NotFoundError
from pecmae.server.service import ExplainerService

UPLOAD = "/gradio_api/upload"
DOWNLOAD = "/gradio_api/file="


def upload_routes(service: ExplainerService) -> APIRouter:
    """Build the routes, which `api.create_api` includes before a page is mounted."""
    router = APIRouter(include_in_schema=False)

    @router.post(UPLOAD)
    def upload_file(files: Annotated[list[UploadFile], File(min_length=1, max_length=1)]) -> list[str]:
        """Keep a file until a function uses it; the answer contains its address."""
        return [service.uploads.add(files[0].file, files[0].filename or "")]

    @router.api_route(f"{DOWNLOAD}{{address}}", methods=["GET", "HEAD"])
    def download_sound(address: str) -> FileResponse:
        """Get a sound that `sonify` decoded a moment ago, or the visitor's own upload, to play it."""
        try:
            file, kind = service.sounds.get(address), "audio/wav"
        except NotFoundError:
            file = service.uploads.get(address)
            kind = _media_type(file.name)
        headers = {"Cache-Control": "private, no-store", "Content-Disposition": "attachment"}
        return FileResponse(file.path, media_type=kind, headers=headers)

    return router


def _media_type(name: str) -> str:
    """The media type of a sound or video by its name. A browser must not show any other upload as a page."""
    guessed, _ = mimetypes.guess_type(name)
    return guessed if guessed and guessed.startswith(("audio/", "video/")) else "application/octet-stream"

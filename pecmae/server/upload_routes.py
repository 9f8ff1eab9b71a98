"""The routes that Gradio's clients use for files, in place of Gradio's own: `/gradio_api/upload`, `/gradio_api/file=`.

Gradio names uploads by their content, keeps them for good, and returns files by path. These routes return random
addresses and know no paths.
"""

import mimetypes
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import FileResponse

from pecmae.audio.reading import too_large
from pecmae.errors import NotFoundError
from pecmae.server.gatherings import ZIP
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings
from pecmae.server.short_lived_files import MAX_FILES

UPLOAD = "/gradio_api/upload"
DOWNLOAD = "/gradio_api/file="


def upload_routes(service: ExplainerService) -> APIRouter:
    """Build the routes, which `api.create_api` includes before a page is mounted."""
    router = APIRouter(include_in_schema=False)
    uploads = service.uploads
    max_files = MAX_FILES if service.settings.max_collections > 0 else 1

    @router.post(UPLOAD)
    def upload_files(files: Annotated[list[UploadFile], File(min_length=1, max_length=max_files)]) -> list[str]:
        """Keep files until a function uses them; the answer contains their addresses."""
        if len(files) == 1:  # of several recordings, those that are too large are left out with a note
            _check_size(files[0], service.settings)
        addresses: list[str] = []
        try:
            for file in files:
                addresses.append(uploads.add(file.file, file.filename or ""))
        except BaseException:
            for address in addresses:
                uploads.remove(address)
            raise
        return addresses

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


def _check_size(file: UploadFile, settings: Settings) -> None:
    name, n_bytes = file.filename or "", file.size or 0
    max_bytes = settings.limits.max_bytes
    if settings.max_collections > 0 and name.lower().endswith(ZIP):
        max_bytes = settings.collection_limits.max_zip_bytes
    if n_bytes > max_bytes:
        raise too_large("The upload", n_bytes, max_bytes)


def _media_type(name: str) -> str:
    """The media type of a sound or video by its name. A browser must not show any other upload as a page."""
    guessed, _ = mimetypes.guess_type(name)
    return guessed if guessed and guessed.startswith(("audio/", "video/")) else "application/octet-stream"

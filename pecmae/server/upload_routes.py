"""The routes that Gradio's clients use for files, in place of Gradio's own: `/gradio_api/upload`, `/gradio_api/file=`.

Gradio names uploads by their content, keeps them for good, and returns files by path. These routes return random
addresses and know no paths.
"""

from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import FileResponse

from pecmae.server.service import ExplainerService

UPLOAD = "/gradio_api/upload"


def upload_routes(service: ExplainerService) -> APIRouter:
    """Build the routes, which `api.create_api` includes before a page is mounted."""
    router = APIRouter(include_in_schema=False)

    @router.post(UPLOAD)
    def upload_file(files: Annotated[list[UploadFile], File(min_length=1, max_length=1)]) -> list[str]:
        """Keep a file until a function uses it; the answer contains its address."""
        return [service.uploads.add(files[0].file, files[0].filename or "")]

    @router.api_route("/gradio_api/file={address}", methods=["GET", "HEAD"])
    def download_sound(address: str) -> FileResponse:
        """Get a sound that `sonify` decoded a moment ago."""
        return FileResponse(
            service.sounds.get(address).path, media_type="audio/wav", headers={"Cache-Control": "no-store"}
        )

    return router

"""Routes of visitors' own collections: send a zip, follow the build, download the bundle, remove the collection.

The id in the answer to the upload is also the name of the bundle in all other requests.
"""

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import FileResponse

from pecmae.audio.reading import display_name
from pecmae.errors import NotFoundError
from pecmae.server.http_errors import ERROR_RESPONSES
from pecmae.server.jobs import Job
from pecmae.server.received_files import stored
from pecmae.server.schemas import API, CollectionStatus, summarise
from pecmae.server.service import ExplainerService

COLLECTIONS = f"{API}/collections"
_NOT_STORED = {"Cache-Control": "no-store"}


def collection_routes(service: ExplainerService) -> APIRouter:
    """Build the routes, which `api.create_api` includes."""
    router = APIRouter(prefix=COLLECTIONS, tags=["collections"], responses=ERROR_RESPONSES)
    jobs = service.jobs
    max_prototypes = service.settings.collection_limits.max_prototypes_per_class

    def describe(job: Job, response: Response) -> CollectionStatus:
        response.headers.update(_NOT_STORED)
        return CollectionStatus(
            **job.progress.model_dump(),
            id=job.id,
            title=job.title,
            state=job.state,
            place=jobs.n_before(job.id),
            notes=job.notes,
            error=job.error,
            bundle=summarise(job.bundle) if job.bundle else None,
        )

    @router.post("", status_code=201)
    def send_collection(
        response: Response,
        file: Annotated[
            UploadFile,
            File(description="A zip of recordings with one folder per class, or of a downloaded bundle."),
        ],
        title: Annotated[str, Form(description="Title of the collection; by default the zip's name.")] = "",
        prototypes_per_class: Annotated[
            int | None,
            Form(ge=1, le=max_prototypes, description="By default as many as the smallest class allows, at most 3."),
        ] = None,
    ) -> CollectionStatus:
        """Send a collection. A bundle of recordings is built in the background; a sent bundle is ready at once."""
        with stored(file) as path:
            job = jobs.submit(path, file.filename or "", title, prototypes_per_class, service.load_private)
        return describe(job, response)

    @router.get("/{name}")
    def follow_collection(name: str, response: Response) -> CollectionStatus:
        """Get the state of a collection and the progress of its build."""
        return describe(jobs.get(name), response)

    @router.get("/{name}/bundle", response_class=FileResponse)
    def download_bundle(name: str) -> FileResponse:
        """Download the bundle as a zip, which can be sent again later."""
        job = jobs.get(name)
        if job.download is None:
            raise NotFoundError("not_built", "Your collection isn't built yet; wait until it is ready.")
        filename = f"{display_name(job.title)}.zip"
        return FileResponse(job.download, media_type="application/zip", filename=filename, headers=_NOT_STORED)

    @router.delete("/{name}", status_code=204)
    def remove_collection(name: str) -> None:
        """Remove a collection with all its files now, and stop its build."""
        jobs.remove(name)

    return router

"""The HTTP API of visitors' own collections: send a zip, follow the build, take the bundle away, remove it.

The id that sending gives is also the name of the bundle in all other requests; no list tells it.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import Field

from pecmae.audio.clips import display_name
from pecmae.errors import NotFoundError
from pecmae.server.http_errors import ErrorFacts, ErrorResponse
from pecmae.server.keeping import PrivateCollection
from pecmae.server.schemas import API, BundleSummary, Facts, summarise
from pecmae.server.visitors import MAX_PROTOTYPES_PER_CLASS, Visitors

COLLECTIONS = f"{API}/collections"
_NOT_STORED = {"Cache-Control": "no-store"}


class CollectionFacts(Facts):
    """A visitor's collection at this moment."""

    id: Annotated[
        str, Field(description="Who knows it may see, use and remove the collection; also the bundle's name.")
    ]
    title: str
    state: Literal["waiting", "building", "ready", "failed"]
    place: Annotated[int, Field(description="How many builds come before this one.")]
    stage: Annotated[str | None, Field(description="What the build is doing.")]
    done: int
    total: int
    remaining_s: Annotated[float | None, Field(description="An estimate of the time until the bundle is ready.")]
    notes: Annotated[tuple[str, ...], Field(description="Sentences on what was left out.")]
    error: ErrorFacts | None
    bundle: Annotated[BundleSummary | None, Field(description="What was learned, once it's ready.")]


def collection_routes(visitors: Visitors) -> APIRouter:
    """The routes, to be included by `api.create_api`."""
    router = APIRouter(
        prefix=COLLECTIONS,
        tags=["collections"],
        responses={"4XX": {"model": ErrorResponse}, "5XX": {"model": ErrorResponse}},
    )

    def describe(collection: PrivateCollection, response: Response) -> CollectionFacts:
        response.headers.update(_NOT_STORED)
        error, progress = collection.error, collection.progress
        return CollectionFacts(
            id=collection.id,
            title=collection.title,
            state=collection.state,  # type: ignore[arg-type]
            place=visitors.place(collection.id),
            stage=progress.get("stage"),
            done=progress.get("done", 0),
            total=progress.get("total", 0),
            remaining_s=progress.get("remaining_s"),
            notes=collection.notes,
            error=ErrorFacts(code=error.code, message=error.message) if error else None,
            bundle=summarise(collection.bundle) if collection.bundle else None,
        )

    @router.post("", status_code=201)
    def send_collection(
        response: Response,
        file: Annotated[
            UploadFile,
            File(description="A zip of recordings with one folder a class, or a bundle that was downloaded before."),
        ],
        title: Annotated[str, Form(description="What to call the collection; by default as the zip.")] = "",
        prototypes_per_class: Annotated[
            int | None,
            Form(
                ge=1, le=MAX_PROTOTYPES_PER_CLASS, description="By default as many as the smallest class allows, to 3."
            ),
        ] = None,
    ) -> CollectionFacts:
        """Send a collection: recordings are learned in the background, a bundle is ready at once."""
        with tempfile.TemporaryDirectory(prefix="pecmae-") as folder:
            path = Path(folder) / "collection.zip"
            with path.open("wb") as copy:
                shutil.copyfileobj(file.file, copy)
            collection = visitors.receive(path, file.filename or "", title, prototypes_per_class)
        return describe(collection, response)

    @router.get("/{name}")
    def follow_collection(name: str, response: Response) -> CollectionFacts:
        """Tell how far a collection is."""
        return describe(visitors.get(name), response)

    @router.get("/{name}/bundle", response_class=FileResponse)
    def take_bundle(name: str) -> FileResponse:
        """Give the bundle as a zip, which can be sent again later."""
        collection = visitors.get(name)
        if collection.download is None:
            raise NotFoundError("not_built", "Your collection isn't built yet; wait until it is, then download it.")
        filename = f"{display_name(collection.title)}.zip"
        return FileResponse(collection.download, media_type="application/zip", filename=filename, headers=_NOT_STORED)

    @router.delete("/{name}", status_code=204)
    def remove_collection(name: str) -> None:
        """Remove a collection with all its files now, and stop its build."""
        visitors.remove(name)

    return router

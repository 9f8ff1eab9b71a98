"""The HTTP API: assembles the application, and defines the routes of bundles and explanations.

Routes parse, call `ExplainerService` and render. `schemas` and `explain.explanation` define what they answer,
`http_errors` the errors, `collections_api` the routes of visitors' collections. `/docs` shows the API.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, File, Form, Query, Request, Response, UploadFile
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Match, Route

from pecmae import __version__
from pecmae.audio.reading import format_duration
from pecmae.explain.explanation import Explanation
from pecmae.server.bundle_overview import BundleOverview, describe_bundle
from pecmae.server.collections_api import COLLECTIONS, collection_routes
from pecmae.server.endpoints import Seed, describe_bundles
from pecmae.server.http_errors import ERROR_RESPONSES, install_error_handlers, status_of
from pecmae.server.mcp_tools import MCP_PATHS, McpEndpoint
from pecmae.server.middleware import BodyLimit, SafeHeaders
from pecmae.server.received_files import stored
from pecmae.server.schemas import (
    API,
    BundleList,
    BundleMap,
    Download,
    ErrorDetail,
    Health,
    PrototypeList,
    TagList,
    draw_map,
    list_prototypes,
)
from pecmae.server.service import ExplainerService
from pecmae.server.sounds import SoundResponse, answer_with_sound
from pecmae.server.upload_routes import UPLOAD, upload_routes

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_SOUND: dict[int | str, dict[str, Any]] = {
    200: {"description": "The sound. Requests for ranges of bytes are supported.", "content": {"audio/ogg": {}}},
    206: {"description": "A range of bytes of the sound.", "content": {"audio/ogg": {}}},
    304: {"description": "The sound hasn't changed."},
}
_WAV: dict[int | str, dict[str, Any]] = {200: {"description": "The sound.", "content": {"audio/wav": {}}}}
_Version = Annotated[
    str | None, Query(description="Beginning of the file's hash; the answer may then be cached for good.")
]


def create_api(service: ExplainerService) -> FastAPI:
    """Build the application that answers the API and `/docs`; a page may be mounted beside it.

    Args:
        service: Loads bundles and explains. The caller starts it.

    Returns:
        The application.
    """
    settings = service.settings
    mcp = McpEndpoint(service)

    @asynccontextmanager
    async def run_jobs(_: FastAPI) -> AsyncIterator[None]:
        service.jobs.start()
        async with mcp.running():
            yield
        service.jobs.close()
        service.gatherings.close()
        service.uploads.close()
        service.sounds.close()

    api = FastAPI(
        title="PECMAE Explorer",
        version=__version__,
        description="Explains how a prototype-based music classifier decides.",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        lifespan=run_jobs,
    )
    clip_bytes, zip_bytes = settings.limits.max_bytes, settings.collection_limits.max_zip_bytes
    others = {COLLECTIONS: zip_bytes, UPLOAD: max(clip_bytes, zip_bytes) if settings.max_collections else clip_bytes}
    api.add_middleware(BodyLimit, max_bytes=clip_bytes, exceptions=others)
    api.add_middleware(SafeHeaders)
    api.add_middleware(CORSMiddleware, allow_origins=())  # Gradio follows this policy too.
    install_error_handlers(api)
    routers = [_bundle_routes(service), _explain_routes(service), collection_routes(service)]
    for router in [_health_routes(service), *routers, upload_routes(service)]:
        api.include_router(router)
    api.router.routes.extend(Route(path, mcp, include_in_schema=False) for path in MCP_PATHS)
    _add_docs(api)
    _add_unknown_paths(api, [route for router in routers for route in router.routes])
    return api


def _health_routes(service: ExplainerService) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", responses={503: {"model": Health}})
    def read_health(response: Response) -> Health:
        """Tell whether the server can explain."""
        status, running = service.status, service.weights.running
        problem = status.problem
        if problem:
            response.status_code = status_of(problem)
        return Health(
            status="ok" if status.ready else "unavailable" if problem else "loading",
            version=__version__,
            bundles=tuple(service.bundle_names),
            error=ErrorDetail.of(problem) if problem else None,
            download=Download.model_validate(running, from_attributes=True) if running else None,
        )

    return router


def _bundle_routes(service: ExplainerService) -> APIRouter:
    router = APIRouter(prefix=API, tags=["bundles"], responses=ERROR_RESPONSES)

    @router.get("/bundles")
    def list_bundles() -> BundleList:
        """List the bundles on offer, the default one first."""
        return describe_bundles(service)

    @router.get("/bundles/{name}/prototypes")
    def read_prototypes(name: str) -> PrototypeList:
        """List a bundle's prototypes."""
        return list_prototypes(service.bundle(name))

    @router.get("/bundles/{name}/map")
    def read_map(name: str) -> BundleMap:
        """Get a bundle with its prototypes and those training segments that have sound, or all if none has."""
        return draw_map(service.bundle(name))

    @router.get("/bundles/{name}/overview")
    def read_overview(name: str) -> BundleOverview:
        """Get the confusion of a bundle's training segments, distances between its classes, and its model card."""
        return describe_bundle(service.bundle(name))

    @router.get("/bundles/{name}/prototypes/{prototype_id}/audio", response_class=SoundResponse, responses=_SOUND)
    def play_prototype(request: Request, name: str, prototype_id: str, v: _Version = None) -> Response:
        """Get the decoded sound of a prototype."""
        bundle = service.bundle(name)
        return answer_with_sound(request, bundle, bundle.prototype_audio(prototype_id), v)

    @router.get("/bundles/{name}/prototypes/{prototype_id}/sonify", response_class=Response, responses=_WAV)
    def sonify_prototype(name: str, prototype_id: str, seed: Seed = 0) -> Response:
        """Decode a prototype to sound anew; every seed gives another sound."""
        sound = service.sonify(name, prototype_id, seed)
        return Response(sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    @router.get("/bundles/{name}/points/{point_id}/audio", response_class=SoundResponse, responses=_SOUND)
    def play_point(request: Request, name: str, point_id: str, v: _Version = None) -> Response:
        """Get the sound of a training segment."""
        bundle = service.bundle(name)
        return answer_with_sound(request, bundle, bundle.point_audio(point_id), v)

    return router


def _explain_routes(service: ExplainerService) -> APIRouter:
    router = APIRouter(prefix=API, tags=["explain"], responses=ERROR_RESPONSES)
    limit = format_duration(service.settings.max_clip_s)
    largest_mb = service.settings.limits.max_bytes / 2**20
    clip = File(description=f"The clip: audio or video of any common format, up to {limit} and {largest_mb:.3g} MB.")
    beginning = Form(description=f"Analyse the first {limit} of a longer clip.")

    @router.post("/explain", response_description="The explanation.")
    def explain_clip(
        response: Response,
        file: Annotated[UploadFile, clip],
        bundle: Annotated[str | None, Form(description="Name of a bundle; by default the default bundle.")] = None,
        first_part: Annotated[bool, beginning] = False,
    ) -> Explanation:
        """Explain how a bundle classifies a clip."""
        response.headers["Cache-Control"] = "no-store"
        with stored(file) as path:
            return service.explain_file(path, file.filename or "", bundle or None, first_part)

    @router.post("/tags", response_description="The tags.")
    def tag_clip(
        response: Response, file: Annotated[UploadFile, clip], first_part: Annotated[bool, beginning] = False
    ) -> TagList:
        """Tag a clip with MusiCNN, trained on the Million Song Dataset; no bundle is involved.

        The probabilities are means over segments of 3 s, at most 32 of them, which are spread evenly over the clip.
        """
        response.headers["Cache-Control"] = "no-store"
        with stored(file) as path:
            return TagList(tags=tuple(service.tag_file(path, file.filename or "", first_part)))

    return router


def _add_docs(api: FastAPI) -> None:
    """Serve Swagger UI from the package `fastapi-offline`, because FastAPI's own page loads it from another host."""
    static = Path(str(files("fastapi_offline") / "static"))
    api.mount("/docs/static", StaticFiles(directory=static), name="docs-static")

    @api.get("/docs", include_in_schema=False)
    def show_docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}{api.openapi_url}",
            title=f"{api.title}: HTTP API",
            swagger_js_url=f"{root}/docs/static/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/static/swagger-ui.css",
            swagger_favicon_url="data:,",
            swagger_ui_parameters={"validatorUrl": None},
        )


def _add_unknown_paths(api: FastAPI, known: list[BaseRoute]) -> None:
    """Answer other paths below /api with 404 or 405; otherwise a page mounted at the root would answer them."""

    @api.api_route("/api/{path:path}", methods=_METHODS, include_in_schema=False)
    def answer_unknown_path(request: Request) -> None:
        scope = request.scope
        allowed = {
            method
            for route in known
            if route.matches(scope)[0] is Match.PARTIAL
            for method in getattr(route, "methods", ())
        }
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)

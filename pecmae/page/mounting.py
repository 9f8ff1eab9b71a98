"""The addresses of the page: its scripts and styles, Plotly's JavaScript from the package, sounds, and `/`."""

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import gradio as gr
from fastapi import FastAPI, Header
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pecmae.page.blocks import STATIC, STATIC_URL
from pecmae.page.theme import page_theme
from pecmae.page.view import COUNTERFACTUALS_URL, EXAMPLES_URL
from pecmae.server.gradio_gate import GradioGate

PLOTLY_URL = "/vendor/plotly.min.js"
STYLE_SHEETS = (
    "tokens.css",
    "gradio.css",
    "explorer.css",
    "track.css",
    "reading.css",
    "map.css",
    "question.css",
    "collection.css",
)
_ONE_DAY = "public, max-age=86400"
_JAVASCRIPT = "text/javascript"


class RevalidatedFiles(StaticFiles):
    """Files that a browser keeps but asks about each time, so that modules of two versions never meet."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file that the browser must revalidate."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def plotly_script() -> Path:
    """Plotly's JavaScript in the installed package, found without importing it.

    Raises:
        RuntimeError: If the package isn't installed or lacks it.
    """
    spec = find_spec("plotly")
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise RuntimeError("Plotly isn't installed whole; run `pip install -r requirements.txt`.")
    return path


def mount_page(app: FastAPI, page: gr.Blocks, examples: Path, counterfactuals: Path) -> FastAPI:
    """Serve the page at `/`. Call it after every other route is added: Gradio takes all that is left.

    Args:
        app: The application.
        page: From `page.build_page`.
        examples: Folder of the examples, such as `assets/examples`; it may be absent.
        counterfactuals: Folder of the counterfactual set, such as `assets/counterfactuals`; it may be absent.

    Returns:
        `app`.
    """
    plotly = plotly_script()

    @cache
    def packed_plotly() -> bytes:
        return gzip.compress(plotly.read_bytes(), compresslevel=6)  # a third of five megabytes

    @app.get(PLOTLY_URL, include_in_schema=False)
    def vendored_plotly(accept_encoding: Annotated[str, Header()] = "") -> Response:
        headers = {"Cache-Control": _ONE_DAY, "Vary": "Accept-Encoding"}
        if "gzip" not in accept_encoding:
            return FileResponse(plotly, media_type=_JAVASCRIPT, headers=headers)
        return Response(packed_plotly(), media_type=_JAVASCRIPT, headers={**headers, "Content-Encoding": "gzip"})

    app.mount(STATIC_URL, RevalidatedFiles(directory=STATIC), name="explorer")
    for url, folder in ((EXAMPLES_URL, examples), (COUNTERFACTUALS_URL, counterfactuals)):
        if folder.is_dir():
            app.mount(url, RevalidatedFiles(directory=folder), name=url.strip("/"))
    links = "".join(f'<link rel="stylesheet" href="{STATIC_URL}/{sheet}">' for sheet in STYLE_SHEETS)
    page.has_launched = True  # Gradio checks the paths of file payloads only in Blocks that were launched.
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=page_theme(),
        head=links,
        favicon_path=str(STATIC / "favicon.png"),
    )
    mount = next(route for route in mounted.routes if isinstance(route, Mount) and route.path == "")
    mount.app = GradioGate(mount.app)
    return mounted

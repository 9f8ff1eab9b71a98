"""The routes of the page: its scripts and styles, Plotly's JavaScript, the sounds of `assets/`, and the page itself."""

import gzip
import hashlib
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import gradio as gr
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pecmae.page.blocks import PAGE_URL
from pecmae.page.languages import LANGUAGES, translations
from pecmae.page.localised_page import LocalisedPage
from pecmae.page.theme import colour_variables, page_theme
from pecmae.page.view import COUNTERFACTUALS_URL, EXAMPLES_URL
from pecmae.server.gradio_gate import GradioGate

PLOTLY_URL = "/vendor/plotly.min.js"
FOLDER = Path(__file__).parent
STYLE_SHEETS = (
    "static/gradio.css",
    "static/explorer.css",
    *sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("components/*/*.css")),
)
_ONE_DAY = "public, max-age=86400"
_JAVASCRIPT = "text/javascript"


class RevalidatedFiles(StaticFiles):
    """Files that a browser caches but revalidates on each visit, so that it never mixes modules of two versions."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file that the browser must revalidate."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def plotly_script() -> Path:
    """Path of Plotly's JavaScript in the installed package, found without importing the package.

    Raises:
        RuntimeError: If the package isn't installed or doesn't contain the file.
    """
    spec = find_spec("plotly")
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise RuntimeError("Plotly's JavaScript is missing; run `pip install -r requirements.txt`.")
    return path


def mount_page(app: FastAPI, page: gr.Blocks, examples: Path, counterfactuals: Path) -> FastAPI:
    """Serve the page at `/`. Call this after all other routes are added, because Gradio handles all remaining paths.

    Args:
        app: The application.
        page: The Blocks from `blocks.build_page`.
        examples: Folder of the examples, such as `assets/examples`; it may be absent.
        counterfactuals: Folder of the counterfactual set, such as `assets/counterfactuals`; it may be absent.

    Returns:
        `app`.
    """
    plotly = plotly_script()

    @cache
    def compressed_plotly() -> bytes:
        return gzip.compress(plotly.read_bytes(), compresslevel=6)  # 5 MB become 1.5 MB

    @app.get(PLOTLY_URL, include_in_schema=False)
    def vendored_plotly(accept_encoding: Annotated[str, Header()] = "") -> Response:
        headers = {"Cache-Control": _ONE_DAY, "Vary": "Accept-Encoding"}
        if "gzip" not in accept_encoding:
            return FileResponse(plotly, media_type=_JAVASCRIPT, headers=headers)
        return Response(compressed_plotly(), media_type=_JAVASCRIPT, headers={**headers, "Content-Encoding": "gzip"})

    @app.get(f"{PAGE_URL}/texts/{{language}}.json", include_in_schema=False)
    def texts(language: str, if_none_match: Annotated[str, Header()] = "") -> Response:
        if language not in LANGUAGES:
            raise HTTPException(404)
        body = json.dumps(translations(language), ensure_ascii=False).encode()
        headers = {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(body).hexdigest()}"'}
        if if_none_match == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    for part in ("components", "static"):
        app.mount(f"{PAGE_URL}/{part}", RevalidatedFiles(directory=FOLDER / part), name=part)
    for url, folder in ((EXAMPLES_URL, examples), (COUNTERFACTUALS_URL, counterfactuals)):
        if folder.is_dir():
            app.mount(url, RevalidatedFiles(directory=folder), name=url.strip("/"))
    links = "".join(f'<link rel="stylesheet" href="{PAGE_URL}/{sheet}">' for sheet in STYLE_SHEETS)
    head = f"<style>{colour_variables()}</style>{links}"
    page.has_launched = True  # Gradio checks the paths of file payloads only in Blocks that were launched.
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=page_theme(),
        head=head,
        favicon_path=str(FOLDER / "static" / "favicon.png"),
    )
    mount = next(route for route in mounted.routes if isinstance(route, Mount) and route.path == "")
    mount.app = GradioGate(LocalisedPage(mount.app))
    return mounted

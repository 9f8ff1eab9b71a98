"""The explorer: `python app.py` serves the page and the HTTP API, by default on http://127.0.0.1:7860.

Environment variables change the address, the models and the limits: see `pecmae.server.settings`.
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from pecmae.errors import PecmaeError
from pecmae.explain.examples import load_examples
from pecmae.page.blocks import build_page
from pecmae.page.mounting import mount_page
from pecmae.paths import ASSETS
from pecmae.server.api import create_api
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings

EXAMPLES = ASSETS / "examples"
COUNTERFACTUALS = ASSETS / "counterfactuals"


def create_app(settings: Settings, examples: Path = EXAMPLES, counterfactuals: Path = COUNTERFACTUALS) -> FastAPI:
    """The page and the API in one application; models load in the background from now on."""
    service = ExplainerService(settings)
    page = build_page(service, load_examples(examples), counterfactuals)
    app = mount_page(create_api(service), page, examples, counterfactuals)
    service.start()
    return app


def main() -> int:
    """Serve until interrupted; returns the exit status, 2 for an error that the user can mend."""
    try:
        settings = Settings.from_environment()
        app = create_app(settings)
    except PecmaeError as error:
        print(f"pecmae: {error.message}", file=sys.stderr)
        return 2
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

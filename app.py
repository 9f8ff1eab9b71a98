"""The explorer: `python app.py` serves the page and the HTTP API, by default at http://127.0.0.1:7860.

`python app.py --help` lists the settings.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pecmae.errors import PecmaeError
from pecmae.paths import ASSETS
from pecmae.server.settings import Settings, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

EXAMPLES = ASSETS / "examples"
COUNTERFACTUALS = ASSETS / "counterfactuals"


def create_app(settings: Settings, examples: Path = EXAMPLES, counterfactuals: Path = COUNTERFACTUALS) -> "FastAPI":
    """Assemble the page and the API into one application; models load in the background from now on.

    Args:
        settings: Settings of the server.
        examples: Folder of the prebaked examples; it may be absent.
        counterfactuals: Folder of the counterfactual set; it may be absent.

    Returns:
        The application.
    """
    # These import torch and gradio, which takes seconds: `--help` and wrong settings are answered before.
    from pecmae.explain.examples import load_examples
    from pecmae.page.blocks import build_page
    from pecmae.page.mounting import mount_page
    from pecmae.server.api import create_api
    from pecmae.server.service import ExplainerService

    service = ExplainerService(settings)
    page = build_page(service, load_examples(examples), examples, counterfactuals)
    app = mount_page(create_api(service), page, examples, counterfactuals)
    service.start()
    return app


def main() -> int:
    """Serve until interrupted.

    Returns:
        The exit status: 2 for an error that the user can correct.
    """
    try:
        settings = read_settings(sys.argv[1:])
        app = create_app(settings)
    except PecmaeError as error:
        for line in error.message.splitlines():
            print(f"pecmae: {line}", file=sys.stderr)
        return 2
    import logging

    import uvicorn

    logging.basicConfig(format="%(levelname)s: %(message)s")
    logging.getLogger("pecmae").setLevel(logging.INFO)
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

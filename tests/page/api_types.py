"""TypeScript types of what the server sends to the page, generated from the pydantic models.

`python tests/page/api_types.py` writes them to `pecmae/page/types/api.d.ts`; it needs Node and `npm ci`.
"""

import json
import subprocess
from pathlib import Path

from pydantic import TypeAdapter

from pecmae.evaluation.listener import ListenerFigures
from pecmae.evaluation.time_shuffling import TimeResult
from pecmae.explain.counterfactuals import CounterfactualSet
from pecmae.explain.explanation import Explanation
from pecmae.server.bundle_overview import BundleOverview
from pecmae.server.schemas import BundleMap, ErrorResponse, Health, TagList
from pecmae.training.counterfactual_baking import Answer, Following

REPOSITORY = Path(__file__).parents[2]
GENERATOR = Path(__file__).parent / "api_types.js"
TYPES = REPOSITORY / "pecmae" / "page" / "types" / "api.d.ts"
MODELS = (
    Explanation,
    BundleMap,
    BundleOverview,
    ListenerFigures,
    TagList,
    Health,
    ErrorResponse,
    CounterfactualSet,
    Answer,
    Following,
    TimeResult,
)


def api_types() -> str:
    """The declarations, generated from the models as they are now."""
    _, schema = TypeAdapter.json_schemas([(model.__name__, "serialization", TypeAdapter(model)) for model in MODELS])
    command = ["node", str(GENERATOR)]
    done = subprocess.run(command, input=json.dumps(schema), capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return done.stdout


if __name__ == "__main__":
    TYPES.write_text(api_types(), encoding="utf-8")

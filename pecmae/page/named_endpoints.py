"""The page's functions as named endpoints of Gradio, for `gradio_client`."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import gradio as gr
from gradio.events import api
from pydantic import ValidationError, validate_call

from pecmae.errors import PecmaeError, first_fault
from pecmae.server.endpoints import Endpoints, Seed
from pecmae.server.service import ExplainerService

MAX_WAITING = 20
"""Largest number of calls in Gradio's queue."""
MAX_SESSIONS = 100
"""Number of sessions of which Gradio keeps the last results."""
COMPUTING = "computing"
"""Name of what all functions that compute share: `CONCURRENCY`."""
CONCURRENCY = 2
"""Number of computing calls at a time: one is decoded while another is explained."""
P = ParamSpec("P")
R = TypeVar("R")


def add_named_endpoints(page: gr.Blocks, service: ExplainerService) -> None:
    """Register the functions; call this inside the context of the page's Blocks.

    Args:
        page: The page.
        service: Loads bundles and explains.
    """
    endpoints = Endpoints(service)

    def sonify(bundle: str, prototype: str, seed: Seed = 0) -> dict[str, str]:
        sound = endpoints.sonify(bundle, prototype, seed)
        return {"path": service.sounds.add(io.BytesIO(sound), prototype, ".wav")}  # gradio_client downloads it

    sonify.__doc__ = Endpoints.sonify.__doc__
    for function in (endpoints.list_bundles, endpoints.list_prototypes):
        api(_shown(function), api_name=function.__name__)
    computing: tuple[Callable[..., Any], ...] = (endpoints.explain, endpoints.tags, sonify)
    for function in computing:
        api(_shown(function), api_name=function.__name__, concurrency_id=COMPUTING, concurrency_limit=CONCURRENCY)
    page.queue(max_size=MAX_WAITING, api_open=False)
    page.state_session_capacity = MAX_SESSIONS


def _shown(function: Callable[P, R]) -> Callable[P, R]:
    """The same function with checked arguments, whose errors Gradio passes on as one sentence."""
    checked = validate_call(function)

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return checked(*args, **kwargs)
        except PecmaeError as error:
            raise gr.Error(error.message, print_exception=False) from error
        except ValidationError as error:
            raise gr.Error(f"The arguments aren't valid: {first_fault(error)}.", print_exception=False) from error

    return run

"""A visitor's own track: the component that takes it, and its explanation through Gradio's queue.

`gr.Audio` takes the sound: as an upload, from the microphone, or trimmed. The browser uploads it to
`server.upload_routes`, and `server.gradio_gate` hands its address to the functions here, in place of the file. The
file is held for the visitor's session (`server.short_lived_files`).
"""

import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from gradio.components import Component
from gradio.i18n import I18nData

from pecmae.errors import PecmaeError
from pecmae.networks.pretrained import WeightsError
from pecmae.page.languages import Texts, visitor_texts
from pecmae.page.view import failure
from pecmae.server.service import ExplainerService
from pecmae.server.upload_routes import DOWNLOAD

_LOOK_AGAIN_S = 0.5
C = TypeVar("C", bound=Component)


def track_input(label: I18nData) -> gr.Audio:
    """The component that takes a track."""
    return passing_addresses(
        gr.Audio(label=label, sources=["upload", "microphone"], buttons=[], interactive=True, elem_id="track")
    )


def passing_addresses(component: C) -> C:
    """Make the value of a component the address of an upload, or a list of them, which Gradio must not open.

    This replaces the component's class, because Gradio makes a new component of the same class when an event changes
    one. The class is made without Gradio's metaclass, which would write a file of types beside this module.
    """
    kind = type(component)
    changes = {
        "data_model": property(lambda _: None, lambda _, __: None),
        "preprocess": _unchanged,
        "postprocess": _unchanged,
        "api_info": lambda _: {"type": "string"},
    }
    component.__class__ = type.__new__(type(kind), kind.__name__, (kind,), changes)
    return component


def _unchanged(_: Component, value: Any) -> Any:
    return value


def shown_track(address: str, name: str) -> dict[str, str]:
    """The value of a `track_input` that shows an upload; Gradio takes it for data, not for a file of the server."""
    return {"path": address, "url": DOWNLOAD + address, "orig_name": name}


class OwnTracks:
    """The functions of the page that use visitors' own tracks.

    Args:
        service: Explains the tracks.
    """

    def __init__(self, service: ExplainerService) -> None:
        self._service = service
        self._numbers = count(1)

    def take(self, event: gr.EventData, request: gr.Request) -> dict[str, str]:
        """Show an upload that didn't come through `gr.Audio`: a dropped file, or a video."""
        address = str(event.address)
        return shown_track(address, self._service.uploads.hold(address, session_of(request)).name)

    def explain_track(
        self,
        address: str | None,
        bundle: str | None,
        first_part_of: str | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  # this is how Gradio finds it
    ) -> Iterator[tuple[dict[str, Any], Any]]:
        """Explain a track with a bundle, then tag it; runs in Gradio's queue.

        Args:
            address: The track; None if there is none.
            bundle: Name of the bundle.
            first_part_of: Address of the track of which only the first part is wanted.
            request: Gives the session.
            progress: Shows what is being done.

        Yields:
            The value of the component that draws the answer, and the value of the menu of examples.
        """
        answer: dict[str, Any] = {"number": next(self._numbers), "error": None, "track": None}
        if address is None:
            yield answer, gr.skip()
            return
        first_part = first_part_of == address
        t = visitor_texts(request)
        try:
            file = self._service.uploads.hold(address, session_of(request))
            progress(0, desc=t("Analysing the track"))
            while True:
                try:
                    explanation = self._service.explain_file(file.path, file.name, bundle, first_part)
                    break
                except WeightsError as error:
                    if error.code != "weights_on_their_way":
                        raise
                    self._wait_for_weights(progress, t)
        except PecmaeError as error:
            yield {**answer, **failure(error)}, gr.skip()
            return
        track = {
            "bundle": bundle,
            "name": file.name,
            "url": DOWNLOAD + address,
            "first_part": first_part,
            "explanation": explanation.model_dump(mode="json"),
            "tagging": None,
        }
        yield {**answer, "track": track}, None
        yield {**answer, "track": {**track, "tagging": self._tag(file.path, file.name, first_part)}}, gr.skip()

    def _tag(self, path: Path, name: str, first_part: bool) -> dict[str, Any]:
        try:
            tags = self._service.tag_file(path, name, first_part)
        except PecmaeError as error:
            return {"tags": None, "error": error.message}
        return {"tags": [asdict(tag) for tag in tags], "error": None}

    def forget(self, request: gr.Request) -> None:
        """Delete the tracks of a session that ended."""
        self._service.uploads.release(session_of(request))

    def _wait_for_weights(self, progress: gr.Progress, t: Texts) -> None:
        time.sleep(_LOOK_AGAIN_S)
        while running := self._service.weights.running:
            total = running.total_bytes
            what = (
                t(
                    "The server is downloading the pretrained network ({size} MB). This happens only once",
                    size=round(total / 2**20),
                )
                if total
                else t("The server is downloading the pretrained network. This happens only once")
            )
            progress(running.received_bytes / total if total else None, desc=what)
            time.sleep(_LOOK_AGAIN_S)


def session_of(request: gr.Request) -> str:
    """Id of a visitor's session, which holds the visitor's files."""
    return request.session_hash or ""

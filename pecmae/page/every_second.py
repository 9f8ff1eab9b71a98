"""Scores and distances for every second of the track on the page, through Gradio's queue.

The answer comes in steps with the fraction that is done, so that the visitor can cancel between them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from pydantic import TypeAdapter

from pecmae.errors import NotFoundError, PecmaeError
from pecmae.explain.examples import Example
from pecmae.explain.explanation import SegmentExplanation
from pecmae.page.own_track import session_of
from pecmae.page.view import failure
from pecmae.server.service import ExplainerService

_SEGMENTS = TypeAdapter(list[SegmentExplanation])


class EverySecond:
    """The function of the page that explains a segment for every second.

    Args:
        service: Explains the tracks.
        examples: The example clips.
        folder: Their folder.
    """

    def __init__(self, service: ExplainerService, examples: tuple[Example, ...], folder: Path) -> None:
        self._service = service
        self._files = {(example.bundle, example.id): folder / example.audio_file for example in examples}

    def explain_along(
        self,
        address: str | None,
        bundle: str | None,
        first_part_of: str | None,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[dict[str, Any]]:
        """Explain the track on the page, step by step.

        Args:
            address: The visitor's own track; None if there is none.
            bundle: Name of the bundle.
            first_part_of: Address of the track of which only the first part is wanted.
            event: `example`, the id of the example on the page, or null for the visitor's own track; `number`, which
                is part of the answer.
            request: Gives the session.

        Yields:
            The value of the component that asked, as `AlongAnswer` in `page.d.ts`; only the last one has the segments.
        """
        answer: dict[str, Any] = {"number": event.number, "fraction": 0.0, "error": None, "segments": None}
        segments: list[SegmentExplanation] = []
        try:
            path, name = self._file(event.example, bundle, address, request)
            first_part = event.example is None and first_part_of == address
            for batch, fraction in self._service.explain_along(path, name, bundle, first_part):
                segments += batch
                yield {**answer, "fraction": fraction}
        except PecmaeError as error:
            yield {**answer, **failure(error)}
            return
        # Text, because Gradio's page copies values deeply, which takes a second for ten minutes of segments.
        yield {**answer, "fraction": 1.0, "segments": _SEGMENTS.dump_json(segments).decode()}

    def _file(
        self, example: str | None, bundle: str | None, address: str | None, request: gr.Request
    ) -> tuple[Path, str]:
        """The file of the track on the page, and its name."""
        if example is not None:
            path = self._files.get((bundle or "", example))
            if path is None:
                raise NotFoundError(
                    "unknown_example", f"Bundle {bundle!r} has no example {example!r}; open another one."
                )
            return path, path.name
        if address is None:
            raise NotFoundError("unknown_file", "There is no track on the page; drop, choose or record one.")
        file = self._service.uploads.hold(address, session_of(request))
        return file.path, file.name

"""The functions that Gradio's clients and MCP clients can call. They return what the HTTP API returns.

`page.named_endpoints` offers them through Gradio, `mcp_tools` through MCP, both with these docstrings.
"""

import base64
import contextlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field

from pecmae.errors import AudioError, PecmaeError
from pecmae.server.schemas import BundleList, BundleProblem, TagList, list_prototypes, summarise
from pecmae.server.service import ExplainerService
from pecmae.server.short_lived_files import ShortLivedFile

MAX_SEED = 2**32 - 1
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


class Endpoints:
    """The functions, each of which may be called from any thread.

    Args:
        service: Loads bundles and explains.
    """

    def __init__(self, service: ExplainerService) -> None:
        self._service = service

    def explain(self, file: str, bundle: str | None = None, first_part: bool = False) -> dict[str, Any]:
        """Explain how a bundle classifies a clip: scores, prototypes with their similarities and contributions.

        Args:
            file: The clip. With gradio_client, handle_file("track.mp3"). Otherwise the address that
                POST /gradio_api/upload returns for the form field "files", or a data: URL in base64.
            bundle: Name of the bundle. By default the default bundle.
            first_part: Whether to explain only the beginning of a clip that exceeds the server's limit; otherwise such
                a clip is an error.

        Returns:
            The explanation, of the schema pecmae.explanation/2.
        """
        with self._opened(file) as clip:
            return self._service.explain_file(clip.path, clip.name, bundle or None, first_part).model_dump(mode="json")

    def tags(self, file: str, first_part: bool = False) -> dict[str, Any]:
        """Tag a clip with MusiCNN, trained on the Million Song Dataset; no bundle is involved.

        Args:
            file: The clip, as for explain.
            first_part: Whether to tag only the beginning of a clip that exceeds the server's limit; otherwise such a
                clip is an error.

        Returns:
            All tags with their probabilities, the most probable first.
        """
        with self._opened(file) as clip:
            tags = self._service.tag_file(clip.path, clip.name, first_part)
        return TagList(tags=tuple(tags)).model_dump(mode="json")

    def list_bundles(self) -> dict[str, Any]:
        """List the bundles on offer, the default one first, with their classes and measurements.

        Returns:
            The name of the default bundle, the bundles that can be used, and those that can't, with the reason.
        """
        return describe_bundles(self._service).model_dump(mode="json", by_alias=True)

    def list_prototypes(self, bundle: str | None = None) -> dict[str, Any]:
        """List the prototypes of a bundle: id, class, and the weight of its similarity in the logit of each class.

        Args:
            bundle: Name of the bundle. By default the default bundle.

        Returns:
            The prototypes, in the bundle's order.
        """
        return list_prototypes(self._service.bundle(bundle or None)).model_dump(mode="json", by_alias=True)

    def sonify(self, bundle: str, prototype: str, seed: Seed = 0) -> bytes:
        """Decode a prototype to sound.

        Args:
            bundle: Name of the bundle.
            prototype: Id of the prototype, from list_prototypes.
            seed: Seed of the noise from which the sound is sampled. Every seed gives another sound.

        Returns:
            The sound, as a WAV file.
        """
        return self._service.sonify(bundle, prototype, seed)

    @contextmanager
    def _opened(self, file: str) -> Iterator[ShortLivedFile]:
        """A clip as a file, which exists only inside the context."""
        uploads = self._service.uploads
        address = uploads.add(io.BytesIO(_decoded(file)), "clip") if file.startswith("data:") else file
        with uploads.used(address) as clip:
            yield clip


def describe_bundles(service: ExplainerService) -> BundleList:
    """Describe the bundles on offer, the default one first, and those that can't be used."""
    summaries, problems = [], []
    for name in service.bundle_names:
        try:
            summaries.append(summarise(service.bundle(name)))
        except PecmaeError as error:
            problems.append(BundleProblem(name=name, code=error.code, message=error.message))
    default = summaries[0].name if summaries else None
    return BundleList(default=default, bundles=tuple(summaries), problems=tuple(problems))


def _decoded(url: str) -> bytes:
    header, _, contents = url.partition(",")
    if header.endswith(";base64"):
        with contextlib.suppress(ValueError):  # it isn't base64
            return base64.b64decode(contents, validate=True)
    raise AudioError(
        "bad_data_url", "Give a data: URL such as 'data:audio/wav;base64,...' whose contents are valid base64."
    )

"""What the tab "Your collection" does: it gathers recordings, follows the training, and shows the result.

`collection_tab` lays out the components and connects them to `OwnCollections`. Files come through `gr.File`, in the
same way as a track through `gr.Audio` (`own_track`). Gradio and the browser know a collection by its secret id alone,
which `gr.BrowserState` keeps, so that a reloaded page finds the collection again.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

import gradio as gr

from pecmae.audio.reading import display_name
from pecmae.errors import NotFoundError, PecmaeError
from pecmae.page.collection_progress import details, fraction_done, stage
from pecmae.page.own_track import session_of
from pecmae.server.collections_api import COLLECTIONS
from pecmae.server.gatherings import ZIP, Gathering, missing
from pecmae.server.jobs import Job, is_private
from pecmae.server.schemas import summarise
from pecmae.server.service import ExplainerService
from pecmae.server.uploaded_bundle import is_bundle

DEFAULT_TITLE = "My collection"
CLASSES_ONE, CLASSES_MANY = "1 class", "{n} classes"
CLIPS_ONE, CLIPS_MANY = "1 clip", "{n} clips"
COUNTS = "{classes}, {clips}. {missing}"
READY_TO_TRAIN = "Ready to train."
NOTHING_FOUND = "No recordings were found in these files. Add audio files, folders of them, or a zip."
SHOWN, HIDDEN = gr.update(visible=True), gr.update(visible=False)
_LOOK_AGAIN_S = 0.5

Kept = dict[str, str] | None
"""Value of the `gr.BrowserState`: the id of the collection, which is empty after its removal."""


class Layout(NamedTuple):
    """Values of the components of the tab, in the order of `collection_tab`.

    Args:
        gathering: The part with `gr.File`, the classes and the settings.
        training: The part with the training and its result.
        progress: The part of it with the progress.
        done: The part of it with the buttons for the result.
        gathered: Value of the component that draws the classes.
        start: The button that starts the training.
        status: Value of the component that draws the training and its result.
        download: Value of the `gr.DownloadButton`.
        kept: Value of the `gr.BrowserState`.
    """

    gathering: Any = gr.skip()
    training: Any = gr.skip()
    progress: Any = gr.skip()
    done: Any = gr.skip()
    gathered: Any = gr.skip()
    start: Any = gr.skip()
    status: Any = gr.skip()
    download: Any = gr.skip()
    kept: Any = gr.skip()


def id_of(kept: Kept) -> str:
    """The id of the visitor's collection; empty if there is none."""
    own = kept.get("id", "") if isinstance(kept, dict) else ""
    return own if isinstance(own, str) and is_private(own) else ""


class OwnCollections:
    """The functions of the tab.

    Args:
        service: Builds the collections.
    """

    def __init__(self, service: ExplainerService) -> None:
        self._service = service
        self._limits = service.settings.collection_limits

    def shown(self, gathering: Gathering, error: str = "") -> dict[str, Any]:
        """The value of the component that draws the classes."""
        n_clips = gathering.n_clips
        text = " ".join(gathering.notes)
        if n_clips:
            counts = COUNTS.format(
                classes=CLASSES_ONE if len(n_clips) == 1 else CLASSES_MANY.format(n=len(n_clips)),
                clips=CLIPS_ONE if n_clips.total() == 1 else CLIPS_MANY.format(n=n_clips.total()),
                missing=missing(n_clips, self._limits) or READY_TO_TRAIN,
            )
            text = f"{counts} {text}".strip()
        classes = [{"label": label, "n_clips": count} for label, count in n_clips.items()]
        return {"classes": classes, "text": text, "error": error}

    def take(self, addresses: list[str] | None, title: str, request: gr.Request) -> tuple[Any, ...]:
        """Take uploads: recordings and zips of them are gathered, a bundle is ready to explore.

        Args:
            addresses: The uploads.
            title: Title of the collection; if empty, it becomes the name of the zip.
            request: Gives the session.

        Returns:
            Values of the two components that take files, which are emptied; of the component that draws the classes;
            of the title, the button that starts the training, and the `gr.BrowserState`.
        """
        session, service, kept = session_of(request), self._service, gr.skip()
        gathering, error = service.gatherings.get(session), ""
        try:
            with ExitStack() as stack:
                files = [stack.enter_context(service.uploads.used(address)) for address in addresses or ()]
                zips = [file for file in files if file.name.lower().endswith(ZIP)]
                bundle = next((file for file in zips if is_bundle(file.path, file.name)), None)
                if bundle:
                    job = service.jobs.submit(bundle.path, bundle.name, "", None, service.load_private)
                    kept = {"id": job.id}
                elif files:
                    before = len(gathering.clips)
                    gathering = service.gatherings.add(session, files)
                    error = NOTHING_FOUND if len(gathering.clips) == before else ""
        except PecmaeError as problem:
            error = problem.message
        return (None, None, self.shown(gathering, error), title or gathering.title, self._start(gathering), kept)

    def change(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Rename or remove a class; returns values of the component that draws the classes and of the button."""
        session, gatherings = session_of(request), self._service.gatherings
        label, name = str(event.label), event.name
        gathering = gatherings.remove(session, label) if name is None else gatherings.rename(session, label, str(name))
        return self.shown(gathering), self._start(gathering)

    def begin(self, title: str, prototypes: int | None, request: gr.Request) -> tuple[Any, Any]:
        """Start the training; returns values of the `gr.BrowserState` and of the component that draws the classes."""
        service = self._service
        gathering = service.gatherings.get(session_of(request))
        try:
            job = service.jobs.build(
                gathering, title.strip() or DEFAULT_TITLE, prototypes or None, service.load_private
            )
        except PecmaeError as error:
            return gr.skip(), self.shown(gathering, error.message)
        return {"id": job.id}, gr.skip()

    def find(self, kept: Kept, request: gr.Request) -> Any:
        """The collection that the address names, if the browser keeps none."""
        named = request.query_params.get("bundle", "")
        return {"id": named} if is_private(named) and not id_of(kept) else gr.skip()

    async def follow(
        self,
        kept: Kept,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  # this is how Gradio finds it
    ) -> AsyncIterator[Layout]:
        """Show a collection until it is ready; runs in Gradio's queue.

        Args:
            kept: Names the collection.
            request: Gives the session.
            progress: Shows the progress.

        Yields:
            Values of the components.
        """
        jobs, own, shown_stage = self._service.jobs, id_of(kept), ""
        started_s = time.monotonic()
        if not own:
            yield Layout()
        while own:
            try:
                job = jobs.get(own)
                if job.error:
                    jobs.remove(own)
            except NotFoundError as error:
                yield self.gather(request, error.message)
                return
            if job.error:
                yield self.gather(request, job.error.message)
                return
            if job.bundle:
                self._service.gatherings.release(session_of(request))
                yield _ready(job)
                return
            if (current := stage(job, jobs.n_before(own))) != shown_stage:
                shown_stage = current
                yield Layout(HIDDEN, SHOWN, SHOWN, HIDDEN, status={"stage": current, "result": None})
            done = fraction_done(job.progress, time.monotonic() - started_s)
            progress(done, desc=details(job.progress) or current)
            await asyncio.sleep(_LOOK_AGAIN_S)

    def gather(self, request: gr.Request, error: str = "") -> Layout:
        """The tab without a collection, which may have failed."""
        return self.gather_another(request, error)._replace(training=HIDDEN, kept={"id": ""})

    def gather_another(self, request: gr.Request, error: str = "") -> Layout:
        """The tab with the components for another collection, below the one that is ready."""
        gathering = self._service.gatherings.get(session_of(request))
        return Layout(SHOWN, gathered=self.shown(gathering, error), start=self._start(gathering))

    def remove(self, kept: Kept, request: gr.Request) -> Layout:
        """Remove the collection, and stop its training."""
        with suppress(NotFoundError):  # it may have expired
            self._service.jobs.remove(id_of(kept))
        return self.gather(request)

    def forget(self, request: gr.Request) -> None:
        """Delete the recordings of a session that ended."""
        self._service.gatherings.release(session_of(request))

    def _start(self, gathering: Gathering) -> Any:
        """Whether the button that starts the training can be pressed."""
        n_clips = gathering.n_clips
        return gr.Button(interactive=bool(n_clips) and not missing(n_clips, self._limits))


def _ready(job: Job) -> Layout:
    """The tab with a collection that is ready."""
    assert job.bundle is not None
    bundle = summarise(job.bundle).model_dump(mode="json", include={"classes", "metrics"})
    status = {"stage": "", "result": {"title": job.title, "notes": job.notes, **bundle}}
    name = f"{display_name(job.title)}{ZIP}"
    download = {"path": name, "url": f"{COLLECTIONS}/{job.id}/bundle", "orig_name": name}
    return Layout(HIDDEN, SHOWN, HIDDEN, SHOWN, status=status, download=download)

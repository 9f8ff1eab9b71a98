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
from pecmae.page.languages import Texts, visitor_texts
from pecmae.page.own_track import session_of
from pecmae.server.collections_api import COLLECTIONS
from pecmae.server.gatherings import ZIP, Gathering, missing
from pecmae.server.jobs import Job, is_private
from pecmae.server.schemas import summarise
from pecmae.server.service import ExplainerService
from pecmae.server.uploaded_bundle import is_bundle

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

    def shown(self, gathering: Gathering, t: Texts, error: str = "") -> dict[str, Any]:
        """The value of the component that draws the classes."""
        n_clips = gathering.n_clips
        sentences = [t.translated(note) for note in gathering.notes]
        if n_clips:
            classes = t.plural("{n} class", "{n} classes", len(n_clips))
            clips = t.plural("{n} clip", "{n} clips", n_clips.total())
            counts = t("{classes}, {clips}.", classes=classes, clips=clips)
            sentences = [counts, t.translated(missing(n_clips, self._limits)) or t("Ready to train."), *sentences]
        shown = [{"label": label, "n_clips": count} for label, count in n_clips.items()]
        return {"classes": shown, "text": " ".join(sentences), "error": t.translated(error)}

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
        session, service, kept, t = session_of(request), self._service, gr.skip(), visitor_texts(request)
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
                    nothing = t("No recordings were found in these files. Add audio files, folders of them, or a zip.")
                    error = nothing if len(gathering.clips) == before else ""
        except PecmaeError as problem:
            error = problem.message
        return (None, None, self.shown(gathering, t, error), title or gathering.title, self._start(gathering), kept)

    def change(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Rename or remove a class; returns values of the component that draws the classes and of the button."""
        session, gatherings = session_of(request), self._service.gatherings
        label, name = str(event.label), event.name
        gathering = gatherings.remove(session, label) if name is None else gatherings.rename(session, label, str(name))
        return self.shown(gathering, visitor_texts(request)), self._start(gathering)

    def begin(self, title: str, prototypes: int | None, request: gr.Request) -> tuple[Any, Any]:
        """Start the training; returns values of the `gr.BrowserState` and of the component that draws the classes."""
        service, t = self._service, visitor_texts(request)
        gathering = service.gatherings.get(session_of(request))
        try:
            job = service.jobs.build(
                gathering, title.strip() or t("My collection"), prototypes or None, service.load_private
            )
        except PecmaeError as error:
            return gr.skip(), self.shown(gathering, t, error.message)
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
        jobs, own, shown_stage, t = self._service.jobs, id_of(kept), "", visitor_texts(request)
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
            if (current := stage(job, jobs.n_before(own), t)) != shown_stage:
                shown_stage = current
                yield Layout(HIDDEN, SHOWN, SHOWN, HIDDEN, status={"stage": current, "result": None})
            done = fraction_done(job.progress, time.monotonic() - started_s)
            progress(done, desc=details(job.progress, t) or current)
            await asyncio.sleep(_LOOK_AGAIN_S)

    def gather(self, request: gr.Request, error: str = "") -> Layout:
        """The tab without a collection, which may have failed."""
        return self.gather_another(request, error)._replace(training=HIDDEN, kept={"id": ""})

    def gather_another(self, request: gr.Request, error: str = "") -> Layout:
        """The tab with the components for another collection, below the one that is ready."""
        gathering = self._service.gatherings.get(session_of(request))
        return Layout(
            SHOWN, gathered=self.shown(gathering, visitor_texts(request), error), start=self._start(gathering)
        )

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

"""The components of the tab "Your collection", and what happens when they are used.

`own_collection` has the functions. A component of our own draws the list of classes, because a `gr.Dataframe` can't be
used on a phone or with a screen reader.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.i18n import I18nData

from pecmae.page.languages import ENGLISH
from pecmae.page.own_collection import Layout, OwnCollections
from pecmae.page.own_track import passing_addresses
from pecmae.server.gatherings import Gathering
from pecmae.server.settings import UploadLimits

STORAGE_KEY = "pecmae.collection"
STORAGE_SECRET = "pecmae"
"""Fixed, so that the page still finds the id after the server restarted. It hides nothing from the visitor."""
MAX_TITLE_LENGTH = 60
_FOCUS = """() => setTimeout(() => {
    if (document.activeElement === document.body) document.querySelector("%s")?.focus();
}, 100)"""
"""Focuses a control if the focused one has disappeared."""
_AT_ONCE: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class CollectionTab:
    """What the page needs of the tab.

    Args:
        kept: Keeps the id of the collection.
        explore: The button that shows the collection in all tabs.
        removed: Adds a function that is called after a collection was removed.
    """

    kept: gr.BrowserState
    explore: gr.Button
    removed: Callable[..., Any]


def kept_collection() -> gr.BrowserState:
    """The component that keeps the id of the visitor's collection in the browser; call this outside of all tabs."""
    return gr.BrowserState(None, storage_key=STORAGE_KEY, secret=STORAGE_SECRET)


def collection_tab(
    page: gr.Blocks,
    functions: OwnCollections,
    limits: UploadLimits,
    kept: gr.BrowserState,
    t: Callable[..., I18nData],
    draw: Callable[..., gr.HTML],
) -> CollectionTab:
    """Lay out the tab and connect its components; call this inside of the tab.

    Args:
        page: The page.
        functions: What the tab does.
        limits: Limits on a collection, for the texts.
        kept: The result of `kept_collection`.
        t: Makes a text of Gradio's components, which the browser translates, of the English one and its values.
        draw: Makes a component that a module of `components/` draws.

    Returns:
        What the page needs of the tab.
    """
    with gr.Column(elem_id="own"):
        with gr.Column(visible=False, elem_id="own-training") as training:
            status = draw("training", value={"stage": "", "result": None})
            with gr.Column() as progress:
                bar = gr.HTML("", elem_id="own-bar")
                _paragraph(
                    "small mute",
                    t("You can use the other tabs meanwhile. The work continues even if you reload the page."),
                )
                cancel = gr.Button(t("Cancel"), elem_id="own-cancel")
            with gr.Row(visible=False, elem_id="own-done") as done:
                explore = gr.Button(t("Explore the trained collection"), variant="primary")
                download = passing_addresses(gr.DownloadButton(str(t("Download the trained collection"))))
                remove = gr.Button(t("Remove the trained collection now"))
                another = gr.Button(t("Train another"))
        with gr.Column(elem_id="own-gathering") as gathering:
            _paragraph("verdict", t("Train a model on your own recordings"))
            _paragraph(
                "evidence",
                t(
                    "Add at least {min_classes} classes that you can tell apart by ear, such as musicians, "
                    "instruments, rooms or styles. Each class needs at least {min_clips} clips. The model learns "
                    "prototypes for each class. You can then explore the model on the tabs Explore, Prototypes and "
                    "About. Training takes about a minute for a small collection, and longer for a large one.",
                    min_classes=limits.min_classes,
                    min_clips=limits.min_clips_per_class,
                ),
            )
            files = passing_addresses(
                gr.File(
                    label=t("Audio files, folders or a zip"), file_count="multiple", elem_id="own-files", height=150
                )
            )
            folder = passing_addresses(
                gr.UploadButton(str(t("Choose a folder")), file_count="directory", elem_id="own-folder")
            )
            _paragraph(
                "small mute",
                t(
                    "Each folder becomes a class. Without folders, the beginning of a file's name, up to its first "
                    "number, is the class. You can rename classes below; classes of the same name become one. A "
                    "collection that you downloaded here before can be added too."
                ),
            )
            own = draw("collection", value=functions.shown(Gathering(), ENGLISH), elem_id="own-gathered")
            with gr.Row(elem_id="own-settings"):
                title = gr.Textbox(
                    label=t("Collection name"),
                    placeholder=t("My collection"),
                    max_length=MAX_TITLE_LENGTH,
                    elem_id="own-title",
                )
                choices: list[tuple[Any, str | int | float]] = [(t("automatic"), 0)]
                choices += [(str(n), n) for n in range(1, limits.max_prototypes_per_class + 1)]
                prototypes = gr.Dropdown(
                    choices, value=0, label=t("Prototypes per class"), filterable=False, elem_id="own-per-class"
                )
                start = gr.Button(t("Start training"), variant="primary", interactive=False, elem_id="own-start")
            _paragraph(
                "small mute",
                t(
                    "The server deletes your recordings when training is complete or when you close this page, at the "
                    "latest an hour after their last use. The trained bundle contains short excerpts of them; it is "
                    "deleted one hour after you last used it, or when the server restarts. Only people who know the "
                    "address of the trained collection can hear excerpts. If this server runs on your own computer, "
                    "nothing leaves it."
                ),
            )
    layout = [*Layout(gathering, training, progress, done, own, start, status, download, kept)]
    taken = [files, folder, own, title, start, kept]
    for component in (files, folder):
        component.upload(functions.take, [component, title], taken, **_AT_ONCE)
    own.input(functions.change, None, [own, start], trigger_mode="multiple", **_AT_ONCE)
    start.click(functions.begin, [title, prototypes], [kept, own], **_AT_ONCE)
    page.load(functions.find, [kept], [kept], **_AT_ONCE)
    following = kept.change(
        functions.follow,
        [kept],
        layout,
        show_progress_on=bar,
        concurrency_limit=None,
        trigger_mode="multiple",
        api_visibility="private",
    )
    cancelling = cancel.click(functions.remove, [kept], layout, cancels=[following], **_AT_ONCE)
    removing = remove.click(functions.remove, [kept], layout, **_AT_ONCE)
    adding = another.click(functions.gather_another, None, layout, **_AT_ONCE)
    for event, control in (
        (following, "#own-done .primary"),
        (cancelling, "#own-start"),
        (removing, "#own-files button"),
        (adding, "#own-files button"),
    ):
        event.then(None, None, None, js=_FOCUS % control, api_visibility="private")
    return CollectionTab(kept, explore, removing.then)


def _paragraph(kind: str, text: I18nData) -> gr.HTML:
    """A paragraph of a class of the style sheets."""
    return gr.HTML(f'<div class="pe"><p class="{kind}">{text}</p></div>', apply_default_css=False)

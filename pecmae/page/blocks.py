"""The page: Gradio Blocks for the frame, and components of our own for everything that is drawn or heard.

Gradio gives the tabs, the choice of the bundle and the page's first state, from its address
(`?bundle=NAME&example=ID`; `own=ID` adds a visitor's own collection to the menu, which nobody else's has). Results are
drawn by a `gr.HTML` component whose value is `view.opening` and whose script is the ES module `static/explorer.js`. A
track goes from the browser straight to `POST /api/v1/explain` rather than through Gradio's upload cache, which names
files by their content: two visitors with the same file would share one, and the first answer's deletion would take it
from the second. So a file lives as long as its request, and the page shows the API's own sentences.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from pecmae.errors import HubError, PecmaeError
from pecmae.explain.counterfactuals import has_answers
from pecmae.explain.examples import Example
from pecmae.page.about import about
from pecmae.page.view import failure, opening
from pecmae.server.jobs import is_private
from pecmae.server.service import ExplainerService

TITLE = "PECMAE Explorer"
STATIC = Path(__file__).parent / "static"
STATIC_URL = "/static/explorer"
MOUNT_EXPLORE = f'import("{STATIC_URL}/explorer.js").then((page) => page.mountExplore(element, props, watch));'
MOUNT_QUESTIONS = f'import("{STATIC_URL}/explorer.js").then((page) => page.mountQuestions(element));'
MOUNT_PROTOTYPES = f'import("{STATIC_URL}/explorer.js").then((page) => page.mountPrototypes(element));'
MOUNT_COLLECTION = f'import("{STATIC_URL}/explorer.js").then((page) => page.mountOwnCollection(element, trigger));'
WAITING = '<div class="pe"><p class="mute opening">Opening the explorer</p></div>'


def build_page(service: ExplainerService, examples: tuple[Example, ...], counterfactuals: Path) -> gr.Blocks:
    """The page's Blocks, to be mounted by `serving.mount_page`.

    Args:
        service: Gives the bundles; they are read when a visitor comes, not here.
        examples: The clips that the page offers.
        counterfactuals: Folder of the counterfactual set; a bundle that was asked about it has the tab "Question it".

    Returns:
        The Blocks.
    """

    def show_bundle(name: str | None, example: str | None = None) -> tuple[dict[str, Any], str, gr.Tab]:
        try:
            manifest = service.bundle(name).manifest
        except PecmaeError as error:
            return failure(error), f"## This page has no bundle\n\n{error.message}", gr.Tab(visible=False)
        asked = has_answers(counterfactuals, manifest)
        value = opening(manifest.name, examples, service.settings.limits, example, has_counterfactuals=asked)
        return value, about(manifest), gr.Tab(visible=asked)

    def choose_among(wanted: str | None, own: str | None) -> tuple[gr.Dropdown, str | None]:
        """The menu, with one's own collection if there is one, and the name that it shows."""
        names = service.bundle_names
        kept = next((name for name in (wanted, own) if name and service.jobs.is_ready(name)), None)
        if kept:
            names = [*names, kept]
        name = wanted if wanted in names else service.default_name
        return gr.Dropdown(choices=_choices(service, names), value=name), name

    def open_page(request: gr.Request) -> tuple[Any, dict[str, Any], str, gr.Tab]:
        address = request.query_params
        menu, name = choose_among(address.get("bundle"), address.get("own"))
        return menu, *show_bundle(name, address.get("example"))

    def show_own(event: gr.SelectData) -> tuple[Any, ...]:
        """Turn to a visitor's own collection, or away from one that was removed."""
        menu, name = choose_among(event.value or None, None)
        return gr.Tabs(selected="explore") if event.value else gr.skip(), menu, *show_bundle(name)

    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="header"):
            gr.HTML(f"<h1>{TITLE}</h1>", apply_default_css=False, elem_id="title", js_on_load=None)
            menu = gr.Dropdown(
                label="Bundle",
                info=None,
                show_label=False,
                container=False,
                filterable=False,
                interactive=True,
                elem_id="bundle",
            )
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            with gr.Tab("Explore", id="explore"):
                explore = gr.HTML(
                    html_template=WAITING, js_on_load=MOUNT_EXPLORE, apply_default_css=False, elem_id="explore"
                )
            with gr.Tab("Prototypes", id="prototypes"):
                gr.HTML(html_template=WAITING, js_on_load=MOUNT_PROTOTYPES, apply_default_css=False)
            with gr.Tab("Question it", id="question", visible=False) as question:
                gr.HTML(html_template=WAITING, js_on_load=MOUNT_QUESTIONS, apply_default_css=False)
            with gr.Tab("Your collection", id="collection", visible=service.settings.max_collections > 0):
                own = gr.HTML(html_template=WAITING, js_on_load=MOUNT_COLLECTION, apply_default_css=False)
            with gr.Tab("About", id="about"):
                text = gr.Markdown(elem_id="about-text")
        shown: list[Any] = [explore, text, question]
        page.load(open_page, None, [menu, *shown], queue=False, show_progress="hidden", api_visibility="private")
        menu.input(show_bundle, [menu], shown, queue=False, show_progress="hidden", api_visibility="private")
        own.select(show_own, None, [tabs, menu, *shown], queue=False, show_progress="hidden", api_visibility="private")
    return page


def _choices(service: ExplainerService, names: list[str]) -> list[tuple[str, str]]:
    """What the menu shows of each bundle, with its name; one title for two bundles has the name beside it."""
    titles = [_title(service, name) for name in names]
    shown = [
        title if titles.count(title) == 1 else f"{title} ({name})" for title, name in zip(titles, names, strict=True)
    ]
    return list(zip(shown, names, strict=True))


def _title(service: ExplainerService, name: str) -> str:
    try:
        title = service.bundle(name).manifest.title
        return f"Your collection: {title}" if is_private(name) else title
    except HubError as error:
        return f"{name} ({'being fetched' if error.code == 'on_its_way' else 'not available'})"
    except PecmaeError:
        return f"{name} (damaged)"

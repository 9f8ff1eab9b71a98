"""The page as Gradio Blocks. Gradio provides the frame; components of our own draw and play everything else.

Gradio provides the tabs, the menu of bundles and the page's first state, which it takes from the address
(`?bundle=NAME&example=ID`; `own=ID` adds a visitor's own collection to the menu). The results are drawn by a `gr.HTML`
component: its value is `view.opening`, its script the ES module `static/explorer.js`.

The browser sends a track to POST /api/v1/explain and /api/v1/tags, not through Gradio's upload cache. That cache names
files by their content, so two visitors with the same file would share one, and deleting it for one visitor would delete
it for the other. This way, a file exists only during its request, and the page shows the API's error messages.
"""

from pathlib import Path
from typing import Any

import gradio as gr

from pecmae.errors import HubError, PecmaeError
from pecmae.explain.counterfactuals import has_answers
from pecmae.explain.examples import Example
from pecmae.page.about import about
from pecmae.page.named_endpoints import add_named_endpoints
from pecmae.page.view import collection_rules, failure, opening
from pecmae.server.jobs import is_private
from pecmae.server.service import ExplainerService

TITLE = "PECMAE Explorer"
STATIC = Path(__file__).parent / "static"
STATIC_URL = "/static/explorer"
WAITING = '<div class="pe"><p class="mute opening">Loading…</p></div>'


def build_page(service: ExplainerService, examples: tuple[Example, ...], counterfactuals: Path) -> gr.Blocks:
    """Build the page's Blocks, which `mounting.mount_page` serves.

    Args:
        service: Source of the bundles, which are read on each visit.
        examples: The example clips.
        counterfactuals: Folder of the counterfactual set. The tab "Test the model" is shown for bundles whose
            predictions for this set are stored.

    Returns:
        The Blocks.
    """

    def show_bundle(name: str | None, example: str | None = None) -> tuple[dict[str, Any], str, gr.Tab]:
        try:
            manifest = service.bundle(name).manifest
        except PecmaeError as error:
            return failure(error), f"## The bundle can't be loaded\n\n{error.message}", gr.Tab(visible=False)
        answered = has_answers(counterfactuals, manifest)
        value = opening(manifest, examples, service.settings.limits, example, has_counterfactuals=answered)
        return value, about(manifest), gr.Tab(visible=answered)

    def choose_among(wanted: str | None, own: str | None) -> tuple[gr.Dropdown, str | None]:
        """The menu, with the visitor's own collection if there is one, and the name of the chosen bundle."""
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
        """Show the visitor's own collection, or the default bundle after it was removed."""
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
                explore = _component("mountExplore(element, props, watch)", elem_id="explore")
            with gr.Tab("Prototypes", id="prototypes"):
                _component("mountPrototypes(element)")
            with gr.Tab("Test the model", id="question", visible=False) as question:
                _component("mountQuestions(element)")
            with gr.Tab("Your collection", id="collection", visible=service.settings.max_collections > 0):
                rules = collection_rules(service.settings.collection_limits)
                own = _component("mountOwnCollection(element, props, trigger)", value=rules)
            with gr.Tab("About", id="about"):
                text = gr.Markdown(elem_id="about-text")
        shown: list[Any] = [explore, text, question]
        page.load(open_page, None, [menu, *shown], queue=False, show_progress="hidden", api_visibility="private")
        menu.input(show_bundle, [menu], shown, queue=False, show_progress="hidden", api_visibility="private")
        own.select(show_own, None, [tabs, menu, *shown], queue=False, show_progress="hidden", api_visibility="private")
        add_named_endpoints(page, service)
    return page


def _component(call: str, **arguments: Any) -> gr.HTML:
    """A component that a function of the JavaScript module `explorer.js` draws."""
    script = f'import("{STATIC_URL}/explorer.js").then((module) => module.{call});'
    return gr.HTML(html_template=WAITING, js_on_load=script, apply_default_css=False, **arguments)


def _choices(service: ExplainerService, names: list[str]) -> list[tuple[str, str]]:
    """Pairs of label and name for the menu; where two bundles have the same title, the label includes the name."""
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
        return f"{name} ({'downloading' if error.code == 'on_its_way' else 'not available'})"
    except PecmaeError:
        return f"{name} (can't be loaded)"

"""The page as Gradio Blocks. Gradio provides the frame; components of our own draw and play everything else.

Gradio provides the tabs, the menu of bundles and the page's first state, which it takes from the address (`address`).
The results are drawn by a `gr.HTML` component: its value is `view.opening`, its script the ES module
`static/explorer.js`.

The browser sends a track to POST /api/v1/explain and /api/v1/tags, not through Gradio's upload cache. That cache names
files by their content, so two visitors with the same file would share one, and deleting it for one visitor would delete
it for the other. This way, a file exists only during its request, and the page shows the API's error messages.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from pecmae.errors import HubError, PecmaeError
from pecmae.explain.counterfactuals import has_answers
from pecmae.explain.examples import Example
from pecmae.page.about import about
from pecmae.page.address import TABS, Address, honour, read_address
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
        counterfactuals: Folder of the counterfactual set, for the tab "Test the model".

    Returns:
        The Blocks.
    """
    tab_ids = [tab for tab in TABS if tab != "collection" or service.settings.max_collections > 0]

    def show_bundle(name: str | None, address: Address | None = None) -> tuple[dict[str, Any], str]:
        try:
            manifest = service.bundle(name).manifest
        except PecmaeError as error:
            return failure(error), f"## The bundle can't be loaded\n\n{error.message}"
        value = opening(
            manifest,
            examples,
            service.settings.limits,
            address,
            has_counterfactuals=has_answers(counterfactuals, manifest),
            tested=tested_titles(),
        )
        return value, about(manifest)

    def tested_titles() -> list[str]:
        """Titles of the bundles that the tab "Test the model" can test."""
        manifests = []
        for name in service.bundle_names:
            with suppress(PecmaeError):
                manifests.append(service.bundle(name).manifest)
        return [manifest.title for manifest in manifests if has_answers(counterfactuals, manifest)]

    def choose_among(wanted: str | None, own: str | None) -> tuple[gr.Dropdown, str | None]:
        """The menu, with the visitor's own collection if there is one, and the name of the chosen bundle."""
        names = service.bundle_names
        kept = next((name for name in (wanted, own) if name and service.jobs.is_ready(name)), None)
        if kept:
            names = [*names, kept]
        name = wanted if wanted in names else service.default_name
        return gr.Dropdown(choices=_choices(service, names), value=name), name

    def ids_of(name: str | None) -> dict[str, list[str]]:
        """What an address may name while this bundle is shown."""
        try:
            bundle = service.bundle(name)
        except PecmaeError:
            return {"example": [], "class_id": [], "prototype": [], "tab": tab_ids}
        return {
            "example": [example.id for example in examples if example.bundle == bundle.manifest.name],
            "class_id": [item.id for item in bundle.manifest.classes],
            "prototype": [prototype.id for prototype in bundle.prototypes],
            "tab": tab_ids,
        }

    def show_address(parameters: Mapping[str, str]) -> tuple[Any, ...]:
        address = read_address(parameters)
        menu, name = choose_among(address.bundle, address.own)
        address, sentence = honour(address, name, ids_of(name))
        return gr.Tabs(selected=address.tab or TABS[0]), sentence, menu, *show_bundle(name, address)

    def open_page(request: gr.Request) -> tuple[Any, ...]:
        return show_address(request.query_params)

    def follow_history(event: gr.SelectData) -> tuple[Any, ...]:
        """Show what the address asks for after the visitor went back or forward to another bundle."""
        return show_address(dict(parse_qsl(event.value)))

    def show_own(event: gr.SelectData) -> tuple[Any, ...]:
        """Show the visitor's own collection, or the default bundle after it was removed."""
        menu, name = choose_among(event.value or None, None)
        return gr.Tabs(selected="explore") if event.value else gr.skip(), "", menu, *show_bundle(name)

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
        notice = _component("mountNotice(element, props, watch)", elem_id="notice", value="")
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            with _tab("Explore", "explore", render_children=True):
                explore = _component("mountExplore(element, props, watch, trigger)", elem_id="explore")
            with _tab("Prototypes", "prototypes"):
                _component("mountPrototypes(element)")
            with _tab("Test the model", "question"):
                _component("mountQuestions(element)")
            with _tab("Your collection", "collection", visible="collection" in tab_ids):
                rules = collection_rules(service.settings.collection_limits)
                own = _component("mountOwnCollection(element, props, trigger)", value=rules)
            with _tab("About", "about"):
                text = gr.Markdown(elem_id="about-text")
        shown: list[Any] = [explore, text]
        everything: list[Any] = [tabs, notice, menu, *shown]
        at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        page.load(open_page, None, everything, **at_once)
        menu.input(show_bundle, [menu], shown, **at_once)
        explore.select(follow_history, None, everything, **at_once)
        own.select(show_own, None, everything, **at_once)
        add_named_endpoints(page, service)
    return page


def _tab(label: str, tab_id: str, **arguments: Any) -> gr.Tab:
    """A tab that tells the JavaScript when it is shown."""
    tab = gr.Tab(label, id=tab_id, **arguments)
    script = f'() => {{ import("{STATIC_URL}/store.js").then(({{ update }}) => update({{ tab: "{tab_id}" }})); }}'
    tab.select(None, None, None, js=script, api_visibility="private")
    return tab


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

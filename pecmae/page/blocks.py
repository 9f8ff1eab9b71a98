"""The page as Gradio Blocks. Gradio provides the frame; components of our own draw and play everything else.

Gradio provides the tabs, the menu of bundles and the page's first state, which it takes from the address (`address`).
The rest is drawn by `gr.HTML` components. Each is a folder of `components/` with an ES module, whose function `mount`
draws, and a style sheet; `static/` holds what they share. The value of the main component is `view.opening`.

`own_track` takes a visitor's own track and explains it in Gradio's queue. Gradio's upload cache isn't used. It names
files by their content, so two visitors with the same file would share one, and deleting it for one visitor would delete
it for the other.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
from gradio.i18n import I18nData

from pecmae.errors import HubError, PecmaeError
from pecmae.explain.counterfactuals import has_answers
from pecmae.explain.examples import Example
from pecmae.page.about import about, no_bundle
from pecmae.page.address import TABS, Address, honour, read_address
from pecmae.page.collection_tab import collection_tab, kept_collection
from pecmae.page.every_second import EverySecond
from pecmae.page.languages import ENGLISH, LANGUAGES, Texts, visitor_texts
from pecmae.page.named_endpoints import COMPUTING, CONCURRENCY, add_named_endpoints
from pecmae.page.own_collection import Kept, OwnCollections, id_of
from pecmae.page.own_track import OwnTracks, track_input
from pecmae.page.view import failure, opening
from pecmae.server.jobs import is_private
from pecmae.server.service import ExplainerService

TITLE = "PECMAE Explorer"
PAGE_URL = "/page"
"""Address of the folders `components` and `static`."""
WAITING = '<div class="pe"><p class="mute opening">Loading…</p></div>'


def build_page(
    service: ExplainerService, examples: tuple[Example, ...], example_folder: Path, counterfactuals: Path
) -> gr.Blocks:
    """Build the page's Blocks, which `mounting.mount_page` serves.

    Args:
        service: Source of the bundles, which are read on each visit.
        examples: The example clips.
        example_folder: Their folder.
        counterfactuals: Folder of the counterfactual set, for the tab "Test the model".

    Returns:
        The Blocks.
    """
    tracks, collections = OwnTracks(service), OwnCollections(service)
    every_second = EverySecond(service, examples, example_folder)
    tab_ids = [tab for tab in TABS if tab != "collection" or service.settings.max_collections > 0]
    i18n = gr.I18n(**{language: {} for language in LANGUAGES})

    def t(text: str, **values: Any) -> I18nData:
        """A text of Gradio's own components, which the browser translates."""
        key = ENGLISH(text, **values)
        for language, translated in i18n.translations_dict.items():
            translated[key] = Texts(language)(text, **values)
        return i18n(key)

    def show_bundle(
        name: str | None, own_track: str | None, texts: Texts, address: Address | None = None
    ) -> tuple[dict[str, Any], gr.Radio, str]:
        """Values of the components that show a bundle: the visitor's own track stays, otherwise an example is open."""
        try:
            manifest = service.bundle(name).manifest
        except PecmaeError as error:
            return failure(error), gr.Radio([], visible=False), no_bundle(texts)
        value = opening(
            manifest,
            examples,
            service.settings.limits,
            address,
            texts=texts,
            has_counterfactuals=has_answers(counterfactuals, manifest),
            tested=tested_titles(),
        )
        choices = [(example["title"], example["id"]) for example in value["examples"]]
        shown = None if own_track or not choices else (address and address.example) or choices[0][1]
        return value, gr.Radio(choices, value=shown, visible=bool(choices)), about(manifest, texts)

    def choose_bundle(
        name: str | None, own_track: str | None, request: gr.Request
    ) -> tuple[dict[str, Any], gr.Radio, str]:
        """Show the bundle that the visitor chose in the menu."""
        return show_bundle(name, own_track, visitor_texts(request))

    def tested_titles() -> list[str]:
        """Titles of the bundles that the tab "Test the model" can test."""
        manifests = []
        for name in service.bundle_names:
            with suppress(PecmaeError):
                manifests.append(service.bundle(name).manifest)
        return [manifest.title for manifest in manifests if has_answers(counterfactuals, manifest)]

    def choose_among(wanted: str | None, own: str | None, texts: Texts) -> tuple[gr.Dropdown, str | None]:
        """The menu, with the visitor's own collection if there is one, and the name of the chosen bundle."""
        names = service.bundle_names
        kept = next((name for name in (wanted, own) if name and service.jobs.is_ready(name)), None)
        if kept:
            names = [*names, kept]
        name = wanted if wanted in names else service.default_name
        return gr.Dropdown(choices=_choices(service, names, texts), value=name), name

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

    def show_address(
        parameters: Mapping[str, str], own_track: str | None, kept: Kept, texts: Texts, usual_tab: str | None = None
    ) -> tuple[Any, ...]:
        """What an address asks for; if it names no tab, `usual_tab` is opened, or none."""
        address = read_address(parameters)
        menu, name = choose_among(address.bundle, id_of(kept), texts)
        address, sentence = honour(address, name, ids_of(name), texts)
        tab = address.tab or usual_tab
        tabs = gr.Tabs(selected=tab) if tab else gr.skip()
        return tabs, sentence, menu, *show_bundle(name, own_track, texts, address)

    def open_page(kept: Kept, request: gr.Request) -> tuple[Any, ...]:
        # no usual tab: the visitor may have chosen one meanwhile
        return show_address(request.query_params, None, kept, visitor_texts(request))

    def follow_history(own_track: str | None, kept: Kept, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Show what the address asks for after the visitor went back or forward."""
        stays = own_track if event.clip == "own" else None
        shown = show_address(dict(parse_qsl(event.query)), stays, kept, visitor_texts(request), TABS[0])
        return gr.skip() if stays else None, *shown

    def show_own(own_track: str | None, kept: Kept, request: gr.Request) -> tuple[Any, ...]:
        """Show the visitor's own collection."""
        own, texts = id_of(kept), visitor_texts(request)
        menu, name = choose_among(own, own, texts)
        return gr.Tabs(selected="explore"), "", menu, *show_bundle(name, own_track, texts)

    def leave_own(own_track: str | None, shown_name: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Show the default bundle if the visitor's own collection was shown, which was removed."""
        texts = visitor_texts(request)
        menu, name = choose_among(shown_name, None, texts)
        bundle = (gr.skip(),) * len(shown) if name == shown_name else show_bundle(name, own_track, texts)
        return gr.skip(), gr.skip(), menu, *bundle

    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="header"):
            gr.HTML(f"<h1>{TITLE}</h1>", apply_default_css=False, elem_id="title", js_on_load=None)
            menu = gr.Dropdown(
                label=t("Bundle"),
                info=None,
                show_label=False,
                container=False,
                filterable=False,
                interactive=True,
                elem_id="bundle",
            )
            _component("language", elem_id="language", value=LANGUAGES)
        notice = _component("notice", elem_id="notice", value="")
        kept = kept_collection()
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            with _tab(t("Explore"), "explore", render_children=True), gr.Row(elem_id="explore-row"):
                with gr.Column(elem_id="rail"):
                    track = track_input(t("Your track"))
                    example = gr.Radio(label=t("Or open an example"), interactive=True, elem_id="examples")
                    cancel = gr.Button(t("Cancel"), size="sm", elem_id="cancel")
                    answer = _component("track", elem_id="answer", value=None)
                explore = _component("explore", elem_id="explore")
                along = _component("along", elem_id="along", value=None)
            with _tab(t("Prototypes"), "prototypes"):
                _component("prototypes")
            with _tab(t("Test the model"), "question"):
                _component("question")
            with _tab(t("Your collection"), "collection", visible="collection" in tab_ids):
                own = collection_tab(page, collections, service.settings.collection_limits, kept, t, _component)
            with _tab(t("About"), "about"):
                text = gr.Markdown(elem_id="about-text")
        first_part_of = gr.State()
        shown: list[Any] = [explore, example, text]
        everything: list[Any] = [tabs, notice, menu, *shown]
        at_once: Any = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        page.load(open_page, [kept], everything, **at_once)
        example.input(_nothing, [example], [track], js=_call("openExampleById(...values)"), **at_once)
        explore.clear(lambda: (None, None), None, [track, example], **at_once)
        explore.upload(tracks.take, None, [track], trigger_mode="multiple", **at_once)
        reasons = (
            track.change,
            explore.submit(lambda address: address, [track], [first_part_of], **at_once).then,
            menu.input(choose_bundle, [menu, track], shown, **at_once).then,
            explore.select(
                follow_history, [track, kept], [track, *everything], trigger_mode="multiple", **at_once
            ).then,
            own.explore.click(show_own, [track, kept], everything, **at_once).then,
            own.removed(leave_own, [track, menu], everything, **at_once).then,
        )
        runs = [
            explain_for(
                tracks.explain_track,
                [track, menu, first_part_of],
                [answer, example],
                js=_call("beginAnswer(...values)"),
                show_progress_on=answer,
                concurrency_id=COMPUTING,
                concurrency_limit=CONCURRENCY,
                trigger_mode="multiple",
                api_visibility="private",
            )
            for explain_for in reasons
        ]
        for run in runs:
            run.then(None, None, None, js=_call("endAnswer()"), api_visibility="private")
        cancel.click(None, None, None, cancels=runs, js=_call("cancelAnswer()"), api_visibility="private")
        computing_along = along.submit(
            every_second.explain_along,
            [track, menu, first_part_of],
            [along],
            show_progress="hidden",
            concurrency_id=COMPUTING,
            concurrency_limit=CONCURRENCY,
            trigger_mode="multiple",
            api_visibility="private",
        )
        along.clear(None, None, None, cancels=[computing_along], api_visibility="private")
        page.unload(tracks.forget)
        page.unload(collections.forget)
        add_named_endpoints(page, service)
    page.i18n_instance = i18n
    return page


def _tab(label: I18nData, tab_id: str, **arguments: Any) -> gr.Tab:
    """A tab that tells the JavaScript when it is shown."""
    tab = gr.Tab(label, id=tab_id, **arguments)
    script = f'() => {{ import("{PAGE_URL}/static/store.js").then(({{ update }}) => update({{ tab: "{tab_id}" }})); }}'
    tab.select(None, None, None, js=script, api_visibility="private")
    return tab


def _nothing(_: Any) -> None:
    """Empty the component that takes the visitor's own track, because an example is opened."""


def _call(call: str) -> str:
    """JavaScript that calls a function of `clip.js` with the event's inputs, and passes these on."""
    return f'(...values) => {{ import("{PAGE_URL}/static/clip.js").then((module) => module.{call}); return values; }}'


def _component(name: str, **arguments: Any) -> gr.HTML:
    """A component that a module of `components/` draws."""
    module = f"{PAGE_URL}/components/{name}/{name}.js"
    script = f'import("{module}").then(({{ mount }}) => mount(element, props, watch, trigger));'
    return gr.HTML(html_template=WAITING, js_on_load=script, apply_default_css=False, **arguments)


def _choices(service: ExplainerService, names: list[str], texts: Texts = ENGLISH) -> list[tuple[str, str]]:
    """Pairs of label and name for the menu; where two bundles have the same title, the label includes the name."""
    titles = [_title(service, name, texts) for name in names]
    shown = [
        title if titles.count(title) == 1 else f"{title} ({name})" for title, name in zip(titles, names, strict=True)
    ]
    return list(zip(shown, names, strict=True))


def _title(service: ExplainerService, name: str, t: Texts) -> str:
    try:
        title = t.translated(service.bundle(name).manifest.title)
        return t("Your collection: {title}", title=title) if is_private(name) else title
    except HubError as error:
        is_coming = error.code == "on_its_way"
        return t("{bundle} (downloading)", bundle=name) if is_coming else t("{bundle} (not available)", bundle=name)
    except PecmaeError:
        return t("{bundle} (can't be loaded)", bundle=name)

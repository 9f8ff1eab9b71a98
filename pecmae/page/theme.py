"""Colours and fonts of the page: Gradio's theme, and CSS variables for everything that the explorer draws itself.

The colours of classes are Paul Tol's muted set. Its sand and grey are replaced by darker neighbours that stay visible
on white paper; the dark theme has lighter versions.
"""

from gradio.themes import Base

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONOSPACE = ("ui-monospace", "Consolas", "monospace")

LIGHT = {
    "paper": "#faf9f7",
    "card": "#ffffff",
    "ink": "#1f2328",
    "soft": "#61666d",
    "line": "#e5e2dc",
    "accent": "#2f5d8a",
    "accent-wash": "#eef3f8",
    "warn": "#7d5200",
    "warn-wash": "#fff6e0",
    "length": "#aebfd1",
}
DARK = {
    "paper": "#15171a",
    "card": "#1d2024",
    "ink": "#e8e6e1",
    "soft": "#a2a8af",
    "line": "#33383e",
    "accent": "#8ab4e8",
    "accent-wash": "#232c37",
    "warn": "#f0c060",
    "warn-wash": "#2b2413",
    "length": "#4b5d72",
}
LIGHT_CLASSES = (
    "#332288",
    "#88ccee",
    "#999933",
    "#aa4499",
    "#117733",
    "#ddaa33",
    "#5b636d",
    "#cc6677",
    "#44aa99",
    "#882255",
)
DARK_CLASSES = (
    "#8f86e0",
    "#99d6f3",
    "#b9b95a",
    "#cf83c2",
    "#4fb873",
    "#e8bf5e",
    "#a9b1bb",
    "#e58f9c",
    "#62c4b4",
    "#d0709c",
)
"""One colour per class, in the order of a bundle's classes; further classes repeat them with other marker shapes."""

ROLES = {
    "body_background_fill": "paper",
    "background_fill_primary": "card",
    "background_fill_secondary": "paper",
    "block_background_fill": "paper",
    "input_background_fill": "card",
    "input_background_fill_focus": "card",
    "input_background_fill_hover": "card",
    "body_text_color": "ink",
    "body_text_color_subdued": "soft",
    "block_info_text_color": "soft",
    "block_label_text_color": "soft",
    "block_title_text_color": "soft",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "input_border_color": "line",
    "input_border_color_focus": "accent",
    "color_accent": "accent",
    "link_text_color": "accent",
    "link_text_color_hover": "accent",
    "link_text_color_visited": "accent",
    "link_text_color_active": "accent",
}
"""Gradio's theme variables and the colour of each."""


def page_theme() -> Base:
    """Gradio's theme, light and dark."""
    colours = {name: LIGHT[role] for name, role in ROLES.items() if name != "color_accent"}
    dark = {f"{name}_dark": DARK[role] for name, role in ROLES.items() if name != "color_accent"}
    return Base(font=FONTS, font_mono=MONOSPACE).set(
        **colours,
        **dark,
        color_accent=LIGHT["accent"],
        block_border_width="0px",
        block_shadow="none",
        block_shadow_dark="none",
        block_padding="0px",
        input_border_width="1px",
        input_shadow="none",
        input_shadow_focus="none",
        shadow_drop="none",
        shadow_drop_lg="none",
        shadow_inset="none",
        layout_gap="0px",
    )


def colour_variables() -> str:
    """CSS that defines each colour as a variable, such as `--ink` and `--class-0`, for both themes."""
    rules = [f":root {{ --n-class-colours: {len(LIGHT_CLASSES)}; }}"]
    for selector, colours, classes in (("body", LIGHT, LIGHT_CLASSES), ("body.dark", DARK, DARK_CLASSES)):
        named = {**colours, **{f"class-{i}": colour for i, colour in enumerate(classes)}}
        declarations = " ".join(f"--{name}: {colour};" for name, colour in named.items())
        rules.append(f"{selector} {{ {declarations} }}")
    return "\n".join(rules)

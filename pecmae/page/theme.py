"""Gradio's theme for the page: paper, hairlines, system fonts that nothing has to load, no shadows.

Colours agree with `static/tokens.css`, which draws everything that is the explorer's own.
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
}
DARK = {
    "paper": "#15171a",
    "card": "#1d2024",
    "ink": "#e8e6e1",
    "soft": "#a2a8af",
    "line": "#33383e",
    "accent": "#8ab4e8",
}

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
"""Gradio's theme variables, and which of our colours each takes."""


def page_theme() -> Base:
    """The theme, light and dark."""
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

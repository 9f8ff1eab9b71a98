"""Texts that are made from templates."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render(template: Path, **values: Any) -> str:
    """Fill in a template of Jinja. In HTML, the values are escaped.

    Args:
        template: The file, whose name ends in `.jinja`, such as `report.md.jinja`.
        values: What the template's variables stand for; all that it uses must be given.
    """
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        autoescape=template.name.endswith(".html.jinja"),
        trim_blocks=True,
    )
    return environment.get_template(template.name).render(values).strip()

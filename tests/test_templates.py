"""Values are escaped in HTML alone, and none may be missing."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from pecmae.templates import render


@pytest.mark.parametrize(("name", "expected"), [("a.html.jinja", "&lt;b&gt;"), ("a.txt.jinja", "<b>")])
def test_values_are_escaped_in_html_alone(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / name).write_text("{{ value }}\n")
    assert render(tmp_path / name, value="<b>") == expected


def test_a_missing_value_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt.jinja").write_text("{{ value }}")
    with pytest.raises(UndefinedError):
        render(tmp_path / "a.txt.jinja")

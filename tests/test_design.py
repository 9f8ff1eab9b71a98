"""The paths and names in `docs/design.md` exist."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
TEXT = (REPOSITORY / "docs" / "design.md").read_text(encoding="utf-8")


def test_paths_exist() -> None:
    paths = re.findall(r"`([\w/]+(?:/|\.(?:py|js|md)))`", TEXT)
    assert len(paths) > 30
    for path in paths:
        folders = (REPOSITORY, REPOSITORY / "pecmae", REPOSITORY / "pecmae" / "page" / "static")
        assert any((folder / path).exists() for folder in folders), path


def test_names_are_in_the_files_that_the_table_gives() -> None:
    rows = re.findall(r"`(\w+)` in `([\w/]+\.py)`", TEXT)
    assert len(rows) > 6
    for name, path in rows:
        assert name in (REPOSITORY / path).read_text(encoding="utf-8"), (name, path)

"""The English texts of the page, and the command that updates their translations: `python tests/page/catalogue.py`.

JavaScript is searched with a regular expression, because Babel's extractor loses texts in nested templates.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from pecmae.page.known_texts import KNOWN
from pecmae.page.languages import FOLDER, LANGUAGES

PAGE = FOLDER.parent
KEYWORDS = {"t": None, "plural": (1, 2)}
CALL = re.compile(
    r'(?<![\w.])(?P<name>t|tm|tn)\(\s*(?:"(?P<one>(?:[^"\\]|\\.)*)"(?:,\s*"(?P<many>(?:[^"\\]|\\.)*)")?)?'
)
"""A call of a function of `texts.js` and its literal texts in JavaScript."""
UNUSED = (b'"Report-Msgid-Bugs-To', b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Last-Translator', b'"Generated-By')
"""Headers that Babel writes with a date or a placeholder."""
Text = str | tuple[str, ...]


def script_texts(path: Path) -> Iterator[tuple[int, Text]]:
    """The texts of a JavaScript module with their line numbers.

    Raises:
        ValueError: A text isn't a literal in double quotes.
    """
    source = path.read_text(encoding="utf-8")
    for call in CALL.finditer(source):
        line = source.count("\n", 0, call.start()) + 1
        one, many = (unescaped(call[part]) for part in ("one", "many"))
        if one is None or (call["name"] == "tn" and many is None):
            raise ValueError(f"{path.name}, line {line}: the text must be a literal in double quotes.")
        yield line, (one, many) if call["name"] == "tn" and many is not None else one


def unescaped(literal: str | None) -> str | None:
    """The value of a JavaScript string with escaped quotes and backslashes."""
    return None if literal is None else re.sub(r"\\(.)", r"\1", literal)


def template() -> Catalog:
    """A catalogue with all English texts of the page and without translations."""
    catalogue = Catalog()
    for name, line, text, _, _ in extract_from_dir(PAGE, [("**.py", "python")], keywords=KEYWORDS):
        catalogue.add(text, locations=[(name, line)])
    for path in sorted(PAGE.rglob("*.js")):
        if path.name != "texts.js":  # defines the functions
            for line, text in script_texts(path):
                catalogue.add(text, locations=[(path.relative_to(PAGE).as_posix(), line)])
    for text in KNOWN:
        catalogue.add(text, context="known")
    return catalogue


def translated(language: str) -> Catalog:
    """The translations that are there."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Add new English texts to the translations, and remove those that the page no longer has."""
    catalogue = translated(language)
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    buffer = BytesIO()
    write_po(buffer, catalogue, width=118, include_lineno=False)
    lines = [line for line in buffer.getvalue().splitlines(keepends=True) if not line.startswith(UNUSED)]
    (FOLDER / f"{language}.po").write_bytes(b"".join(lines))
    missing = [message.id for message in catalogue if message.id and not (message.string and all(message.string))]
    print(f"{language}: {len(catalogue)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    for name in LANGUAGES:
        if (FOLDER / f"{name}.po").is_file():
            update(name)
    sys.exit()

"""The languages of the page, and its texts in each of them.

The English text is its own key, as in gettext. `texts/es.po` translates it, for Python and for JavaScript alike. Its
entries without a context are the page's own texts; those with the context `known` are `known_texts`.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
from babel import negotiate_locale
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "es": "Español"}
"""Codes of the page's languages and their own names; the first one is used where a visitor asks for none of them."""
PARAMETER = "language"
"""Parameter of the address that chooses a language."""
FOLDER = Path(__file__).parent / "texts"
Translations = Mapping[str, str | tuple[str, ...]]


def chosen_language(parameters: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The language that the address names, otherwise the first language of the browser that the page has.

    Args:
        parameters: Parameters of the address.
        headers: Headers of the request, with the browser's languages.

    Returns:
        A key of `LANGUAGES`.
    """
    if parameters.get(PARAMETER) in LANGUAGES:
        return parameters[PARAMETER]
    preferred = [part.split(";")[0].strip() for part in headers.get("accept-language", "").split(",")]
    return negotiate_locale([name for name in preferred if name], list(LANGUAGES), sep="-") or next(iter(LANGUAGES))


@cache
def translations(language: str) -> dict[str, Translations]:
    """All translations into a language, by their context; `texts` are those without one.

    Args:
        language: A key of `LANGUAGES`.

    Returns:
        For each context, the translation of each English text: one text, or one for each plural form.
    """
    found: dict[str, dict[str, str | tuple[str, ...]]] = {"texts": {}, "known": {}}
    path = FOLDER / f"{language}.po"
    if path.is_file():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        for message in catalogue:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string if isinstance(message.string, str) else tuple(message.string or ())
            if key and forms and all(forms):
                found[message.context or "texts"][key] = forms
    return dict(found)


class Texts:
    """The page's texts in one language.

    Args:
        language: A key of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = "en_GB" if language == "en" else language
        self._texts = translations(language)["texts"]
        self._known = translations(language)["known"]

    def __call__(self, text: str, /, **values: Any) -> str:
        """A text in this language.

        Args:
            text: The English text, with `{name}` for each value.
            values: What stands for the names.
        """
        return _fill(str(self._texts.get(text, text)), values)

    def plural(self, one: str, many: str, n: int, /, **values: Any) -> str:
        """A text on a number of things, in this language; `{n}` is the number.

        Args:
            one: The English text for one thing.
            many: The English text for several things.
            n: The number.
            values: What stands for the other names.
        """
        forms = self._texts.get(one, (one, many))
        return _fill(forms[0 if n == 1 else 1], {"n": n, **values})

    def translated(self, text: str) -> str:
        """A text that doesn't come from the page, such as the name of a class, in this language.

        Args:
            text: The English text. Unknown ones stay as they are.
        """
        if text in self._known:
            return str(self._known[text])
        for known, translation in self._known.items():
            if "{" in known and (match := pattern(known).fullmatch(text)):
                return _fill(
                    str(translation), {name: self.translated(value) for name, value in match.groupdict().items()}
                )
        return text


@cache
def pattern(text: str) -> re.Pattern[str]:
    """An expression for a whole text with anything in place of each `{name}`."""
    parts = re.split(r"\{(\w+)\}", text)  # every second one is a name
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.DOTALL
    )


def _fill(text: str, values: Mapping[str, Any]) -> str:
    """The text with its values; a `{name}` without a value stays, to be filled in later."""
    return re.sub(r"\{(\w+)\}", lambda place: str(values.get(place[1], place[0])), text)


ENGLISH = Texts("en")


def visitor_texts(request: gr.Request) -> Texts:
    """The texts in the language of the visitor who sent a request; Gradio sends the page's address with each call."""
    return Texts(chosen_language(request.query_params, request.headers))

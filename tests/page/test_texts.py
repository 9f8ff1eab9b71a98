"""The translations are complete, fit the English texts, and know the sentences that bundles and the server say."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from sounds import error_of, write_tone

from page.catalogue import PAGE, script_texts, template, translated
from pecmae.audio.decoding import AudioStream
from pecmae.audio.reading import ClipLimits, _read, read_clip
from pecmae.bundles.manifest import MANIFEST_FILE, read_manifest
from pecmae.errors import AudioError
from pecmae.explain.explaining import _notes
from pecmae.page.about import FOLDER as ABOUT
from pecmae.page.about import about
from pecmae.page.known_texts import KNOWN, SENTENCES
from pecmae.page.languages import ENGLISH, LANGUAGES, Texts, chosen_language, pattern
from pecmae.paths import ASSETS, MODELS
from pecmae.server.uploaded_clips import left_out_note
from pecmae.training.packaging import _trained_on

OTHERS = [language for language in LANGUAGES if language != ENGLISH.language]
SHIPPED = [read_manifest(path) for path in sorted(MODELS.glob(f"*/{MANIFEST_FILE}"))]


def texts_of(value: Any) -> tuple[str, ...]:
    """A text or its plural forms, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def places(text: str) -> set[str]:
    """The names in curly brackets."""
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_catalogue_translates_every_text_and_no_other(language: str) -> None:
    """After a change of texts: `python tests/page/catalogue.py`, then fill in what is missing."""
    catalogue = translated(language)
    known = {(message.context, texts_of(message.id)) for message in catalogue if message.id}
    wanted = {(message.context, texts_of(message.id)) for message in template() if message.id}
    assert len(wanted) > 350
    assert (wanted - known, known - wanted) == (set(), set())
    assert [message.id for message in catalogue if message.fuzzy and message.id] == []
    assert not catalogue.obsolete
    assert [message.id for message in catalogue if message.id and not all(texts_of(message.string))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_places_of_the_english_texts(language: str) -> None:
    for message in translated(language):
        for english, own in zip(texts_of(message.id), texts_of(message.string), strict=True):
            if message.id:
                assert places(own) == places(english), english


def test_texts_of_scripts_are_found_in_nested_templates_and_must_be_literal(tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text('html`<p>it\'s ${ok && html`<b>${t("a \\"b\\"")}</b>`}${tn("{n} x", "{n} xs", n)}</p>`;')
    assert [text for _, text in script_texts(script)] == ['a "b"', ("{n} x", "{n} xs")]
    script.write_text("\nt(`a ${b}`);")
    with pytest.raises(ValueError, match=r"a\.js, line 2"):
        list(script_texts(script))


@pytest.mark.parametrize("language", OTHERS)
def test_text_of_about_has_the_same_places_and_headings(language: str) -> None:
    english, own = ((ABOUT / name).read_text(encoding="utf-8") for name in ("about.md", f"about.{language}.md"))
    assert places(own) == places(english)
    assert own.count("\n## ") == english.count("\n## ") and own.count("\n- ") == english.count("\n- ")
    assert [about(manifest, Texts(language)) for manifest in SHIPPED] != [about(manifest) for manifest in SHIPPED]


def test_texts_of_the_shipped_bundles_are_known() -> None:
    t = Texts("es")
    answers = [json.loads(path.read_text()) for path in (ASSETS / "counterfactuals").glob("*.json")]
    said = [
        *(text for manifest in SHIPPED for text in (manifest.title, manifest.trained_on, manifest.caution)),
        *(item.label for manifest in SHIPPED for item in manifest.classes),
        *(sentence for answer in answers for sentence in answer.get("sentences", {}).values()),
        *(answer["attribution"] for answer in answers if "attribution" in answer),
    ]
    assert len(said) > 30
    assert [text for text in said if t.translated(text) == text and text not in KNOWN] == []


def said_in_code() -> set[str]:
    """All texts in the source code outside the page, with `{}` for each value."""
    found = set()
    for path in PAGE.parent.rglob("*.py"):
        if PAGE in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.add("".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values))
            elif isinstance(node, ast.Constant):
                found.add(str(node.value))
    return found


def composed_sentences(folder: Path) -> Iterator[str]:
    """Sentences that the code puts together from parts, as it says them."""
    short = ClipLimits(max_s=2)
    long = write_tone(folder / "long.wav", 3)
    yield error_of(long, limits=short)[1]
    yield read_clip(long, limits=short, first_part=True).notes[0]
    ramp = np.linspace(-1, 1, 72_000, dtype=np.float32)[:, None]
    without_length = [AudioStream(24_000, 1, None, iter([ramp])) for _ in range(2)]
    with pytest.raises(AudioError) as error:
        _read(without_length[0], "a", short, first_part=False)
    yield error.value.message
    yield _read(without_length[1], "a", short, first_part=True).notes[0]
    for name, samples in (("faint", 1e-5 * np.sin(np.arange(48_000) / 9)), ("constant", np.full(48_000, 0.5))):
        soundfile.write(folder / f"{name}.wav", samples, 24_000, subtype="FLOAT")
        yield error_of(folder / f"{name}.wav")[1]
    for n in (1, 2):
        yield from _notes(8, 4, np.arange(2) < n)
        for one, many, noun in (
            ("that isn't audio", "that aren't audio", "file"),
            ("outside the class folders", "outside the class folders", "clip"),
            ("larger than 100 MB", "larger than 100 MB", "clip"),
            ("that repeats another of its class", "that repeat others of their class", "clip"),
        ):
            yield from left_out_note(one, many, ["a.wav", "b.wav"][:n], noun)
    for kind in ("gtzan", "medley-solos-db", "folder", "genres", "instruments"):
        track = SimpleNamespace(split="train", soundfont="", block="")
        dataset: Any = SimpleNamespace(kind=kind, name="mine", classes=["a", "b"], tracks=[track])
        yield _trained_on(dataset, 40)


def test_known_sentences_are_those_that_the_code_says(tmp_path: Path) -> None:
    in_code = said_in_code()
    composed = list(composed_sentences(tmp_path))
    titles = {manifest.title for manifest in SHIPPED}
    for known in SENTENCES:
        is_said = re.sub(r"\{\w+\}", "{}", known) in in_code or known in titles
        assert is_said or any(pattern(known).fullmatch(sentence) for sentence in composed), known
    t = Texts("es")
    assert [sentence for sentence in composed if t.translated(sentence) == sentence] == []


def test_values_of_a_known_sentence_are_kept_and_may_be_known_themselves() -> None:
    t = Texts("es")
    assert t.translated("'a b.wav' is empty (0 bytes); choose the file again or export it again.").startswith(
        "'a b.wav'"
    )
    both = "Left out of 'jazz': 'x' is empty (0 bytes); choose the file again or export it again."
    assert t.translated(both).startswith("Omitido de 'jazz': 'x' está vacío")
    assert t.translated("something else") == "something else"
    assert ENGLISH.translated(both) == both


@pytest.mark.parametrize(
    ("parameter", "browser", "language"),
    [
        ("es", "en", "es"),
        ("en", "es-ES,es;q=0.9", "en"),
        (None, "es-AR,es;q=0.9,en;q=0.8", "es"),
        (None, "fr,es;q=0.5", "es"),
        (None, "en-GB,es", "en"),
        (None, "de", "en"),
        (None, "", "en"),
        ("xx", "*", "en"),
    ],
)
def test_address_goes_before_the_browser_and_english_is_last(
    parameter: str | None, browser: str, language: str
) -> None:
    parameters = {"language": parameter} if parameter else {}
    assert chosen_language(parameters, {"accept-language": browser} if browser else {}) == language

"""Reading the index of the counterfactual set and the stored answers."""

import json
import shutil
from pathlib import Path

import pytest
from counterfactual_set import write_tiny_set

from pecmae.bundles.bundle import Bundle
from pecmae.errors import BundleError
from pecmae.explain.counterfactuals import (
    INDEX_FILE,
    answers_file,
    has_answers,
    load_set,
)
from pecmae.paths import ASSETS

SHIPPED = ASSETS / "counterfactuals"
MAX_BYTES = 12 * 10**6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny set's folder; read only."""
    path = tmp_path_factory.mktemp("counterfactuals")
    write_tiny_set(path)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "pecmae.other/1"}, "isn't an index"),
        (
            {"clips": [{"id": "../x", "score": "a", "band": "b", "instruments": [], "sha256": ""}]},
            "isn't allowed",
        ),
        ({"pieces": [{"id": "a"}]}, "isn't an index"),
    ],
)
def test_a_broken_index_says_what_to_do(folder: Path, tmp_path: Path, change: dict[str, object], message: str) -> None:
    data = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
    (tmp_path / INDEX_FILE).write_text(json.dumps({**data, **change}))
    with pytest.raises(BundleError, match=message):
        load_set(tmp_path)


def test_a_missing_index_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="run `python -m pecmae counterfactuals BUNDLE`"):
        load_set(tmp_path)


def test_answers_that_are_no_answers_dont_count(folder: Path, bundle: Bundle, tmp_path: Path) -> None:
    shutil.copy(folder / INDEX_FILE, tmp_path)
    for text in ("{", "[]", "{}"):
        (tmp_path / answers_file("tiny")).write_text(text)
        assert not has_answers(tmp_path, bundle.manifest)

"""Rendering is an extra: serving and training work without its packages, and `pecmae render` says how to add them."""

import subprocess
import sys
from pathlib import Path

import pytest

from pecmae.cli import main
from pecmae.errors import DatasetError
from pecmae.rendering import EXTRA_PACKAGES, require_extra

IMPORT_ALL = """
import importlib, pkgutil, sys
import app, pecmae.server, pecmae.training
for package in (pecmae.server, pecmae.training):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
print(*sorted(sys.modules))
"""


@pytest.mark.slow
def test_serving_and_training_never_load_rendering_or_its_packages() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", IMPORT_ALL]
    loaded = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split()
    assert {"app", "pecmae.server.api", "pecmae.training.pipeline"} <= set(loaded)
    unwanted = ("pecmae.rendering", *EXTRA_PACKAGES)
    assert [name for name in loaded if name.startswith(unwanted)] == []


def test_installed_packages_satisfy_the_check() -> None:
    require_extra()


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pedalboard", None)
    with pytest.raises(DatasetError) as error:
        require_extra()
    assert error.value.code == "needs_render_extra"
    assert error.value.message == "Rendering needs pedalboard; install with `pip install -e '.[render]'`."


def test_the_command_ends_with_one_sentence_where_the_extra_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in EXTRA_PACKAGES:
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["render", "genres", "--out", str(tmp_path / "genres")]) == 2
    assert capsys.readouterr().err.count("pip install -e '.[render]'") == 1
    assert not (tmp_path / "genres").exists()

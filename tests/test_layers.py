"""Imports go down the layers only, and serving loads nothing that only training or rendering needs."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from sounds import write_tone

from pecmae.config import REPOSITORY

LAYERS = {
    0: "errors config files",
    1: "audio containers decoding precision transformer convolution diffusion mel",
    2: "griffin_lim vocoder codec encodec encodecmae reference autoencoder embedder published encodecmae_package "
    "checkpoints prototypes",
    3: "bundle bundle_writing manifest hub hub_upload training_points neighbourhoods projection examples "
    "counterfactuals",
    4: "explain explanation evaluation collections training",
    5: "cli web __main__",
}
LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names.split()}
PAGE_LIBRARIES = {"gradio", "fastapi", "plotly", "starlette", "uvicorn", "pydantic"}
TRAINING_LIBRARIES = {
    "umap",
    "numba",
    "sklearn",
    "transformers",
    "pedalboard",
    "pretty_midi",
    "mido",
    "matplotlib",
    "mirdata",
}
TRAINING_MODULES = {"pecmae.training", "pecmae.collections", "pecmae.evaluation", "pecmae.bundle_writing"}
SOURCES = sorted((REPOSITORY / "pecmae").rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions; `from pecmae import audio` gives `pecmae.audio`."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: write imports in full"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            modules |= {name if name in MODULES else node.module for name in names}
    return modules


MODULES = {module_name(path) for path in SOURCES}


def layer(module: str) -> int:
    """A top-level module or subpackage gives the layer of all that is in it."""
    if module == "pecmae":
        return 0
    return LAYER_OF[module.split(".")[1]]


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_go_down_the_layers(path: Path) -> None:
    own = layer(module_name(path))
    for module in imported_modules(path):
        if module.split(".")[0] == "pecmae":
            assert layer(module) <= own, f"{module_name(path)} (layer {own}) imports {module} (layer {layer(module)})"


def test_no_imports_in_circles() -> None:
    waiting = {module_name(path): imported_modules(path) & MODULES - {module_name(path)} for path in SOURCES}
    while waiting:
        ready = {module for module, needed in waiting.items() if not needed & waiting.keys()}
        assert ready, f"these import each other in a circle, or follow one: {sorted(waiting)}"
        waiting = {module: needed for module, needed in waiting.items() if module not in ready}


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_page_libraries_stay_in_the_page(path: Path) -> None:
    if not module_name(path).startswith("pecmae.web"):
        assert not {module.split(".")[0] for module in imported_modules(path)} & PAGE_LIBRARIES


def test_everything_imported_is_pinned() -> None:
    """requirements.txt names the exact version of each package that the code imports, PyTorch first.

    What only an extra needs stands in pyproject.toml.
    """
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    names = [re.fullmatch(r"([\w-]+)==[\w.]+", pin)[1].replace("-", "_") for pin in pins]  # type: ignore[index]
    imported = {module.split(".")[0] for path in SOURCES for module in imported_modules(path)}
    optional = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    extras = {re.split(r"==| @ ", pin)[0] for extra in optional.values() for pin in extra}
    distributions = packages_distributions()
    own = sys.stdlib_module_names | {"pecmae"} | extras
    needed = {distributions[name][0].replace("-", "_") for name in imported - own}
    assert names[0] == "torch" and needed <= set(names)


def loaded_modules(code: str, models: Path) -> set[str]:
    """Modules in a fresh interpreter after running some code."""
    finished = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"],
        cwd=REPOSITORY,
        env={**os.environ, "PECMAE_MODELS": str(models)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return set(json.loads(finished.stdout.splitlines()[-1]))


def test_serving_loads_only_what_it_needs(models: Path, tmp_path: Path) -> None:
    """Builds the application, opens the page, explains a clip."""
    clip = write_tone(tmp_path / "clip.wav", 5.0)
    loaded = loaded_modules(
        f"""
from pathlib import Path
from app import create_app
from pecmae.web.settings import Settings
from starlette.testclient import TestClient

with TestClient(create_app(Settings.from_environment())) as client:
    assert client.get("/").status_code == 200
    answer = client.post("/api/v1/explain", files={{"file": Path({str(clip)!r}).read_bytes()}})
    assert answer.status_code == 200, answer.text
    unknown = client.get("/api/v1/nothing")
    assert unknown.status_code == 404 and unknown.json()["error"]["code"] == "unknown_path"
""",
        models,
    )
    assert {"torch", "gradio", "pecmae.explain"} <= loaded
    assert not loaded & (TRAINING_LIBRARIES | TRAINING_MODULES | {"plotly"})


def test_explaining_on_the_command_line_loads_no_page(models: Path) -> None:
    loaded = loaded_modules("import pecmae.cli, pecmae.explain, pecmae.audio", models)
    assert not loaded & (PAGE_LIBRARIES | TRAINING_LIBRARIES | TRAINING_MODULES)

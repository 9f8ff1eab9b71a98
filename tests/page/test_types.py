"""The types of the page's JavaScript are those of the server."""

import os
import re
import shutil
from pathlib import Path

import pytest

from page.api_types import REPOSITORY, TYPES, api_types
from pecmae.audio.reading import ClipLimits
from pecmae.bundles.manifest import MANIFEST_FILE, read_manifest
from pecmae.errors import BundleError
from pecmae.explain.examples import Example
from pecmae.page.languages import ENGLISH
from pecmae.page.own_collection import OwnCollections
from pecmae.page.view import failure, opening
from pecmae.paths import MODELS
from pecmae.server.gatherings import Gathering
from pecmae.server.service import ExplainerService
from pecmae.server.settings import Settings
from pecmae.server.uploaded_clips import UploadedClip

PAGE_TYPES = (TYPES.parent / "page.d.ts").read_text(encoding="utf-8")


def _needs_node() -> None:
    if shutil.which("node") and (REPOSITORY / "node_modules").is_dir():
        return
    reason = "Node or its packages are missing; run `npm ci`"
    if os.environ.get("PECMAE_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _properties(interface: str) -> set[str]:
    """Names of the properties that `page.d.ts` declares itself in an interface."""
    found = re.search(rf"^export interface {interface}\b.*?\n}}", PAGE_TYPES, re.DOTALL | re.MULTILINE)
    assert found, interface
    return set(re.findall(r"^  (\w+):", found[0], re.MULTILINE))


def test_types_are_generated_from_the_models_as_they_are() -> None:
    _needs_node()
    assert TYPES.read_text(encoding="utf-8") == api_types(), "run `python tests/page/api_types.py`"


def test_types_of_the_components_values_are_complete() -> None:
    manifest = read_manifest(MODELS / "gtzan" / MANIFEST_FILE)
    example = Example("a", "A", manifest.name, "CC0-1.0", "a")
    value = opening(manifest, (example,), ClipLimits(), has_counterfactuals=True)
    assert value.keys() == _properties("Opening")
    assert value["examples"][0].keys() == _properties("Example")
    assert value["counterfactuals"].keys() == _properties("CounterfactualAddresses")
    assert failure(BundleError("a", "b")).keys() == _properties("Failure")
    clip = UploadedClip(label="a", name="a.wav", path=Path("a.wav"))
    gathered = OwnCollections(ExplainerService(Settings())).shown(Gathering((clip,)), ENGLISH)
    assert gathered.keys() == _properties("Gathered")
    assert gathered["classes"][0].keys() == _properties("GatheredClass")

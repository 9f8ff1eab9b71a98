"""The synthesiser for the tests that render."""

import os

import pytest

from pecmae.errors import DatasetError
from pecmae.rendering.fluidsynth import Synthesiser, find_synthesiser


@pytest.fixture(scope="module")
def synthesiser() -> Synthesiser:
    """The real FluidSynth; where it is missing, tests skip, or fail if `PECMAE_REQUIRE_RENDERER=1`."""
    try:
        return find_synthesiser()
    except DatasetError as error:
        if os.environ.get("PECMAE_REQUIRE_RENDERER") == "1":
            pytest.fail(error.message)
        pytest.skip(error.message)

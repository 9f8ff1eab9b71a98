"""Settings from the environment."""

from pathlib import Path

import pytest

from pecmae.config import MAX_CLIP_S, MAX_UPLOAD_BYTES, MODELS
from pecmae.errors import PecmaeError
from pecmae.web.settings import Settings


def test_defaults() -> None:
    settings = Settings.from_environment({"PECMAE_PORT": ""})
    assert settings == Settings("127.0.0.1", 7860, MODELS, MAX_CLIP_S, MAX_UPLOAD_BYTES)


def test_every_variable() -> None:
    settings = Settings.from_environment(
        {
            "PECMAE_HOST": "0.0.0.0",
            "PECMAE_PORT": "0",
            "PECMAE_MODELS": "/srv/models",
            "PECMAE_MAX_CLIP_S": "90.5",
            "PECMAE_MAX_UPLOAD_MB": "0.5",
            "PECMAE_MAX_COLLECTIONS": "3",
            "PECMAE_MAX_COLLECTION_MB": "2",
        }
    )
    assert settings == Settings("0.0.0.0", 0, Path("/srv/models"), 90.5, 2**19, 3, 2**21)
    assert (settings.limits.max_s, settings.limits.max_bytes) == (90.5, 2**19)


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("PECMAE_PORT", "http", "a whole number from 0 to 65535"),
        ("PECMAE_PORT", "65536", "a whole number from 0 to 65535"),
        ("PECMAE_PORT", "80.5", "a whole number from 0 to 65535"),
        ("PECMAE_MAX_CLIP_S", "0.1", "a number from 0.5 to 86400"),
        ("PECMAE_MAX_CLIP_S", "nan", "a number from 0.5 to 86400"),
        ("PECMAE_MAX_UPLOAD_MB", "-1", "a number from 0.01 to 10000"),
        ("PECMAE_MAX_COLLECTIONS", "many", "a whole number from 0 to 1000"),
    ],
)
def test_bad_values_are_named(name: str, value: str, range_: str) -> None:
    with pytest.raises(PecmaeError) as caught:
        Settings.from_environment({name: value})
    assert caught.value.code == "bad_setting"
    assert caught.value.message == f"{name} is {value!r}; give {range_}, or unset it."

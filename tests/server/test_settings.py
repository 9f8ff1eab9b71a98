"""Settings from the environment."""

from pathlib import Path

import pytest

from pecmae.audio.conventions import MAX_CLIP_S, MAX_UPLOAD_BYTES
from pecmae.bundles.hub import HubAddress
from pecmae.errors import PecmaeError
from pecmae.paths import MODELS
from pecmae.server.offers import Offer
from pecmae.server.settings import Settings


def test_defaults() -> None:
    settings = Settings.from_environment({"PECMAE_PORT": ""})
    assert settings == Settings("127.0.0.1", 7860, MODELS, MAX_CLIP_S, MAX_UPLOAD_BYTES)


def test_every_variable() -> None:
    settings = Settings.from_environment(
        {
            "PECMAE_HOST": "0.0.0.0",
            "PECMAE_PORT": "0",
            "PECMAE_MODELS": "/srv/models",
            "PECMAE_BUNDLES": "mine, /data/theirs hf://ann/tiny@v1,",
            "PECMAE_MAX_CLIP_S": "90.5",
            "PECMAE_MAX_UPLOAD_MB": "0.5",
            "PECMAE_MAX_COLLECTIONS": "3",
            "PECMAE_MAX_COLLECTION_MB": "2",
        }
    )
    offers = (
        Offer("mine", Path("/srv/models/mine")),
        Offer("theirs", Path("/data/theirs")),
        Offer("ann--tiny", HubAddress("ann/tiny", "v1")),
    )
    assert settings == Settings("0.0.0.0", 0, Path("/srv/models"), 90.5, 2**19, 3, 2**21, offers)
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


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("hf://ann", "'hf://ann' isn't an address on the Hugging Face Hub; write hf://owner/name"),
        ("hf://ann/tiny/x", "isn't an address on the Hugging Face Hub"),
        ("tiny .hidden", "'.hidden', which can't name a bundle"),
        ("tiny /srv/tiny", "two bundles 'tiny', models/tiny and /srv/tiny; leave one out"),
        ("hf://ann/tiny@v1 hf://ann/tiny@v2", "'ann--tiny', hf://ann/tiny@v1 and hf://ann/tiny@v2; leave one out"),
    ],
)
def test_bad_lists_of_bundles_are_told(value: str, words: str) -> None:
    with pytest.raises(PecmaeError) as caught:
        Settings.from_environment({"PECMAE_BUNDLES": value, "PECMAE_MODELS": "models"})
    assert caught.value.code == "bad_setting"
    assert "PECMAE_BUNDLES" in caught.value.message and words in caught.value.message


@pytest.mark.parametrize("value", ["", " ", ", ,"])
def test_an_empty_list_of_bundles_is_none(value: str) -> None:
    assert Settings.from_environment({"PECMAE_BUNDLES": value}).offers == ()

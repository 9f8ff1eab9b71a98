"""Settings from options and the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from pecmae.audio.conventions import MAX_CLIP_S, MAX_UPLOAD_BYTES
from pecmae.bundles.hub import HubAddress
from pecmae.errors import PecmaeError
from pecmae.paths import MODELS, REPOSITORY
from pecmae.server.offers import Offer
from pecmae.server.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PECMAE_")]:
        monkeypatch.delenv(name)


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def faults_of(*arguments: str) -> list[str]:
    with pytest.raises(PecmaeError) as caught:
        read_settings(arguments)
    assert caught.value.code == "bad_setting"
    return caught.value.message.splitlines()


def run_app(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PECMAE_")} | variables
    command = [sys.executable, "app.py", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60)


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PECMAE_PORT", "")
    settings = read_settings()
    assert settings == Settings()
    assert (settings.host, settings.port, settings.models, settings.offers) == ("127.0.0.1", 7860, MODELS, ())
    assert (settings.limits.max_s, settings.limits.max_bytes) == (MAX_CLIP_S, MAX_UPLOAD_BYTES)


def test_every_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "PECMAE_HOST": "0.0.0.0",
        "PECMAE_PORT": "0",
        "PECMAE_MODELS": "/srv/models",
        "PECMAE_BUNDLES": "mine, /data/theirs hf://ann/tiny@v1,",
        "PECMAE_MAX_CLIP_S": "90.5",
        "PECMAE_MAX_UPLOAD_MB": "0.5",
        "PECMAE_MAX_COLLECTIONS": "3",
        "PECMAE_MAX_COLLECTION_MB": "2",
    }
    set_variables(monkeypatch, variables)
    settings = read_settings()
    assert settings.offers == (
        Offer("mine", Path("/srv/models/mine")),
        Offer("theirs", Path("/data/theirs")),
        Offer("ann--tiny", HubAddress("ann/tiny", "v1")),
    )
    assert (settings.host, settings.port, settings.models) == ("0.0.0.0", 0, Path("/srv/models"))
    assert (settings.limits.max_s, settings.limits.max_bytes) == (90.5, 2**19)
    assert settings.collection_limits.clip == settings.limits
    assert (settings.max_collections, settings.collection_limits.max_zip_bytes) == (3, 2**21)
    assert len(variables) == len(Settings.model_fields)


def test_options_come_before_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, {"PECMAE_PORT": "1", "PECMAE_MAX_CLIP_S": "2"})
    settings = read_settings(["--port", "8000", "--max-upload-mb=3", "--models", "~/models"])
    assert (settings.port, settings.max_clip_s, settings.max_upload_mb) == (8000, 2.0, 3.0)
    assert settings.models == Path.home() / "models"


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("PORT", "http", "a whole number from 0 to 65535"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("PORT", "80.5", "a whole number from 0 to 65535"),
        ("MAX_CLIP_S", "0.1", "a number from 0.5 to 86400"),
        ("MAX_CLIP_S", "nan", "a number from 0.5 to 86400"),
        ("MAX_UPLOAD_MB", "-1", "a number from 0.01 to 10000"),
        ("MAX_COLLECTIONS", "many", "a whole number from 0 to 1000"),
    ],
)
def test_impossible_values_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, range_: str) -> None:
    option = f"--{name.lower().replace('_', '-')}"
    expected = [f"PECMAE_{name} ({option}) is {value!r}; give {range_}."]
    assert faults_of(f"{option}={value}") == expected
    monkeypatch.setenv(f"PECMAE_{name}", value)
    assert faults_of() == expected


def test_every_fault_has_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, {"PECMAE_PROT": "80", "PECMAE_XYZZY": "1", "PECMAE_PORT": "http"})
    misspelt, unknown, impossible, too_small = faults_of("--max-clip-s", "0")
    assert misspelt == "The environment variable PECMAE_PROT isn't a setting; unset it, or use PECMAE_PORT."
    assert unknown.startswith("The environment variable PECMAE_XYZZY isn't a setting; unset it, or use PECMAE_HOST or ")
    assert impossible == "PECMAE_PORT (--port) is 'http'; give a whole number from 0 to 65535."
    assert too_small.startswith("PECMAE_MAX_CLIP_S (--max-clip-s) is '0'; ")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("hf://ann", "'hf://ann' isn't an address on the Hugging Face Hub; write hf://owner/name"),
        ("hf://ann/tiny/x", "isn't an address on the Hugging Face Hub"),
        ("tiny .hidden", "The folder name '.hidden' in the setting `bundles` (PECMAE_BUNDLES) isn't allowed"),
        ("tiny /srv/tiny", "two bundles with the name 'tiny', models/tiny and /srv/tiny; leave one out"),
        (
            "hf://ann/tiny@v1 hf://ann/tiny@v2",
            "the name 'ann--tiny', hf://ann/tiny@v1 and hf://ann/tiny@v2; leave one out",
        ),
    ],
)
def test_bad_lists_of_bundles_are_named(value: str, words: str) -> None:
    (fault,) = faults_of("--bundles", value, "--models", "models")
    assert "PECMAE_BUNDLES" in fault and words in fault


@pytest.mark.parametrize("value", ["", " ", ", ,"])
def test_an_empty_list_of_bundles_means_all(value: str) -> None:
    assert read_settings([f"--bundles={value}"]).offers == ()


def test_unknown_arguments_of_the_class_are_errors() -> None:
    with pytest.raises(ValidationError):
        Settings(max_upload_bytes=1)  # type: ignore[call-arg]


def test_help_lists_every_setting_with_its_default() -> None:
    shown = " ".join(run_app("--help").stdout.split())
    for name, field in Settings.model_fields.items():
        option, variable = f"--{name.replace('_', '-')}", f"[env: PECMAE_{name.upper()}]"
        described = shown[shown.rindex(f"{option} ") :]
        assert f"(default: {field.default}) {variable}" in described and field.description
        assert " ".join(field.description.split()) in described


def test_wrong_settings_stop_the_start() -> None:
    stopped = run_app("--port", "http", PECMAE_PROT="80")
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert stopped.stderr.splitlines() == [
        "pecmae: The environment variable PECMAE_PROT isn't a setting; unset it, or use PECMAE_PORT.",
        "pecmae: PECMAE_PORT (--port) is 'http'; give a whole number from 0 to 65535.",
    ]
    unknown = run_app("--prot", "80")
    assert unknown.returncode == 2 and "unrecognized arguments: --prot 80" in unknown.stderr


def test_importing_the_application_is_light() -> None:
    program = "import app, sys; print([name for name in ('torch', 'gradio', 'sklearn') if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.slow
def test_serving_needs_neither_training_nor_rendering(models: Path) -> None:
    program = (
        "import os, sys; from app import create_app; from pecmae.server.settings import Settings\n"
        "create_app(Settings(models=sys.argv[1]))\n"
        "modules = [name for name in sys.modules if name.startswith(('pecmae.training', 'pecmae.rendering'))]\n"
        "print(modules, flush=True); os._exit(0)"  # models are still loading
    )
    command = [sys.executable, "-c", program, str(models)]
    loaded = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"

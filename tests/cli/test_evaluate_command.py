"""The `evaluate` command on tones and an autoencoder of random weights: files, model card."""

import json
from pathlib import Path

import pytest
from ear import Ear
from tiny import write_tiny_autoencoder
from tone_dataset import write_tones

from pecmae.bundles.bundle import load_bundle
from pecmae.cli import main
from pecmae.evaluation.evaluation_folder import SECTIONS

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def listener(monkeypatch: pytest.MonkeyPatch) -> None:
    """YAMNet's weights are no part of the repository."""
    monkeypatch.setattr("pecmae.evaluation.yamnet.load_yamnet", lambda path: Ear())


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, an autoencoder, and a bundle of it."""
    folder = tmp_path_factory.mktemp("evaluate")
    write_tones(folder / "tones")
    write_tiny_autoencoder(folder / "models" / "compact")
    words = ["train", "--dataset", str(folder / "tones"), "--autoencoder", str(folder / "models/compact")]
    words += ["--prototypes-per-class", "2", "--steps", "40", "--points-per-class", "5"]
    assert main([*words, "--out", str(folder / "models/tones")]) == 0
    return folder


def command(folder: Path, *options: str) -> list[str]:
    words = ["evaluate", "tones", "--models", str(folder / "models"), "--dataset", str(folder / "tones")]
    words += ["--listener", str(folder / "yamnet.tflite"), "--out", str(folder / "out"), "--seeds", "2"]
    return [*words, "--segments", "4", "--steps", "2", *options]


def test_everything_is_measured_printed_and_quoted(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (workplace / "models/tones/manifest.json").read_bytes()
    assert main(command(workplace, "--read-only")) == 0
    assert (workplace / "models/tones/manifest.json").read_bytes() == before
    written = json.loads((workplace / "out/evaluation.json").read_text())
    evaluation = written["evaluation"]
    assert tuple(evaluation) == SECTIONS
    assert evaluation["decoding"]["cycle_consistency"]["n_total"] == 6 * 2
    assert evaluation["decoding"]["n_segments"] == evaluation["listener"]["n_segments"] == 4
    assert evaluation["listener"]["prototypes"]["n_total"] == 6 * 2 and evaluation["listener"]["seeds"] == [0, 1]
    assert set(evaluation["acoustics"]["measures"]["frame_correlation"]) == {"low", "high", "noise"}
    printed = capsys.readouterr().out.strip()
    assert printed == (workplace / "out/evaluation.md").read_text().strip()
    assert str(workplace) not in (workplace / "out/evaluation.json").read_text()

    assert main(command(workplace, "--only", "decoding", "--steps", "1")) == 0
    again = json.loads((workplace / "out/evaluation.json").read_text())
    assert again["evaluation"]["decoding"]["sampler"]["n_steps"] == 1
    assert {**again["evaluation"], "decoding": evaluation["decoding"]} == evaluation  # the others are as they were

    bundle = load_bundle(workplace / "models/tones")
    assert bundle.manifest.metrics.evaluation == again["evaluation"]
    listener = bundle.manifest.metrics.listener
    assert listener is not None and listener.accuracy_on_recordings == evaluation["listener"]["recorded"]["value"]
    assert listener.accuracy_on_decoded == evaluation["listener"]["decoded"]["value"]
    card = (workplace / "models/tones/README.md").read_text()
    assert (workplace / "out/evaluation.md").read_text().strip() in card
    assert "python -m pecmae evaluate tones" in card and "--only decoding" in card


def test_sections_that_need_a_file_are_left_out_or_ask_for_it(
    workplace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "tones", "--models", str(workplace / "models"), "--dataset", str(workplace / "tones")]
    words += ["--read-only", "--out", str(tmp_path), "--segments", "4", "--steps", "1", "--only"]
    assert main([*words, "acoustics"]) == 0
    assert (tmp_path / "prototypes.png").is_file()
    assert main([*words, "acoustics,listener"]) == 2
    assert "The section `listener` needs --listener" in capsys.readouterr().err


def test_results_of_another_bundle_are_dropped(workplace: Path, tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text('{"schema": "pecmae.evaluation/2", "bundle": {"name": "other"}}')
    assert main(command(workplace, "--out", str(tmp_path), "--only", "decoding", "--read-only")) == 0
    assert tuple(json.loads((tmp_path / "evaluation.json").read_text())["evaluation"]) == ("decoding",)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--only", "sound"), "--only takes decoding, acoustics, listener, not sound."),
        (("--seeds", "0"), "Input should be greater than or equal to 1"),
        (("--solver", "euler", "--only", "decoding"), "no solver 'euler'"),
    ],
)
def test_what_cannot_be_measured_is_said(
    workplace: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], sentence: str
) -> None:
    assert main(command(workplace, *options)) == 2
    assert sentence in capsys.readouterr().err

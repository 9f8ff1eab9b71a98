"""The front door: loading, explaining, decoding, notebooks, and the examples in the documentation."""

import doctest
import io
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pytest
import soundfile
from nbclient import NotebookClient
from sounds import tone, write_tone

import pecmae
from pecmae import explainer as explainer_module
from pecmae.bundles.bundle import Bundle
from pecmae.explain.explanation import Explanation
from pecmae.explainer import Explainer
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.paths import REPOSITORY


@pytest.fixture(scope="module")
def explainer(bundle: Bundle, autoencoder: GenerativeAutoencoder) -> Explainer:
    return Explainer(bundle, autoencoder)


@pytest.fixture
def in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'pydantic', 'soundfile', 'av'}"
    subprocess.run([sys.executable, "-c", f"import sys, pecmae; assert not {heavy} & set(sys.modules)"], check=True)


def test_importing_the_package_is_fast() -> None:
    """The best of five, as other work may share the machine."""
    program = "import time; start = time.perf_counter(); import pecmae; print(time.perf_counter() - start)"
    times_s = [float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(5)]
    assert min(times_s) < 0.1


def test_every_exported_name_exists() -> None:
    for name in pecmae.__all__:
        assert getattr(pecmae, name) is not None and name in dir(pecmae)
    with pytest.raises(AttributeError, match="'pecmae' has no attribute 'unknown'"):
        pecmae.unknown  # noqa: B018


def test_load_takes_a_name_or_a_folder(models: Path, bundle: Bundle) -> None:
    for where in (None, "tiny", str(bundle.path)):
        loaded = pecmae.load(where, models=models)
        assert loaded.bundle.manifest == bundle.manifest
    assert repr(loaded) == "<Explainer tiny 0.0.1: 3 classes, 2 prototypes per class>"
    assert [item.id for item in loaded.classes] == ["low", "high", "noise"]
    assert [item.id for item in loaded.prototypes] == list(bundle.manifest.prototype_ids)
    with pytest.raises(pecmae.NotFoundError, match="There is no bundle 'nope'; the known ones are: tiny"):
        pecmae.load("nope", models=models)


def test_a_path_a_file_and_an_array_give_the_same_explanation(explainer: Explainer, tmp_path: Path) -> None:
    samples = tone(6.0, 44_100, channels=2)
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 44_100, subtype="FLOAT")
    expected = explainer.explain(path)
    assert expected.clip.name == "a.wav" and len(expected.segments) == 2
    content = path.read_bytes()
    with path.open("rb") as file:
        assert explainer.explain(file) == expected
    assert explainer.explain(str(path)) == expected
    assert explainer.explain(io.BytesIO(content), name="a.wav") == expected
    assert explainer.explain(Unseekable(content), name="a.wav") == expected
    assert explainer.explain(samples, sample_rate=44_100, name="a.wav") == expected


class Unseekable(io.BytesIO):
    """As the body of an HTTP response."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation


def test_integers_are_divided_by_their_full_scale(explainer: Explainer) -> None:
    samples = tone(4.0, 24_000)[:, 0]
    floating = explainer.explain(samples, sample_rate=24_000)
    integer = explainer.explain((samples * 2**15).astype(np.int16), sample_rate=24_000)
    np.testing.assert_allclose(integer.logits, floating.logits, atol=0.02)


@pytest.mark.parametrize(
    ("samples", "sample_rate", "code"),
    [
        (np.zeros(48_000), None, "bad_samples"),
        (np.zeros((2, 48_000)), 24_000, "bad_samples"),
        (np.zeros((1, 2, 3)), 24_000, "bad_samples"),
        (np.array(0.0), 24_000, "bad_samples"),
        (np.zeros(0), 24_000, "empty_file"),
        (np.zeros(48_000), 24_000, "silent"),
        (np.full(48_000, np.nan), 24_000, "not_audio"),
        (np.ones(48_000), 0, "not_audio"),
        (np.ones(700 * 1_000), 1_000, "too_long"),
    ],
)
def test_samples_that_cannot_be_explained(
    explainer: Explainer, samples: np.ndarray, sample_rate: int | None, code: str
) -> None:
    with pytest.raises(pecmae.AudioError) as caught:
        explainer.explain(samples, sample_rate=sample_rate)
    assert caught.value.code == code


def test_first_part_of_a_long_track(explainer: Explainer) -> None:
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 601 * 1_000)
    explanation = explainer.explain(noise, sample_rate=1_000, first_part=True)
    assert explanation.clip.analysed_s == 600
    assert explanation.clip.notes == ("The file is 10 min 1 s long; only its first 10 min was analysed.",)


def test_explanations_survive_json(explainer: Explainer, tmp_path: Path) -> None:
    explanation = explainer.explain(write_tone(tmp_path / "a.wav", 4.0))
    again = Explanation.model_validate_json(explanation.model_dump_json())
    assert again == explanation and hash(again) == hash(explanation)
    assert "<audio" not in again._repr_html_()  # it knows no sounds


def test_notebooks_show_scores_and_play_the_nearest_prototypes(explainer: Explainer, tmp_path: Path) -> None:
    explanation = explainer.explain(write_tone(tmp_path / "upload", 4.0, format="WAV"), name="<i>&'\".wav")
    html = explanation._repr_html_()
    assert "<i>&'\".wav" in unescape(html) and "<i>" not in html
    assert html.count('<audio controls preload="none" src="data:audio/ogg;base64,T2dnU') == 5
    nearest = sorted(explanation.prototypes, key=lambda item: -item.similarity)
    places = [html.index(f">{item.id}</td>") for item in nearest[:5]]
    assert places == sorted(places) and nearest[5].id not in html
    assert "#" not in unescape(html)  # no fixed colours


def test_sonify_depends_on_the_seed(explainer: Explainer) -> None:
    first, sample_rate = explainer.sonify("high-1")
    assert (first.shape, first.dtype, sample_rate) == ((4 * 24_000,), np.dtype(np.float32), 24_000)
    np.testing.assert_array_equal(first, explainer.sonify("high-1", seed=0)[0])
    assert not np.array_equal(first, explainer.sonify("high-1", seed=1)[0])
    with pytest.raises(pecmae.NotFoundError, match="has no prototype 'high-7'"):
        explainer.sonify("high-7")


@pytest.mark.usefixtures("in_repository", "trained_musicnn")
def test_examples_in_docstrings() -> None:
    results = doctest.testmod(explainer_module)
    assert results.attempted > 5 and results.failed == 0


@pytest.mark.slow
@pytest.mark.usefixtures("in_repository", "trained_musicnn")
def test_the_example_notebook_runs() -> None:
    notebook = nbformat.read(REPOSITORY / "docs" / "example.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": REPOSITORY}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("<audio" in output.get("data", {}).get("text/html", "") for output in outputs)
    assert not any(output.output_type == "stream" and output.name == "stderr" for output in outputs)

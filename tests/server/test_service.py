"""The service: it loads once, names what is wrong with a models folder, and explains from several threads."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sounds import write_tone
from tiny import write_tiny_autoencoder

from pecmae.errors import BundleError, NotFoundError
from pecmae.explain.along import BATCH_SIZE
from pecmae.server import service as service_module
from pecmae.server.service import ExplainerService, ServiceStatus
from pecmae.server.settings import Settings


@pytest.fixture
def models_copy(models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models, tmp_path / "models"))


def problem_of(models: Path) -> BundleError:
    """What is wrong with a models folder: the same from the status and from a call."""
    service = ExplainerService(Settings(models=models))
    service.warm_up()
    with pytest.raises(BundleError) as caught:
        service.bundle()
    problem = service.status.problem
    assert problem is not None and not service.status.ready
    assert (problem.code, problem.message) == (caught.value.code, caught.value.message)
    return caught.value


def test_constructor_reads_nothing(tmp_path: Path) -> None:
    service = ExplainerService(Settings(models=tmp_path / "nowhere"))
    assert service.status == ServiceStatus(ready=False, problem=None)
    assert service.bundle_names == []


def test_no_models(tmp_path: Path) -> None:
    problem = problem_of(tmp_path)
    assert problem.code == "no_bundles"
    assert problem.message.startswith(f"There is no bundle in the models folder {str(tmp_path)!r}; restore ")


def test_altered_bundle_is_named(models_copy: Path) -> None:
    with (models_copy / "tiny" / "training.safetensors").open("a") as file:
        file.write(" ")
    problem = problem_of(models_copy)
    assert problem.code == "altered_file" and "training.safetensors" in problem.message


def test_missing_autoencoder_is_named(models_copy: Path) -> None:
    shutil.rmtree(models_copy / "compact")
    problem = problem_of(models_copy)
    assert problem.code == "autoencoder_missing" and "compact" in problem.message


def test_another_autoencoder_is_an_error(models_copy: Path) -> None:
    write_tiny_autoencoder(models_copy / "compact", seed=1)
    assert problem_of(models_copy).code == "wrong_autoencoder"


def test_one_damaged_bundle_leaves_the_others(models_copy: Path) -> None:
    shutil.copytree(models_copy / "tiny", models_copy / "zebra")
    (models_copy / "zebra" / "training.safetensors").unlink()
    service = ExplainerService(Settings(models=models_copy))
    service.warm_up()
    assert service.status == ServiceStatus(ready=True, problem=None)
    assert service.bundle_names == ["tiny", "zebra"] and service.bundle().manifest.name == "tiny"
    with pytest.raises(BundleError):
        service.bundle("zebra")


def test_unknown_bundle_is_an_error_before_the_clip_is_read(models: Path, tmp_path: Path) -> None:
    service = ExplainerService(Settings(models=models))
    with pytest.raises(NotFoundError) as caught:
        service.explain_file(tmp_path / "there is no such file", "a.wav", "nope")
    assert caught.value.code == "unknown_bundle" and "'nope'" in caught.value.message


def test_segments_for_every_second_come_in_batches_between_other_explanations(models: Path, tmp_path: Path) -> None:
    service = ExplainerService(Settings(models=models))
    path = write_tone(tmp_path / "long.wav", 45.5)
    whole = service.explain_file(path, path.name)
    batches = service.explain_along(path, path.name)
    segments, fraction = next(batches)
    assert len(segments) == BATCH_SIZE and 0 < fraction < 1
    assert service.explain_file(path, path.name) == whole  # meanwhile
    for batch, later in batches:
        segments += batch
        assert later > fraction
        fraction = later
    assert fraction == pytest.approx(1) and len(segments) == 43
    assert segments[4].distances == pytest.approx(whole.segments[1].distances, abs=1e-4)


def test_models_load_once_for_many_threads(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def counting_load(path: Path) -> object:
        loaded.append(path.name)
        return load_bundle(path)

    load_bundle = service_module.load_bundle  # type: ignore[attr-defined]
    monkeypatch.setattr(service_module, "load_bundle", counting_load)
    service = ExplainerService(Settings(models=models))
    paths = [write_tone(tmp_path / f"{index}.wav", 1.0 + index) for index in range(4)]
    warm_up = service.start()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda path: service.explain_file(path, path.name), paths))
    warm_up.join(timeout=30)
    assert loaded == ["tiny"] and service.status.ready
    assert together == [service.explain_file(path, path.name) for path in paths]
    assert [explanation.clip.name for explanation in together] == [path.name for path in paths]
    assert len({explanation.logits for explanation in together}) == len(paths)

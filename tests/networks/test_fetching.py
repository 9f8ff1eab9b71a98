"""Which files an autoencoder's name stands for, and whether they are on this machine."""

from functools import partial
from pathlib import Path

import huggingface_hub.constants
import pytest
from hub_cache import Cache
from hub_stand_in import point_at, serving

from pecmae.networks.compact_autoencoder import COMPONENTS_FILE
from pecmae.networks.fetching import MUSICNN, fetch_weights, is_fetched
from pecmae.networks.pretrained import MUSICNN_FILE, WeightsError
from pecmae.networks.published.weights import CONVERTED, ENCODEC, fetch, published_file

NAME = "published-10s"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """An empty cache of the Hub, and no network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return Cache(tmp_path / "hub")


def test_published_names_stand_for_two_files(cache: Cache, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"fetch {NAME}`"):
        fetch_weights(NAME, tmp_path)
    write = partial(Path.write_bytes, data=b"x")
    cache.put(ENCODEC, write)
    assert not is_fetched(NAME, tmp_path)
    cache.put(published_file(NAME), write)
    assert is_fetched(NAME, tmp_path) and len(fetch_weights(NAME, tmp_path)) == 2


def test_converted_weights_need_only_encodec(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / CONVERTED).touch()
    assert not is_fetched(NAME, tmp_path)
    cache.put(ENCODEC, partial(Path.write_bytes, data=b"x"))
    assert is_fetched(NAME, tmp_path)


def test_an_autoencoder_on_musicnn_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compact").mkdir()
    (tmp_path / "compact" / COMPONENTS_FILE).touch()
    for name in ("compact", MUSICNN):
        assert is_fetched(name, tmp_path)
        assert [path.name for path in fetch_weights(name, tmp_path)] == [MUSICNN_FILE]
    monkeypatch.setenv("PECMAE_CACHE", str(tmp_path))
    assert not is_fetched("compact", tmp_path) and not is_fetched(MUSICNN, tmp_path)
    assert is_fetched("other", tmp_path) and fetch_weights("other", tmp_path) == []


def test_progress_of_a_download_from_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = published_file(NAME)
    told: list[tuple[int, int]] = []
    with serving() as hub:
        point_at(monkeypatch, hub.url, tmp_path)
        hub.commit(file.repository, file.revision, {file.path: bytes(100_000)})
        path = fetch(file, lambda received, total: told.append((received, total)))
    assert path.stat().st_size == 100_000 and told[-1] == (100_000, 100_000)

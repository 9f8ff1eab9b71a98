"""Embeddings computed in another precision are never read from the cache."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import TINY
from tone_dataset import write_tones

from pecmae.datasets import embeddings
from pecmae.datasets.dataset import load_dataset
from pecmae.datasets.embeddings import embed_dataset, embedding_precision
from pecmae.networks.encodecmae import EncodecmaeAutoencoder


def test_each_precision_has_its_own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    dataset = replace(dataset, tracks=dataset.tracks[:2])
    exact, fast = (EncodecmaeAutoencoder(replace(TINY, fast_embedding=is_fast)).eval() for is_fast in (False, True))
    monkeypatch.setattr(embeddings, "fast_precision", lambda device: torch.bfloat16)
    assert [embedding_precision(autoencoder, "cpu") for autoencoder in (exact, fast)] == ["float32", "bfloat16"]
    counts: list[int] = []
    for autoencoder in (exact, fast, fast):
        embed_dataset(
            dataset,
            autoencoder,
            "f",
            cache=tmp_path / "cache",
            show_progress=False,
            on_progress=lambda done, total: counts.append(total),
        )
        counts.append(-1)
    assert [counts[number - 1] for number, count in enumerate(counts) if count == -1] == [2, 2, 0]
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["f-bfloat16.npz", "f-float32.npz"]

"""Prototypes are drawn beside the nearest recordings of their classes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tone_dataset import write_tones

from pecmae.audio.conventions import SEGMENT_SAMPLES
from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.evaluation import spectrogram_pictures
from pecmae.evaluation.spectrogram_pictures import draw_prototypes, draw_spectrograms
from pecmae.networks.autoencoder import Embedder


def test_a_tone_is_a_bright_line(tmp_path: Path) -> None:
    frames = np.full((50, 20), -12.0)
    frames[:, 4] = 0
    draw_spectrograms([[("tone", frames), ("silence", np.full((50, 20), -12.0))]], tmp_path / "picture.png")
    grey = np.asarray(Image.open(tmp_path / "picture.png").convert("L")).astype(int)
    tone, silence = np.split(grey[-40:], 2, axis=1)  # two pixels per band, low frequencies at the bottom
    assert (tone[-10:-8, :100] > 200).all() and (tone[:-14, :100] < 30).all() and (silence[:, :100] < 30).all()


def test_each_prototype_has_a_recording_of_its_class(
    tmp_path: Path, bundle: Bundle, autoencoder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[tuple[str, np.ndarray]]] = []
    monkeypatch.setattr(spectrogram_pictures, "draw_spectrograms", lambda rows, path: drawn.extend(rows))
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    embedded = embed_dataset(dataset, autoencoder, "f", show_progress=False)
    noise = torch.rand(bundle.network.n_prototypes, SEGMENT_SAMPLES, generator=torch.Generator().manual_seed(0)) - 0.5
    draw_prototypes(bundle, noise, dataset, embedded, tmp_path / "picture.png")
    titles = [title for row in drawn for title, _ in row]
    assert [len(row) for row in drawn] == [4, 2]
    assert titles[::2] == ["low-0, decoded", "high-0, decoded", "noise-0, decoded"]
    assert [title.removeprefix("recorded: ").split("-")[0] for title in titles[1::2]] == ["low", "high", "noise"]

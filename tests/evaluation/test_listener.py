"""The independent listener on tones and noise, whose classes are easily told apart."""

import numpy as np
import pytest
import torch
from tiny import RECIPES, synthesise
from tone_dataset import write_tones

from pecmae.bundles.bundle import Bundle
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset
from pecmae.datasets.segment_sampling import read_sampled, sample_segments
from pecmae.evaluation.listener import LogMelListener, measure_listener
from pecmae.networks.autoencoder import GenerativeAutoencoder

TIMBRES = list(RECIPES["tiny"].timbres.values())


def sounds(n_per_class: int, seed: int) -> tuple[torch.Tensor, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), n_per_class)
    return torch.from_numpy(np.stack([synthesise(TIMBRES[label], rng) for label in labels])), labels


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(write_tones(tmp_path_factory.mktemp("listener") / "tones"))


@pytest.fixture(scope="module")
def embedded(dataset: Dataset, autoencoder: GenerativeAutoencoder) -> EmbeddedDataset:
    return embed_dataset(dataset, autoencoder, "f", show_progress=False)


def test_it_knows_timbres_at_any_level() -> None:
    listener = LogMelListener(*sounds(6, seed=0))
    waveforms, labels = sounds(4, seed=1)
    assert listener.predict(waveforms).tolist() == labels.tolist()
    assert listener.predict(0.05 * waveforms).tolist() == labels.tolist()


def test_segments_are_read_in_their_order(dataset: Dataset, embedded: EmbeddedDataset) -> None:
    chosen = sample_segments(embedded, 9, seed=3)
    waveforms = read_sampled(dataset, chosen)
    for waveform, track, start_s in zip(waveforms, chosen.track_index, chosen.start_s, strict=True):
        one = chosen.select((chosen.track_index == track) & (chosen.start_s == start_s))
        np.testing.assert_array_equal(read_sampled(dataset, one)[0], waveform)
    assert len({waveform.tobytes() for waveform in waveforms}) == 9


def test_all_seeds_and_held_out_segments_are_counted(
    bundle: Bundle, dataset: Dataset, embedded: EmbeddedDataset
) -> None:
    right, _ = sounds(2, seed=2)  # as the prototypes: two per class
    wrong = right.roll(2, dims=0)
    figures = measure_listener(bundle, dataset, embedded, {3: right, 5: wrong}, n_segments=7, n_training_segments=15)
    assert (figures.prototypes.n_right, figures.prototypes.n_total, figures.seeds) == (6, 12, (3, 5))
    assert (figures.n_segments, figures.n_training_segments, figures.decoded) == (7, 15, None)
    assert figures.recorded.value == 1
    decoded = measure_listener(bundle, dataset, embedded, {0: right}, lambda z: 0 * z[:, :1] + right[:1], n_segments=6)
    assert decoded.decoded is not None and decoded.decoded.value == pytest.approx(1 / 3)

"""The independent listener, with a network that hears a tone's pitch, on tones whose classes are easily told apart."""

import numpy as np
import pytest
import torch
from ear import Ear
from tone_dataset import write_tones

from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset
from pecmae.datasets.segment_sampling import read_sampled, sample_segments
from pecmae.evaluation.decoding_measures import DecodedSounds
from pecmae.evaluation.listener import contiguous_blocks, fit_probe, hear, measure_listener
from pecmae.networks.autoencoder import Embedder


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(write_tones(tmp_path_factory.mktemp("listener") / "tones"))


@pytest.fixture(scope="module")
def embedded(dataset: Dataset, autoencoder: Embedder) -> EmbeddedDataset:
    return embed_dataset(dataset, autoencoder, "f", show_progress=False)


def test_segments_are_read_in_their_order(dataset: Dataset, embedded: EmbeddedDataset) -> None:
    chosen = sample_segments(embedded, 9, seed=3)
    waveforms = read_sampled(dataset, chosen)
    for waveform, track, start_s in zip(waveforms, chosen.track_index, chosen.start_s, strict=True):
        one = chosen.select((chosen.track_index == track) & (chosen.start_s == start_s))
        np.testing.assert_array_equal(read_sampled(dataset, one)[0], waveform)
    assert len({waveform.tobytes() for waveform in waveforms}) == 9


def test_blocks_are_neighbouring_tracks_of_every_class() -> None:
    tracks = np.repeat(np.arange(80), 2)
    blocks = contiguous_blocks(tracks // 40, tracks)
    assert blocks.tolist() == np.tile(np.repeat(np.arange(5), 16), 2).tolist()
    assert contiguous_blocks(np.zeros(3, int), np.array([7, 7, 9])).tolist() == [0, 0, 2]


def test_the_probe_generalises_to_other_tracks() -> None:
    rng = np.random.default_rng(0)
    labels, tracks = np.repeat(np.arange(3), 20), np.arange(60)
    features = np.eye(3)[labels] + 0.1 * rng.standard_normal((60, 3))
    assert (fit_probe(features, labels, tracks).predict(features + 0.05) == labels).all()


def test_level_is_not_heard() -> None:
    sound = torch.rand(1, 96_000, generator=torch.Generator().manual_seed(0)) - 0.5
    np.testing.assert_allclose(hear(Ear(), 0.1 * sound), hear(Ear(), sound), atol=1e-4)


@pytest.mark.parametrize("is_cross_validated", [True, False])
def test_all_sounds_are_counted(dataset: Dataset, embedded: EmbeddedDataset, is_cross_validated: bool) -> None:
    segments = sample_segments(embedded if is_cross_validated else embedded.part("test"), 24, seed=0)
    learned = embedded if is_cross_validated else embedded.part("train")
    recorded = torch.from_numpy(read_sampled(dataset, segments))
    first = [int(np.flatnonzero(segments.labels == label)[0]) for label in (0, 0, 1, 1, 2, 2)]
    right = recorded[first]
    decoded = torch.where(torch.from_numpy(segments.labels == 0)[:, None], recorded, recorded[first[0]])
    figures = measure_listener(
        Ear(),
        DecodedSounds(segments, recorded, decoded, {3: right, 5: right.roll(2, dims=0)}),
        np.array([0, 0, 1, 1, 2, 2]),
        learned,
        torch.from_numpy(read_sampled(dataset, learned)),
    )
    assert (figures.prototypes.n_right, figures.prototypes.n_total, figures.seeds) == (6, 12, (3, 5))
    assert figures.n_segments == len(segments) and figures.is_cross_validated == is_cross_validated
    assert figures.n_training_segments == len(learned)
    assert figures.recorded.value == 1
    assert figures.decoded.value == figures.kept.value == pytest.approx(1 / 3)  # all sound like the first class
    low, high = figures.by_class["low"], figures.by_class["high"]
    assert {result.decoded.value for result in (low, high)} == {0, 1}
    assert low.prototypes.n_right == high.prototypes.n_right == 2
    assert figures.frechet_decoded > 2 * figures.frechet_recorded

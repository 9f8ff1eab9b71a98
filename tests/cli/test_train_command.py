"""The `train` command on tones and an autoencoder of random weights: embedding, packaging, model card."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from tiny import RECIPES, synthesise, write_tiny_autoencoder
from tone_dataset import write_tones

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.encoding import encode_excerpt
from pecmae.bundles.bundle import load_bundle
from pecmae.bundles.manifest import changed
from pecmae.cli import main
from pecmae.datasets.dataset import load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.errors import BundleError, DatasetError
from pecmae.evaluation.model_card import refresh_model_card, render_model_card
from pecmae.evaluation.recognition import recognition
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.checkpoints import checkpoint_fingerprint
from pecmae.training.packaging import check_target, choose_points

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, an autoencoder, and the bundle that `train` makes of them."""
    folder = tmp_path_factory.mktemp("train")
    write_tones(folder / "tones")
    write_tiny_autoencoder(folder / "models" / "compact")
    assert main(command(folder, "models/tones")) == 0
    return folder


def command(folder: Path, out: str) -> list[str]:
    words = ["train", "--dataset", str(folder / "tones"), "--autoencoder", str(folder / "models/compact")]
    words += ["--prototypes-per-class", "2", "--steps", "40", "--points-per-class", "5"]
    return [*words, "--out", str(folder / out)]


class CountingAutoencoder:
    """Counts the segments that the real one embeds."""

    def __init__(self, autoencoder: GenerativeAutoencoder) -> None:
        self.autoencoder, self.config = autoencoder, autoencoder.config
        self.n_segments = 0

    def embed(self, waveforms: torch.Tensor) -> torch.Tensor:
        self.n_segments += len(waveforms)
        return self.autoencoder.embed(waveforms)


def test_embeddings_are_cached_track_by_track(tmp_path: Path) -> None:
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    counting = CountingAutoencoder(write_tiny_autoencoder(tmp_path / "compact"))
    fingerprint = checkpoint_fingerprint("compact", tmp_path)
    first = embed_dataset(dataset, counting, fingerprint, show_progress=False)  # type: ignore[arg-type]
    assert counting.n_segments == len(first) == 21 * 2  # 9 s are two whole segments
    again = embed_dataset(dataset, counting, fingerprint, show_progress=False)  # type: ignore[arg-type]
    assert counting.n_segments == 42
    np.testing.assert_array_equal(again.embeddings, first.embeddings)

    changed = dataset.tracks[5]
    sound, _ = soundfile.read(changed.audio)
    soundfile.write(changed.audio, sound[::-1], SAMPLE_RATE)
    third = embed_dataset(dataset, counting, fingerprint, show_progress=False)  # type: ignore[arg-type]
    assert counting.n_segments == 44
    differs = (third.embeddings != first.embeddings).any(axis=1)
    assert set(third.track_index[differs]) == {5}

    (tmp_path / "tones" / "embeddings" / f"{fingerprint}-float32.npz").write_bytes(b"damaged")
    embed_dataset(dataset, counting, fingerprint, show_progress=False)  # type: ignore[arg-type]
    assert counting.n_segments == 86


def test_embeddings_carry_labels_times_and_splits(tmp_path: Path) -> None:
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    autoencoder = write_tiny_autoencoder(tmp_path / "compact")
    embedded = embed_dataset(dataset, autoencoder, "f", show_progress=False)
    assert embedded.embeddings.dtype == np.float32
    for row in (0, 9, 41):
        track = dataset.tracks[embedded.track_index[row]]
        assert embedded.classes[embedded.labels[row]] == track.class_id
        assert (embedded.split[row], bool(embedded.unseen[row])) == (track.split, track.unseen_soundfont)
        sound, _ = soundfile.read(track.audio, dtype="float32")
        start = round(float(embedded.start_s[row]) * SAMPLE_RATE)
        part = torch.from_numpy(sound[start : start + SEGMENT_SAMPLES])[None]
        torch.testing.assert_close(autoencoder.embed(part)[0].numpy(), embedded.embeddings[row], atol=1e-4, rtol=1e-4)


def test_an_unreadable_track_is_named(tmp_path: Path) -> None:
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    dataset.tracks[3].audio.write_bytes(b"no audio at all")
    with pytest.raises(DatasetError, match=dataset.tracks[3].id):
        embed_dataset(dataset, write_tiny_autoencoder(tmp_path / "compact"), "f", show_progress=False)


def test_train_writes_a_complete_bundle(workplace: Path) -> None:
    bundle = load_bundle(workplace / "models" / "tones")
    assert bundle.manifest.class_ids == ("low", "high", "noise")
    assert bundle.manifest.autoencoder.fingerprint == checkpoint_fingerprint("compact", workplace / "models")
    n_train = sum(track.split == "train" for track in load_dataset(workplace / "tones").tracks)
    assert len(bundle.training.tracks) == n_train and len(bundle.training) > bundle.has_audio.sum() == 15
    tracks = {track.id: track for track in load_dataset(workplace / "tones").tracks}
    for point, label in zip(bundle.training.points, bundle.training.labels, strict=True):
        track = tracks[point.track]
        assert (track.split, track.class_id) == ("train", bundle.manifest.class_ids[label])
        if not bundle.has_audio[bundle.training.index[point.id]]:
            continue
        heard, _ = soundfile.read(bundle.point_audio(point.id))
        original, _ = soundfile.read(track.audio)
        start = round(point.start_s * SAMPLE_RATE)
        assert np.corrcoef(heard, original[start : start + SEGMENT_SAMPLES])[0, 1] > 0.8
    ratios = np.array([item.segment_ratio for item in bundle.prototypes]).reshape(3, 2)
    np.testing.assert_allclose(ratios.sum(axis=1), 1)
    assert (np.diff(bundle.distance_quantiles, axis=1) >= 0).all()


def test_the_manifest_tells_no_path_of_the_machine(workplace: Path) -> None:
    folder = workplace / "models" / "tones"
    texts = (folder / "manifest.json").read_text() + (folder / "README.md").read_text()
    assert str(workplace) not in texts
    assert "--lambda 0.25 --steps 40 --seed 0" in texts


def test_the_same_command_gives_the_same_figures(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = load_bundle(workplace / "models" / "tones")
    assert main(command(workplace, "models/again")) == 0
    second = load_bundle(workplace / "models" / "again")
    assert second.manifest.metrics == first.manifest.metrics
    printed = capsys.readouterr().out
    accuracy_shown = f"{100 * second.manifest.metrics.balanced_accuracy['test']['mlp']:.1f}"
    assert accuracy_shown in next(line for line in printed.splitlines() if line.startswith("MLP"))


def test_the_model_card_quotes_the_manifest(workplace: Path) -> None:
    bundle = load_bundle(workplace / "models" / "tones")
    card = (workplace / "models" / "tones" / "README.md").read_text()
    assert card == render_model_card(bundle.manifest)
    for words in (bundle.manifest.caution, "TimGM6mb", "Frank Wen", "S. Christian Collins", "2402.09318"):
        assert words in card
    pecmae = bundle.manifest.metrics.balanced_accuracy
    assert f"{100 * pecmae['unseen']['pecmae']:.1f} (" in card
    assert "How its prototypes sound" not in card


def test_the_model_card_follows_the_manifest(workplace: Path, tmp_path: Path) -> None:
    bundle = load_bundle(workplace / "models" / "tones")
    measured = changed(bundle.manifest.metrics, cycle_consistency=recognition(5, 6, [0]))
    assert "| 5 of 6 (83.3 %) | 43.6 to 97.0 % |" in render_model_card(changed(bundle.manifest, metrics=measured))
    assert refresh_model_card(bundle).manifest == bundle.manifest
    bare = render_model_card(changed(bundle.manifest, metrics={}, provenance={}))
    assert bundle.manifest.caution in bare
    assert "## Accuracy" not in bare


def test_a_wrong_request_is_answered_in_one_sentence(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command(workplace, "models/big"), "--prototypes-per-class", "40"]) == 2
    assert "too few for 40 prototypes" in capsys.readouterr().err
    assert not (workplace / "models" / "big").exists()


def test_chosen_points_hold_the_nearest_of_every_prototype_and_fill_every_class() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 50)
    distances = rng.random((150, 6))
    rows = choose_points(distances, labels, points_per_class=40, seed=1)
    assert np.bincount(labels[rows]).tolist() == [40, 40, 40]
    assert (np.diff(rows) > 0).all()
    assert set(np.argsort(distances, axis=0)[:3].ravel()) <= set(rows)
    assert np.array_equal(rows, choose_points(distances, labels, 40, seed=1))
    assert not np.array_equal(rows, choose_points(distances, labels, 40, seed=2))
    assert len(choose_points(distances, labels, points_per_class=500, seed=1)) == 150


def test_an_excerpt_is_a_small_ogg_of_its_length(tmp_path: Path) -> None:
    waveform = synthesise(RECIPES["tiny"].timbres["high"], np.random.default_rng(0))
    before = waveform.copy()
    path = tmp_path / "excerpt.ogg"
    path.write_bytes(encode_excerpt(waveform))
    heard, sample_rate = soundfile.read(path)
    assert (sample_rate, heard.shape) == (SAMPLE_RATE, (SEGMENT_SAMPLES,))
    assert abs(heard[0]) < 0.01
    assert np.corrcoef(heard, waveform)[0, 1] > 0.9
    assert path.stat().st_size < 30_000
    assert np.array_equal(waveform, before)


def test_a_bundle_never_lands_in_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "compact").mkdir()
    (tmp_path / "compact" / "weights.safetensors").touch()
    with pytest.raises(BundleError, match="isn't a bundle"):
        check_target(tmp_path / "compact")
    with pytest.raises(BundleError, match="can't name a bundle"):
        check_target(tmp_path / "my bundle")
    check_target(tmp_path / "new")

"""Features of segments: places, levels, resuming, drawing."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.log_mel import LogMelConfig
from pecmae.errors import DatasetError
from pecmae.networks.musicnn import MusiCNN, MusicnnEncoder
from pecmae.training.segment_features import (
    LEVEL_DBFS,
    SEGMENT_FRAMES,
    FeatureTrack,
    SegmentSet,
    levelled_segments,
    load_segments,
    write_embeddings,
    write_frames,
)


@pytest.fixture(scope="module")
def encoder() -> MusicnnEncoder:
    """MusiCNN with random weights."""
    torch.manual_seed(0)
    return MusicnnEncoder(MusiCNN(), MusiCNN()).eval()


@pytest.fixture
def features(tmp_path: Path, encoder: MusicnnEncoder) -> Path:
    """Features of a training track of 9 s and a validation track of 5 s."""
    tracks = []
    for name, split, duration_s in (("a", "train", 9.0), ("b", "valid", 5.0)):
        noise = np.random.default_rng(0).normal(scale=0.1, size=round(SAMPLE_RATE * duration_s))
        soundfile.write(tmp_path / f"{name}.flac", noise, SAMPLE_RATE)
        tracks.append(FeatureTrack(id=name, audio=tmp_path / f"{name}.flac", split=split))
    out = tmp_path / "features"
    out.mkdir()
    (out / "tracks.jsonl").write_text("".join(track.model_dump_json() + "\n" for track in tracks))
    write_frames(tracks, out, LogMelConfig())
    write_embeddings(tracks, out, encoder)
    return out


def test_segments_are_at_the_training_level() -> None:
    waveform = np.random.default_rng(0).normal(scale=0.01, size=SAMPLE_RATE * 8).astype(np.float32)
    gains_db, segments = levelled_segments(waveform, np.array([0, 100], dtype=np.int32))
    levels_db = 10 * np.log10(np.mean(segments**2, axis=1))
    np.testing.assert_allclose(levels_db, LEVEL_DBFS, atol=0.01)
    np.testing.assert_allclose(
        segments[1], waveform[100 * 480 :][: SAMPLE_RATE * 4] * 10 ** (gains_db[1] / 20), rtol=1e-5
    )


def test_quiet_segments_are_left_out() -> None:
    gains_db, _ = levelled_segments(np.full(SAMPLE_RATE * 4, 1e-4, np.float32), np.array([0], dtype=np.int32))
    assert np.isnan(gains_db).all()


def test_splits_stay_apart(features: Path) -> None:
    train, valid = load_segments([features], "train"), load_segments([features], "valid")
    assert (len(train), len(valid)) == (2, 1)
    assert train.embeddings.shape == (2, 400)
    assert train.log_mel(torch.tensor([0, 1])).shape == (2, SEGMENT_FRAMES, 80)
    with pytest.raises(DatasetError, match="test"):
        load_segments([features], "test")


def test_frames_alone_give_about_the_same_gains(features: Path) -> None:
    known = load_segments([features], "train").gains_db
    estimated = load_segments([features], "train", with_embeddings=False).gains_db
    assert (estimated.mean() - known.mean()).abs() < 2.0


def test_features_that_are_there_are_kept(features: Path, encoder: MusicnnEncoder) -> None:
    tracks = [FeatureTrack.model_validate_json(line) for line in (features / "tracks.jsonl").read_text().splitlines()]
    before = {path: path.stat().st_mtime_ns for path in features.glob("*/*.np[yz]")}
    lost = features / "embeddings" / "b.npz"
    lost.unlink()
    write_frames(tracks, features, LogMelConfig())
    write_embeddings(tracks, features, encoder)
    after = {path: path.stat().st_mtime_ns for path in features.glob("*/*.np[yz]")}
    assert after.pop(lost) > before.pop(lost) and after == before


def test_shifted_segments_stay_in_their_track(features: Path) -> None:
    train = load_segments([features], "train")
    for seed in range(20):
        shifted = train.log_mel(torch.tensor([0, 1]), torch.Generator().manual_seed(seed))
        assert shifted.shape == (2, SEGMENT_FRAMES, 80)
    assert not torch.equal(shifted, train.log_mel(torch.tensor([0, 1])))


def test_datasets_are_drawn_as_weighted() -> None:
    n = torch.tensor([0] * 900 + [1] * 100)
    zeros = torch.zeros(1000, dtype=torch.int64)
    segments = SegmentSet(torch.zeros(200, 80), zeros, zeros, zeros, zeros.float(), torch.zeros(1000, 1), n)
    drawn = n[segments.draw(4000, torch.Generator().manual_seed(0), [0.25, 0.75])]
    assert abs(Counter(drawn.tolist())[1] / 4000 - 0.75) < 0.03

"""The beat of a dataset's segments, on clicks whose period is known."""

from pathlib import Path

import numpy as np
import soundfile

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_S
from pecmae.datasets.embeddings import EmbeddedDataset
from pecmae.datasets.segment_rhythms import measure_rhythms
from pecmae.datasets.sources import open_dataset


def test_periods_of_clicks_are_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for class_id, period_s in {"fast": 0.4, "slow": 0.6}.items():
        (tmp_path / class_id).mkdir()
        for number in range(3):
            waveform = 1e-4 * rng.standard_normal(round(2 * SEGMENT_S * SAMPLE_RATE))
            for start_s in np.arange(0, 7.9, period_s):
                waveform[round(start_s * SAMPLE_RATE) :][:480] += 0.5 * rng.standard_normal(480)
            soundfile.write(tmp_path / class_id / f"{number}.wav", waveform, SAMPLE_RATE)
    dataset = open_dataset(f"folder:{tmp_path}")
    n_tracks = len(dataset.tracks)
    labels = np.repeat([track.class_id == "slow" for track in dataset.tracks], 2).astype(np.int64)
    segments = EmbeddedDataset(
        classes=("fast", "slow"),
        track_ids=tuple(track.id for track in dataset.tracks),
        embeddings=np.zeros((2 * n_tracks, 1), dtype=np.float32),
        labels=labels,
        track_index=np.repeat(np.arange(n_tracks), 2),
        start_s=np.tile(np.array([0, SEGMENT_S], dtype=np.float32), n_tracks),
        split=np.full(2 * n_tracks, "train"),
        unseen=np.zeros(2 * n_tracks, dtype=bool),
    )
    reports: list[tuple[int, int]] = []
    measured_s, strength = measure_rhythms(dataset, segments, lambda *report: reports.append(report))
    np.testing.assert_allclose(measured_s, np.where(labels, 0.6, 0.4), atol=0.01)
    assert strength.min() > 0.8
    assert reports[0] == (0, 12) and reports[-1] == (12, 12)
    few = segments.select(labels == 1)
    np.testing.assert_array_equal(measure_rhythms(dataset, few, lambda *_: None)[0], measured_s[labels == 1])

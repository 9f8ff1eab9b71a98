"""Other programs read what is exported, with the same numbers."""

import csv
import io
import json
from pathlib import Path

import jams
import mir_eval
import numpy as np
import pytest
import soundfile
from sounds import tone

from pecmae import load
from pecmae.explain.explanation import Explanation
from pecmae.explain.exports import SILENT, ExportFormat, export


@pytest.fixture(scope="module")
def explanation(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Explanation:
    """Of a track of 14.5 s whose second segment is silent and whose last one overlaps the third."""
    path = tmp_path_factory.mktemp("track") / "étude.wav"
    soundfile.write(path, np.concatenate([tone(4), np.zeros((4 * 44_100, 1)), tone(6.5)]), 44_100)
    return load("tiny", models=models).explain(path)


def test_json_is_the_explanation(explanation: Explanation) -> None:
    assert Explanation.model_validate_json(export(explanation, ExportFormat.JSON)) == explanation


def test_csv_has_a_row_per_segment(explanation: Explanation) -> None:
    rows = list(csv.DictReader(io.StringIO(export(explanation, ExportFormat.CSV))))
    assert [row["is_silent"] for row in rows] == ["0", "1", "0", "0"]
    for row, segment in zip(rows, explanation.segments, strict=True):
        assert (float(row["start_s"]), float(row["end_s"])) == (segment.start_s, segment.end_s)
        assert row["nearest"] == segment.nearest
        assert [float(row[f"score {name}"]) for name in explanation.classes] == pytest.approx(segment.scores)
        distances = [float(row[f"distance {prototype.id}"]) for prototype in explanation.prototypes]
        assert distances == pytest.approx(segment.distances)


def test_mir_eval_reads_the_label_track(explanation: Explanation, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(export(explanation, ExportFormat.LABELS), encoding="utf-8")
    intervals, labels = mir_eval.io.load_labeled_intervals(str(path), delimiter="\t")
    assert intervals == pytest.approx(np.array([[0, 4], [4, 8], [8, 12], [12, 14.5]]), abs=1e-3)
    voting = (segment for segment in explanation.segments if not segment.is_silent)
    named = [explanation.classes[int(np.argmax(segment.scores))] for segment in voting]
    assert labels == [named[0], SILENT, *named[1:]]


def test_jams_reads_classes_and_segments(explanation: Explanation) -> None:
    text = export(explanation, ExportFormat.JAMS)
    read = jams.load(io.StringIO(text))
    assert read.validate(strict=True)
    assert read.file_metadata.title == "étude.wav" and read.file_metadata.duration == pytest.approx(14.5, abs=1e-3)
    (tags,) = read.annotations.search(namespace="tag_open")
    assert {item.value: item.confidence for item in tags.data} == pytest.approx(
        dict(zip(explanation.classes, explanation.scores, strict=True))
    )
    (segments,) = read.annotations.search(namespace="segment_open")
    assert len(segments.data) == len(explanation.segments)
    assert json.loads(text)["annotations"][0]["annotation_metadata"]["annotator"]["bundle"] == "tiny"

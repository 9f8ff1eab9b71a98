"""An explanation in the formats of other programs.

- `json`: the explanation itself (schema `pecmae.explanation/2`).
- `csv`: one row per segment, with the score of every class and the distance to every prototype.
- `labels`: a label track, which Audacity and Sonic Visualiser import: start, end and class, separated by tabs.
- `jams`: a JSON Annotated Music Specification (Humphrey et al., ISMIR 2014): the classes of the whole clip as tags, and
  those of its segments.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from pecmae.explain.explanation import Explanation

JAMS_VERSION = "0.3.5"
"""Version of the JAMS schema, not of this project."""
SILENT = "silent"


class ExportFormat(StrEnum):
    """A format; its value is its name on the command line."""

    JSON = "json"
    CSV = "csv"
    LABELS = "labels"
    JAMS = "jams"


def export(explanation: Explanation, export_format: ExportFormat) -> str:
    """The text of a file in a format.

    Args:
        explanation: The explanation.
        export_format: The format.
    """
    return _WRITERS[export_format](explanation)


def _labelled_segments(explanation: Explanation) -> Iterator[tuple[float, float, str, float]]:
    """Start, end, class and score of every segment; the last segment starts where the one before ends."""
    end_s = 0.0
    for segment in explanation.segments:
        start_s, end_s = max(segment.start_s, end_s), segment.end_s
        if segment.is_silent:
            yield start_s, end_s, SILENT, 1.0
        else:
            score = max(segment.scores)
            yield start_s, end_s, explanation.classes[segment.scores.index(score)], score


def _to_json(explanation: Explanation) -> str:
    return explanation.model_dump_json(indent=2) + "\n"


def _to_csv(explanation: Explanation) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    scores = [f"score {name}" for name in explanation.classes]
    distances = [f"distance {prototype.id}" for prototype in explanation.prototypes]
    writer.writerow(["start_s", "end_s", "is_silent", "nearest", *scores, *distances])
    for segment in explanation.segments:
        own = [segment.start_s, segment.end_s, int(segment.is_silent), segment.nearest]
        writer.writerow([*own, *segment.scores, *segment.distances])
    return text.getvalue()


def _to_labels(explanation: Explanation) -> str:
    return "".join(f"{start:.6f}\t{end:.6f}\t{name}\n" for start, end, name, _ in _labelled_segments(explanation))


def _to_jams(explanation: Explanation) -> str:
    duration_s = explanation.clip.analysed_s
    tags = [_observation(0.0, duration_s, *row) for row in zip(explanation.classes, explanation.scores, strict=True)]
    segments = [
        _observation(start, end - start, name, score) for start, end, name, score in _labelled_segments(explanation)
    ]
    jams = {
        "annotations": [
            _annotation(explanation, "tag_open", tags),
            _annotation(explanation, "segment_open", segments),
        ],
        "file_metadata": {
            "title": explanation.clip.name,
            "artist": "",
            "release": "",
            "duration": explanation.clip.duration_s,
            "identifiers": {},
            "jams_version": JAMS_VERSION,
        },
        "sandbox": {},
    }
    return json.dumps(jams, indent=2, ensure_ascii=False) + "\n"


def _annotation(explanation: Explanation, namespace: str, data: list[dict[str, Any]]) -> dict[str, Any]:
    bundle = explanation.bundle
    return {
        "annotation_metadata": {
            "curator": {"name": "", "email": ""},
            "annotator": {"bundle": bundle.name, "version": bundle.version},
            "version": "",
            "corpus": "",
            "annotation_tools": "PECMAE Explorer",
            "annotation_rules": "",
            "validation": "",
            "data_source": "program",
        },
        "namespace": namespace,
        "data": data,
        "sandbox": {},
        "time": 0,
        "duration": explanation.clip.analysed_s,
    }


def _observation(time_s: float, duration_s: float, value: str, confidence: float) -> dict[str, Any]:
    return {"time": time_s, "duration": duration_s, "value": value, "confidence": confidence}


_WRITERS: dict[ExportFormat, Callable[[Explanation], str]] = {
    ExportFormat.JSON: _to_json,
    ExportFormat.CSV: _to_csv,
    ExportFormat.LABELS: _to_labels,
    ExportFormat.JAMS: _to_jams,
}

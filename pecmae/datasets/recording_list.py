"""A CSV that lists recordings: `path` and `label`, optionally `split` and `group`; errors name the line.

UTF-8, a comma between fields, a header. Paths are relative to the list. A `split` is train, valid or test, given for
every recording or for none; a `group` (an artist, an album) must not lie in two splits.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pecmae.datasets.dataset import SPLITS
from pecmae.errors import DatasetError

COLUMNS = ("path", "label", "split", "group")


@dataclass(frozen=True)
class Recording:
    """One file as its owner lists it; `where` names it in errors, such as `line 7`."""

    audio: Path
    label: str
    title: str
    split: str | None
    group: str | None
    where: str


def read_list(path: Path) -> list[Recording]:
    """The recordings of a CSV, in its order."""
    recordings = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            header = tuple(rows.fieldnames or ())
            if not {"path", "label"} <= set(header) <= set(COLUMNS) or len(set(header)) != len(header):
                raise DatasetError(
                    "bad_csv",
                    f"{path.name}, line 1: the columns are {', '.join(header) or 'missing'}; they must be path and "
                    "label, and may be split and group, with commas between.",
                )
            for row in rows:
                recordings.append(_from_row(row, path, rows.line_num))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DatasetError("bad_csv", f"{path.name} isn't a CSV in UTF-8 ({error}); export it again.") from error
    if not recordings:
        raise DatasetError("bad_csv", f"{path.name} lists no recording; give a line each, path and label.")
    return recordings


def _from_row(row: dict[str, str | None], path: Path, line: int) -> Recording:
    where = f"{path.name}, line {line}"
    if None in row or None in row.values():
        raise DatasetError("bad_csv", f"{where} has another number of fields than the header; quote commas in it.")
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    for column in ("path", "label"):
        if not values[column]:
            raise DatasetError("bad_csv", f"{where} has no {column}; fill it in or remove the line.")
    if values["split"] and values["split"] not in SPLITS:
        raise DatasetError(
            "bad_csv", f"{where}: the split {values['split']!r} is none of {', '.join(SPLITS)}; write one of these."
        )
    audio = path.parent / values["path"]
    title = str(Path(values["path"]).with_suffix(""))
    return Recording(audio, values["label"], title, values["split"] or None, values["group"] or None, where)


def given_splits(recordings: Sequence[Recording], path: Path) -> list[str] | None:
    """The splits of a list, checked; None where it has none."""
    splits = [recording.split for recording in recordings if recording.split is not None]
    if not splits:
        return None
    for recording in recordings:
        if recording.split is None:
            raise DatasetError(
                "bad_csv",
                f"{recording.where} has no split, other lines have; give one for every recording or for none.",
            )
    first_of: dict[str, Recording] = {}
    for recording in recordings:
        first = first_of.setdefault(recording.group, recording) if recording.group else recording
        if first.split != recording.split:
            raise DatasetError(
                "leaking_group",
                f"The group {recording.group!r} lies in two splits: {first.where} is {first.split}, {recording.where} "
                f"is {recording.split}; put it all into one, or the test would know what was trained on.",
            )
    for split in SPLITS:
        if split not in splits:
            raise DatasetError("bad_csv", f"{path.name} puts no recording into the split {split!r}; it needs some.")
    for label in sorted({recording.label for recording in recordings}):
        if not any(recording.label == label and recording.split == "train" for recording in recordings):
            raise DatasetError(
                "class_too_small", f"Class {label!r} has no recording in the split train; it can't be learned."
            )
    return splits

"""A CSV that lists recordings, with the columns `path` and `label` and optionally `split` and `group`.

The file is UTF-8, with a header and commas between the fields. Paths are relative to the list. A split is train, valid
or test, and is given for every recording or for none. Recordings of one group (an artist, an album) must lie in one
split. Errors name the line.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pecmae.datasets.dataset import SPLITS, Split
from pecmae.errors import DatasetError

COLUMNS = ("path", "label", "split", "group")


@dataclass(frozen=True)
class Recording:
    """A file with its label.

    Attributes:
        audio: The file.
        label: The class as its owner writes it.
        title: A title for people.
        split: The given split, or None.
        group: The group that it belongs to, or None.
        where: How errors name it, such as `list.csv, line 7`.
    """

    audio: Path
    label: str
    title: str
    split: Split | None
    group: str | None
    where: str


def read_list(path: Path) -> list[Recording]:
    """Read a list of recordings.

    Args:
        path: The CSV file.

    Returns:
        The recordings in the order of the list.

    Raises:
        DatasetError: `bad_csv`, with the line.
    """
    recordings = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            header = tuple(rows.fieldnames or ())
            if not {"path", "label"} <= set(header) <= set(COLUMNS) or len(set(header)) != len(header):
                raise DatasetError(
                    "bad_csv",
                    f"{path.name}, line 1: the columns are {', '.join(header) or 'missing'}; they must be path and "
                    "label, optionally split and group, with commas between them.",
                )
            for row in rows:
                recordings.append(_from_row(row, path, rows.line_num))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DatasetError("bad_csv", f"{path.name} isn't a CSV in UTF-8 ({error}); export it again.") from error
    if not recordings:
        raise DatasetError("bad_csv", f"{path.name} lists no recording; add a line with path and label for each.")
    return recordings


def _from_row(row: dict[str, str | None], path: Path, line: int) -> Recording:
    where = f"{path.name}, line {line}"
    if None in row or None in row.values():
        raise DatasetError(
            "bad_csv", f"{where} has another number of fields than the header; quote fields that contain commas."
        )
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    for column in ("path", "label"):
        if not values[column]:
            raise DatasetError("bad_csv", f"{where} has no {column}; fill it in or remove the line.")
    if values["split"] and values["split"] not in SPLITS:
        raise DatasetError(
            "bad_csv", f"{where}: the split {values['split']!r} is unknown; use one of {', '.join(SPLITS)}."
        )
    split = values["split"] if values["split"] else None
    title = str(Path(values["path"]).with_suffix(""))
    return Recording(path.parent / values["path"], values["label"], title, split, values["group"] or None, where)


def given_splits(recordings: Sequence[Recording], path: Path) -> list[Split] | None:
    """Check the splits that a list gives.

    Args:
        recordings: The recordings of the list.
        path: The list, for error messages.

    Returns:
        The split of every recording, or None if the list gives no splits.

    Raises:
        DatasetError: `bad_csv`, `leaking_group` or `class_too_small`.
    """
    splits = [recording.split for recording in recordings if recording.split is not None]
    if not splits:
        return None
    for recording in recordings:
        if recording.split is None:
            raise DatasetError(
                "bad_csv",
                f"{recording.where} has no split, but other lines have one; give one for every recording or for none.",
            )
    first_of: dict[str, Recording] = {}
    for recording in recordings:
        first = first_of.setdefault(recording.group, recording) if recording.group else recording
        if first.split != recording.split:
            raise DatasetError(
                "leaking_group",
                f"The group {recording.group!r} lies in two splits: {first.where} is {first.split}, {recording.where} "
                f"is {recording.split}; put the whole group into one split, so that nothing tested was trained on.",
            )
    for split in SPLITS:
        if split not in splits:
            raise DatasetError("bad_csv", f"{path.name} has no recording in the split {split!r}; add some.")
    for label in sorted({recording.label for recording in recordings}):
        if not any(recording.label == label and recording.split == "train" for recording in recordings):
            raise DatasetError(
                "class_too_small", f"Class {label!r} has no recording in the split train; it can't be learned."
            )
    return splits

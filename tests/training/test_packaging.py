"""The sentence in a manifest that says what a bundle learned from."""

from pathlib import Path

import pytest

from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import RECORDED_NOTES, Dataset, DatasetDescription, Track
from pecmae.training.packaging import _trained_on


@pytest.mark.parametrize(
    ("kind", "n_recorded", "sentence"),
    [
        ("folder", 0, "1,200 tracks in 2 classes of the dataset own."),
        ("gtzan", 0, "1,200 recorded excerpts in 2 genres of the dataset GTZAN."),
        ("medley-solos-db", 0, "1,200 recorded clips in 2 instrument classes of the dataset Medley-solos-DB."),
        ("genres", 0, "1,200 tracks in 2 genres, composed and rendered by this project's own code; no recordings."),
        (
            "instruments",
            300,
            "1,200 tracks in 2 instrument classes, composed by this project's own code, which rendered 900 of them and "
            "assembled the other 300 from recorded single notes.",
        ),
    ],
)
def test_trained_on_counts_training_tracks(kind: str, n_recorded: int, sentence: str) -> None:
    classes = (ClassInfo(id="a", label="a"), ClassInfo(id="b", label="b"))
    made = ["other soundfont"] * (1200 - n_recorded) + [RECORDED_NOTES] * n_recorded
    tracks = [
        Track.model_validate(
            {"id": f"a-{i}", "class": "a", "split": "train", "audio": "a.wav", "title": "", "soundfont": soundfont}
        )
        for i, soundfont in enumerate(made)
    ]
    tested = tracks[-1].model_copy(update={"id": "a-test", "split": "test"})
    dataset = Dataset(Path("own"), DatasetDescription(name="own", kind=kind, classes=classes), (*tracks, tested))
    assert _trained_on(dataset, len(tracks)) == sentence


def test_recorded_solos_are_counted_apart() -> None:
    classes = (ClassInfo(id="a", label="a"), ClassInfo(id="b", label="b"))
    line = {"class": "a", "split": "train", "audio": "a.wav", "title": ""}
    lines = [{"soundfont": "other"}, {"soundfont": RECORDED_NOTES}, {"block": "x"}]
    tracks = tuple(Track.model_validate({"id": f"a-{i}", **line, **more}) for i, more in enumerate(lines))
    dataset = Dataset(Path("own"), DatasetDescription(name="own", kind="instruments", classes=classes), tracks)
    sentence = _trained_on(dataset, 3)
    assert sentence.startswith("2 tracks in 2 instrument classes")
    assert sentence.endswith("the other 1 from recorded single notes; and 1 recorded solo.")
    without_notes = Dataset(dataset.path, dataset.description, (tracks[0], tracks[2]))
    assert _trained_on(without_notes, 2) == (
        "1 track in 2 instrument classes, composed and rendered by this project's own code; and 1 recorded solo."
    )

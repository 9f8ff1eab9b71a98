"""What visitors gather before the training: classes by folders and names, limits, and when it is deleted."""

import io
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visitors import zip_of

from pecmae.audio.reading import ClipLimits
from pecmae.errors import PecmaeError
from pecmae.server import gatherings as module
from pecmae.server.gatherings import Gatherings, missing
from pecmae.server.settings import UploadLimits
from pecmae.server.short_lived_files import ShortLivedFile, ShortLivedFiles
from pecmae.server.uploaded_clips import label_in_name, sort_into_classes

LIMITS = UploadLimits(clip=ClipLimits(max_bytes=1000), max_zip_bytes=2000, max_clips=12, max_classes=3)


@pytest.fixture
def gatherings() -> Gatherings:
    return Gatherings(LIMITS)


@pytest.fixture
def uploads() -> ShortLivedFiles:
    return ShortLivedFiles()


def sent(uploads: ShortLivedFiles, *names: str, contents: bytes = b"sound") -> list[ShortLivedFile]:
    return [uploads.get(uploads.add(io.BytesIO(contents), name)) for name in names]


def labels(*paths: str, or_by_name: bool = False) -> list[str]:
    found, _ = sort_into_classes([tuple(path.split("/")) for path in paths], or_by_name=or_by_name)
    return list(found.values())


def test_folders_are_classes() -> None:
    assert labels("jazz/a.wav", "jazz/B.OGG", "rock/live/c.wav", "rock/e.txt", "f.wav") == ["jazz", "jazz", "rock"]
    assert labels("mine/jazz/a.wav", "mine/rock/b.wav") == ["jazz", "rock"]
    assert labels("jazz/a.wav", "jazz/b.wav") == ["jazz", "jazz"]
    assert labels("mine/jazz/a.wav", "other/b.wav") == ["mine", "other"]


def test_names_tell_the_classes_only_without_folders() -> None:
    assert labels("flute-01.wav", "flute-02.wav", "03 rain (2).ogg", or_by_name=True) == ["flute", "flute", "rain"]
    assert labels("flute-01.wav", "horn/1.wav", or_by_name=True) == ["horn"]
    assert labels("flute-01.wav") == []


@pytest.mark.parametrize(
    ("name", "label"),
    [("blues.00011.wav", "blues"), ("a.wav", "a"), ("kick_01_heavy.wav", "kick"), ("7.mp3", ""), ("01-02.wav", "")],
)
def test_label_in_name(name: str, label: str) -> None:
    assert label_in_name(name) == label


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=9), st.integers(0, 9999))
def test_a_numbered_name_is_its_class(word: str, number: int) -> None:
    assert label_in_name(f"{word}-{number:04d}.wav") == label_in_name(f"{word} {number}.ogg") == word


def test_files_are_added_to_what_is_there_already(gatherings: Gatherings, uploads: ShortLivedFiles) -> None:
    gatherings.add("me", sent(uploads, "deep/a.wav", "deep/b.wav", "deep/.hidden.wav", "deep/cover.jpg"))
    both = gatherings.add("me", sent(uploads, "deep/a.wav", "hiss/c.wav"))
    assert both.n_clips == {"deep": 3, "hiss": 1}
    assert both.notes == ("1 file that isn't audio was left out: deep/cover.jpg.",)
    assert len({clip.path for clip in both.clips}) == 4 and all(
        clip.path.read_bytes() == b"sound" for clip in both.clips
    )
    assert gatherings.get("you").clips == ()
    gatherings.close()


def test_a_zip_is_unpacked_and_names_the_collection(gatherings: Gatherings, uploads: ShortLivedFiles) -> None:
    files = {"music/deep/1.wav": b"a", "music/hiss/1.wav": b"b", "music/hiss/2.wav": bytes(1001)}
    gathering = gatherings.add("me", sent(uploads, "tunes.zip", contents=zip_of(files)))
    assert (gathering.title, gathering.n_clips) == ("tunes", {"deep": 1, "hiss": 1})
    assert gathering.notes == ("1 clip larger than 0.000954 MB was left out: music/hiss/2.wav.",)
    loose = zip_of({"flute-1.wav": b"a", "horn-1.wav": b"b"})
    assert gatherings.add("you", sent(uploads, "loose.zip", contents=loose)).n_clips == {"flute": 1, "horn": 1}
    gatherings.close()


def test_classes_can_be_renamed_joined_and_removed(gatherings: Gatherings, uploads: ShortLivedFiles) -> None:
    gatherings.add("me", sent(uploads, "a/1.wav", "b/1.wav", "c/1.wav"))
    assert gatherings.rename("me", "a", " AC/DC ").n_clips == {"AC-DC": 1, "b": 1, "c": 1}
    assert gatherings.rename("me", "b", "AC-DC").n_clips == {"AC-DC": 2, "c": 1}
    removed = [clip.path for clip in gatherings.get("me").clips if clip.label == "AC-DC"]
    assert gatherings.remove("me", "AC-DC").n_clips == {"c": 1}
    assert not any(path.exists() for path in removed)
    assert gatherings.rename("me", "c", "  ").n_clips == {"": 1}
    assert gatherings.rename("nobody", "a", "b").clips == gatherings.remove("nobody", "a").clips == ()
    gatherings.close()


@pytest.mark.parametrize(
    ("names", "contents", "code"),
    [
        ([f"a/{k}.wav" for k in range(12)], b"x", "too_many_clips"),
        (["a/1.wav", "a/2.wav", "a/3.wav", "a/4.wav"], bytes(1000), "unpacked_too_large"),
        (["a/1.wav", "broken.zip"], b"PK words", "not_a_zip"),
        (["many.zip"], zip_of({f"a/{k}.wav": b"" for k in range(13)}), "too_many_clips"),
    ],
)
def test_nothing_is_added_after_an_error(
    gatherings: Gatherings, uploads: ShortLivedFiles, names: list[str], contents: bytes, code: str
) -> None:
    before = gatherings.add("me", sent(uploads, "b/1.wav"))
    with pytest.raises(PecmaeError) as caught:
        gatherings.add("me", sent(uploads, *names, contents=contents))
    assert caught.value.code == code and gatherings.get("me") == before
    folder = before.clips[0].path.parent.parent
    assert [path for path in folder.rglob("*") if path.is_file()] == [before.clips[0].path]
    assert gatherings.add("me", sent(uploads, "b/2.wav")).n_clips == {"b": 2}
    gatherings.close()


def test_all_sessions_together_have_a_limit(
    gatherings: Gatherings, uploads: ShortLivedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = [f"a/{k}.wav" for k in range(4)]
    for session in range(module.MAX_FULL_GATHERINGS):
        gatherings.add(str(session), sent(uploads, *full, contents=bytes(999)))
    with pytest.raises(PecmaeError) as caught:
        gatherings.add("one more", sent(uploads, *full, contents=bytes(999)))
    assert caught.value.code == "too_many_files"
    gatherings.release("0")
    gatherings.add("one more", sent(uploads, *full, contents=bytes(999)))
    monkeypatch.setattr(module, "MAX_GATHERINGS", module.MAX_FULL_GATHERINGS)
    with pytest.raises(PecmaeError, match="on your own machine"):
        gatherings.add("another", sent(uploads, "a/1.wav"))
    gatherings.close()


def test_linked_recordings_outlive_the_session(
    gatherings: Gatherings, uploads: ShortLivedFiles, tmp_path: Path
) -> None:
    gathering = gatherings.add("me", sent(uploads, "a/1.wav", "b/1.wav"))
    linked, _ = gathering.link(tmp_path)
    assert all(clip.path.exists() for clip in gathering.clips)
    gatherings.release("me")
    assert not any(clip.path.exists() for clip in gathering.clips) and gatherings.get("me").clips == ()
    assert [clip.path.read_bytes() for clip in linked] == [b"sound", b"sound"]
    assert Counter(clip.label for clip in linked) == gathering.n_clips
    gatherings.close()


def test_recordings_are_removed_in_time_and_only_the_user_can_enter_their_folder(uploads: ShortLivedFiles) -> None:
    gatherings = Gatherings(LIMITS, kept_s=0.3)
    path = gatherings.add("me", sent(uploads, "a/1.wav")).clips[0].path
    assert path.parents[2].stat().st_mode & 0o077 == 0
    deadline = time.monotonic() + 20
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not path.exists() and gatherings.get("me").clips == ()
    gatherings.close()
    assert not path.parents[2].exists()


@pytest.mark.parametrize(
    ("n_clips", "sentence"),
    [
        ({}, ""),
        ({"jazz": 5}, "Add classes: at least 2 are needed."),
        (dict.fromkeys("abcd", 5), "At most 3 classes are allowed. Remove some, or give two of them the same name."),
        ({"jazz": 5, "": 5}, "Give every class a name."),
        (
            {"a": 5, "b": 4, "c": 1},
            "Each class needs at least 5 clips. Clips to add: “b” 1, “c” 4.",
        ),
        ({"a": 5, "b": 6}, ""),
    ],
)
def test_what_is_missing(n_clips: dict[str, int], sentence: str) -> None:
    assert missing(Counter(n_clips), LIMITS) == sentence

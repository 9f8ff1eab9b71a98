"""Zips of all systems, and hostile zips."""

import json
import stat
import zipfile

import pytest
from visitors import COLLECTIONS, GOOD, Visitor, zip_of

from pecmae.server.service import ExplainerService


def labels_of(visitor: Visitor, service: ExplainerService, content: bytes) -> list[tuple[str, str]]:
    """Class and name of every clip of a zip, as the worker gets them."""
    _, collection = visitor.send(content, title="hang")
    visitor.follow(collection["id"], until=("building",))
    job = json.loads((service.jobs.get(collection["id"]).folder / "work" / "task.json").read_text())
    visitor.client.delete(f"{COLLECTIONS}/{collection['id']}")
    return [(clip["label"], clip["name"]) for clip in job["clips"]]


@pytest.mark.slow
def test_zips_of_all_systems(visitor: Visitor, service: ExplainerService) -> None:
    expected = [*(("low", f"{k}.wav") for k in range(5)), *(("high", f"{k}.wav") for k in range(5, 10))]
    assert labels_of(visitor, service, zip_of(GOOD)) == expected
    around = {f"my music/{name}": content for name, content in GOOD.items()}
    around |= {"__MACOSX/my music/low/._0.wav": b"x", "my music/.DS_Store": b"x", "my music/low/.hidden.wav": b"x"}
    assert labels_of(visitor, service, zip_of(around)) == expected
    nested = {name.replace("low/", "low/an album/"): content for name, content in GOOD.items()}
    assert labels_of(visitor, service, zip_of(nested)) == expected
    windows = {name.replace("/", "\\"): content for name, content in GOOD.items()}
    assert labels_of(visitor, service, zip_of(windows)) == expected


@pytest.mark.slow
def test_names_in_any_encoding(visitor: Visitor, service: ExplainerService) -> None:
    files = {name.replace("low", "Flöte").replace("high", "笛"): content for name, content in GOOD.items()}
    assert {label for label, _ in labels_of(visitor, service, zip_of(files))} == {"Flöte", "笛"}
    decomposed = {name.replace("o\u0308", "o\u0308").replace("ö", "o\u0308"): data for name, data in files.items()}
    assert {label for label, _ in labels_of(visitor, service, zip_of(decomposed))} == {"Flöte", "笛"}

    def old(name: str) -> bytes:  # written by tools that mark no encoding
        content = zip_of({path.replace("low", "Fl#te"): data for path, data in GOOD.items()})
        return content.replace(b"Fl#te", name.encode("cp437"))

    assert {label for label, _ in labels_of(visitor, service, old("Flöte"))} == {"Flöte", "high"}
    unmarked = zip_of({path.replace("low", "Fl##te"): data for path, data in GOOD.items()})
    assert {label for label, _ in labels_of(visitor, service, unmarked.replace(b"Fl##te", "Flöte".encode()))} == {
        "Flöte",
        "high",
    }


@pytest.mark.parametrize("path", ["../low/0.wav", "low/../../0.wav", "/etc/0.wav", "C:/low/0.wav", "..\\low\\0.wav"])
def test_paths_that_lead_out(visitor: Visitor, path: str) -> None:
    assert visitor.error_of(zip_of({**GOOD, path: b"x"})) == (
        422,
        "unsafe_path",
        f"The zip contains the path {path.replace(chr(92), '/')!r}, which leads out of the zip; pack the folders "
        "again.",
    )


def test_links_are_not_followed(visitor: Visitor, service: ExplainerService) -> None:
    def make_link(info: zipfile.ZipInfo) -> None:
        if info.filename == "low/link.wav":
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16

    content = zip_of({**GOOD, "low/link.wav": b"/etc/passwd"}, make_link)
    assert ("low", "link.wav") not in labels_of(visitor, service, content)


def test_bombs(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = zip_of({**GOOD, **{f"low/z{k}.wav": bytes(2**18) for k in range(9)}})
    assert len(zeros) < 2**18
    status, code, sentence = visitor.error_of(zeros)
    assert (status, code) == (422, "unpacked_too_large")
    assert sentence == (
        "The unpacked zip exceeds this server's limit (at 'low/z7.wav'); give fewer or shorter clips, or compress "
        "them as ogg, mp3 or flac."
    )
    directory = zip_of({f"{k}": b"" for k in range(500)})
    monkeypatch.setattr("pecmae.server.zips.MAX_DIRECTORY_BYTES", 2**14)
    assert visitor.error_of(directory)[1] == "not_a_zip"


def test_files_that_are_no_zips(visitor: Visitor) -> None:
    not_a_zip = "'tunes.zip' can't be opened as a zip; pack the folders again as a plain zip."
    for content in (b"", b"words", zip_of(GOOD)[:-30], b"PK\5\6" + bytes(18) + b"x" * 9):
        assert visitor.error_of(content)[1:] in {
            ("not_a_zip", not_a_zip),
            (
                "too_few_classes",
                "The zip contains no class with clips; give at least 2 classes, each as a folder of recordings.",
            ),
        }
    content = zip_of(GOOD)
    at = content.index(b"low/3.wav") + 40
    damaged = content[:at] + bytes(200) + content[at + 200 :]
    assert visitor.error_of(damaged)[1:] == (
        "damaged_zip",
        "The zip is damaged at 'low/3.wav'; pack the folders again and send the new zip.",
    )

    def encrypt(content: bytes) -> bytes:  # the flag alone, in both records of every file
        data = bytearray(content)
        for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            at = data.find(mark)
            while at >= 0:
                data[at + offset] |= 1
                at = data.find(mark, at + 4)
        return bytes(data)

    assert visitor.error_of(encrypt(content))[1:] == (
        "encrypted",
        "The zip is protected by a password; pack the folders again without a password.",
    )

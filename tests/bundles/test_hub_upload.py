"""Pushing a bundle to a stand-in for the Hub and fetching it again; the metadata of model cards."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hub_stand_in import CLOSED, TOKEN, HubStandIn, point_at, serving
from huggingface_hub import ModelCard

from pecmae.bundles.bundle import Bundle, load_bundle
from pecmae.bundles.hub import HubAddress, download_bundle
from pecmae.bundles.manifest import MANIFEST_FILE, changed
from pecmae.bundles.writing import update_bundle
from pecmae.cli import main
from pecmae.evaluation.model_card import refresh_model_card, render_model_card
from pecmae.evaluation.recognition import recognition


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """An empty Hub, an empty cache, and a token that may write."""
    with serving() as stand_in:
        point_at(monkeypatch, stand_in.url, tmp_path / "hf", token=TOKEN)
        yield stand_in


def push(folder: Path, *options: str) -> int:
    return main(["push", str(folder), *(options or ("ann/tiny",))])


def contents_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_pushed_comes_back_as_it_was(
    hub: HubStandIn, bundle_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed = refresh_model_card(load_bundle(bundle_copy))
    expected = contents_of(bundle_copy)
    (bundle_copy / "notes.txt").write_text("mine")
    (bundle_copy / ".secret").write_text("mine")
    assert push(bundle_copy) == 0
    assert hub.files("ann/tiny") == {".gitattributes": b"", **expected}
    assert f"Pushed tiny 0.0.1 to hf://ann/tiny: {len(expected)} files" in capsys.readouterr().out
    fetched = load_bundle(download_bundle(HubAddress("ann/tiny")))
    assert fetched.manifest == pushed.manifest


def test_a_later_version_takes_the_place_of_the_sounds(hub: HubStandIn, bundle_copy: Path) -> None:
    hub.commit(
        "ann/tiny", "main", {"audio/points/old-0.ogg": b"old", "diary.md": b"theirs", "training.safetensors": b"[]"}
    )
    assert push(bundle_copy) == 0
    assert hub.files("ann/tiny") == {"diary.md": b"theirs", **contents_of(bundle_copy)}


def test_a_branch_is_made(hub: HubStandIn, bundle_copy: Path) -> None:
    assert push(bundle_copy, "ann/tiny", "--branch", "next", "--private") == 0
    assert MANIFEST_FILE in hub.files("ann/tiny", "next") and MANIFEST_FILE not in hub.files("ann/tiny")
    load_bundle(download_bundle(HubAddress("ann/tiny", "next")))


def test_a_dry_run_lists_and_sends_nothing(
    hub: HubStandIn, bundle_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle_copy / "notes.txt").write_text("mine")
    assert push(bundle_copy, "ann/tiny", "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    expected = contents_of(bundle_copy)
    assert {line.split()[1] for line in lines[:-1]} == set(expected) - {"notes.txt"}
    assert int(lines[0].split()[0].replace(",", "")) == len(expected[MANIFEST_FILE])
    assert lines[-1].startswith("Would push tiny 0.0.1 to hf://ann/tiny") and hub.requests == []


def test_what_must_not_be_passed_on_stays(
    hub: HubStandIn, bundle_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update_bundle(load_bundle(bundle_copy), provenance={"dataset": {"name": "gtzan", "shareable": False}})
    assert push(bundle_copy, "ann/tiny") == 2
    assert "excerpts of gtzan, whose recordings mustn't be passed on" in capsys.readouterr().err
    assert hub.requests == []


@pytest.mark.parametrize(
    ("token", "url", "words"),
    [
        (None, CLOSED, "run `hf auth login`, or set HF_TOKEN"),
        (TOKEN, CLOSED, "hf://ann/tiny can't be pushed, as the Hugging Face Hub can't be reached"),
        ("hf_may_read", None, "doesn't let you do this with hf://ann/tiny (403 Forbidden)"),
    ],
)
def test_why_a_push_fails(
    hub: HubStandIn,
    bundle_copy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    token: str | None,
    url: str | None,
    words: str,
) -> None:
    point_at(monkeypatch, url or hub.url, tmp_path / "hf", token=token)
    assert push(bundle_copy) == 2
    printed = capsys.readouterr().err
    assert words in printed and printed.count("\n") == 1 and hub.commits == {}


def test_a_damaged_bundle_isnt_pushed(hub: HubStandIn, bundle_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle_copy / "training.safetensors").write_text("{}")
    assert push(bundle_copy) == 2
    assert "training.safetensors was changed or damaged" in capsys.readouterr().err and hub.requests == []


def measured(bundle: Bundle, **changes: object) -> ModelCard:
    """The card of a bundle with figures, as the Hub's own library reads it."""
    accuracies = {"test": {"pecmae": 0.91234, "mlp": 0.9}, "unseen": {"pecmae": 0.8, "mlp": 0.7}}
    metrics = {"balanced_accuracy": accuracies, "cycle_consistency": recognition(98, 100, range(5))}
    provenance = {"dataset": {"name": "gtzan", "tracks": {"train": 3}, "segments": {"train": 30}}}
    manifest = changed(bundle.manifest, metrics=metrics, provenance=provenance)
    return ModelCard(render_model_card(changed(manifest, **changes)))


def test_the_cards_metadata_is_what_the_hub_reads(bundle: Bundle) -> None:
    card = measured(bundle)
    data = card.data
    assert (data.license, data.library_name, data.pipeline_tag) == ("cc0-1.0", "pecmae", "audio-classification")  # type: ignore[attr-defined]
    assert data.datasets == ["marsyas/gtzan"] and "pecmae" in data.tags and data.model_name == "tiny"  # type: ignore[attr-defined]
    results = [(item.dataset_config, item.metric_type, item.metric_value) for item in data.eval_results]  # type: ignore[attr-defined]
    assert results == [
        (None, "balanced_accuracy", 0.9123),
        ("unseen", "balanced_accuracy", 0.8),
    ]
    assert {item.dataset_type for item in data.eval_results} == {"marsyas/gtzan"}  # type: ignore[attr-defined]
    assert card.text.lstrip().startswith(f"# {bundle.manifest.title}")
    assert "| 98 of 100 (98.0 %) | 93.0 to 99.4 % |" in card.text


def test_metadata_without_facts(bundle: Bundle) -> None:
    data = measured(bundle, metrics={}, provenance={}, licence="Ann's own, 2.0").data
    assert (data.license, data.get("license_name")) == ("other", "ann-s-own-2.0")  # type: ignore[attr-defined]
    assert data.eval_results is None and data.datasets is None  # type: ignore[attr-defined]


def test_a_published_autoencoder_is_named_as_the_base(bundle: Bundle) -> None:
    reference = replace(bundle.manifest.autoencoder, name="published-4s")
    assert measured(bundle, autoencoder=reference).data.base_model == "lpepino/encodecmae2wav"  # type: ignore[attr-defined]


def test_titles_with_marks_of_yaml_stay_readable(bundle: Bundle, tmp_path: Path) -> None:
    manifest = changed(bundle.manifest, licence='none: "ask" # me\nplease', title="Tones: [low] & high")
    assert ModelCard(render_model_card(manifest)).data.get("license_name") == "none-ask-me-please"
    copy = Path(shutil.copytree(bundle.path, tmp_path / "tiny"))
    refresh_model_card(load_bundle(copy))
    listed = json.loads((copy / MANIFEST_FILE).read_text())["files"]["README.md"]
    assert listed != bundle.manifest.files["README.md"]

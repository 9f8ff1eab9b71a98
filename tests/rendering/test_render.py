"""The dataset renderer: plans, index, resuming and workers with a stub synthesiser, and sound with FluidSynth."""

import ctypes.util
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from stub_synthesiser import StubSynthesiser

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.cli import main
from pecmae.datasets.dataset import load_dataset, read_index, write_index
from pecmae.errors import DatasetError
from pecmae.rendering import fluidsynth, render
from pecmae.rendering.catalogue import kind_of_dataset
from pecmae.rendering.fluidsynth import SEEN_SOUNDFONTS, UNSEEN_SOUNDFONT, Synthesiser, find_synthesiser
from pecmae.rendering.instruments import INSTRUMENTS
from pecmae.rendering.midi import build_midi
from pecmae.rendering.orchestration import Orchestration, Voice
from pecmae.rendering.planning import plan_track
from pecmae.rendering.render import render_dataset, render_tracks
from pecmae.rendering.rendered_track import RenderedTrack, describe_track
from pecmae.rendering.score import Note, Part, Score
from pecmae.rendering.track import compose_track, render_score


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> StubSynthesiser:
    """The renderer with the stub and with two instruments of one second."""
    synthesiser = StubSynthesiser()
    kind = replace(kind_of_dataset("instruments"), class_ids=("flute", "piano"), duration_s=1.0)
    monkeypatch.setattr(render, "find_synthesiser", lambda: synthesiser)
    monkeypatch.setattr(render, "kind_of_dataset", lambda _: kind)
    return synthesiser


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_ten_tracks_are_split_seven_one_two_and_one_of_the_two_is_unseen() -> None:
    for class_id in INSTRUMENTS:
        for tens in range(3):
            plans = [plan_track("instruments", class_id, 10 * tens + i, seed=3) for i in range(10)]
            assert sorted(plan.split for plan in plans) == ["test"] * 2 + ["train"] * 7 + ["valid"]
            unseen = [plan for plan in plans if plan.unseen_soundfont]
            assert [plan.split for plan in unseen] == ["test"]


def test_only_unseen_tracks_use_the_unseen_soundfont_and_both_others_are_used() -> None:
    plans = [plan_track("genres", "jazz", number, seed=1) for number in range(200)]
    assert all((plan.soundfont == UNSEEN_SOUNDFONT.name) == plan.unseen_soundfont for plan in plans)
    ratios = [np.mean([plan.soundfont == soundfont.name for plan in plans]) for soundfont in SEEN_SOUNDFONTS]
    assert all(0.3 < ratio < 0.6 for ratio in ratios)


def test_track_seeds_differ_by_seed_kind_class_and_number_and_are_stable() -> None:
    seeds = {
        plan_track(kind, class_id, number, seed).seed
        for kind in ("genres", "instruments")
        for class_id in ("flute", "jazz")
        for number in range(20)
        for seed in (1, 2)
    }
    assert len(seeds) == 2 * 2 * 20 * 2
    assert plan_track("instruments", "flute", 0, 1).seed == 684_007_844_955


def test_a_dataset_loads_as_it_was_rendered(stub: StubSynthesiser, tmp_path: Path) -> None:
    dataset = render_dataset("instruments", tmp_path, 10, 7, workers=1)
    assert [entry.id for entry in dataset.classes] == ["flute", "piano"]
    assert [track.id for track in dataset.tracks] == [f"{c}-{n:04d}" for c in ("flute", "piano") for n in range(10)]
    for track, rendered in zip(dataset.tracks, read_index(tmp_path, RenderedTrack), strict=True):
        info = soundfile.info(track.audio)
        assert (info.samplerate, info.channels, info.subtype, info.frames) == (24_000, 1, "PCM_16", 24_000)
        assert mido.MidiFile(tmp_path / rendered.midi).length == pytest.approx(1.0, abs=0.02)
        peak_db = 20 * np.log10(np.abs(soundfile.read(track.audio)[0]).max())
        assert peak_db == pytest.approx(rendered.peak_db, abs=0.1)


def test_the_same_seed_gives_the_same_bytes_and_a_larger_dataset_holds_the_smaller(
    stub: StubSynthesiser, tmp_path: Path
) -> None:
    for name, n_tracks in (("a", 2), ("b", 2), ("c", 3)):
        render_dataset("instruments", tmp_path / name, n_tracks, 7, workers=1)
    first, again, larger = (_files(tmp_path / name) for name in "abc")
    assert first == again
    tracks = {name for name in first if name.startswith(("audio/", "midi/"))}
    assert len(tracks) == 8 and all(larger[name] == first[name] for name in tracks)
    assert set(first["index.jsonl"].splitlines()) < set(larger["index.jsonl"].splitlines())
    render_dataset("instruments", tmp_path / "d", 2, 8, workers=1)
    assert _files(tmp_path / "d")["midi/flute-0000.mid"] != first["midi/flute-0000.mid"]


def test_rendering_continues_after_an_interruption(stub: StubSynthesiser, tmp_path: Path) -> None:
    render_dataset("instruments", tmp_path, 2, 7, workers=1)
    whole, rendered = _files(tmp_path), stub.rendered
    render_dataset("instruments", tmp_path, 2, 7, workers=1)
    assert stub.rendered == rendered
    (tmp_path / "audio/piano-0001.flac").unlink()
    write_index(tmp_path, [track for track in read_index(tmp_path, RenderedTrack) if track.id != "flute-0000"])
    render_dataset("instruments", tmp_path, 2, 7, workers=1)
    assert rendered + 2 <= stub.rendered < 2 * rendered  # a track of two soundfonts takes two calls
    assert _files(tmp_path) == whole


def test_an_interruption_leaves_an_index_of_the_finished_tracks(
    stub: StubSynthesiser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render_two(*arguments: object) -> np.ndarray:
        if stub.rendered == 2:
            raise KeyboardInterrupt
        return StubSynthesiser.render(stub, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stub, "render", render_two)
    with pytest.raises(KeyboardInterrupt):
        render_dataset("instruments", tmp_path, 2, 7, workers=1)
    assert [track.id for track in read_index(tmp_path, RenderedTrack)] == ["flute-0000", "piano-0000"]
    assert not list(tmp_path.rglob("*.part*"))


def test_another_seed_or_kind_in_the_folder_is_an_error(stub: StubSynthesiser, tmp_path: Path) -> None:
    render_dataset("instruments", tmp_path, 1, 7, workers=1)
    with pytest.raises(DatasetError, match="holds instruments of seed 7, not instruments of seed 8"):
        render_dataset("instruments", tmp_path, 1, 8, workers=1)


def test_errors_say_what_is_wrong_with_a_dataset(stub: StubSynthesiser, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no dataset") as nothing:
        load_dataset(tmp_path)
    assert nothing.value.code == "no_dataset"
    render_dataset("instruments", tmp_path, 1, 7, workers=1)
    tracks = read_index(tmp_path, RenderedTrack)
    write_index(tmp_path, [track.model_copy(update={"class_id": "kazoo"}) for track in tracks])
    with pytest.raises(DatasetError, match="'kazoo'"):
        load_dataset(tmp_path)
    index = tmp_path / "index.jsonl"
    index.write_text(index.read_text().replace('"kazoo"', '"flute"').replace('"train"', '"dev"'))
    with pytest.raises(DatasetError, match=r"split: Input should be 'train', 'valid' or 'test'"):
        load_dataset(tmp_path)
    write_index(tmp_path, tracks)
    (tmp_path / "audio/flute-0000.flac").unlink()
    with pytest.raises(DatasetError, match=r"flute-0000\.flac is missing"):
        load_dataset(tmp_path)
    for text, fault in (("{}", "name: Field required"), ('{"schema": "pecmae.dataset/2"}', "pecmae.dataset/1")):
        (tmp_path / "dataset.json").write_text(text)
        with pytest.raises(DatasetError, match=f"can't be read .*{fault}"):
            load_dataset(tmp_path)


def test_errors_name_the_missing_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    assert main(["render", "instruments", "--out", str(tmp_path / "out"), "--tracks-per-class", "1"]) == 2
    assert "apt install fluidsynth" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: "libfluidsynth.so")
    (tmp_path / UNSEEN_SOUNDFONT.file_name).touch()
    with pytest.raises(
        DatasetError, match="apt install fluid-soundfont-gm musescore-general-soundfont opl3-soundfont`"
    ):
        find_synthesiser(folders=(tmp_path,))


def test_the_error_of_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(DatasetError, match="'kazoos': choose genres, instruments or recorded"):
        kind_of_dataset("kazoos")


def test_the_index_says_who_plays() -> None:
    kind = kind_of_dataset("instruments")
    plan = plan_track("instruments", "piano", 0, 1)
    track = describe_track(kind, plan, *compose_track(kind, plan))
    assert track.instruments and all("Piano" in name for name in track.instruments)
    assert track.seed == plan.seed and track.soundfont == plan.soundfont
    assert RenderedTrack.model_validate_json(track.model_dump_json(by_alias=True)) == track


def _score(program: int, *notes: Note, beats: float = 4.0) -> tuple[Score, Orchestration]:
    score = Score("Test", "plain", 120.0, "C", beats, (Part("lead", notes),))
    return score, Orchestration("one", (Voice("lead", program),))


@pytest.mark.parametrize("soundfont", [*SEEN_SOUNDFONTS, UNSEEN_SOUNDFONT])
def test_fluidsynth_plays_the_written_pitch_and_tuning(
    synthesiser: Synthesiser, soundfont: fluidsynth.Soundfont
) -> None:
    score, flute = _score(73, Note(0.0, 4.0, 81, 100))
    for tuning_cents in (0.0, 50.0):
        audio = synthesiser.render(soundfont.name, build_midi(score, flute, tuning_cents=tuning_cents), 2.0)
        spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
        loudest_hz = (1600 + np.argmax(spectrum[1600:2000])) / 2.0  # near the written note, whatever its overtones
        assert loudest_hz == pytest.approx(880.0 * 2 ** (tuning_cents / 1200), rel=0.008)


def test_no_track_rings_into_the_next(synthesiser: Synthesiser) -> None:
    late, flute = _score(73, Note(3.0, 1.0, 81, 60))
    loud, piano = _score(0, *(Note(b / 2, 8.0, p, 127) for b in range(8) for p in (36, 48)))
    name = SEEN_SOUNDFONTS[0].name
    before = synthesiser.render(name, build_midi(late, flute), 2.0)
    assert np.abs(synthesiser.render(name, build_midi(loud, piano), 2.0)).max() > 0.05
    after = synthesiser.render(name, build_midi(late, flute), 2.0)
    np.testing.assert_array_equal(before, after)
    assert not after[:SAMPLE_RATE].any()


def test_a_second_drum_voice_plays_a_drum_kit(synthesiser: Synthesiser) -> None:
    notes = (Note(0.0, 1.0, 38, 110),)
    snare = Score("s", "", 120.0, "", 4.0, (Part("percussion", notes),))
    both = Score("s", "", 120.0, "", 4.0, (Part("drums", (Note(7.0, 1.0, 36, 1),)), Part("percussion", notes)))
    kits = Orchestration("kits", (Voice("drums", 0, is_drum=True), Voice("percussion", 0, is_drum=True)))
    name = SEEN_SOUNDFONTS[0].name
    on_drum_channel, on_another = (synthesiser.render(name, build_midi(s, kits), 1.0) for s in (snare, both))
    np.testing.assert_allclose(on_drum_channel, on_another, atol=1e-4)


def test_any_score_renders_with_any_orchestration(synthesiser: Synthesiser) -> None:
    flute_score, _ = compose_track(kind_of_dataset("instruments"), plan_track("instruments", "flute", 0, 1))[:2]
    _, guitar = compose_track(kind_of_dataset("instruments"), plan_track("instruments", "piano", 0, 1))[:2]
    audio = render_score(
        flute_score, guitar, synthesiser, SEEN_SOUNDFONTS[0].name, 4.0, np.random.default_rng(0), peak_db=-3.0
    )
    assert audio.shape == (4 * SAMPLE_RATE,) and np.abs(audio).max() == pytest.approx(10 ** (-3 / 20), rel=1e-3)


@pytest.mark.slow
def test_workers_render_the_same_as_one_process(synthesiser: Synthesiser, tmp_path: Path) -> None:
    seen = SEEN_SOUNDFONTS[0].name
    plans = [plan_track("instruments", "trumpet", number, 4) for number in range(9)]
    plans = [plan for plan in plans if plan.soundfont == seen][:3]
    tracks = {}
    for workers in (1, 2):
        out = tmp_path / str(workers)
        for folder in ("audio", "midi"):
            (out / folder).mkdir(parents=True)
        tracks[workers] = sorted(render_tracks(plans, "instruments", out, workers), key=lambda track: track.id)
    assert len(plans) == 3 and tracks[1] == tracks[2]
    assert _files(tmp_path / "1" / "midi") == _files(tmp_path / "2" / "midi")
    for track in tracks[1]:
        audio, again = (soundfile.read(tmp_path / folder / track.audio)[0] for folder in "12")
        np.testing.assert_allclose(audio, again, atol=0.01)
        assert len(audio) == 24 * SAMPLE_RATE and np.sqrt(np.mean(audio**2)) > 0.005 and np.abs(audio).max() < 0.95


@pytest.mark.slow
def test_an_error_in_a_worker_reaches_the_caller(synthesiser: Synthesiser, tmp_path: Path) -> None:
    plans = [plan_track("instruments", "trumpet", number, 4) for number in range(4)]
    (tmp_path / "no-folder").write_text("a file, where nothing can be written into")
    with pytest.raises(OSError, match="midi"):
        list(render_tracks(plans, "instruments", tmp_path / "no-folder", 2))

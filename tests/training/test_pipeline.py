"""The build pipeline: from recordings to a whole bundle, also when it is killed in every stage."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from recordings import write_recording, write_recordings
from safetensors.numpy import save_file
from tiny import RECIPES, TINY, save_encodecmae, write_tiny_bundle

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.rhythm import Rhythm
from pecmae.bundles.bundle import Bundle, list_bundles, load_bundle
from pecmae.bundles.manifest import AutoencoderReference
from pecmae.cli import main
from pecmae.datasets.embeddings import audio_digests
from pecmae.datasets.folder import read_folder
from pecmae.errors import BundleError, DatasetError
from pecmae.explain import sonification
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.encodecmae import EncodecmaeAutoencoder
from pecmae.training import novelty_calibration, prototype_training
from pecmae.training.build_progress import BuildProgress
from pecmae.training.novelty_calibration import NON_MUSIC_FILE
from pecmae.training.pipeline import STAGES, BuildSettings, build_bundle, build_key

pytestmark = pytest.mark.slow

ORDER = [stage for stage in STAGES if stage != "validate"]  # the recordings have no blocks
SETTINGS = BuildSettings(prototypes_per_class=2, adaptor=True, n_steps=300)
MARKERS = (("embed", 7), ("train", 200), ("evaluate", 0), ("pack", 4), ("sonify", 4), ("map", 0), ("map", 1), None)
"""Where builds are killed, one after the other; the last between moving the old bundle away and the new one in."""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of three classes and a tiny autoencoder."""
    folder = tmp_path_factory.mktemp("build")
    write_recordings(folder / "own")
    write_tiny_bundle(folder / "models", replace(RECIPES["tiny"], name="own", title="Another one"))
    (folder / "models" / "own").rename(folder / "models" / "other")
    return folder


@pytest.fixture(scope="module")
def whole(workplace: Path) -> Bundle:
    """A build that nothing interrupted."""
    return build(workplace, workplace / "whole" / "own")


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Decoding is noise, and what is kept meanwhile is kept often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EncodecmaeAutoencoder, "decode", decode_to_noise)
        patch.setattr(prototype_training, "SECONDS_PER_CHECKPOINT", 0.0)  # at every validation
        patch.setattr(sonification, "BATCH_SIZE", 4)
        yield


def decode_to_noise(
    autoencoder: GenerativeAutoencoder,
    z: torch.Tensor,
    sampler: SamplerSettings,
    *,
    rhythm: Rhythm | None = None,
    generator: torch.Generator,
) -> torch.Tensor:
    """In place of diffusion; noise from the same generator."""
    n_samples = round(autoencoder.config.segment_s * SAMPLE_RATE)
    return 0.1 * torch.randn((len(z), n_samples), generator=generator)


def build(
    workplace: Path,
    out: Path,
    settings: BuildSettings = SETTINGS,
    on_progress: Callable[[BuildProgress], None] = lambda progress: None,
) -> Bundle:
    return build_bundle(
        read_folder(workplace / "own"),
        "compact",
        settings,
        out,
        models=workplace / "models",
        work=out.parent / ".build",
        on_progress=on_progress,
    )


def build_and_die(workplace: Path, out: Path, marker: tuple[str, int] | None, log: Path) -> None:
    """Build in a process of its own, which kills itself when a stage reports the marker; its progress is logged.

    Without a marker, it dies between moving the old bundle away and moving the new one to its place.
    """

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    rename = Path.rename

    def rename_or_die(path: Path, target: Path) -> Path:
        if Path(target) == out:
            die()
        return rename(path, target)

    def tell(progress: BuildProgress) -> None:
        with log.open("a") as file:
            file.write(f"{progress.stage} {progress.done} {progress.total}\n")
        if (progress.stage, progress.done) == marker:
            die()

    EncodecmaeAutoencoder.decode = decode_to_noise  # type: ignore[assignment, method-assign]
    prototype_training.SECONDS_PER_CHECKPOINT, sonification.BATCH_SIZE = 0.0, 4
    if marker is None:
        Path.rename = rename_or_die  # type: ignore[assignment, method-assign]
    build(workplace, out, on_progress=tell)


def run_and_kill(workplace: Path, out: Path, marker: tuple[str, int] | None) -> list[tuple[str, int, int]]:
    """The progress of a build that is killed: stage, done, total."""
    log = out.parent / "log"
    log.unlink(missing_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pecmae.training.pipeline", "sklearn.cluster", "torch._dynamo", "pytest", "tiny"])
    process = context.Process(target=build_and_die, args=(workplace, out, marker, log))
    process.start()
    process.join()  # however long it takes: on a busy machine, the imports alone take minutes
    assert process.exitcode == -signal.SIGKILL
    return [(stage, int(done), int(total)) for stage, done, total in map(str.split, log.read_text().splitlines())]


def sounds(bundle: Bundle) -> dict[str, np.ndarray]:
    """Every sound of a bundle; the files differ in the random number that Ogg gives each stream."""
    return {path.name: soundfile.read(path)[0] for path in sorted(bundle.path.glob("audio/*/*.ogg"))}


def contents(bundle: Bundle) -> dict[str, str]:
    """Digests of everything but the sounds, and the model card, which has a date."""
    names = ("prototypes.safetensors", "training.safetensors")
    return {name: bundle.manifest.files[name] for name in names}


class Witness:
    """Notes what a build tells."""

    def __init__(self) -> None:
        self.told: list[BuildProgress] = []

    def __call__(self, progress: BuildProgress) -> None:
        self.told.append(progress)

    @property
    def stages(self) -> list[str]:
        """In the order in which they were told."""
        return list(dict.fromkeys(progress.stage for progress in self.told))

    def first(self, stage: str) -> BuildProgress:
        return next(progress for progress in self.told if progress.stage == stage)


def test_a_build_killed_at_every_stage_continues_and_loses_nothing(
    workplace: Path, whole: Bundle, tmp_path: Path
) -> None:
    out = tmp_path / "own"
    shutil.copytree(workplace / "models" / "other", out)
    for number, marker in enumerate(MARKERS):
        told = run_and_kill(workplace, out, marker)
        stages = list(dict.fromkeys(stage for stage, _, _ in told))
        first = {stage: next(row for row in told if row[0] == stage) for stage in stages}
        if number == 0:
            assert first["embed"] == ("embed", 0, 15)
        elif number == 1:
            assert first["embed"] == ("embed", 0, 15 - 7)
        else:
            assert first["embed"] == ("embed", 0, 0)
            resumed = "map" if marker is None else marker[0]
            before = MARKERS[number - 1][0]  # type: ignore[index]
            assert stages == ["embed", *ORDER[ORDER.index(before) : ORDER.index(resumed) + 1]]
        if MARKERS[number - 1] == ("train", 200):
            assert first["train"][1] == 100  # the last step that was kept
        if MARKERS[number - 1] == ("sonify", 4):
            assert first["sonify"][1] == 0 and ("sonify", 4, 6) in told
        assert out.is_dir() == (marker is not None)
        assert marker is None or load_bundle(out).manifest.title == "Another one"
    assert list_bundles(tmp_path) == []

    witness = Witness()
    bundle = build(workplace, out, on_progress=witness)
    assert witness.stages == ["embed"]
    assert contents(bundle) == contents(whole) and bundle.manifest.metrics == whole.manifest.metrics
    expected = sounds(whole)
    assert sounds(bundle).keys() == expected.keys()
    for name, waveform in sounds(bundle).items():
        np.testing.assert_array_equal(waveform, expected[name])
    assert [path.name for path in (tmp_path / ".build").iterdir()] == ["embeddings"]


def test_a_bundle_that_is_there_is_left_alone_while_it_is_whole(workplace: Path, whole: Bundle, tmp_path: Path) -> None:
    out = Path(shutil.copytree(whole.path, tmp_path / "own"))
    witness = Witness()
    assert build(workplace, out, on_progress=witness).manifest == whole.manifest
    assert not witness.told
    (out / "training.safetensors").write_text("{}")
    assert contents(build(workplace, out, on_progress=witness)) == contents(whole)
    assert witness.stages == ORDER


def test_another_k_uses_the_embeddings_and_replaces_the_bundle_when_whole(
    workplace: Path, whole: Bundle, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(whole.path, tmp_path / "own"))
    shutil.copytree(workplace / "whole" / ".build", tmp_path / ".build")

    def still_there(progress: BuildProgress) -> None:
        witness(progress)
        assert load_bundle(out).manifest.prototypes_per_class == 2

    witness = Witness()
    other = build(workplace, out, BuildSettings(3, n_steps=20), still_there)
    assert other.manifest.prototypes_per_class == 3 and witness.stages == ORDER
    assert witness.first("embed").total == 0  # all are cached


def test_what_a_bundle_depends_on_changes_its_key(workplace: Path, tmp_path: Path) -> None:
    dataset = read_folder(workplace / "own")
    digests, reference = audio_digests(dataset), AutoencoderReference("compact", "f" * 64)
    key = build_key(dataset, digests, reference, SETTINGS)
    assert key == build_key(read_folder(workplace / "own"), dict(digests), reference, SETTINGS)
    others = {
        build_key(read_folder(workplace / "own", seed=1), digests, reference, SETTINGS),
        build_key(read_folder(workplace / "own", name="mine"), digests, reference, SETTINGS),
        build_key(dataset, {**digests, dataset.tracks[0].id: "0"}, reference, SETTINGS),
        build_key(dataset, digests, AutoencoderReference("compact", "e" * 64), SETTINGS),
        build_key(dataset, digests, reference, BuildSettings()),
        build_key(dataset, digests, reference, SETTINGS, complete=False),
    }
    assert len(others | {key}) == 7


def test_time_left_is_told_to_the_end(workplace: Path, tmp_path: Path) -> None:
    witness = Witness()
    build(workplace, tmp_path / "own", BuildSettings(1, n_steps=20), witness)
    assert witness.stages == ORDER
    assert witness.told[0].remaining_s is None and witness.told[-1].remaining_s == 0
    later = [progress.remaining_s for progress in witness.told if progress.stage != "embed"]
    assert all(left is not None and left >= 0 for left in later)
    for stage in ORDER:
        told = [progress for progress in witness.told if progress.stage == stage]
        assert [progress.done for progress in told] == sorted(progress.done for progress in told)
        assert told[-1].done == told[-1].total


def test_a_bundle_of_ones_own_tells_what_it_is(whole: Bundle) -> None:
    manifest = whole.manifest
    assert manifest.licence == "not stated" and "9 tracks in 3 classes of the dataset own" in manifest.trained_on
    assert "measured on 3 tracks only" in manifest.caution
    assert list(manifest.metrics.balanced_accuracy) == ["test"]
    assert manifest.provenance.map and manifest.provenance.map.method == "t-sne" and manifest.provenance.command is None
    assert manifest.metrics.cycle_consistency and manifest.metrics.cycle_consistency.n_total == 6
    assert manifest.metrics.listener is None  # `evaluate` measures it
    card = (whole.path / "README.md").read_text()
    assert "pass it on only if you may" in card and "soundfont" not in card
    assert {point.title for point in whole.training.points} <= {f"take {k}" for k in range(5)}
    assert all(np.isfinite(whole.training.coordinates).ravel())


def test_the_command_builds_and_reports(workplace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["build", "--dataset", f"folder:{workplace / 'own'}", "--models", str(workplace / "models")]
    words += ["--steps", "50", "--out", str(tmp_path / "mine")]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert "PECMAE-1" in printed.out and f"Built the bundle mine in {tmp_path / 'mine'}" in printed.out
    assert "computing embeddings of the tracks 0 of 15" in printed.err and " left" in printed.err
    text = (tmp_path / "mine" / "manifest.json").read_text() + (tmp_path / "mine" / "README.md").read_text()
    assert "pecmae build --dataset folder:own --out mine --autoencoder compact" in text
    assert "--prototypes-per-class 1 --lambda 0.25 --steps 50 --seed 0" in text
    assert str(workplace) not in text and str(tmp_path) not in text
    assert main(words) == 0
    printed = capsys.readouterr()
    assert "is already in" in printed.out and not printed.err


def test_what_was_built_of_a_folder_is_evaluated_on_it(
    workplace: Path, whole: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = workplace / "own"
    words = ["evaluate", str(whole.path), "--models", str(workplace / "models"), "--dataset", f"folder:{own}"]
    words += ["--only", "decoding", "--seeds", "1", "--segments", "4", "--steps", "1"]
    assert main([*words, "--read-only", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "Cycle consistency: " in printed and "--dataset folder:own " in printed
    assert not [path for path in own.rglob("*") if path.suffix not in ("", ".wav")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--prototypes-per-class", "4"], "Class 'high' has 3 training segments, too few for 4 prototypes"),
        (["--prototypes-per-class", "0"], "at least 1"),
        (["--lambda", "2"], "lambda is 2.0"),
        (["--autoencoder", "nothing"], "can't be read"),
        (["--dataset", "folder:nowhere"], "no folder or list 'nowhere'"),
    ],
)
def test_impossible_builds_are_errors(
    workplace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    command = ["build", "--dataset", f"folder:{workplace / 'own'}", "--models", str(workplace / "models")]
    assert main([*command, "--steps", "5", "--out", str(tmp_path / "own"), *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "own").exists()


def test_unreadable_recordings_are_all_named_and_the_others_kept(workplace: Path, tmp_path: Path) -> None:
    settings = BuildSettings(1, n_steps=20)
    folder = write_recordings(tmp_path / "own", classes=("low", "high"))
    for number in (1, 3):
        (folder / "low" / f"take {number}.wav").write_bytes(f"no sound {number}".encode())
    (tmp_path / "models").symlink_to(workplace / "models")
    with pytest.raises(DatasetError) as caught:
        build(tmp_path, tmp_path / "out" / "own", settings)
    assert caught.value.code == "unreadable_track"
    assert "'low-take-1'" in caught.value.message and "'low-take-3'" in caught.value.message
    rng = np.random.default_rng(1)
    for number in (1, 3):
        write_recording(folder / "low" / f"take {number}.wav", "low", rng)
    witness = Witness()
    build(tmp_path, tmp_path / "out" / "own", settings, witness)
    assert witness.first("embed").total == 2


def test_segments_are_as_long_as_the_autoencoders(workplace: Path, tmp_path: Path) -> None:
    save_encodecmae(EncodecmaeAutoencoder(replace(TINY, segment_s=2.0)), tmp_path / "models" / "compact")
    (tmp_path / "own").symlink_to(workplace / "own")
    bundle = build(tmp_path, tmp_path / "out" / "own", BuildSettings(1, n_steps=20))
    assert bundle.manifest.segment_s == 2
    assert {point.start_s for point in bundle.training.points} == {0.0, 2.0}
    assert all(point.id == f"{point.track}@{point.start_s:g}" for point in bundle.training.points)
    tracks = {track.id: track for track in read_folder(workplace / "own").tracks}
    for point in bundle.training.points:
        heard, _ = soundfile.read(bundle.point_audio(point.id))
        original, _ = soundfile.read(tracks[point.track].audio)
        start = round(point.start_s * SAMPLE_RATE)
        assert len(heard) == 2 * SAMPLE_RATE
        assert np.corrcoef(heard, original[start : start + len(heard)])[0, 1] > 0.8
    assert soundfile.info(bundle.prototype_audio("low-0")).duration == 2
    assert "decides on 2 s at a time" in (bundle.path / "README.md").read_text()


def test_two_classes_of_three_clips_are_enough(workplace: Path, tmp_path: Path) -> None:
    write_recordings(tmp_path / "own", n_per_class=3, classes=("low", "high"))
    (tmp_path / "models").symlink_to(workplace / "models")
    bundle = build(tmp_path, tmp_path / "out" / "own", BuildSettings(n_steps=20))
    assert bundle.manifest.prototypes_per_class == 1 and len(bundle.training.points) == 2


def test_a_bundle_is_calibrated_against_the_sounds_beside_its_autoencoder(
    workplace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(novelty_calibration, "MIN_HELD_OUT", 1)
    shutil.copytree(workplace / "models", tmp_path / "models")
    sounds = np.random.default_rng(0).normal(100, 1, (2, 9, load_bundle(tmp_path / "models" / "other").network.dim))
    save_file(dict(zip(("hum", "speech"), sounds, strict=True)), tmp_path / "models" / "compact" / NON_MUSIC_FILE)
    built = build_bundle(
        read_folder(workplace / "own"),
        "compact",
        SETTINGS,
        tmp_path / "new",
        models=tmp_path / "models",
        work=tmp_path / ".build",
        complete=False,
    )
    assert built.novelty is not None
    assert [built.novelty.score(z) > 1 for z in sounds] == [True, True]
    assert built.novelty.score(built.training.embeddings) < 1


def test_a_folder_of_other_things_is_never_replaced(workplace: Path) -> None:
    with pytest.raises(BundleError, match="isn't a bundle"):
        build(workplace, workplace / "models" / "compact")


def test_a_dataset_with_blocks_is_cross_validated_and_its_points_are_decoded(workplace: Path) -> None:
    found = read_folder(workplace / "own")
    changes = {"split": "train", "shippable": False}
    tracks = tuple(
        track.model_copy(update={**changes, "block": str(number % 3)}) for number, track in enumerate(found.tracks)
    )
    out = workplace / "blocks" / "own"
    settings = BuildSettings(n_steps=20, points_per_class=2)
    dataset = replace(found, tracks=tracks)
    bundle = build_bundle(dataset, "compact", settings, out, models=workplace / "models", work=out.parent / ".build")
    manifest = bundle.manifest
    assert manifest.point_sounds == "decoded" and manifest.licence == "CC BY 4.0"
    assert bundle.has_audio.sum() == 2 * len(manifest.classes)
    assert set(manifest.metrics.evaluations) == {"blocks"}
    assert manifest.metrics.evaluations["blocks"]["pecmae"].n_tracks == len(tracks)
    assert manifest.provenance.best_step == 20
    card = (bundle.path / "README.md").read_text()
    assert "cross-validation in 3 blocks" in card and "no recording is in this bundle" in card

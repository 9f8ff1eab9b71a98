"""Sonification: levels, faults that must be refused, and what a bundle says of its own sounds."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import soundfile
import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.rhythm import Rhythm
from pecmae.bundles.bundle import Bundle, load_bundle, point_audio_file
from pecmae.bundles.manifest import changed
from pecmae.bundles.writing import update_bundle
from pecmae.cli import main
from pecmae.errors import BundleError
from pecmae.evaluation.recognition import cycle_consistency
from pecmae.explain.sonification import (
    LOUDEST_PEAK,
    PEAK_CEILING,
    Sonification,
    SonificationSettings,
    check_audible,
    check_distinct,
    check_unclipped,
    master,
    root_mean_square,
    sonify,
    sonify_points,
    store_sonification,
)
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import SamplerSettings

IDS = ("a-0", "a-1", "b-0")
SETTINGS = SonificationSettings(SamplerSettings("dpm-solver++", 2, 2.0), seed=3)


@pytest.fixture(scope="module")
def sonification(bundle: Bundle, autoencoder: GenerativeAutoencoder) -> Sonification:
    return sonify(bundle, autoencoder, SETTINGS)


@pytest.mark.parametrize("level", [1e-3, 1.0, 50.0])
def test_mastering_sets_the_level(level: float) -> None:
    noise = level * np.random.default_rng(0).uniform(-1, 1, 4 * SAMPLE_RATE)
    mastered = master(noise)
    assert 20 * np.log10(root_mean_square(mastered)) == pytest.approx(-18, abs=0.1)
    assert mastered[0] == mastered[-1] == 0
    np.testing.assert_allclose(mastered[1000:-1000] / noise[1000:-1000], mastered[5000] / noise[5000], rtol=1e-4)


def test_mastering_never_clips() -> None:
    click = np.zeros(4 * SAMPLE_RATE)
    click[5000] = 0.01
    assert np.abs(master(click)).max() == pytest.approx(PEAK_CEILING)


def test_silence_clipping_and_repetition_are_refused_by_name() -> None:
    sounds = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 1000)).astype(np.float32)
    for check in (check_audible, check_unclipped, check_distinct):
        check(sounds, IDS)
    faults = {
        check_audible: (1e-4 * sounds[1], "a-1 are silent"),
        check_unclipped: (2.1 * sounds[1], "a-1 are clipped"),
        check_distinct: (0.5 * sounds[2], "a-1 and b-0 are the same sound"),
    }
    for check, (sound, sentence) in faults.items():
        with pytest.raises(BundleError, match=sentence):
            check(np.stack([sounds[0], sound, sounds[2]]), IDS)
    with pytest.raises(BundleError, match="a-0 are silent"):
        check_audible(np.stack([np.full(1000, np.nan), sounds[1], sounds[2]]), IDS)


def test_a_silent_decoder_is_refused(bundle: Bundle, autoencoder: GenerativeAutoencoder) -> None:
    class Mute(torch.nn.Module):
        device = torch.device("cpu")
        embed = autoencoder.embed

        def decode(self, z: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
            return torch.zeros(len(z), 4 * SAMPLE_RATE)

    assert not master(np.zeros(10)).any()
    with pytest.raises(BundleError, match="low-0, low-1, high-0") as caught:
        sonify(bundle, Mute(), SETTINGS)  # type: ignore[arg-type]
    assert caught.value.code == "bad_sonification"


@pytest.mark.parametrize(("shift", "n_right"), [(0, 6), (2, 0)])
def test_sounds_with_the_embedding_of_their_prototype_are_right(bundle: Bundle, shift: int, n_right: int) -> None:
    asked: list[torch.Tensor] = []

    class Scripted(torch.nn.Module):
        """Decodes noise, and hears in it the prototypes, `shift` places on: 2 places on is the next class."""

        device = torch.device("cpu")

        def decode(
            self, z: torch.Tensor, sampler: SamplerSettings, *, rhythm: Rhythm, generator: torch.Generator
        ) -> torch.Tensor:
            assert torch.equal(rhythm.strength, torch.full((len(z),), 0.6))  # of the training segments
            assert (sampler, generator.initial_seed()) == (SETTINGS.sampler, 3)
            asked.append(z)
            return torch.rand(len(z), 4 * SAMPLE_RATE, generator=torch.Generator().manual_seed(0)) - 0.5

        def embed(self, waveforms: torch.Tensor) -> torch.Tensor:
            return asked[0].roll(-shift, dims=0)

    result = sonify(bundle, Scripted(), SETTINGS)  # type: ignore[arg-type]
    expected = bundle.network.prototypes * bundle.network.std + bundle.network.mean
    torch.testing.assert_close(asked, [expected.detach()])  # in the decoder's own space, all at once
    assert result.n_right == n_right


def test_peaks_that_the_encoder_raises_are_lowered(bundle: Bundle) -> None:
    class Crackling(torch.nn.Module):
        """Sparse bursts of noise: the encoder adds to their peaks."""

        device = torch.device("cpu")

        def decode(self, z: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
            noise = torch.rand(len(z), 4 * SAMPLE_RATE, generator=torch.Generator().manual_seed(0)) - 0.5
            noise[:, torch.arange(4 * SAMPLE_RATE) % SAMPLE_RATE > 500] = 0
            return noise

        def embed(self, waveforms: torch.Tensor) -> torch.Tensor:
            return waveforms[:, :: 4 * SAMPLE_RATE // 16][:, :16]

    assert 0.5 < np.abs(sonify(bundle, Crackling(), SETTINGS).waveforms).max() < LOUDEST_PEAK  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_command_repeats_a_seed_and_completes_the_bundle(
    models: Path, bundle_copy: Path, sonification: Sonification, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sonify", str(bundle_copy), "--models", str(models), "--steps", "2", "--guidance", "2", "--seed", "3"]
    assert main(command) == 0
    stored = load_bundle(bundle_copy)
    sounds = [soundfile.read(stored.prototype_audio(item.id), dtype="float32")[0] for item in stored.prototypes]
    np.testing.assert_array_equal(np.stack(sounds), sonification.waveforms)
    printed = capsys.readouterr().out
    assert f"Cycle consistency: {sonification.n_right} of 6 decoded prototypes" in printed
    assert all(item.id in printed for item in stored.prototypes)
    assert f"| {sonification.n_right} of 6 (" in (bundle_copy / "README.md").read_text()


def test_what_is_stored_describes_the_stored_files(
    bundle_copy: Path, autoencoder: GenerativeAutoencoder, sonification: Sonification
) -> None:
    other = replace(sonification, settings=replace(sonification.settings, seed=4), n_right=5)
    measured = cycle_consistency([sonification, other])
    sections: dict[str, dict[str, str]] = {"acoustics": {}, "listener": {}}
    provenance = {"evaluation": sections}
    evaluated = update_bundle(load_bundle(bundle_copy), metrics={"evaluation": sections}, provenance=provenance)
    stored = store_sonification(evaluated, sonification, measured)
    assert [*stored.manifest.metrics.evaluation] == [*stored.manifest.provenance.evaluation] == ["acoustics"]
    sounds = [soundfile.read(stored.prototype_audio(item.id), dtype="float32")[0] for item in stored.prototypes]
    with torch.no_grad():
        scores = stored.network(autoencoder.embed(torch.from_numpy(np.stack(sounds)))).logits.softmax(dim=1)
    best, index = scores.max(dim=1)
    assert [item.decoded_class for item in stored.prototypes] == [stored.manifest.class_ids[c] for c in index]
    assert [item.decoded_score for item in stored.prototypes] == pytest.approx(best.tolist(), abs=1e-6)
    own = sum(item.decoded_class == item.class_id for item in stored.prototypes)
    assert (measured.n_right, measured.n_total, measured.seeds) == (own + 5, 12, (3, 4))
    assert stored.manifest.metrics.cycle_consistency == measured
    origin = stored.manifest.provenance.sonification
    assert origin is not None and origin.model_dump() == {
        "solver": "dpm-solver++",
        "n_steps": 2,
        "guidance": 2.0,
        "seed": 3,
    }


def test_decoded_training_segments_are_decoded_anew(bundle: Bundle) -> None:
    """Segments sound as their embeddings are decoded; recordings stay as they are."""
    heard: list[torch.Tensor] = []

    class Remembering:
        """Remembers what it decodes, to noise."""

        device = torch.device("cpu")

        def decode(
            self, z: torch.Tensor, _: SamplerSettings, *, rhythm: Rhythm, generator: torch.Generator
        ) -> torch.Tensor:
            assert torch.equal(rhythm.period, torch.full((len(z),), 25.0))  # half a second, as the training segments
            heard.append(z)
            return 0.1 * torch.randn(len(z), 4 * SAMPLE_RATE, generator=generator)

    autoencoder = cast("GenerativeAutoencoder", Remembering())
    assert sonify_points(bundle, autoencoder, SETTINGS) == {}
    decoded = replace(bundle, manifest=changed(bundle.manifest, point_sounds="decoded"))
    sounds = sonify_points(decoded, autoencoder, SETTINGS)
    assert set(sounds) == {name for name in bundle.manifest.files if name.startswith("audio/points/")}
    rows = [name for name in bundle.training.ids if point_audio_file(name) in sounds]
    np.testing.assert_array_equal(
        torch.cat(heard).numpy(), bundle.training.embeddings[[bundle.training.index[name] for name in rows]]
    )
    assert len(set(sounds.values())) == len(sounds)

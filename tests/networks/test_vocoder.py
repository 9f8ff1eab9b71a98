"""The learned vocoder: its phases follow the steps they are told, its sound has the mel bands asked for, it learns."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from pecmae.audio.log_mel import LOG_FLOOR, LogMelConfig, MelAnalysis, band_interpolation, mel_filterbank
from pecmae.bundles.manifest import ClassInfo
from pecmae.datasets.dataset import SPLITS, DatasetDescription, Track, write_description, write_index
from pecmae.errors import DatasetError
from pecmae.networks.compact_autoencoder import VOCODER_FILE
from pecmae.networks.latent_weights import load_vocoder
from pecmae.networks.vocoder import (
    LearnedVocoder,
    PredictedSpectrum,
    VocoderConfig,
    bin_turns,
    integrated_phases,
    true_steps,
)
from pecmae.training.timed_loop import TimedLoopConfig
from pecmae.training.vocoder_training import load_sound_files, perturbed, sound_loss, spectrum_loss, train_vocoder

TINY = VocoderConfig(dim=16, n_blocks=1, n_iterations=1)
ANALYSIS = LogMelConfig()
RATE = ANALYSIS.sample_rate


def chord(*frequencies_hz: float, duration_s: float = 1.28) -> torch.Tensor:
    time_s = torch.arange(round(duration_s * RATE)) / RATE
    return 0.2 * torch.stack([torch.sin(2 * math.pi * f * time_s) for f in frequencies_hz]).sum(0, keepdim=True)


def known_spectrum(waveform: torch.Tensor) -> tuple[torch.Tensor, PredictedSpectrum]:
    """A sound's spectrum, and the prediction that tells it without an error."""
    spectrum = MelAnalysis(ANALYSIS).stft(waveform).transpose(1, 2)
    frame_steps, bin_steps = true_steps(spectrum, bin_turns(ANALYSIS))
    return spectrum, PredictedSpectrum(
        spectrum.abs().clamp(min=1e-12).log(),
        torch.cat([torch.zeros_like(spectrum[:, :1]), frame_steps], dim=1),
        torch.cat([torch.zeros_like(spectrum[:, :, :1]), bin_steps], dim=2),
    )


def test_a_sine_between_two_bins_turns_by_its_own_frequency() -> None:
    frequency_hz = 1_003.0
    spectrum = MelAnalysis(ANALYSIS).stft(chord(frequency_hz)).transpose(1, 2)
    frame_steps, bin_steps = true_steps(spectrum, bin_turns(ANALYSIS))
    bin_hz = RATE / ANALYSIS.n_fft
    loudest = round(frequency_hz / bin_hz)
    expected = 2 * math.pi * (frequency_hz - loudest * bin_hz) * ANALYSIS.hop / RATE
    middle = frame_steps[0, 10:-10, loudest]
    torch.testing.assert_close(middle.angle(), torch.full_like(middle.real, expected), atol=1e-2, rtol=0)
    neighbours = bin_steps[0, 10:-10, loudest - 1]  # one main lobe has one phase, seen from the middle of the frame
    torch.testing.assert_close(neighbours.angle(), torch.zeros_like(neighbours.real), atol=1e-2, rtol=0)


def test_integrated_phases_of_true_steps_give_back_the_sound_but_for_one_rotation() -> None:
    spectrum, predicted = known_spectrum(chord(700.0))
    phases = integrated_phases(predicted, bin_turns(ANALYSIS))
    torch.testing.assert_close(phases.abs(), torch.ones_like(phases.abs()), atol=1e-4, rtol=0)
    inner = slice(3, -3)
    rotation = (spectrum * phases.conj())[0, inner].sum()
    agreement = rotation.abs() / spectrum[0, inner].abs().sum()
    assert agreement > 0.98


def test_interpolated_bands_keep_a_constant_and_leave_no_bin_out() -> None:
    weights = band_interpolation(mel_filterbank(ANALYSIS))
    torch.testing.assert_close(weights.sum(dim=0), torch.ones(ANALYSIS.n_fft // 2 + 1))
    assert (weights >= 0).all() and (weights > 0).any(dim=1).all()


def test_sound_has_the_mel_bands_asked_for_even_without_training() -> None:
    torch.manual_seed(0)
    vocoder = LearnedVocoder(ANALYSIS, replace(TINY, n_iterations=12)).eval()
    analysis = MelAnalysis(ANALYSIS)
    log_mel = analysis(chord(261.6, 329.6, 392.0))
    with torch.no_grad():
        sound = vocoder(log_mel)
    assert sound.shape == (1, log_mel.shape[1] * ANALYSIS.hop)
    audible = log_mel > log_mel.max() - math.log(100)
    error_db = (analysis(sound) - log_mel)[audible].abs().mean() * 20 / math.log(10)
    assert error_db < 2


def test_silence_stays_silent_and_sound_is_the_same_every_time() -> None:
    torch.manual_seed(0)
    vocoder = LearnedVocoder(ANALYSIS, TINY).eval()
    with torch.no_grad():
        nothing = vocoder(torch.full((1, 30, ANALYSIS.n_mels), math.log(LOG_FLOOR)))
        log_mel = torch.randn(1, 30, ANALYSIS.n_mels) - 5
        assert torch.equal(vocoder(log_mel), vocoder(log_mel))
        one_frame = vocoder(log_mel[:, :1])
    assert 20 * nothing.abs().max().log10() < -55
    assert one_frame.shape == (1, ANALYSIS.hop) and one_frame.isfinite().all()


def test_losses_are_least_for_the_sound_itself_and_finite_for_silence() -> None:
    sound, other = chord(440.0), chord(660.0)
    spectrum, predicted = known_spectrum(sound)
    turns = bin_turns(ANALYSIS)
    silent = torch.zeros_like(spectrum)
    assert spectrum_loss(predicted, spectrum, turns) < 1e-3
    assert spectrum_loss(known_spectrum(other)[1], spectrum, turns) > 0.5
    assert spectrum_loss(predicted, silent, turns).isfinite()
    analysis = MelAnalysis(ANALYSIS)
    assert sound_loss(sound, sound, analysis) < 0.05 < 0.5 < sound_loss(other, sound, analysis)
    quiet = torch.zeros_like(sound).requires_grad_()
    sound_loss(quiet, sound, analysis).backward()
    assert quiet.grad is not None and quiet.grad.isfinite().all()


def test_perturbed_spectra_are_near_and_differ_from_excerpt_to_excerpt() -> None:
    log_mel = torch.full((64, 20, 80), -5.0)
    change = (perturbed(log_mel, torch.Generator().manual_seed(0)) - log_mel).std(dim=(1, 2))
    assert change.max() < 0.11 and change.min() < 0.3 * change.max()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Six tones of 2 s, two a split."""
    folder = tmp_path / "tones"
    (folder / "audio").mkdir(parents=True)
    write_description(
        folder, DatasetDescription(name="tones", kind="tones", classes=(ClassInfo(id="tone", label="tone"),))
    )
    tracks = []
    for number, frequency_hz in enumerate(np.geomspace(200, 2_000, 6)):
        name = f"tone-{number}"
        soundfile.write(folder / "audio" / f"{name}.flac", chord(frequency_hz, duration_s=2.0)[0].numpy(), RATE)
        audio = Path(f"audio/{name}.flac")
        tracks.append(Track(id=name, class_id="tone", split=SPLITS[number % 3], audio=audio, title=name))
    write_index(folder, tracks)
    return folder


def test_training_learns_and_leaves_weights_that_load(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pecmae.training.vocoder_training.N_VALID_EXCERPTS", 2)
    monkeypatch.setattr("pecmae.training.vocoder_training.N_FRAMES", 24)
    loop = TimedLoopConfig(10.0, 1e-2, max_steps=24, n_warmup_steps=5, log_every=8)
    train_vocoder([dataset], LearnedVocoder(ANALYSIS, TINY), loop, tmp_path, batch_size=2)
    course = [json.loads(line)["valid_loss"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert course[-1] < 0.9 * course[0]
    assert load_vocoder(tmp_path / VOCODER_FILE).config == TINY


def test_batches_come_from_the_generator_and_short_files_are_padded(dataset: Path) -> None:
    files = load_sound_files([dataset], "train", RATE)
    drawn = [files.varied_excerpts(3, 4_800, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    assert drawn[0].abs().max() <= 1
    long = files.excerpt(3 * RATE, torch.Generator().manual_seed(0))
    assert len(long) == 3 * RATE and long[:RATE].abs().max() > 0.1 and (long[2 * RATE :] == 0).all()


def test_files_of_another_rate_are_refused_by_name(dataset: Path) -> None:
    with pytest.raises(DatasetError, match=r"tone-0\.flac has 24,000.*48,000"):
        load_sound_files([dataset], "train", 48_000)

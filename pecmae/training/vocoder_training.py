"""Train the vocoder on waveforms read from the datasets' files.

There are two losses. On all excerpts, the predicted magnitudes and phase steps are compared with those of the sound's
own spectrum; this needs no inverse transform and teaches fast. On some, the synthesised waveform is compared with the
sound in spectra of several resolutions (Yamamoto, Song and Kim, arXiv 1910.11480) and in mel bands. There is no
adversarial loss, because it would take far longer than two processor cores allow.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import soundfile
import torch
from torch import Tensor
from torch.nn import functional

from pecmae.audio.log_mel import LOG_FLOOR, LogMelConfig, MelAnalysis
from pecmae.datasets.dataset import load_dataset
from pecmae.errors import DatasetError
from pecmae.networks.compact_autoencoder import VOCODER_FILE
from pecmae.networks.latent_weights import save_part
from pecmae.networks.vocoder import LearnedVocoder, PredictedSpectrum, true_steps
from pecmae.training.timed_loop import TimedLoopConfig, train_for

BATCH_SIZE = 16
N_FRAMES = 64
N_VALID_EXCERPTS = 16
SYNTHESISED_RATIO = 0.375
CONVERGENCE_WEIGHT = 0.3
RESOLUTIONS = ((512, 128), (1024, 240), (2048, 480))
MAGNITUDE_FLOOR = 1e-5


@dataclass(frozen=True)
class SoundFile:
    """A track's file and its length in samples."""

    path: Path
    n_samples: int


@dataclass(frozen=True)
class SoundFiles:
    """The files of one split by dataset; all datasets are equally likely to be drawn."""

    datasets: tuple[tuple[SoundFile, ...], ...]

    def excerpt(self, n_samples: int, generator: torch.Generator) -> Tensor:
        """A random stretch of a random file, followed by silence if the file is shorter; shape (n_samples,)."""
        dataset = self.datasets[_below(len(self.datasets), generator)]
        sound = dataset[_below(len(dataset), generator)]
        start = _below(max(1, sound.n_samples - n_samples + 1), generator)
        samples, _ = soundfile.read(sound.path, n_samples, start, dtype="float32", always_2d=True, fill_value=0.0)
        return torch.from_numpy(samples.mean(axis=1))

    def excerpts(self, n_excerpts: int, n_samples: int, generator: torch.Generator) -> Tensor:
        """Shape: (n_excerpts, n_samples)."""
        return torch.stack([self.excerpt(n_samples, generator) for _ in range(n_excerpts)])

    def varied_excerpts(self, n_excerpts: int, n_samples: int, generator: torch.Generator) -> Tensor:
        """Excerpts with random levels and spectral tilts, some of them mixed with another excerpt or with noise.

        Shape: (n_excerpts, n_samples)
        """
        sounds = []
        for _ in range(n_excerpts):
            joined, together_db, tilt, noisy, noise_db, level_db = torch.rand(6, generator=generator).tolist()
            sound = self.excerpt(n_samples, generator)
            if joined < 0.25:
                sound = sound + _gain(-12 * together_db) * self.excerpt(n_samples, generator)
            tilted = sound - (1.2 * tilt - 0.6) * functional.pad(sound, (1, 0))[:-1]
            sound = tilted * ((sound.norm() + 1e-6) / (tilted.norm() + 1e-6))
            if noisy < 0.3:
                sound = sound + _gain(-40 - 40 * noise_db) * torch.randn(n_samples, generator=generator)
            sound = sound * _gain(24 * level_db - 18)
            sounds.append(sound / sound.abs().max().clamp(min=1))
        return torch.stack(sounds)


def load_sound_files(datasets: list[Path], split: str, sample_rate: int) -> SoundFiles:
    """Find the files of one split.

    Args:
        datasets: Folders written by `render`.
        split: `train`, `valid` or `test`.
        sample_rate: The sample rate that the files must have.

    Raises:
        DatasetError: `no_tracks` or `wrong_sample_rate`.
    """
    found = []
    for folder in datasets:
        sounds = []
        for track in load_dataset(folder).tracks:
            if track.split != split:
                continue
            facts = soundfile.info(track.audio)
            if facts.samplerate != sample_rate:
                raise DatasetError(
                    "wrong_sample_rate",
                    f"{track.audio} has {facts.samplerate:,} samples per second, and the vocoder learns from "
                    f"{sample_rate:,}: render the dataset again or convert its files.",
                )
            sounds.append(SoundFile(track.audio, facts.frames))
        if sounds:
            found.append(tuple(sounds))
    if not found:
        names = ", ".join(str(path) for path in datasets)
        raise DatasetError("no_tracks", f"No {split} track in {names}: render more tracks.")
    return SoundFiles(tuple(found))


def perturbed(log_mel: Tensor, generator: torch.Generator) -> Tensor:
    """Add blur over time and noise of random strength, because decoded spectra aren't exact either.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    blur, noise = torch.rand(2, len(log_mel), 1, 1, generator=generator)
    around = functional.pad(log_mel.transpose(1, 2), (1, 1), mode="replicate").transpose(1, 2)
    blurred = torch.lerp(log_mel, (around[:, :-2] + around[:, 2:]) / 2, 0.3 * blur)
    noised = blurred + 0.1 * noise * torch.randn(log_mel.shape, generator=generator)
    return noised.clamp(min=math.log(LOG_FLOOR))


def spectrum_loss(predicted: PredictedSpectrum, spectrum: Tensor, turns: Tensor) -> Tensor:
    """Distance of magnitudes and phase steps to those of a known spectrum; steps are weighted by root magnitude.

    Shape:
        spectrum: (B, T, K) complex, as predicted
        turns: (K,) of `bin_turns`
    """
    magnitudes = spectrum.abs()
    log_error = (
        predicted.log_magnitudes.clamp(min=math.log(MAGNITUDE_FLOOR)) - magnitudes.clamp(min=MAGNITUDE_FLOOR).log()
    )
    convergence = _relative_error(predicted.log_magnitudes.exp(), magnitudes)
    frame_steps, bin_steps = true_steps(spectrum, turns)
    weights = (magnitudes + 1e-6).sqrt()
    weights = weights / weights.mean(dim=(1, 2), keepdim=True)
    frame_weights = (weights[:, 1:] * weights[:, :-1]).sqrt()
    bin_weights = (weights[:, :, 1:] * weights[:, :, :-1]).sqrt()
    frame_error = (frame_weights * (predicted.frame_steps[:, 1:] - frame_steps).abs().square()).mean()
    bin_error = (bin_weights * (predicted.bin_steps[:, :, 1:] - bin_steps).abs().square()).mean()
    return log_error.abs().mean() + CONVERGENCE_WEIGHT * convergence + frame_error + bin_error


def sound_loss(synthesised: Tensor, sound: Tensor, analysis: MelAnalysis) -> Tensor:
    """Distance in log-magnitude and spectral convergence at several resolutions, plus that of log-mel bands.

    Shape: both waveforms (B, n_samples)
    """
    loss = (analysis(synthesised) - analysis(sound)).abs().mean()
    for n_fft, hop in RESOLUTIONS:
        window = torch.hann_window(n_fft, device=sound.device)
        got, wanted = (
            torch.stft(waveform, n_fft, hop, window=window, pad_mode="constant", return_complex=True)
            for waveform in (synthesised, sound)
        )
        floor = MAGNITUDE_FLOOR * n_fft / 4  # a sine of amplitude one has n_fft / 4
        got_magnitudes = (got.real.square() + got.imag.square() + (0.1 * floor) ** 2).sqrt()
        log_error = got_magnitudes.clamp(min=floor).log() - wanted.abs().clamp(min=floor).log()
        convergence = _relative_error(got_magnitudes, wanted.abs())
        loss = loss + (log_error.abs().mean() + CONVERGENCE_WEIGHT * convergence) / len(RESOLUTIONS)
    return loss


class VocoderBatches:
    """Draws waveforms of one split and computes a vocoder's loss on them."""

    def __init__(self, files: SoundFiles, analysis: LogMelConfig, n_excerpts: int, *, varied: bool) -> None:
        self.files = files
        self.n_samples = N_FRAMES * analysis.hop
        self.n_excerpts = n_excerpts
        self.varied = varied
        self.analysis = MelAnalysis(analysis)

    def loss(self, vocoder: LearnedVocoder, generator: torch.Generator) -> Tensor:
        """The loss of one fresh batch."""
        draw = self.files.varied_excerpts if self.varied else self.files.excerpts
        sounds = draw(self.n_excerpts, self.n_samples, generator)
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            spectrum = self.analysis.stft(sounds).transpose(1, 2)
            log_mel = self.analysis(sounds)
            inputs = perturbed(log_mel, generator) if self.varied else log_mel
        inputs, given = (torch.cat([frames, frames[:, -1:]], dim=1) for frames in (inputs, log_mel))
        predicted = vocoder.predictor(inputs)
        with torch.autocast("cpu", enabled=False):
            known = predicted.select(slice(None), slice(0, N_FRAMES))
            chosen = slice(0, math.ceil(SYNTHESISED_RATIO * self.n_excerpts))
            synthesised = vocoder.synthesise(given[chosen], predicted.select(chosen, slice(None)))
            return spectrum_loss(known, spectrum, vocoder.bin_turns) + sound_loss(
                synthesised, sounds[chosen], self.analysis
            )


def train_vocoder(
    datasets: list[Path],
    vocoder: LearnedVocoder,
    loop_config: TimedLoopConfig,
    run: Path,
    *,
    batch_size: int = BATCH_SIZE,
) -> LearnedVocoder:
    """Train, resume or finish a run; the averaged vocoder is written to the run.

    Args:
        datasets: Folders written by `render`.
        vocoder: What is trained.
        loop_config: Length and rates.
        run: Folder of the run.
        batch_size: Excerpts per step.

    Returns:
        The averaged vocoder.

    Raises:
        DatasetError: The datasets lack tracks of a split, or contain files of another sample rate.
    """
    analysis = vocoder.analysis
    train_files, valid_files = (load_sound_files(datasets, split, analysis.sample_rate) for split in ("train", "valid"))
    train = VocoderBatches(train_files, analysis, batch_size, varied=True)
    valid = VocoderBatches(valid_files, analysis, N_VALID_EXCERPTS, varied=False)
    average = train_for(vocoder, train.loss, valid.loss, loop_config, run)
    save_part(average, asdict(average.config), run / VOCODER_FILE)
    return average


def _relative_error(got: Tensor, wanted: Tensor) -> Tensor:
    """Spectral convergence, averaged over the batch; it is bounded, since it is meaningless near silence."""
    missed = (got - wanted).square().sum(dim=(1, 2)).clamp(min=1e-12).sqrt()
    return (missed / wanted.square().sum(dim=(1, 2)).sqrt().clamp(min=1e-3)).clamp(max=3).mean()


def _below(n: int, generator: torch.Generator) -> int:
    return int(torch.randint(n, (1,), generator=generator))


def _gain(level_db: float) -> float:
    return 10 ** (level_db / 20)

"""Sounds that aren't music: noise, hum, tones and sweeps that we synthesise, and recorded speech.

`pecmae.training.novelty_calibration` sets a bundle's threshold against the synthesised kinds, and
`benchmarks/novelty.py` measures how many of each kind are recognised. Sounds for calibration and for testing have
other seeds and other parameters: other distributions of noise, other harmonics of hum, other shapes of tones.
"""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
from scipy import signal

from pecmae.audio.conventions import AUDIO_SUFFIXES, SAMPLE_RATE, SEGMENT_S, SEGMENT_SAMPLES
from pecmae.audio.reading import Clip, clip_from_samples, read_clip
from pecmae.datasets.open_music import fetch_package
from pecmae.errors import AudioError, DatasetError

Synthesise = Callable[[np.random.Generator, bool], np.ndarray]
"""From a generator, and whether the sound is for testing, to a segment at any level."""

SPEECH = "speech"
"""Name of the kind that isn't synthesised."""
SPEECH_FOR_CALIBRATION = ("fillets-ng-data-cs",)
SPEECH_FOR_TESTING = ("fillets-ng-data-nl", "asterisk-core-sounds-en-g722")
"""Debian packages with spoken files; those for testing have other speakers and languages."""
SPEECH_FOLDERS = ("cs", "nl", "en_US_f_Allison")
"""Folders of those packages that hold speech."""
LEVELS_DBFS = (-40.0, -8.0)
_G722_SAMPLE_RATE = 16_000
_TEST_SEED = 1_000_003


def synthesise(kind: str, number: int, *, for_testing: bool) -> np.ndarray:
    """A segment of a kind of sound that isn't music, at a random level; the same number gives the same sound.

    Args:
        kind: A key of `SYNTHESISED`.
        number: Number of the sound within its kind.
        for_testing: Whether it is for testing; otherwise for calibration.

    Shape: (n_samples,) float32, 4 s at `SAMPLE_RATE`.
    """
    rng = np.random.default_rng([list(SYNTHESISED).index(kind), number, _TEST_SEED * for_testing])
    sound = SYNTHESISED[kind](rng, for_testing)
    level_db = rng.uniform(*LEVELS_DBFS)
    return (sound * 10 ** (level_db / 20) / sound.std()).clip(-1, 1).astype(np.float32)


def _white_noise(rng: np.random.Generator, for_testing: bool) -> np.ndarray:
    """Gaussian; for testing uniform."""
    return rng.uniform(-1, 1, SEGMENT_SAMPLES) if for_testing else rng.standard_normal(SEGMENT_SAMPLES)


def _pink_noise(rng: np.random.Generator, for_testing: bool) -> np.ndarray:
    """Power that falls as 1 / f; for calibration as f to the power of -0.7 to -1.3."""
    exponent = 1.0 if for_testing else rng.uniform(0.7, 1.3)
    spectrum = np.fft.rfft(rng.standard_normal(SEGMENT_SAMPLES))
    frequencies = np.fft.rfftfreq(SEGMENT_SAMPLES, 1 / SAMPLE_RATE)
    audible = frequencies >= 20
    spectrum[audible] *= frequencies[audible] ** (-exponent / 2)
    return np.fft.irfft(spectrum * audible, SEGMENT_SAMPLES)


def _hum(rng: np.random.Generator, for_testing: bool) -> np.ndarray:
    """Harmonics of 50 or 60 Hz over faint noise; for testing even harmonics dominate, as of a rectifier."""
    n_harmonics = int(rng.integers(4, 20))
    orders = np.arange(1, n_harmonics + 1)
    levels = rng.uniform(0.3, 1, n_harmonics) * orders ** -rng.uniform(0.5, 1.5)
    if for_testing:
        levels[::2] *= 0.3
    mains_hz = rng.choice([50, 60]) * rng.uniform(0.998, 1.002)
    phases = rng.uniform(0, 2 * np.pi, n_harmonics)
    harmonics = np.sin(2 * np.pi * mains_hz * orders[:, None] * _times() + phases[:, None])
    sound = levels @ harmonics
    return sound / sound.std() + rng.uniform(0, 0.1) * rng.standard_normal(SEGMENT_SAMPLES)


def _tone(rng: np.random.Generator, for_testing: bool) -> np.ndarray:
    """A steady sine, square wave or pair of sines; for testing a steady sine, sawtooth or triangle."""
    phase = 2 * np.pi * _frequency(rng) * _times()
    if for_testing:
        shape = rng.choice(["sine", "sawtooth", "triangle"])
        return np.sin(phase) if shape == "sine" else signal.sawtooth(phase, 1 if shape == "sawtooth" else 0.5)
    shape = rng.choice(["sine", "square", "pair"])
    if shape == "square":
        return signal.square(phase)
    return np.sin(phase) + (np.sin(2 * np.pi * _frequency(rng) * _times()) if shape == "pair" else 0)


def _sweep(rng: np.random.Generator, for_testing: bool) -> np.ndarray:
    """A sine that glides at a constant rate in Hz; for testing in octaves, there and back."""
    start_hz, end_hz = _frequency(rng), _frequency(rng)
    if not for_testing:
        return signal.chirp(_times(), start_hz, SEGMENT_S, end_hz)
    half = signal.chirp(_times()[: SEGMENT_SAMPLES // 2], start_hz, SEGMENT_S / 2, end_hz, method="logarithmic")
    return np.concatenate([half, half[::-1]])


SYNTHESISED: dict[str, Synthesise] = {
    "white noise": _white_noise,
    "pink noise": _pink_noise,
    "hum": _hum,
    "tones": _tone,
    "sweeps": _sweep,
}


def _times() -> np.ndarray:
    """Seconds of a segment's samples; shape (n_samples,)."""
    return np.arange(SEGMENT_SAMPLES) / SAMPLE_RATE


def _frequency(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(80), np.log(8000))))


def fetch_speech(packages: tuple[str, ...], folder: Path) -> list[Path]:
    """Sound files of Debian packages, which are fetched with apt and unpacked unless they are there.

    Args:
        packages: Names of the packages.
        folder: Where they are kept.

    Returns:
        The files, sorted by path.

    Raises:
        DatasetError: A package can't be fetched or unpacked.
    """
    for package in packages:
        if not (folder / package).is_dir():
            archive = fetch_package(package, folder / "packages")
            command = ["dpkg-deb", "-x", str(archive), str(folder / package)]
            if subprocess.run(command, capture_output=True, check=False).returncode != 0:
                raise DatasetError("not_unpacked", f"dpkg-deb can't unpack {archive}; delete it and try again.")
    suffixes = (*AUDIO_SUFFIXES, ".g722")
    return [
        path
        for package in packages
        for path in sorted((folder / package).rglob("*"))
        if path.suffix in suffixes and path.parent.name in SPEECH_FOLDERS
    ]


def read_speech(files: Sequence[Path], n: int, seed: int = 0) -> list[np.ndarray]:
    """The first 4 s of `n` of the files that are long enough, drawn at random.

    Args:
        files: Spoken files.
        n: How many segments.
        seed: Seed of the draw.

    Returns:
        Segments, (n_samples,) float32 each.

    Raises:
        DatasetError: Fewer of the files are long enough.
    """
    segments: list[np.ndarray] = []
    for place in np.random.default_rng(seed).permutation(len(files)):
        if len(segments) == n:
            break
        try:
            waveform = _read_speech(files[place]).waveform
        except AudioError:  # shorter than half a second, or silent
            continue
        if len(waveform) >= SEGMENT_SAMPLES:
            segments.append(waveform[:SEGMENT_SAMPLES])
    if len(segments) < n:
        raise DatasetError("no_speech", f"{len(segments)} spoken files are 4 s long, and {n} are needed.")
    return segments


def _read_speech(path: Path) -> Clip:
    """A clip; files of G.722 have no header, so their format must be named."""
    if path.suffix != ".g722":
        return read_clip(path)
    with av.open(str(path), format="g722") as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return clip_from_samples(samples, _G722_SAMPLE_RATE)

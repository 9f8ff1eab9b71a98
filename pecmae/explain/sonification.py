"""Make prototypes heard: decode them, write them as sound, and listen whether the classifier recognises them.

Cycle consistency is the ratio of decoded prototypes that the network classifies as their own class. It is measured on
the files as written and read back, which is what people hear.

Conventions: M prototypes, C classes, D dimensions. Waveforms are mono at `SAMPLE_RATE`, between -1 and 1.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from pecmae.audio.conventions import SILENCE_DBFS
from pecmae.audio.encoding import faded, write_audio
from pecmae.bundles.bundle import Bundle, prototype_audio_file
from pecmae.bundles.writing import update_bundle
from pecmae.errors import BundleError
from pecmae.files import replacing
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import DEFAULT_SAMPLER, SamplerSettings

TARGET_LEVEL_DBFS = -18.0
PEAK_CEILING = 10 ** (-1 / 20)
LOUDEST_PEAK = 0.98
CLIPPED_FROM = 0.999
FADE_S = 0.01
SAME_SOUND_CORRELATION = 0.999
BATCH_SIZE = 8


@dataclass(frozen=True)
class SonificationSettings:
    """How prototypes are decoded: by which sampler, and from the noise of which seed."""

    sampler: SamplerSettings = DEFAULT_SAMPLER
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self.sampler), "seed": self.seed}


@dataclass(frozen=True, eq=False)
class Sonification:
    """All prototypes of a bundle as sound.

    Args:
        settings: How they were decoded.
        audio: Contents of the Ogg file of every prototype, in the bundle's order.
        waveforms: The same files read back.
        scores: What the bundle hears in them.
        cycle_consistency: Share of prototypes whose class has the highest score.

    Shape: `waveforms` (M, n_samples), `scores` (M, C), both float32.
    """

    settings: SonificationSettings
    audio: tuple[bytes, ...]
    waveforms: np.ndarray
    scores: np.ndarray
    cycle_consistency: float


@torch.inference_mode()
def sonify(
    bundle: Bundle,
    autoencoder: GenerativeAutoencoder,
    settings: SonificationSettings,
    *,
    kept: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Sonification:
    """Decode every prototype, write it, read it back and classify it. Changes nothing in the bundle.

    Args:
        bundle: The bundle.
        autoencoder: The autoencoder that the bundle names, on whatever device.
        settings: How to decode.
        kept: A folder where decoded batches are kept and found again, for these prototypes and settings alone.
        on_progress: Told how many of the prototypes are decoded.

    Returns:
        The sounds and what is heard in them.

    Raises:
        BundleError: `bad_sonification`: a sound is silent, clipped, or the same as another.
    """
    decoded = _decode_prototypes(bundle, autoencoder, settings, kept, on_progress)
    ids = bundle.manifest.prototype_ids
    check_audible(decoded, ids)
    audio, waveforms = write_and_read(decoded)
    check_audible(waveforms, ids)
    check_unclipped(waveforms, ids)
    check_distinct(waveforms, ids)
    device = _device_of(autoencoder)
    heard = [autoencoder.embed(batch.to(device)).cpu() for batch in torch.from_numpy(waveforms).split(BATCH_SIZE)]
    logits = bundle.network(torch.cat(heard)).logits
    own = bundle.network.prototype_labels()
    cycle_consistency = float((logits.argmax(dim=-1) == own).double().mean())
    return Sonification(settings, audio, waveforms, logits.softmax(dim=-1).numpy(), cycle_consistency)


def _decode_prototypes(
    bundle: Bundle,
    autoencoder: GenerativeAutoencoder,
    settings: SonificationSettings,
    kept: Path | None,
    on_progress: Callable[[int, int], None] | None,
) -> np.ndarray:
    """Shape: (M, n_samples)."""
    device = _device_of(autoencoder)
    generator = torch.Generator(device).manual_seed(settings.seed)
    prototypes = bundle.network.decodable_prototypes()
    decoded: list[np.ndarray] = []
    for number, batch in enumerate(prototypes.split(BATCH_SIZE)):
        if on_progress:
            on_progress(number * BATCH_SIZE, len(prototypes))
        file = kept / f"{number}.npz" if kept else None
        if file and file.is_file():
            with np.load(file, allow_pickle=False) as found:
                decoded.append(found["waveforms"])
                generator.set_state(torch.from_numpy(found["generator"]))
            continue
        decoded.append(autoencoder.decode(batch.to(device), settings.sampler, generator=generator).cpu().numpy())
        if file:
            with replacing(file) as beside:
                np.savez(beside, waveforms=decoded[-1], generator=generator.get_state().numpy())
    if on_progress:
        on_progress(len(prototypes), len(prototypes))
    return np.concatenate(decoded)


def _device_of(autoencoder: GenerativeAutoencoder) -> torch.device:
    return next((parameter.device for parameter in autoencoder.parameters()), torch.device("cpu"))


def store_sonification(
    bundle: Bundle, sonification: Sonification, cycle_consistency_by_seed: dict[int, float]
) -> Bundle:
    """Write sounds, what they come back as, and the cycle consistency into the bundle.

    Args:
        bundle: The bundle.
        sonification: The sounds to keep.
        cycle_consistency_by_seed: cycle consistency of every seed of the sampler that was tried.

    Returns:
        The bundle, loaded again.
    """
    class_ids = bundle.manifest.class_ids
    best = sonification.scores.argmax(axis=1)
    return update_bundle(
        bundle,
        prototypes=tuple(
            replace(item, comes_back_as=class_ids[best[m]], comes_back_score=float(sonification.scores[m, best[m]]))
            for m, item in enumerate(bundle.prototypes)
        ),
        audio={
            prototype_audio_file(item.id): contents
            for item, contents in zip(bundle.prototypes, sonification.audio, strict=True)
        },
        metrics={
            "cycle_consistency": sonification.cycle_consistency,
            "cycle_consistency_by_seed": {
                str(seed): cycle_consistency for seed, cycle_consistency in cycle_consistency_by_seed.items()
            },
        },
        provenance={"sonification": sonification.settings.to_json()},
    )


def write_and_read(decoded: np.ndarray) -> tuple[tuple[bytes, ...], np.ndarray]:
    """Master decoded sounds, write them as Ogg files, and read those back as any player does.

    Shape: `decoded` (M, n_samples); result the files' contents and (M, n_samples) float32.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = [_write_and_read(Path(folder) / "prototype.ogg", master(waveform)) for waveform in decoded]
    audio, heard = zip(*written, strict=True)
    return audio, np.stack(heard)


def master(waveform: np.ndarray) -> np.ndarray:
    """Bring a sound to -18 dBFS RMS, or as near as its peaks allow below -1 dBFS, with a short fade at both ends.

    What is silent stays so.

    Shape: (n_samples,) -> (n_samples,) float32.
    """
    peak = np.abs(waveform).max()
    if peak == 0:
        return waveform.astype(np.float32)
    gain = min(10 ** (TARGET_LEVEL_DBFS / 20) / root_mean_square(waveform), PEAK_CEILING / peak)
    return faded(waveform * gain, FADE_S).astype(np.float32)


def root_mean_square(waveform: np.ndarray) -> float:
    """Root of the mean square; 1 is full scale."""
    return float(np.sqrt(np.mean(waveform.astype(np.float64) ** 2)))


def check_audible(waveforms: np.ndarray, ids: tuple[str, ...]) -> None:
    """Refuse sounds that are silent or not numbers. Shape: `waveforms` (M, n_samples)."""
    silent = [
        name
        for name, waveform in zip(ids, waveforms, strict=True)
        if not root_mean_square(waveform) > 10 ** (SILENCE_DBFS / 20)  # a NaN isn't greater either
    ]
    _refuse(silent, "silent; train the prototypes or the autoencoder for longer")


def check_unclipped(waveforms: np.ndarray, ids: tuple[str, ...]) -> None:
    """Refuse sounds that reach full scale. Shape: `waveforms` (M, n_samples)."""
    clipped = [ids[m] for m in np.flatnonzero((np.abs(waveforms) >= CLIPPED_FROM).any(axis=1))]
    _refuse(clipped, "clipped; lower TARGET_LEVEL_DBFS")


def check_distinct(waveforms: np.ndarray, ids: tuple[str, ...]) -> None:
    """Refuse two prototypes with the same sound. Shape: `waveforms` (M, n_samples)."""
    unit = waveforms / np.linalg.norm(waveforms, axis=1, keepdims=True)
    first, second = np.nonzero(np.triu(unit @ unit.T > SAME_SOUND_CORRELATION, k=1))
    same = [f"{ids[a]} and {ids[b]}" for a, b in zip(first, second, strict=True)]
    _refuse(same, "the same sound; train with fewer prototypes a class")


def _refuse(names: list[str], fault: str) -> None:
    if names:
        raise BundleError("bad_sonification", f"Of the sonified prototypes, {', '.join(names)} are {fault}.")


def _write_and_read(path: Path, waveform: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Contents of the file, and its samples (n_samples,) as any player decodes them.

    Vorbis may raise a peak: then the sound is written once more, lower by as much.
    """
    write_audio(path, waveform)
    heard = _read(path, len(waveform))
    if np.abs(heard).max() > LOUDEST_PEAK:
        write_audio(path, waveform * (PEAK_CEILING / np.abs(heard).max()))
        heard = _read(path, len(waveform))
    return path.read_bytes(), heard


def _read(path: Path, n_samples: int) -> np.ndarray:
    heard, _ = soundfile.read(path, dtype="float32")
    return np.pad(heard, (0, max(0, n_samples - len(heard))))[:n_samples]

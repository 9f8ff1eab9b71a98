"""Decode prototypes to audio, write the audio as Ogg files, and classify what was written.

Cycle consistency is the ratio of decoded prototypes to which the network assigns the prototype's own class. It is
measured on the files as written and read back, which is what people hear.

Conventions: M prototypes, C classes, D dimensions. Waveforms are mono at `SAMPLE_RATE`, between -1 and 1.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from pecmae.audio.conventions import SILENCE_DBFS
from pecmae.audio.encoding import encode_audio, encode_excerpt, faded
from pecmae.bundles.borrowed_rhythm import borrow_rhythm, rhythm_of
from pecmae.bundles.bundle import Bundle, point_audio_file, prototype_audio_file
from pecmae.bundles.manifest import DecodedPrototype
from pecmae.bundles.measurements import Recognition
from pecmae.bundles.training_points import TrainingPoints
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
    """How prototypes are decoded: the sampler, and the seed of rhythms and noise."""

    sampler: SamplerSettings = DEFAULT_SAMPLER
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return {**asdict(self.sampler), "seed": self.seed}


@dataclass(frozen=True, eq=False)
class Sonification:
    """All prototypes of a bundle, decoded from the noise of one seed.

    Args:
        settings: How they were decoded.
        audio: Contents of the Ogg file of every prototype, in the bundle's order.
        waveforms: The same files read back.
        scores: The bundle's scores of them.
        n_right: Number of prototypes whose own class has the highest score.

    Shape: `waveforms` (M, n_samples), `scores` (M, C), both float32.
    """

    settings: SonificationSettings
    audio: tuple[bytes, ...]
    waveforms: np.ndarray
    scores: np.ndarray
    n_right: int


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
        on_progress: Called with the number of decoded prototypes and the number of all.

    Returns:
        The sounds and their scores.

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
    device = autoencoder.device
    batches = torch.from_numpy(waveforms).split(BATCH_SIZE)
    embeddings = torch.cat([autoencoder.embed(batch.to(device)).cpu() for batch in batches])
    logits = bundle.network(embeddings).logits
    n_right = int((logits.argmax(dim=-1) == bundle.network.prototype_labels()).sum())
    return Sonification(settings, audio, waveforms, logits.softmax(dim=-1).numpy(), n_right)


def _decode_prototypes(
    bundle: Bundle,
    autoencoder: GenerativeAutoencoder,
    settings: SonificationSettings,
    kept: Path | None,
    on_progress: Callable[[int, int], None] | None,
) -> np.ndarray:
    """Shape: (M, n_samples)."""
    device = autoencoder.device
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
        z = batch.to(device)
        rhythm = borrow_rhythm(bundle.training, z, generator)
        decoded.append(autoencoder.decode(z, settings.sampler, rhythm=rhythm, generator=generator).cpu().numpy())
        if file:
            with replacing(file) as beside:
                np.savez(beside, waveforms=decoded[-1], generator=generator.get_state().numpy())
    if on_progress:
        on_progress(len(prototypes), len(prototypes))
    return np.concatenate(decoded)


@torch.inference_mode()
def sonify_points(
    bundle: Bundle,
    autoencoder: GenerativeAutoencoder,
    settings: SonificationSettings,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, bytes]:
    """Decode the training segments that have a sound, as a build does where no recording may be passed on.

    Args:
        bundle: The bundle.
        autoencoder: The autoencoder that the bundle names, on a CPU.
        settings: How to decode.
        on_progress: Called with the number of decoded segments and the number of all.

    Returns:
        Contents of the Ogg files by relative path; empty if the sounds are recordings.
    """
    if bundle.manifest.point_sounds != "decoded":
        return {}
    files = {point_audio_file(name): row for name, row in bundle.training.index.items()}
    rows = {file: row for file, row in files.items() if file in bundle.manifest.files}
    generator = torch.Generator().manual_seed(settings.seed)
    sounds = {}
    for done, (file, row) in enumerate(rows.items()):
        if on_progress:
            on_progress(done, len(rows))
        sounds[file] = encode_excerpt(decode_point(bundle.training, row, autoencoder, settings.sampler, generator))
    return sounds


def decode_point(
    training: TrainingPoints,
    row: int,
    autoencoder: GenerativeAutoencoder,
    sampler: SamplerSettings,
    generator: torch.Generator,
) -> np.ndarray:
    """Decode a training segment to its own rhythm; shape (n_samples,)."""
    z = torch.from_numpy(training.embeddings[row : row + 1])
    rhythm = rhythm_of(training, torch.tensor([row]), generator)
    return autoencoder.decode(z, sampler, rhythm=rhythm, generator=generator)[0].numpy()


def store_sonification(
    bundle: Bundle,
    sonification: Sonification,
    cycle_consistency: Recognition,
    point_sounds: Mapping[str, bytes] | None = None,
) -> Bundle:
    """Write the decoded sounds, the classes assigned to them, and the cycle consistency into the bundle.

    The independent listener's results are removed, since it heard other sounds.

    Args:
        bundle: The bundle.
        sonification: The sounds to keep.
        cycle_consistency: Over all seeds that were run, as `evaluation.recognition` counts it.
        point_sounds: From `sonify_points`.

    Returns:
        The bundle, loaded again.
    """
    manifest = bundle.manifest
    sections = {name: section for name, section in manifest.metrics.evaluation.items() if name != "listener"}
    runs = {name: run for name, run in manifest.provenance.evaluation.items() if name != "listener"}
    return update_bundle(
        bundle,
        decoded=decoded_prototypes(bundle, sonification),
        audio={
            **dict(zip(map(prototype_audio_file, manifest.prototype_ids), sonification.audio, strict=True)),
            **(point_sounds or {}),
        },
        metrics={"cycle_consistency": cycle_consistency, "listener": None, "evaluation": sections},
        provenance={"sonification": sonification.settings.to_json(), "evaluation": runs},
    )


def decoded_prototypes(bundle: Bundle, sonification: Sonification) -> tuple[DecodedPrototype, ...]:
    """The class with the highest score and that score, for every decoded prototype."""
    class_ids, best = bundle.manifest.class_ids, sonification.scores.argmax(axis=1)
    return tuple(
        DecodedPrototype(class_id=class_ids[label], score=float(scores[label]))
        for label, scores in zip(best, sonification.scores, strict=True)
    )


def write_and_read(decoded: np.ndarray) -> tuple[tuple[bytes, ...], np.ndarray]:
    """Master decoded sounds, write them as Ogg files, and read those back as any player does.

    Shape: `decoded` (M, n_samples); result the files' contents and (M, n_samples) float32.
    """
    written = [_encode_and_decode(master(waveform)) for waveform in decoded]
    audio, waveforms = zip(*written, strict=True)
    return audio, np.stack(waveforms)


def master(waveform: np.ndarray) -> np.ndarray:
    """Bring a sound to -18 dBFS RMS, or as near as its peaks allow below -1 dBFS, with a short fade at both ends.

    A silent sound stays silent.

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
    """Check that no sound is silent or holds a NaN. Shape: `waveforms` (M, n_samples).

    Raises:
        BundleError: `bad_sonification`.
    """
    silent = [
        name
        for name, waveform in zip(ids, waveforms, strict=True)
        if not root_mean_square(waveform) > 10 ** (SILENCE_DBFS / 20)  # a NaN isn't greater either
    ]
    _check_none(silent, "silent; train the prototypes or the autoencoder for longer")


def check_unclipped(waveforms: np.ndarray, ids: tuple[str, ...]) -> None:
    """Check that no sound reaches full scale. Shape: `waveforms` (M, n_samples).

    Raises:
        BundleError: `bad_sonification`.
    """
    clipped = [ids[m] for m in np.flatnonzero((np.abs(waveforms) >= CLIPPED_FROM).any(axis=1))]
    _check_none(clipped, "clipped; lower TARGET_LEVEL_DBFS")


def check_distinct(waveforms: np.ndarray, ids: tuple[str, ...]) -> None:
    """Check that no two prototypes have the same sound. Shape: `waveforms` (M, n_samples).

    Raises:
        BundleError: `bad_sonification`.
    """
    unit = waveforms / np.linalg.norm(waveforms, axis=1, keepdims=True)
    first, second = np.nonzero(np.triu(unit @ unit.T > SAME_SOUND_CORRELATION, k=1))
    same = [f"{ids[a]} and {ids[b]}" for a, b in zip(first, second, strict=True)]
    _check_none(same, "the same sound; train with fewer prototypes per class")


def _check_none(names: list[str], fault: str) -> None:
    if names:
        raise BundleError("bad_sonification", f"Of the sonified prototypes, {', '.join(names)} are {fault}.")


def _encode_and_decode(waveform: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Contents of an Ogg file, and its samples (n_samples,) as any player decodes them.

    Vorbis may raise a peak; the sound is then encoded once more, lower by as much.
    """
    contents = encode_audio(waveform)
    decoded = _decode_ogg(contents, len(waveform))
    if np.abs(decoded).max() > LOUDEST_PEAK:
        contents = encode_audio(waveform * (PEAK_CEILING / np.abs(decoded).max()))
        decoded = _decode_ogg(contents, len(waveform))
    return contents, decoded


def _decode_ogg(contents: bytes, n_samples: int) -> np.ndarray:
    waveform, _ = soundfile.read(io.BytesIO(contents), dtype="float32")
    return np.pad(waveform, (0, max(0, n_samples - len(waveform))))[:n_samples]

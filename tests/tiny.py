"""A tiny autoencoder of random weights and complete bundles over synthetic sounds, for tests and for looking at pages.

`python -m tests.tiny DIR` writes the autoencoder and the bundle `tiny` (3 classes of 2 prototypes) into DIR, a models
folder; with `--classes genres` it writes `rendered-genres` (10 classes of 5 prototypes, 60 segments per class) instead.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter
from safetensors.torch import save_file

from pecmae.audio.conventions import SAMPLE_RATE, SEGMENT_SAMPLES
from pecmae.audio.encoding import encode_audio
from pecmae.bundles.bundle import Bundle, point_audio_file, prototype_audio_file
from pecmae.bundles.manifest import AutoencoderReference, ClassInfo, DecodedPrototype, Manifest, TrackInfo
from pecmae.bundles.map_coordinates import to_unit_square
from pecmae.bundles.measurements import Metrics, Recognition
from pecmae.bundles.origin import Provenance
from pecmae.bundles.training_points import TrainingPoints
from pecmae.bundles.writing import write_bundle
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.checkpoints import checkpoint_fingerprint
from pecmae.networks.configuration import EncodecConfig, EncodecmaeConfig, TransformerConfig
from pecmae.networks.encodecmae import CONFIG, WEIGHTS, EncodecmaeAutoencoder, load_encodecmae
from pecmae.networks.prototypes import PrototypeNetwork

TINY_STACK = TransformerConfig(1, 2, 32)
TINY = EncodecmaeConfig(
    name="tiny",
    codec=EncodecConfig(n_filters=2, strides=(8, 6, 5, 4), feature_dim=16),
    model_dim=16,
    encoder=TINY_STACK,
    pooler=TINY_STACK,
    denoiser=TINY_STACK,
)


def save_encodecmae(autoencoder: EncodecmaeAutoencoder, folder: Path) -> None:
    """Write `config.json` and the weights, in half precision, into a folder that is made if it doesn't exist."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: t.half().contiguous() for name, t in autoencoder.state_dict().items()}, folder / WEIGHTS)
    (folder / CONFIG).write_bytes(TypeAdapter(EncodecmaeConfig).dump_json(autoencoder.config, indent=2))


@dataclass(frozen=True)
class Timbre:
    """How a class sounds: lowest pitch, how fast harmonics fade, share of noise, notes a second."""

    pitch_hz: float
    brightness: float
    noise: float
    notes_per_s: float


@dataclass(frozen=True)
class Recipe:
    """What to write: the bundle's name, its classes, its sizes."""

    name: str
    title: str
    timbres: dict[str, Timbre]
    prototypes_per_class: int
    points_per_class: int


RECIPES = {
    "tiny": Recipe(
        "tiny",
        "Tones and noise, 2 prototypes per class",
        {
            "low": Timbre(110, 0.4, 0.0, 2),
            "high": Timbre(1200, 0.4, 0.0, 2),
            "noise": Timbre(400, 0.1, 1.0, 4),
        },
        prototypes_per_class=2,
        points_per_class=10,
    ),
    "genres": Recipe(
        "rendered-genres",
        "Rendered genres, 5 prototypes per class",
        {
            "blues": Timbre(110, 0.5, 0.05, 3),
            "classical": Timbre(260, 0.3, 0.0, 2),
            "country": Timbre(196, 0.6, 0.05, 4),
            "disco": Timbre(130, 0.7, 0.25, 8),
            "hip-hop": Timbre(65, 0.4, 0.35, 3),
            "jazz": Timbre(220, 0.4, 0.1, 6),
            "metal": Timbre(82, 0.95, 0.5, 10),
            "pop": Timbre(262, 0.6, 0.15, 4),
            "reggae": Timbre(98, 0.3, 0.1, 2.5),
            "rock": Timbre(110, 0.85, 0.3, 5),
        },
        prototypes_per_class=5,
        points_per_class=60,
    ),
}


def synthesise(timbre: Timbre, rng: np.random.Generator, n_samples: int = SEGMENT_SAMPLES) -> np.ndarray:
    """A row of plucked notes of one timbre, at -18 dBFS RMS.

    Shape: (n_samples,) float32.
    """
    t = np.arange(n_samples) / SAMPLE_RATE
    beat = np.floor(t * timbre.notes_per_s).astype(int)
    steps = rng.choice([0, 2, 4, 7, 9, 12], size=beat.max() + 1)
    pitch = timbre.pitch_hz * 2.0 ** ((steps[beat] + rng.uniform(-2, 2)) / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    sound = sum(timbre.brightness ** (k - 1) * np.sin(k * phase) for k in range(1, 9))
    sound = (1 - timbre.noise) * sound + timbre.noise * rng.standard_normal(n_samples)
    sound = sound * np.exp(-3 * (t * timbre.notes_per_s % 1))
    sound *= 10 ** (-18 / 20) / np.sqrt(np.mean(sound**2))
    return np.clip(sound, -0.9, 0.9).astype(np.float32)


def write_tiny_autoencoder(folder: Path, seed: int = 5) -> GenerativeAutoencoder:
    """Write an autoencoder of random weights, and load it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        autoencoder = EncodecmaeAutoencoder(TINY)
        with torch.no_grad():
            for name, parameter in autoencoder.codec.named_parameters():  # as initialised, biases drown the sound
                parameter.mul_(3 if parameter.dim() == 3 else 1 - ("decoder" in name and parameter.dim() == 1))
        save_encodecmae(autoencoder, folder)
    return load_encodecmae(folder)


def write_tiny_bundle(models: Path, recipe: Recipe = RECIPES["tiny"], seed: int = 0) -> Bundle:
    """Write a complete bundle, of `models/compact` if a trained one is there, else of one with random weights.

    Prototypes are training points, and sound as fresh excerpts of their class. On the map, classes are clouds around a
    circle, each overlapping its neighbours.
    """
    folder = models / "compact"
    trained = (folder / CONFIG).exists() and json.loads((folder / CONFIG).read_text())["name"] != TINY.name
    autoencoder = load_encodecmae(folder) if trained else write_tiny_autoencoder(folder)
    rng = np.random.default_rng(seed)
    names, timbres = list(recipe.timbres), list(recipe.timbres.values())
    per_class = recipe.prototypes_per_class
    labels = np.repeat(np.arange(len(names)), recipe.points_per_class)
    waveforms = [synthesise(timbres[label], rng) for label in labels]
    with torch.no_grad():
        batches = torch.from_numpy(np.stack(waveforms)).split(50)
        embeddings = torch.cat([autoencoder.embed(batch) for batch in batches])
    network = PrototypeNetwork(len(names), per_class, autoencoder.dim)
    network.mean.copy_(embeddings.mean(dim=0))  # per dimension: prototypes of a random encoder are near each other
    network.std.copy_(embeddings.std(dim=0))
    with torch.no_grad():
        chosen = [row * recipe.points_per_class + k for row in range(len(names)) for k in range(per_class)]
        network.prototypes.copy_(network.normalise(embeddings[chosen]))
        network.linear.weight.add_(0.02 * torch.from_numpy(rng.standard_normal(network.linear.weight.shape)).float())
        network.linear.bias.copy_(torch.from_numpy(0.1 * rng.standard_normal(len(names))).float())
    per_track = [(label, number % recipe.points_per_class) for number, label in enumerate(labels)]
    tracks = dict.fromkeys(_track(names[label], number) for label, number in per_track)
    coordinates = _clouds(labels, rng)
    training = TrainingPoints(
        tracks=tuple(tracks),
        embeddings=embeddings.numpy(),
        labels=labels,
        track_index=np.array([list(tracks).index(_track(names[label], number)) for label, number in per_track]),
        start_s=np.array([4.0 * (number % 3) for _, number in per_track], dtype=np.float32),
        beat_period_s=np.full(len(labels), 0.5, dtype=np.float32),
        beat_strength=np.full(len(labels), 0.6, dtype=np.float32),
        coordinates=coordinates,
        prototype_coordinates=coordinates[chosen] + 0.01,
    )
    ids = (point_audio_file(name) for name in training.ids)
    manifest = Manifest(
        name=recipe.name,
        version="0.0.1",
        title=recipe.title,
        licence="CC0-1.0",
        trained_on="Synthetic tones and noise, made for tests.",
        caution="This bundle was made for tests: its scores say nothing about music.",
        autoencoder=AutoencoderReference("compact", checkpoint_fingerprint("compact", models)),
        classes=tuple(ClassInfo(name, name) for name in names),
        prototypes_per_class=per_class,
        adaptor=False,
        segment_s=TINY.segment_s,
        provenance=Provenance(seed=seed),
        decoded=tuple(
            DecodedPrototype(class_id=name, score=0.5 + 0.1 * index) for name in names for index in range(per_class)
        ),
        metrics=Metrics(
            balanced_accuracy={"test": {"pecmae": 0.875, "mlp": 0.88, "knn": 0.8}},
            cycle_consistency=Recognition(n_right=len(chosen), n_total=len(chosen), seeds=(0,), low=0.6, high=1.0),
        ),
    )
    prototype_sounds = [
        (name, encode_audio(synthesise(timbres[m // per_class], rng))) for m, name in enumerate(manifest.prototype_ids)
    ]
    return write_bundle(
        models / recipe.name,
        manifest,
        network,
        training,
        audio=[
            *((name, encode_audio(waveform)) for name, waveform in zip(ids, waveforms, strict=True)),
            *((prototype_audio_file(name), sound) for name, sound in prototype_sounds),
        ],
        model_card=f"# {recipe.title}\n\nMade for tests.\n",
    )


def _track(name: str, number: int) -> TrackInfo:
    """The track of a class's segment: three segments make a track."""
    return TrackInfo(id=f"{name}-{number // 3:04d}", title=f"{name.title()} study no. {number // 3 + 1}")


def _clouds(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    angle = 2 * np.pi * labels / (labels.max() + 1)
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return to_unit_square(centres + 0.2 * rng.standard_normal((len(labels), 2)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="models folder to write")
    parser.add_argument("--classes", choices=RECIPES, default="tiny")
    arguments = parser.parse_args()
    print(write_tiny_bundle(arguments.folder, RECIPES[arguments.classes]).path)

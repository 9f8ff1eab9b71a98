"""The stages that train the parts of the compact autoencoder's decoder.

A run is a folder: `features/DATASET`, and a folder per part with its checkpoint, log, pictures and weights.
"""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from pecmae.audio.log_mel import LogMelConfig
from pecmae.networks.compact_autoencoder import CODEC_FILE, COMPONENTS_FILE, DENOISER_FILE, VOCODER_FILE
from pecmae.networks.latent_codec import LatentCodec, LatentCodecConfig
from pecmae.networks.latent_denoiser import LatentDenoiser, LatentDenoiserConfig
from pecmae.networks.latent_weights import (
    load_latent_codec,
    load_latent_denoiser,
    load_vocoder,
    save_part,
)
from pecmae.networks.vocoder import LearnedVocoder, VocoderConfig
from pecmae.training.codec_sharpening import sharpen_codec
from pecmae.training.latent_codec_training import train_latent_codec
from pecmae.training.latent_denoiser_training import components_of, train_latent_denoiser
from pecmae.training.segment_features import SEGMENT_FRAMES, load_segments
from pecmae.training.timed_loop import TimedLoopConfig
from pecmae.training.vocoder_training import train_vocoder

Z_DIM = 128


@dataclass(frozen=True)
class StageSettings:
    """How a part is trained.

    Attributes:
        run: Folder of the run.
        start: Folder with parts to begin from where the run has none.
        loop: Length and rates.
        batch_size: Segments or excerpts per step.
    """

    run: Path
    start: Path | None
    loop: TimedLoopConfig
    batch_size: int

    def found(self, part: str) -> Path | None:
        """The weights of a part of the run, such as `codec/latent_codec.safetensors`, or else those to begin from."""
        path = self.run / part
        places = [path] if self.start is None else [path, self.start / path.name]
        return next((place for place in places if place.is_file()), None)


def codec(settings: StageSettings, features: Sequence[Path], dataset_weights: Sequence[float] | None) -> None:
    """Train the latent codec on the frames of features."""
    found = settings.found(f"codec/{CODEC_FILE}")
    train_latent_codec(
        load_segments(features, "train", with_embeddings=False),
        load_segments(features, "valid", with_embeddings=False),
        load_latent_codec(found).requires_grad_() if found else LatentCodec(LatentCodecConfig()),
        settings.loop,
        settings.run / "codec",
        dataset_weights,
        settings.batch_size,
    )


def sharpen(settings: StageSettings, features: Sequence[Path], dataset_weights: Sequence[float] | None) -> None:
    """Train the decoder of the trained codec against a critic.

    Raises:
        BundleError: `autoencoder_missing`: there is no codec yet.
    """
    sharpen_codec(
        load_segments(features, "train", with_embeddings=False),
        load_segments(features, "valid", with_embeddings=False),
        load_latent_codec(
            settings.found(f"codec/{CODEC_FILE}") or settings.run / "codec" / CODEC_FILE
        ).requires_grad_(),
        settings.loop,
        settings.run / "sharpen",
        dataset_weights,
        settings.batch_size,
    )


def denoiser(settings: StageSettings, features: Sequence[Path], dataset_weights: Sequence[float] | None) -> None:
    """Train the latent denoiser; the map to z is fitted first, if there is none.

    Raises:
        BundleError: `autoencoder_missing`: there is no codec yet.
    """
    run = settings.run / "denoiser"
    run.mkdir(parents=True, exist_ok=True)
    latent_codec = load_latent_codec(settings.found(f"codec/{CODEC_FILE}") or settings.run / "codec" / CODEC_FILE)
    train_set, valid_set = load_segments(features, "train"), load_segments(features, "valid")
    components_path = settings.found(f"denoiser/{COMPONENTS_FILE}") or run / COMPONENTS_FILE
    components = components_of(components_path, train_set, Z_DIM, dataset_weights)
    if components_path.parent != run:
        shutil.copyfile(components_path, run / COMPONENTS_FILE)
    config = LatentDenoiserConfig(
        latent_codec.config.channels,
        SEGMENT_FRAMES // latent_codec.config.stride,
        components.directions.shape[1],
        width=256,
        n_heads=4,
    )
    found = settings.found(f"denoiser/{DENOISER_FILE}")
    train_latent_denoiser(
        train_set,
        valid_set,
        latent_codec,
        components,
        load_latent_denoiser(found).requires_grad_() if found else LatentDenoiser(config),
        settings.loop,
        run,
        dataset_weights,
        settings.batch_size,
    )


def vocoder(settings: StageSettings, datasets: Sequence[Path]) -> None:
    """Train the vocoder on the sound of rendered datasets."""
    found = settings.found(f"vocoder/{VOCODER_FILE}")
    train_vocoder(
        list(datasets),
        load_vocoder(found).requires_grad_() if found else LearnedVocoder(LogMelConfig(), VocoderConfig()),
        settings.loop,
        settings.run / "vocoder",
        batch_size=settings.batch_size,
    )


def export(run: Path, out: Path) -> None:
    """Write the parts that the run has trained into a models folder, in half precision."""
    out.mkdir(parents=True, exist_ok=True)
    codecs = [run / stage / CODEC_FILE for stage in ("sharpen", "codec")]
    if path := next((path for path in codecs if path.is_file()), None):
        latent_codec = load_latent_codec(path)
        save_part(latent_codec, asdict(latent_codec.config), out / CODEC_FILE, dtype=torch.float16)
    if (path := run / "denoiser" / DENOISER_FILE).is_file():
        latent_denoiser = load_latent_denoiser(path)
        save_part(latent_denoiser, asdict(latent_denoiser.config), out / DENOISER_FILE, dtype=torch.bfloat16)
        shutil.copyfile(path.with_name(COMPONENTS_FILE), out / COMPONENTS_FILE)
    if (path := run / "vocoder" / VOCODER_FILE).is_file():
        learned_vocoder = load_vocoder(path)
        save_part(learned_vocoder, asdict(learned_vocoder.config), out / VOCODER_FILE, dtype=torch.float16)

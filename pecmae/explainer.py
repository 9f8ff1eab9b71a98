"""The front door for Python: load a bundle, explain tracks, decode prototypes.

Example:
    >>> import pecmae
    >>> explainer = pecmae.load("gtzan")
    >>> explanation = explainer.explain("assets/examples/classical-0008.ogg")
    >>> explanation.classes[explanation.predicted]
    'classical'
    >>> nearest = max(explanation.prototypes, key=lambda prototype: prototype.similarity)
    >>> nearest.class_id
    'classical'
    >>> audio, sample_rate = explainer.sonify(nearest.id, seed=1)
    >>> audio.shape, sample_rate
    ((96000,), 24000)
"""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.audio.reading import clip_from_samples, read_clip
from pecmae.bundles.borrowed_rhythm import borrow_rhythm
from pecmae.bundles.bundle import Bundle, load_autoencoder_of, load_bundle, locate_bundle, prototype_audio_file
from pecmae.bundles.manifest import ClassInfo
from pecmae.bundles.neighbourhoods import PrototypeInfo
from pecmae.explain.explaining import explain
from pecmae.explain.explanation import Explanation
from pecmae.explain.sonification import master
from pecmae.networks.autoencoder import Embedder, generative
from pecmae.networks.configuration import SamplerSettings
from pecmae.paths import MODELS


def load(bundle: str | None = None, *, models: str | Path = MODELS) -> "Explainer":
    """Load a bundle and its autoencoder.

    Args:
        bundle: A name that `pecmae.list_bundles` returns, the path of a bundle's folder, or an address on the Hugging
            Face Hub, `hf://owner/name` or `hf://owner/name@revision`, which is downloaded once. By default the first
            name.
        models: The folder of bundles and autoencoders.

    Raises:
        NotFoundError: There is no bundle of that name.
        BundleError: The bundle or its autoencoder is incomplete, altered, or can't be downloaded.
    """
    loaded = load_bundle(locate_bundle(bundle, Path(models)))
    return Explainer(loaded, load_autoencoder_of(loaded, Path(models)))


class Explainer:
    """A bundle with its autoencoder: explains tracks and decodes prototypes.

    Args:
        bundle: The bundle.
        autoencoder: The autoencoder that the bundle names.

    Attributes:
        bundle: The bundle, with its manifest, network and training segments.
        autoencoder: Its autoencoder.
    """

    def __init__(self, bundle: Bundle, autoencoder: Embedder) -> None:
        self.bundle = bundle
        self.autoencoder = autoencoder

    def __repr__(self) -> str:
        manifest = self.bundle.manifest
        classes = f"{len(manifest.classes)} classes, {manifest.prototypes_per_class} prototypes per class"
        return f"<Explainer {manifest.name} {manifest.version}: {classes}>"

    @property
    def classes(self) -> tuple[ClassInfo, ...]:
        """The classes, in the order of all lists over classes."""
        return self.bundle.manifest.classes

    @property
    def prototypes(self) -> tuple[PrototypeInfo, ...]:
        """The prototypes, in the bundle's order; `bundle.prototype_audio` gives the path of each one's sound."""
        return self.bundle.prototypes

    def explain(
        self,
        track: str | Path | BinaryIO | np.ndarray,
        *,
        sample_rate: int | None = None,
        name: str | None = None,
        first_part: bool = False,
    ) -> Explanation:
        """Explain how a track is classified.

        Args:
            track: The path of a media file, an open binary file, or samples: (n_samples,) or (n_samples, n_channels),
                where floating-point samples have a full scale of 1.
            sample_rate: Sample rate of the samples, in Hz; needed for samples only.
            name: Name of the track in the explanation. By default the name of the file.
            first_part: Explain the first 10 minutes of a longer track instead of raising an error.

        Returns:
            The explanation. In a notebook it is shown as a table with players.

        Raises:
            AudioError: The track can't be read, is silent, too short or too long.

        Example:
            >>> explainer = load("gtzan")
            >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, 5 * 44_100)
            >>> explanation = explainer.explain(noise, sample_rate=44_100)
            >>> [(segment.start_s, segment.end_s) for segment in explanation.segments]
            [(0.0, 4.0), (1.0, 5.0)]
        """
        if isinstance(track, np.ndarray):
            clip = clip_from_samples(track, sample_rate, name=name or "samples", first_part=first_part)
        else:
            source = Path(track) if isinstance(track, str | Path) else track
            clip = read_clip(source, name=name, first_part=first_part)
        explanation = explain(clip, self.bundle, self.autoencoder)
        return explanation.with_audio(self._prototype_audio)

    @property
    def _prototype_audio(self) -> dict[str, Path]:
        files = {item.id: prototype_audio_file(item.id) for item in self.prototypes}
        return {item: self.bundle.path / file for item, file in files.items() if file in self.bundle.manifest.files}

    @torch.inference_mode()
    def sonify(
        self, prototype_id: str, *, seed: int = 0, sampler: SamplerSettings | None = None
    ) -> tuple[np.ndarray, int]:
        """Decode a prototype to sound.

        Args:
            prototype_id: Id of the prototype, such as `jazz-0`.
            seed: Seed of the rhythm and the noise from which the sound is sampled. Every seed gives another sound.
            sampler: Solver, number of steps and guidance. By default those of the autoencoder.

        Returns:
            The sound, (n_samples,) float32 at -18 dBFS, and its sample rate in Hz.

        Raises:
            NotFoundError: There is no such prototype.
            BundleError: The bundle's autoencoder can't decode.
        """
        row = self.bundle.prototypes.index(self.bundle.prototype(prototype_id))
        latent = self.bundle.network.decodable_prototypes()[row : row + 1]  # (1, D)
        autoencoder = generative(self.autoencoder)
        generator = torch.Generator(latent.device).manual_seed(seed)
        rhythm = borrow_rhythm(self.bundle.training, latent, generator)
        return master(autoencoder.decode(latent, sampler, rhythm=rhythm, generator=generator)[0].numpy()), SAMPLE_RATE

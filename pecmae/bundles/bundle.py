"""Load and verify a bundle: everything needed to explain tracks with one trained prototype network.

A bundle is a folder of JSON, safetensors, Markdown and Ogg files (no code, no pickles):

- `manifest.json`: what it is, how it was made, what was measured, and the SHA-256 of every other file;
- `prototypes.safetensors`: the prototype network;
- `training.safetensors`: the embeddings of all training segments, with their labels, beats and map coordinates;
- `novelty.safetensors`: the calibrated detector of tracks that are unlike all training music; absent if it
  wasn't calibrated;
- `audio/`: the decoded audio of each prototype, and the audio of some training segments;
- `README.md`: the model card.

Loading verifies every hash. `pecmae.bundles.writing` makes and changes bundles.

Conventions: N training segments, M prototypes, C classes, D dimensions of the embedding. Embeddings are raw (as the
autoencoder gives them); distances are those that the network computes between normalised embeddings.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from pecmae.bundles.hub import download_bundle, is_address, parse_address
from pecmae.bundles.manifest import MANIFEST_FILE, Manifest, read_manifest
from pecmae.bundles.neighbourhoods import PrototypeInfo, describe_prototypes, distance_quantiles
from pecmae.bundles.novelty_detector import NOVELTY_FILE, NoveltyDetector, load_detector
from pecmae.bundles.training_points import TRAINING_FILE, TrainingPoints, load_training
from pecmae.errors import BundleError, NotFoundError
from pecmae.files import sha256
from pecmae.networks.autoencoder import Embedder
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.networks.configuration import NO_DECODER
from pecmae.networks.prototypes import PrototypeNetwork, mean_squared_distance
from pecmae.paths import MODELS

DEFAULT_BUNDLE = "gtzan"
PROTOTYPES_FILE = "prototypes.safetensors"
MODEL_CARD_FILE = "README.md"


@dataclass(frozen=True, eq=False)
class Bundle:
    """A loaded, verified bundle."""

    path: Path
    manifest: Manifest
    network: PrototypeNetwork
    training: TrainingPoints
    novelty: NoveltyDetector | None = None

    @cached_property
    def normalised_embeddings(self) -> np.ndarray:
        """The training embeddings in the space where distances are measured; shape (N, D)."""
        with torch.inference_mode():
            return self.network.normalise(torch.from_numpy(self.training.embeddings)).numpy()

    @cached_property
    def training_distances(self) -> np.ndarray:
        """Distance of every training segment to every prototype; shape (N, M)."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(self.training.embeddings)).distance.numpy()

    @cached_property
    def prototype_distances(self) -> np.ndarray:
        """Distance of every prototype to every other; shape (M, M)."""
        with torch.inference_mode():
            prototypes = self.network.adapted_prototypes()
            return mean_squared_distance(prototypes, prototypes).fill_diagonal_(0).numpy()

    @cached_property
    def training_classes(self) -> np.ndarray:
        """Class that the network gives to every training segment; shape (N,) int64."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(self.training.embeddings)).logits.argmax(dim=1).numpy()

    @cached_property
    def has_audio(self) -> np.ndarray:
        """Which training segments have sound in the bundle; shape (N,) bool."""
        return np.array([point_audio_file(name) in self.manifest.files for name in self.training.ids])

    @cached_property
    def prototypes(self) -> tuple[PrototypeInfo, ...]:
        """Details of every prototype: its class, audio and nearby segments, in the network's order."""
        training = self.training
        return describe_prototypes(
            self.manifest,
            self.training_distances,
            self.prototype_distances,
            training.labels,
            training.ids,
            self.has_audio,
        )

    @cached_property
    def distance_quantiles(self) -> np.ndarray:
        """Percentiles 0 to 100, per class, of the distance of its segments to its nearest prototype; shape (C, 101)."""
        return distance_quantiles(self.training_distances, self.training.labels, self.manifest.prototypes_per_class)

    def prototype(self, prototype_id: str) -> PrototypeInfo:
        """The prototype with this id.

        Raises:
            NotFoundError: `unknown_prototype`.
        """
        for prototype in self.prototypes:
            if prototype.id == prototype_id:
                return prototype
        classes = ", ".join(self.manifest.class_ids)
        raise NotFoundError(
            "unknown_prototype",
            f"Bundle {self.manifest.name!r} has no prototype {prototype_id!r}; give one of its classes and a number "
            f"from 0 to {self.manifest.prototypes_per_class - 1}, such as {self.prototypes[0].id!r}. The classes are "
            f"{classes}.",
        )

    def prototype_audio(self, prototype_id: str) -> Path:
        """The decoded sound of a prototype.

        Raises:
            NotFoundError: `unknown_prototype`, or `no_audio` if the bundle hasn't been sonified, or can't be.
        """
        name = prototype_audio_file(self.prototype(prototype_id).id)
        if not self.manifest.autoencoder.can_decode:
            raise NotFoundError("no_audio", f"Bundle {self.manifest.name!r}: {NO_DECODER}")
        return self._audio(name, "`python -m pecmae sonify` decodes the prototypes")

    def point_audio(self, point_id: str) -> Path:
        """The excerpt of a training segment.

        Raises:
            NotFoundError: `unknown_point`, or `no_audio` if the bundle has no sound of that segment.
        """
        if point_id not in self.training.index:
            raise NotFoundError(
                "unknown_point",
                f"Bundle {self.manifest.name!r} has no training segment {point_id!r}; give the id of its track, '@' "
                f"and its start in seconds, such as {self.training.ids[0]!r}.",
            )
        return self._audio(point_audio_file(point_id), "only some training segments have one")

    def _audio(self, name: str, remedy: str) -> Path:
        if name not in self.manifest.files:
            raise NotFoundError("no_audio", f"Bundle {self.manifest.name!r} has no sound {name}; {remedy}.")
        return self.path / name


def prototype_audio_file(prototype_id: str) -> str:
    """Relative path of a prototype's decoded sound."""
    return f"audio/prototypes/{prototype_id}.ogg"


def point_audio_file(point_id: str) -> str:
    """Relative path of a training segment's excerpt; `@`, which web addresses reserve, becomes `-`."""
    return f"audio/points/{point_id.replace('@', '-')}.ogg"


def list_bundles(root: Path = MODELS) -> list[str]:
    """Names of the bundles in a models folder: the default one first, then alphabetical."""
    names = [path.parent.name for path in root.glob(f"*/{MANIFEST_FILE}")]
    return sorted(names, key=lambda name: (name != DEFAULT_BUNDLE, name))


def find_bundle(name: str | None, root: Path = MODELS) -> Path:
    """The folder of a bundle.

    Args:
        name: A name that `list_bundles` gives; None for the first one.
        root: The models folder.

    Raises:
        NotFoundError: `unknown_bundle`, with the known names.
    """
    known = list_bundles(root)
    if not known:
        raise NotFoundError("unknown_bundle", f"There is no bundle in {root}; make one with `python -m pecmae build`.")
    if name is None:
        return root / known[0]
    if name not in known:
        raise NotFoundError("unknown_bundle", f"There is no bundle {name!r}; the known ones are: {', '.join(known)}.")
    return root / name


def locate_bundle(where: str | None, root: Path = MODELS, *, to_change: bool = False) -> Path:
    """As `find_bundle`, but also takes the path of a bundle's folder or an address on the Hugging Face Hub.

    For the command line and settings, not for names that come over the network.

    Args:
        where: A name, a path, or `hf://owner/name[@revision]`, whose files are downloaded if they aren't in the
            cache.
        root: The models folder.
        to_change: Whether the caller will change the bundle; downloaded bundles must not be changed.

    Raises:
        NotFoundError: `unknown_bundle`, with the known names.
        BundleError: `copy_of_hub` if a download was to be changed; else as `hub.download_bundle`.
    """
    if where is not None and is_address(where):
        address = parse_address(where)
        if to_change:
            raise BundleError(
                "copy_of_hub",
                f"{address} can't be changed, because its files lie in a cache that other programs share; copy them "
                f"with `hf download {address.repository} --local-dir models/NAME`, and change the copy.",
            )
        return download_bundle(address)
    if where is not None and where not in list_bundles(root):
        path = Path(where)
        if (path / MANIFEST_FILE).is_file():
            return path
    return find_bundle(where, root)


def load_bundle(path: Path) -> Bundle:
    """Load a bundle and verify every file of it.

    Args:
        path: The bundle's folder.

    Returns:
        The bundle, its network in evaluation mode on the CPU.

    Raises:
        BundleError: If a file is missing, altered or has an unsupported schema; the message names the file.
    """
    manifest = read_manifest(path / MANIFEST_FILE)
    for name, expected in manifest.files.items():
        if not (path / name).is_file():
            raise BundleError("missing_file", f"{path / name} is missing; fetch or build the bundle again.")
        if sha256(path / name) != expected:
            raise BundleError(
                "altered_file",
                f"{path / name} was changed or damaged, since its checksum isn't the manifest's; fetch the bundle "
                "again.",
            )
    for name in (PROTOTYPES_FILE, TRAINING_FILE):
        if name not in manifest.files:
            raise BundleError("missing_file", f"The manifest of {path} doesn't list {name}; build the bundle again.")
    network = _load_network(path / PROTOTYPES_FILE, manifest)
    training = load_training(path, manifest)
    if training.embeddings.shape[1] != network.dim:
        raise BundleError(
            "bad_bundle",
            f"The embeddings in {path / TRAINING_FILE} have {training.embeddings.shape[1]} dimensions, and the "
            f"prototypes have {network.dim}; fetch or build the bundle again.",
        )
    detector = load_detector(path / NOVELTY_FILE, network.dim) if NOVELTY_FILE in manifest.files else None
    return Bundle(path, manifest, network, training, detector)


def verify_autoencoder(bundle: Bundle, fingerprint: str) -> None:
    """Check that an autoencoder is the one that the bundle was trained with.

    Args:
        bundle: The bundle.
        fingerprint: `checkpoint_fingerprint` of the autoencoder.

    Raises:
        BundleError: If it is a different one; distances would be meaningless.
    """
    expected = bundle.manifest.autoencoder
    if fingerprint != expected.fingerprint:
        raise BundleError(
            "wrong_autoencoder",
            f"Bundle {bundle.manifest.name!r} was trained with another version of the autoencoder {expected.name!r} "
            f"than the one found here (fingerprint {expected.fingerprint[:12]}, not {fingerprint[:12]}); build the "
            "bundle again, or fetch the autoencoder that belongs to it.",
        )


def load_autoencoder_of(bundle: Bundle, models: Path = MODELS) -> Embedder:
    """Load the autoencoder that a bundle names, and verify its fingerprint.

    Args:
        bundle: The bundle.
        models: The models folder.

    Raises:
        BundleError: If it is missing, damaged or another one.
    """
    name = bundle.manifest.autoencoder.name
    verify_autoencoder(bundle, checkpoint_fingerprint(name, models))
    return load_checkpoint(name, models)


def _load_network(path: Path, manifest: Manifest) -> PrototypeNetwork:
    try:
        state = {name: tensor.float() for name, tensor in load_file(path).items()}
        n_classes, n_prototypes = len(manifest.classes), manifest.n_prototypes
        dim = state["prototypes"].shape[1]
        sizes = {"prototypes": (n_prototypes, dim), "linear.weight": (n_classes, n_prototypes)}
        if manifest.adaptor:
            sizes["adaptor.self_attn.in_proj_weight"] = (3 * dim, dim)
        for name, size in sizes.items():  # check first: a wrong manifest mustn't allocate a huge network
            if state[name].shape != size:
                found = tuple(state[name].shape)
                raise BundleError("bad_bundle", f"In {path}, {name} has the size {found}; its manifest needs {size}.")
        network = PrototypeNetwork(n_classes, manifest.prototypes_per_class, dim, manifest.adaptor)
        network.load_state_dict(state)
    except (SafetensorError, KeyError, IndexError, RuntimeError) as error:
        raise BundleError("bad_bundle", f"{path} can't be loaded as its manifest describes it: {error}") from error
    if not all(tensor.isfinite().all() for tensor in network.state_dict().values()):
        raise BundleError("bad_bundle", f"{path} has weights that are infinite or not numbers; fetch the bundle again.")
    return network.eval()

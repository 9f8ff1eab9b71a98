"""Build a bundle of a dataset: embed, train, evaluate, pack, sonify, map; interrupted at any point, it goes on.

What is in the making lies in a work folder, the bundle appears at its place only whole:

- `WORK/embeddings/COLLECTION/`: embeddings of datasets whose own folder is not ours to write into, shared by all
  builds, so that training with other settings takes seconds;
- `WORK/NAME.making/KEY/`: what the build NAME has reached, a folder a stage, each there only once its stage is done.
  KEY stands for all that the bundle depends on: audio, labels, splits, autoencoder, settings. It is in the manifest
  too, by which a bundle that is already there is known.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save_file

import pecmae
from pecmae.bundles.bundle import Bundle, load_bundle
from pecmae.bundles.manifest import MANIFEST_FILE, AutoencoderReference, read_manifest
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import CACHE_FOLDER, EmbeddedDataset, audio_digests, embed_dataset
from pecmae.errors import BundleError
from pecmae.evaluation.comparison import compare_classifiers
from pecmae.evaluation.model_card import refresh_model_card
from pecmae.evaluation.provenance import describe_run
from pecmae.evaluation.recognition import cycle_consistency
from pecmae.explain.sonification import SonificationSettings, sonify, store_sonification
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.networks.codec import MelCodec
from pecmae.networks.configuration import SamplerSettings
from pecmae.networks.embedder import Embedder, default_sampler, generative
from pecmae.networks.prototypes import CLASSIFICATION_WEIGHT, PrototypeNetwork
from pecmae.paths import MODELS
from pecmae.training.build_progress import BuildClock, BuildProgress, embedding_pace_s, guess_size, measure_size
from pecmae.training.mapping import map_bundle, usual_map
from pecmae.training.packaging import BundleDescription, check_target, package_bundle
from pecmae.training.prototype_training import PrototypeSettings, default_steps, train_prototypes

__all__ = ["BuildProgress", "BuildSettings", "build_bundle"]

BUILD_KEY = "build"
DEFAULT_PROTOTYPES, DEFAULT_VIEWS = 3, 2
HEAD, HEAD_FACTS, METRICS = "head.safetensors", "head.json", "metrics.json"


@dataclass(frozen=True)
class BuildSettings:
    """How a bundle is made; what is None is chosen for the dataset.

    Args:
        prototypes_per_class: K; None is 3, or less where a class has fewer than two training segments a prototype.
        adaptor: Whether prototypes pass a transformer layer.
        classification_weight: The paper's lambda.
        n_steps: Training steps; None is `prototypes.default_steps`.
        n_views: Augmented views of every training track; None is 2 where the autoencoder's codec can make them, else 0.
        seed: Of training, of the choice of points, of the sampler and the map.
        points_per_class: Training segments a class that the bundle carries with their sound.
        title: One line for people; if empty, it is made from the dataset's name.
        version: Of the bundle.
        sampler: How prototypes are decoded; None is as the autoencoder's configuration says.
    """

    prototypes_per_class: int | None = None
    adaptor: bool = False
    classification_weight: float = CLASSIFICATION_WEIGHT
    n_steps: int | None = None
    n_views: int | None = None
    seed: int = 0
    points_per_class: int = 60
    title: str = ""
    version: str = "1.0.0"
    sampler: SamplerSettings | None = None

    def __post_init__(self) -> None:
        if self.points_per_class < 1:
            raise BundleError("bad_argument", "A bundle needs at least 1 point a class (--points-per-class).")
        if self.n_views is not None and self.n_views < 0:
            raise BundleError("bad_argument", "--views can't be negative; 0 trains on the tracks as they are.")
        PrototypeSettings(
            1 if self.prototypes_per_class is None else self.prototypes_per_class,
            classification_weight=self.classification_weight,
            n_steps=1 if self.n_steps is None else self.n_steps,
        )  # refuses what can't be trained before anything is embedded


def build_bundle(
    dataset: Dataset,
    autoencoder_name: str,
    settings: BuildSettings,
    out: Path,
    *,
    models: Path = MODELS,
    work: Path,
    device: str = "cpu",
    on_progress: Callable[[BuildProgress], None] = lambda _progress: None,
    command: Callable[..., Sequence[str | Path]] | None = None,
    complete: bool = True,
) -> Bundle:
    """Build a bundle, or go on with one whose building was interrupted.

    Args:
        dataset: The labelled tracks.
        autoencoder_name: The frozen autoencoder, by its name in `models`.
        settings: How.
        out: The bundle's folder; its name becomes the bundle's. A bundle that is there is replaced in the end, or, if
            it was built of the same with the same settings, left and loaded; then nothing is told to `on_progress`.
        models: The models folder.
        work: Folder of what is in the making, on the file system of `out`.
        device: Where to embed, train and decode.
        on_progress: Told how far it is.
        command: Returns the words of the command to note in the bundle, given the values of its parameters that were
            chosen for the dataset.
        complete: Whether to sonify and map too.

    Returns:
        The bundle, loaded and verified.

    Raises:
        BundleError: `out` can't take a bundle, or the autoencoder is missing.
        DatasetError: A track can't be read, or a class is too small.
    """
    check_target(out)
    reference = AutoencoderReference(autoencoder_name, checkpoint_fingerprint(autoencoder_name, models))
    digests = audio_digests(dataset)
    key = build_key(dataset, digests, reference, settings, complete)
    state = work / f"{out.name}.making" / key[:16]
    if (built := _already_built(out, key)) is not None:
        shutil.rmtree(state.parent, ignore_errors=True)
        return built

    autoencoder = load_checkpoint(autoencoder_name, models, device)
    n_views = _n_views(settings, autoencoder)
    n_prototypes = settings.prototypes_per_class or DEFAULT_PROTOTYPES
    size = guess_size(dataset, n_views, settings.n_steps, n_prototypes, settings.points_per_class)
    clock = BuildClock(size, embedding_pace_s(autoencoder, device), on_progress)
    embedded = embed_dataset(
        dataset,
        autoencoder,
        reference.fingerprint,
        n_views=n_views,
        device=device,
        cache=embeddings_folder(dataset, work),
        digests=digests,
        show_progress=False,
        on_progress=clock.stage("embed"),
    )
    head = _head_settings(settings, embedded)
    clock.size = measure_size(embedded, head, settings.points_per_class)

    def train(folder: Path) -> None:
        checkpoint, tell = state / "checkpoint.pt", clock.stage("train")
        trained = train_prototypes(
            embedded.training,
            embedded.part("valid"),
            head,
            device=device,
            checkpoint=checkpoint,
            show_progress=False,
            on_progress=tell,
        )
        facts = {
            "best_step": trained.best_step,
            "best_validation_loss": round(trained.best_validation_loss, 6),
        }
        save_file({name: value.contiguous() for name, value in trained.network.state_dict().items()}, folder / HEAD)
        (folder / HEAD_FACTS).write_text(json.dumps(facts))

    def evaluate(folder: Path) -> None:
        tell = clock.stage("evaluate")
        tell(0, 1)
        comparison = compare_classifiers(embedded, network, settings.seed)
        (folder / METRICS).write_text(json.dumps(comparison))
        tell(1, 1)

    def pack(folder: Path) -> None:
        chosen = {
            "prototypes_per_class": head.prototypes_per_class,
            "classification_weight": head.classification_weight,
            "steps": head.n_steps,
            "views": n_views,
        }
        words = command(**chosen) if command else []
        provenance = {
            **describe_run(words, device),
            "seed": settings.seed,
            "steps": head.n_steps,
            "views": n_views,
            "lambda": settings.classification_weight,
            **json.loads((trained / HEAD_FACTS).read_text()),
            BUILD_KEY: key,
        }
        package_bundle(
            folder / out.name,
            dataset,
            embedded,
            network,
            json.loads((evaluated / METRICS).read_text()),
            BundleDescription(settings.title, settings.version, reference, provenance),
            points_per_class=settings.points_per_class,
            seed=settings.seed,
            on_progress=clock.stage("pack"),
        )

    def decode(folder: Path) -> None:
        bundle = load_bundle(Path(shutil.copytree(packed / out.name, folder / out.name)))
        sonification = sonify(
            bundle,
            generative(autoencoder),
            SonificationSettings(settings.sampler or default_sampler(autoencoder), settings.seed),
            kept=state / "sounds",
            on_progress=clock.stage("sonify"),
        )
        store_sonification(bundle, sonification, cycle_consistency([sonification]))

    def draw_map(folder: Path) -> None:
        bundle = load_bundle(Path(shutil.copytree(finished / out.name, folder / out.name)))
        tell = clock.stage("map")
        tell(0, 1)
        refresh_model_card(map_bundle(bundle, usual_map(bundle, settings.seed), show_progress=False))
        tell(1, 1)

    trained = _stage(state / "train", train)
    network = _load_head(trained / HEAD, embedded, head)
    evaluated = _stage(state / "evaluate", evaluate)
    finished = packed = _stage(state / "pack", pack)
    if complete and autoencoder.can_decode:
        finished = _stage(state / "sonify", decode)
    if complete:
        finished = _stage(state / "map", draw_map)
    _put_in_place(finished / out.name, out, state)
    return load_bundle(out)


def build_key(
    dataset: Dataset,
    digests: Mapping[str, str],
    reference: AutoencoderReference,
    settings: BuildSettings,
    complete: bool = True,
) -> str:
    """SHA-256 over all that a bundle depends on.

    Args:
        dataset: The labelled tracks.
        digests: `audio_digests` of them.
        reference: The autoencoder.
        settings: How it is built.
        complete: Whether it is sonified and mapped.
    """
    tracks = [(track.id, track.class_id, track.split, track.title, digests[track.id]) for track in dataset.tracks]
    depends_on = {
        "program": pecmae.__version__,
        "dataset": dataset.description.model_dump(mode="json"),
        "classes": [asdict(item) for item in dataset.classes],
        "tracks": tracks,
        "autoencoder": asdict(reference),
        "settings": asdict(settings),
        "complete": complete,
    }
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()


def embeddings_folder(dataset: Dataset, work: Path) -> Path:
    """Where a dataset's embeddings are cached: with it, if its folder is ours, else in the work folder."""
    if dataset.keeps_embeddings:
        return dataset.path / CACHE_FOLDER
    where = hashlib.sha256(str(dataset.path.resolve()).encode()).hexdigest()
    return work / CACHE_FOLDER / f"{dataset.path.stem}-{where[:8]}"


def _already_built(out: Path, key: str) -> Bundle | None:
    """The bundle at `out`, if it is whole and of that key."""
    try:
        return load_bundle(out) if read_manifest(out / MANIFEST_FILE).provenance.build == key else None
    except BundleError:
        return None


def _stage(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder of a stage's results; it is made beside its place and moved there, so that it's there only whole."""
    if not folder.is_dir():
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        make(partial)
        partial.rename(folder)
    return folder


def _put_in_place(finished: Path, out: Path, state: Path) -> None:
    """Move a finished bundle to its place; one that is there gives way at that moment, not before."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        replaced = state / "replaced"
        shutil.rmtree(replaced, ignore_errors=True)
        out.rename(replaced)
    finished.rename(out)
    shutil.rmtree(state.parent)


def _n_views(settings: BuildSettings, autoencoder: Embedder) -> int:
    can_view = isinstance(autoencoder, GenerativeAutoencoder) and isinstance(autoencoder.codec, MelCodec)
    if settings.n_views and not can_view:
        raise BundleError(
            "bad_argument", f"The autoencoder {autoencoder.config.name!r} has no spectrogram to vary; give --views 0."
        )
    return settings.n_views if settings.n_views is not None else DEFAULT_VIEWS * can_view


def _head_settings(settings: BuildSettings, embedded: EmbeddedDataset) -> PrototypeSettings:
    smallest = int(np.bincount(embedded.part("train").labels, minlength=len(embedded.classes)).min())
    return PrototypeSettings(
        settings.prototypes_per_class or min(DEFAULT_PROTOTYPES, max(1, smallest // 2)),
        adaptor=settings.adaptor,
        classification_weight=settings.classification_weight,
        n_steps=settings.n_steps or default_steps(len(embedded.training)),
        seed=settings.seed,
    )


def _load_head(path: Path, embedded: EmbeddedDataset, head: PrototypeSettings) -> PrototypeNetwork:
    dim = embedded.embeddings.shape[1]
    network = PrototypeNetwork(len(embedded.classes), head.prototypes_per_class, dim, head.adaptor)
    network.load_state_dict(load_file(path))
    return network.eval()

"""Build a bundle of a dataset. An interrupted build continues when it is started again.

Intermediate results lie in a work folder, and the bundle is written once, when all of it is known:

- `WORK/embeddings/DATASET/`: embeddings of datasets into whose own folder we mustn't write, shared by all builds, so
  that training with other settings takes seconds;
- `WORK/NAME.making/KEY/`: results of the stages of the build NAME. KEY stands for all that the bundle depends on:
  audio, labels, splits, autoencoder, settings. The manifest contains it too, which identifies a bundle that has been
  built already.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pecmae
from pecmae.bundles.bundle import Bundle, load_bundle
from pecmae.bundles.manifest import MANIFEST_FILE, AutoencoderReference, read_manifest
from pecmae.bundles.writing import write_bundle
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import CACHE_FOLDER, audio_digests
from pecmae.errors import BundleError
from pecmae.evaluation.model_card import render_model_card
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.paths import MODELS
from pecmae.training.build_progress import BuildClock, BuildProgress, embedding_pace_s, estimate_size
from pecmae.training.build_settings import DEFAULT_PROTOTYPES, BuildSettings
from pecmae.training.build_stages import (
    BuildContext,
    draw_map,
    embed,
    evaluate,
    measure_beats,
    pack,
    sonify_prototypes,
    train,
    validate,
)
from pecmae.training.novelty_calibration import load_non_music
from pecmae.training.packaging import check_target

__all__ = ["STAGES", "BuildProgress", "BuildSettings", "build_bundle"]

STAGES: dict[str, Callable[[BuildContext], None]] = {
    "embed": embed,
    "validate": validate,
    "train": train,
    "evaluate": evaluate,
    "beats": measure_beats,
    "pack": pack,
    "sonify": sonify_prototypes,
    "map": draw_map,
}
"""The stages of a build, in order; `validate` is for datasets with blocks."""


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
    """Build a bundle, or continue a build that was interrupted.

    Args:
        dataset: The labelled tracks.
        autoencoder_name: The frozen autoencoder, by its name in `models`.
        settings: How the bundle is built.
        out: The bundle's folder; its name becomes the bundle's. An existing bundle is replaced at the end. If it was
            built of the same material with the same settings, it is left as it is, and `on_progress` isn't called.
        models: The models folder.
        work: Folder of intermediate results, on the file system of `out`.
        device: Where to embed, train and decode.
        on_progress: Called with the progress.
        command: Returns the words of the command to note in the bundle, given the values of its parameters that were
            chosen for the dataset.
        complete: Whether to run the stages `sonify` and `map` too.

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
    left_out = (set() if complete else {"sonify", "map"}) | (set() if dataset.has_blocks else {"validate"})
    stages = [name for name in STAGES if name not in left_out and (name != "sonify" or autoencoder.can_decode)]
    n_prototypes = settings.prototypes_per_class or DEFAULT_PROTOTYPES
    size = estimate_size(dataset, settings.n_steps, n_prototypes, settings.points_per_class)
    context = BuildContext(
        out=out,
        dataset=dataset,
        digests=digests,
        reference=reference,
        autoencoder=autoencoder,
        settings=settings,
        key=key,
        device=device,
        state=state,
        cache=embeddings_folder(dataset, work),
        clock=BuildClock(stages, size, embedding_pace_s(autoencoder, device), on_progress),
        non_music=load_non_music(models / autoencoder_name),
        command=command,
    )
    for name in stages:
        STAGES[name](context)
    return _write(context)


def build_key(
    dataset: Dataset,
    digests: Mapping[str, str],
    reference: AutoencoderReference,
    settings: BuildSettings,
    complete: bool = True,
) -> str:
    """SHA-256 of all that a bundle depends on.

    Args:
        dataset: The labelled tracks.
        digests: `audio_digests` of the dataset.
        reference: The autoencoder.
        settings: How the bundle is built.
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
    """Where a dataset's embeddings are cached: in its own folder if it is ours, otherwise in the work folder."""
    if dataset.keeps_embeddings:
        return dataset.path / CACHE_FOLDER
    where = hashlib.sha256(str(dataset.path.resolve()).encode()).hexdigest()
    return work / CACHE_FOLDER / f"{dataset.path.stem}-{where[:8]}"


def _already_built(out: Path, key: str) -> Bundle | None:
    """The bundle at `out`, if it is whole and has that key."""
    try:
        return load_bundle(out) if read_manifest(out / MANIFEST_FILE).provenance.build == key else None
    except BundleError:
        return None


def _write(context: BuildContext) -> Bundle:
    """Write the bundle beside its place and move it there; an existing one is replaced at that moment."""
    out, state, bundle = context.out, context.state, context.bundle
    written, replaced = state / "bundle" / out.name, state / "replaced"
    shutil.rmtree(written, ignore_errors=True)
    shutil.rmtree(replaced, ignore_errors=True)
    write_bundle(
        written,
        bundle.manifest,
        bundle.network,
        bundle.training,
        audio=((name, file.read_bytes()) for name, file in context.audio.items()),
        model_card=render_model_card(bundle.manifest),
        novelty=bundle.novelty,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        out.rename(replaced)
    written.rename(out)
    shutil.rmtree(state.parent)
    return load_bundle(out)

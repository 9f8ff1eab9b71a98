"""The stages of a build. Each one reads the context and adds its results to it.

A stage's results are files in a folder of their own, which appears only once the stage is done. A build that is killed
therefore repeats at most the stage that it was in, and the long stages (embed, train, sonify) keep what they did.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel
from safetensors.torch import load_file, save_file

from pecmae.bundles.bundle import Bundle, prototype_audio_file
from pecmae.bundles.manifest import AutoencoderReference, DecodedPrototype, Manifest, changed
from pecmae.bundles.measurements import Recognition
from pecmae.bundles.origin import SonificationOrigin
from pecmae.bundles.training_points import TrainingPoints
from pecmae.datasets.dataset import Dataset
from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset
from pecmae.datasets.segment_rhythms import measure_rhythms
from pecmae.evaluation.comparison import BLOCKS, add_part, compare_classifiers
from pecmae.evaluation.provenance import describe_run
from pecmae.evaluation.recognition import cycle_consistency
from pecmae.evaluation.tables import VALIDATION
from pecmae.explain.sonification import SonificationSettings, decode_point, decoded_prototypes, sonify
from pecmae.files import write_at_once
from pecmae.networks.autoencoder import Embedder, default_sampler, generative
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.build_progress import BuildClock, measure_size
from pecmae.training.build_settings import BuildSettings
from pecmae.training.cross_validation import (
    PROTOTYPE_COUNTS,
    CrossValidation,
    calibration_parts,
    cross_validate,
    head_grid,
)
from pecmae.training.mapping import fit_map, measure_map, usual_map
from pecmae.training.novelty_calibration import fit_novelty
from pecmae.training.packaging import describe_bundle, point_sounds, training_points, write_points
from pecmae.training.prototype_training import PrototypeSettings, train_prototypes

VALIDATION_FILE = "validation.json"
HEAD_FILE, TRAINING_FILE, METRICS_FILE = "head.safetensors", "training.json", "metrics.json"
BEATS_FILE, SONIFIED_FILE, COORDINATES_FILE = "beats.npz", "sonified.json", "coordinates.npz"

Report = Callable[[int, int], None]
"""Called with the number of units that are done and the number of all."""


class Sonified(BaseModel):
    """The results of the stage `sonify`, beside the sounds."""

    decoded: tuple[DecodedPrototype, ...]
    cycle_consistency: Recognition
    origin: SonificationOrigin


@dataclass(eq=False)
class BuildContext:
    """All that the stages of one build know.

    Attributes:
        out: The bundle's folder.
        dataset: The labelled tracks.
        digests: SHA-256 of every track's audio file, by the track's id.
        reference: Name and fingerprint of the autoencoder.
        autoencoder: The autoencoder, on `device`.
        settings: How the bundle is built.
        key: SHA-256 of all that the bundle depends on.
        device: Where to embed, train and decode.
        state: Folder of the stages' results.
        cache: Folder of the embeddings.
        clock: Reports the progress.
        non_music: Embeddings of sounds that aren't music, by kind.
        command: Returns the command that repeats the build, given the values that were chosen for the dataset.
        embedded: The embedded dataset; added by `embed`.
        head: The training settings of the network; added by `embed`.
        validation: The results of the cross-validation of a dataset with blocks; added by `validate`.
        network: The trained network; added by `train`.
        best: Step and validation loss of the network; added by `train`.
        metrics: Results on the test split; added by `evaluate`.
        training: The training segments, with principal components as a first map; added by `beats`.
        bundle: The bundle in memory; added by `pack`, extended by `sonify` and `map`.
        audio: Relative path in the bundle and file of every sound; added by `pack` and `sonify`.
    """

    out: Path
    dataset: Dataset
    digests: dict[str, str]
    reference: AutoencoderReference
    autoencoder: Embedder
    settings: BuildSettings
    key: str
    device: str
    state: Path
    cache: Path
    clock: BuildClock
    non_music: dict[str, np.ndarray]
    command: Callable[..., Sequence[str | Path]] | None
    embedded: EmbeddedDataset = field(init=False)
    head: PrototypeSettings = field(init=False)
    validation: CrossValidation | None = field(init=False, default=None)
    network: PrototypeNetwork = field(init=False)
    best: dict[str, Any] = field(init=False)
    metrics: dict[str, Any] = field(init=False)
    training: TrainingPoints = field(init=False)
    bundle: Bundle = field(init=False)
    audio: dict[str, Path] = field(init=False, default_factory=dict)

    def once(self, stage: str, make: Callable[["BuildContext", Path, Report], None]) -> Path:
        """The folder of a stage's results, which are made if they aren't there yet."""
        folder = self.state / stage
        if not folder.is_dir():
            partial = folder.with_name(f"{stage}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            make(self, partial, self.clock.stage(stage))
            partial.rename(folder)
        return folder

    def add_audio(self, folder: Path) -> None:
        """Add the sounds in a stage's folder to the bundle."""
        self.audio |= {path.relative_to(folder).as_posix(): path for path in sorted(folder.glob("audio/*/*.ogg"))}

    def describe(self, manifest: Manifest) -> None:
        """Replace the manifest of the bundle in memory."""
        self.bundle = replace(self.bundle, manifest=manifest)


def embed(context: BuildContext) -> None:
    """Embed all tracks; the cache of embeddings keeps each track."""
    context.embedded = embed_dataset(
        context.dataset,
        context.autoencoder,
        context.reference.fingerprint,
        device=context.device,
        cache=context.cache,
        digests=context.digests,
        show_progress=False,
        on_progress=context.clock.stage("embed"),
    )
    context.head = context.settings.head_for(context.embedded)
    context.clock.size = measure_size(context.embedded, context.head, context.settings.points_per_class)


def validate(context: BuildContext) -> None:
    """Choose the number of prototypes and measure the choice, both by cross-validation in blocks."""
    folder = context.once("validate", _validate)
    context.validation = CrossValidation.model_validate_json((folder / VALIDATION_FILE).read_text())
    best = context.validation.best
    context.head = replace(context.head, prototypes_per_class=best.prototypes_per_class)


def train(context: BuildContext) -> None:
    """Train the prototype network; a checkpoint keeps the state of training."""
    folder = context.once("train", _train)
    head, embedded = context.head, context.embedded
    network = PrototypeNetwork(
        len(embedded.classes), head.prototypes_per_class, embedded.embeddings.shape[1], head.adaptor
    )
    network.load_state_dict(load_file(folder / HEAD_FILE))
    context.network = network.eval()
    context.best = json.loads((folder / TRAINING_FILE).read_text())


def evaluate(context: BuildContext) -> None:
    """Measure the network, an MLP and kNN on the test split, if there is one; add what was cross-validated."""
    folder = context.once("evaluate", _evaluate)
    context.metrics = json.loads((folder / METRICS_FILE).read_text())
    if context.validation is not None:
        context.metrics = add_part(context.metrics, BLOCKS, context.validation.tested)
        context.metrics["evaluation"] = {VALIDATION: context.validation.model_dump(mode="json")}


def measure_beats(context: BuildContext) -> None:
    """Measure the beat of all training segments, to which they and the prototypes are decoded."""
    with np.load(context.once("beats", _measure_beats) / BEATS_FILE, allow_pickle=False) as found:
        beats = found["period_s"], found["strength"]
    context.training = training_points(context.dataset, context.embedded.part("train"), context.network, beats)


def pack(context: BuildContext) -> None:
    """Describe the bundle, and encode excerpts of training segments, or their decoded embeddings."""
    context.add_audio(context.once("pack", _pack))
    head = context.head
    is_validated = context.validation is not None
    chosen = {
        "prototypes_per_class": context.settings.prototypes_per_class if is_validated else head.prototypes_per_class,
        "classification_weight": head.classification_weight,
        "n_steps": head.n_steps,
    }
    run = describe_run(context.command(**chosen) if context.command else [], context.device)
    provenance = {
        **run,
        "evaluation": {VALIDATION: run} if is_validated and context.command else {},
        "seed": head.seed,
        "steps": head.n_steps,
        "lambda": head.classification_weight,
        **context.best,
        "build": context.key,
    }
    manifest = describe_bundle(
        context.out.name,
        context.dataset,
        context.embedded,
        context.network,
        context.metrics,
        provenance,
        title=context.settings.title,
        version=context.settings.version,
        autoencoder=context.reference,
        point_sounds=point_sounds(context.dataset, context.autoencoder),
    )
    novelty = fit_novelty(*calibration_parts(context.embedded), context.non_music)
    context.bundle = Bundle(context.out, manifest, context.network, context.training, novelty)


def sonify_prototypes(context: BuildContext) -> None:
    """Decode the prototypes and classify the sounds; decoded batches are kept."""
    folder = context.once("sonify", _sonify)
    context.add_audio(folder)
    found = Sonified.model_validate_json((folder / SONIFIED_FILE).read_text(encoding="utf-8"))
    manifest = context.bundle.manifest
    metrics = changed(manifest.metrics, cycle_consistency=found.cycle_consistency)
    provenance = changed(manifest.provenance, sonification=found.origin)
    context.describe(changed(manifest, decoded=found.decoded, metrics=metrics, provenance=provenance))


def draw_map(context: BuildContext) -> None:
    """Place all training segments and prototypes on the map, and measure its trustworthiness."""
    with np.load(context.once("map", _draw_map) / COORDINATES_FILE, allow_pickle=False) as coordinates:
        training = replace(context.bundle.training, **coordinates)
    settings = usual_map(context.bundle, context.settings.seed)
    context.bundle = replace(context.bundle, training=training)
    manifest = context.bundle.manifest
    metrics = changed(manifest.metrics, map_trustworthiness=measure_map(context.bundle))
    provenance = changed(manifest.provenance, map=asdict(settings))
    context.describe(changed(manifest, metrics=metrics, provenance=provenance))


def _validate(context: BuildContext, folder: Path, report: Report) -> None:
    settings, embedded = context.settings, context.embedded
    counts = (settings.prototypes_per_class,) if settings.prototypes_per_class else PROTOTYPE_COUNTS
    heads = head_grid(embedded, counts, (settings.classification_weight,), adaptor=settings.adaptor)
    result = cross_validate(embedded, heads, context.state / "heads", n_steps=settings.n_steps, on_progress=report)
    (folder / VALIDATION_FILE).write_text(result.model_dump_json())


def _train(context: BuildContext, folder: Path, report: Report) -> None:
    trained = train_prototypes(
        context.embedded.part("train"),
        None if context.dataset.has_blocks else context.embedded.part("valid"),
        context.head,
        device=context.device,
        checkpoint=context.state / "checkpoint.pt",
        show_progress=False,
        on_progress=report,
    )
    weights = {name: value.contiguous() for name, value in trained.network.state_dict().items()}
    save_file(weights, folder / HEAD_FILE)
    loss = trained.best_validation_loss
    best = {"best_step": trained.best_step, "best_validation_loss": None if loss is None else round(loss, 6)}
    (folder / TRAINING_FILE).write_text(json.dumps(best))


def _evaluate(context: BuildContext, folder: Path, report: Report) -> None:
    report(0, 1)
    metrics: dict[str, Any] = {}
    if not context.dataset.has_blocks or "test" in context.embedded.split:
        metrics = compare_classifiers(context.embedded, context.network, context.settings.seed)
    (folder / METRICS_FILE).write_text(json.dumps(metrics))
    report(1, 1)


def _measure_beats(context: BuildContext, folder: Path, report: Report) -> None:
    period_s, strength = measure_rhythms(context.dataset, context.embedded.part("train"), report)
    np.savez(folder / BEATS_FILE, period_s=period_s, strength=strength)


def _pack(context: BuildContext, folder: Path, report: Report) -> None:
    settings, autoencoder = context.settings, context.autoencoder
    decoded = None
    if point_sounds(context.dataset, autoencoder) == "decoded":
        sampler = settings.sampler or default_sampler(autoencoder)
        generator = torch.Generator().manual_seed(settings.seed)

        def decoded(row: int) -> np.ndarray:
            return decode_point(context.training, row, generative(autoencoder), sampler, generator)

    write_points(
        folder,
        context.dataset,
        context.embedded.part("train"),
        context.network,
        points_per_class=settings.points_per_class,
        seed=settings.seed,
        decode=decoded,
        on_progress=report,
    )


def _sonify(context: BuildContext, folder: Path, report: Report) -> None:
    settings = context.settings
    sonification = sonify(
        context.bundle,
        generative(context.autoencoder),
        SonificationSettings(settings.sampler or default_sampler(context.autoencoder), settings.seed),
        kept=context.state / "sounds",
        on_progress=report,
    )
    for name, contents in zip(context.bundle.manifest.prototype_ids, sonification.audio, strict=True):
        write_at_once(folder / prototype_audio_file(name), contents)
    sonified = Sonified(
        decoded=decoded_prototypes(context.bundle, sonification),
        cycle_consistency=cycle_consistency([sonification]),
        origin=SonificationOrigin(**sonification.settings.to_json()),
    )
    (folder / SONIFIED_FILE).write_text(sonified.model_dump_json(by_alias=True), encoding="utf-8")


def _draw_map(context: BuildContext, folder: Path, report: Report) -> None:
    report(0, 1)
    settings = usual_map(context.bundle, context.settings.seed)
    coordinates, prototype_coordinates = fit_map(context.bundle, settings, show_progress=False)
    np.savez(folder / COORDINATES_FILE, coordinates=coordinates, prototype_coordinates=prototype_coordinates)
    report(1, 1)

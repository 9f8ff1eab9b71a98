"""What matters to the encoder: the same short training with one thing changed at a time.

    python benchmarks/ablation.py --dataset data/genres data/instruments --real RECORDINGS

Every variant trains frame encoder and pooler from the same seed on the same batches, then an MLP on the embeddings
of the first tracks of every class. It reports the MLP's balanced accuracy of tracks in %: of each dataset's test
tracks with soundfonts of the training and with the unseen one, and of a folder of recordings named such as
3-flute-2.flac. Trainings are short, so the table compares variants and says little of what each could reach.
Interrupted, the same command goes on; a variant that is done isn't trained again.
"""

import argparse
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from report import report
from torch import Tensor, nn
from tqdm import tqdm

from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.evaluation.baselines import MlpSettings, train_mlp
from pecmae.evaluation.comparison import evaluate_segments, parts_of_test
from pecmae.evaluation.recordings import embed_recordings, read_recordings
from pecmae.networks.configuration import COMPACT, AutoencoderConfig
from pecmae.training.denoiser_training import with_frozen_encoder
from pecmae.training.encoder_training import Objective, pretrain_encoder
from pecmae.training.loop import LoopConfig, pick_device
from pecmae.training.pretraining import Pretraining, measure_codec

REAL_KIND = "instruments"
LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Variant:
    """One line of the table."""

    title: str
    objective: Objective = field(default_factory=Objective)
    config: AutoencoderConfig = COMPACT

    @property
    def folder(self) -> str:
        return self.title.replace(" ", "-")


VARIANTS = (
    Variant("as shipped"),
    Variant("nothing hidden", Objective(masked=0.0, hidden_share=0.0)),
    Variant("at most 30 % hidden", Objective(hidden_share=0.3)),
    Variant("at most 90 % hidden", Objective(hidden_share=0.9)),
    Variant("no masked prediction", Objective(masked=0.0)),
    Variant("no texture target", Objective(texture=0.0)),
    Variant("no class target", Objective(label=0.0)),
    Variant("masked prediction alone", Objective(masked=1.0, texture=0.0, label=0.0)),
    Variant("co-occurrence added", Objective(co_occurrence=0.2)),
    Variant("no augmentation", Objective(augmentation=None)),
    Variant(
        "two layers each",
        config=replace(
            COMPACT,
            encoder=replace(COMPACT.encoder, n_layers=2),
            pooler=replace(COMPACT.pooler, n_layers=2),
        ),
    ),
    Variant("z of 128 dimensions", config=replace(COMPACT, model_dim=128)),
)


def first_tracks(dataset: Dataset, n_per_class: int, cache: Path) -> Dataset:
    """The first tracks of every class, with a cache of embeddings of its own."""
    taken: dict[str, int] = {}
    tracks = []
    for track in dataset.tracks:
        taken[track.class_id] = taken.get(track.class_id, 0) + 1
        if taken[track.class_id] <= n_per_class:
            tracks.append(track)
    cache.mkdir(parents=True, exist_ok=True)
    return replace(dataset, path=cache, tracks=tuple(tracks))


def measure(setting: Pretraining, datasets: list[Dataset], real: Path | None) -> list[float]:
    """Balanced accuracies in the table's order, between 0 and 1."""
    autoencoder = with_frozen_encoder(setting).requires_grad_(False)
    accuracies = []
    for dataset in datasets:
        embedded = embed_dataset(dataset, autoencoder, "trained", show_progress=False)
        train, valid = embedded.part("train"), embedded.part("valid")
        z = torch.from_numpy(train.embeddings)
        mean, std = z.mean(dim=0), z.std(dim=0).clamp(min=1e-6)
        probe = train_mlp(train, valid, mean, std, MlpSettings())
        parts = parts_of_test(embedded.part("test"))
        tested = [parts["seen"], parts["unseen"]]
        if real is not None and dataset.kind == REAL_KIND:
            tested.append(embed_recordings(read_recordings(real, embedded.classes), embedded.classes, autoencoder))
        for segments in tested:
            accuracies.append(evaluate_segments(partial(_classify, probe, mean, std), segments).balanced_accuracy)
    return accuracies


def train_variant(setting: Pretraining, variant: Variant, n_steps: int) -> None:
    """The codec's statistics are measured once, for all variants."""
    if not (setting.run.parent / "codec.safetensors").is_file():
        measure_codec(replace(setting, run=setting.run.parent), seed=0)
    measure_codec(replace(setting, start=setting.run.parent), seed=0)
    if not (setting.run / "encoder.safetensors").is_file():
        loop = LoopConfig(n_steps, LEARNING_RATE, average_decay=0.98, save_every=n_steps)
        pretrain_encoder(setting, loop, variant.objective)


def columns(datasets: list[Dataset], real: Path | None) -> list[str]:
    """Titles, in the order of `measure`."""
    titles = []
    for dataset in datasets:
        titles += [f"{dataset.kind}, seen", f"{dataset.kind}, unseen"]
        titles += ["recordings"] if real is not None and dataset.kind == REAL_KIND else []
    return titles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, nargs="+", required=True, help="folders written by `render`")
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="recordings of the classes of `instruments`")
    parser.add_argument("--run", type=Path, default=Path("runs/ablation"), help="(default: %(default)s)")
    parser.add_argument("--steps", type=int, default=250, help="of each training (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=32, help="(default: %(default)s)")
    parser.add_argument("--tracks-per-class", type=int, default=40, help="for the MLP (default: %(default)s)")
    parser.add_argument("--device", default="auto", help="where to train: auto, cpu or cuda (default: %(default)s)")
    arguments = parser.parse_args()
    loaded = [load_dataset(path) for path in arguments.dataset]
    titles = columns(loaded, arguments.real)
    with report() as say:
        say(f"{arguments.steps} steps of {arguments.batch_size} excerpts, MLP on the first ")
        say(f"{arguments.tracks_per_class} tracks of a class.\n")
        say(f"| encoder | {' | '.join(titles)} |")
        say(f"| --- |{' ---: |' * len(titles)}")
        for variant in tqdm(VARIANTS, desc="variants", unit="variant"):
            run = arguments.run / variant.folder
            device = pick_device(arguments.device)
            setting = Pretraining(variant.config, arguments.dataset, run, arguments.batch_size, device)
            train_variant(setting, variant, arguments.steps)
            probed = [first_tracks(item, arguments.tracks_per_class, run / item.name) for item in loaded]
            cells = [f"{100 * accuracy:.1f}" for accuracy in measure(setting, probed, arguments.real)]
            say(f"| {variant.title} | {' | '.join(cells)} |")


def _classify(probe: nn.Module, mean: Tensor, std: Tensor, z: Tensor) -> Tensor:
    return probe((z - mean) / std)


if __name__ == "__main__":
    main()

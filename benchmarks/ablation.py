"""What matters to the encoder: the same short training with one thing changed at a time.

    python benchmarks/ablation.py --dataset data/genres data/instruments

Every variant trains frame encoder and pooler from the same seed on the same batches, then an MLP on the embeddings of
the first tracks of every class. The table shows the MLP's balanced accuracy on the validation tracks of each dataset,
in %, with an interval over tracks: settings are chosen here. The test tracks are measured for the first variant only,
which is the shipped one. Trainings are short, so the table compares variants and says little about what each could
reach. An interrupted run continues; a variant that is done isn't trained again.
"""

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from report import report
from tqdm import tqdm

from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.evaluation.baselines import fit_mlp
from pecmae.evaluation.comparison import evaluate_segments, parts_of_test
from pecmae.evaluation.intervals import format_interval
from pecmae.networks.configuration import COMPACT, AutoencoderConfig
from pecmae.networks.prototypes import PrototypeNetwork
from pecmae.training.denoiser_training import with_frozen_encoder
from pecmae.training.encoder_training import Objective, pretrain_encoder
from pecmae.training.loop import LoopConfig, pick_device
from pecmae.training.pretraining import Pretraining, measure_codec

LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Variant:
    """One line of the table."""

    title: str
    objective: Objective = field(default_factory=Objective)
    config: AutoencoderConfig = COMPACT

    @property
    def folder(self) -> str:
        """Name of the variant's folder."""
        return self.title.replace(" ", "-")


VARIANTS = (
    Variant("as shipped"),
    Variant("nothing masked", Objective(masked=0.0, max_masked_ratio=0.0)),
    Variant("at most 30 % masked", Objective(max_masked_ratio=0.3)),
    Variant("at most 90 % masked", Objective(max_masked_ratio=0.9)),
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


def measure(setting: Pretraining, datasets: list[Dataset], split: str) -> list[str]:
    """Balanced accuracies on one split, for each dataset and each of its parts, in the order of `columns`."""
    autoencoder = with_frozen_encoder(setting).requires_grad_(False)
    cells = []
    for dataset in datasets:
        embedded = embed_dataset(dataset, autoencoder, "trained", show_progress=False)
        network = PrototypeNetwork(len(embedded.classes), 1, embedded.embeddings.shape[1])
        network.fit_normalisation(torch.from_numpy(embedded.part("train").embeddings))
        probe = fit_mlp(embedded.part("train"), embedded.part("valid"), network)
        parts = [embedded.part("valid")] if split == "valid" else [*parts_of_test(embedded.part("test")).values()]
        cells += [format_interval(evaluate_segments(probe, segments).interval) for segments in parts]
    return cells


def train_variant(setting: Pretraining, variant: Variant, n_steps: int) -> None:
    """The codec's statistics are measured once, for all variants."""
    if not (setting.run.parent / "codec.safetensors").is_file():
        measure_codec(replace(setting, run=setting.run.parent), seed=0)
    measure_codec(replace(setting, start=setting.run.parent), seed=0)
    if not (setting.run / "encoder.safetensors").is_file():
        loop = LoopConfig(n_steps, LEARNING_RATE, average_decay=0.98, save_every=n_steps)
        pretrain_encoder(setting, loop, variant.objective)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, nargs="+", required=True, help="folders written by `render`")
    parser.add_argument("--run", type=Path, default=Path("runs/ablation"), help="(default: %(default)s)")
    parser.add_argument("--steps", type=int, default=250, help="of each training (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=32, help="(default: %(default)s)")
    parser.add_argument("--tracks-per-class", type=int, default=40, help="for the MLP (default: %(default)s)")
    parser.add_argument("--device", default="auto", help="where to train: auto, cpu or cuda (default: %(default)s)")
    arguments = parser.parse_args()
    loaded = [load_dataset(path) for path in arguments.dataset]
    with report() as write:
        write(f"{arguments.steps} steps of {arguments.batch_size} excerpts, MLP on the first ")
        write(f"{arguments.tracks_per_class} tracks of a class; validation tracks.\n")
        write(f"| encoder | {' | '.join(item.kind for item in loaded)} |")
        write(f"| --- |{' ---: |' * len(loaded)}")
        for variant in tqdm(VARIANTS, desc="variants", unit="variant"):
            run = arguments.run / variant.folder
            device = pick_device(arguments.device)
            setting = Pretraining(variant.config, arguments.dataset, run, arguments.batch_size, device)
            train_variant(setting, variant, arguments.steps)
            probed = [first_tracks(item, arguments.tracks_per_class, run / item.name) for item in loaded]
            write(f"| {variant.title} | {' | '.join(measure(setting, probed, 'valid'))} |")
            if variant is VARIANTS[0]:
                tested = " | ".join(measure(setting, probed, "test"))
        write(f"\nTest tracks of {VARIANTS[0].title!r}, for each dataset all of them, then by soundfont: {tested}.")


if __name__ == "__main__":
    main()

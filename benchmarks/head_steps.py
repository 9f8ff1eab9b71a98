"""How many training steps a head needs: the default beside the paper's 150,000, on 10,000 embeddings.

    python benchmarks/head_steps.py --dataset data/genres

Both are trained on the same draw of training embeddings from the same seed.
The table shows the seconds of training by the clock and of the one core that it uses, the
lowest validation loss (comparable, since both have the same lambda), and the balanced accuracy of validation tracks,
where the number of steps is chosen, and of test tracks.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from report import report

from pecmae.datasets.dataset import load_dataset
from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset
from pecmae.evaluation.baselines import prototype_scores
from pecmae.evaluation.comparison import evaluate_segments, parts_of_test
from pecmae.evaluation.intervals import format_interval
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.paths import MODELS
from pecmae.training.prototype_training import PrototypeSettings, default_steps, train_prototypes

PAPER_STEPS = 150_000


def row(name: str, embedded: EmbeddedDataset, train: EmbeddedDataset, settings: PrototypeSettings) -> str:
    """Train a head and measure it."""
    started_s, core_started_s = time.perf_counter(), time.process_time()
    trained = train_prototypes(train, embedded.part("valid"), settings, show_progress=False)
    seconds, core_seconds = time.perf_counter() - started_s, time.process_time() - core_started_s
    classify = prototype_scores(trained.network)
    accuracies = [format_interval(evaluate_segments(classify, part).interval) for part in parts(embedded).values()]
    cells = [f"{seconds:.1f}", f"{core_seconds:.1f}", f"{trained.best_validation_loss:.4f}", *accuracies]
    return f"| {' | '.join([name, *cells])} |"


def parts(embedded: EmbeddedDataset) -> dict[str, EmbeddedDataset]:
    """The validation split, and the test split as a whole and by soundfont."""
    return {"valid": embedded.part("valid")} | parts_of_test(embedded.part("test"))


def draw(training: EmbeddedDataset, n_embeddings: int, seed: int) -> EmbeddedDataset:
    """A random part of the training embeddings."""
    chosen = np.zeros(len(training), dtype=bool)
    chosen[np.random.default_rng(seed).permutation(len(training))[:n_embeddings]] = True
    return training.select(chosen)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--embeddings", type=int, default=10_000, help="(default: %(default)s)")
    parser.add_argument("--prototypes-per-class", type=int, nargs="+", default=[3], metavar="K")
    parser.add_argument("--reference-steps", type=int, default=PAPER_STEPS, help="(default: %(default)s)")
    arguments = parser.parse_args()

    dataset = load_dataset(arguments.dataset)
    fingerprint = checkpoint_fingerprint("compact", arguments.models)
    autoencoder = load_checkpoint("compact", arguments.models)
    embedded = embed_dataset(dataset, autoencoder, fingerprint)
    train = draw(embedded.part("train"), arguments.embeddings, 0)
    titles = " | ".join(f"{part}, %" for part in parts(embedded))
    with report() as write:
        write(f"{len(train):,} embeddings of {dataset.name}; accuracies with 95 % intervals over tracks.\n")
        write(f"| head | seconds | core seconds | validation loss | {titles} |")
        write("|---|" + "---:|" * (3 + len(parts(embedded))))
        for count in arguments.prototypes_per_class:
            for n_steps in (default_steps(len(train)), arguments.reference_steps):
                settings = PrototypeSettings(count, n_steps=n_steps)
                write(row(f"PECMAE-{count}, {n_steps:,} steps", embedded, train, settings))


if __name__ == "__main__":
    main()

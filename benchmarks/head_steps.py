"""How many steps a head needs: the default beside the paper's 150,000, on 10,000 embeddings of a rendered dataset.

    python benchmarks/head_steps.py --dataset data/genres

Both learn from the same draw of training embeddings (tracks as they are and, as far as those don't suffice, views of
them), with the same seeds. For each it reports: the seconds that training a head took, by the clock and of the one core
that it uses, the lowest validation loss, and the balanced accuracy of test tracks, whole and by soundfont; for the
differences, the mean over seeds and the standard error of that mean.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

import numpy as np
from report import report
from tqdm import tqdm

from pecmae.datasets.dataset import load_dataset
from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset
from pecmae.evaluation.comparison import evaluate_segments, parts_of_test
from pecmae.networks.checkpoints import checkpoint_fingerprint, load_checkpoint
from pecmae.paths import MODELS
from pecmae.training.prototype_training import PrototypeSettings, default_steps, train_prototypes

PAPER_STEPS = 150_000


@dataclass(frozen=True)
class Result:
    """What training one head took and gave; accuracies in %, by part of the test split."""

    seconds: float
    core_seconds: float
    validation_loss: float
    accuracies: dict[str, float]


def measure(
    train: EmbeddedDataset, valid: EmbeddedDataset, test: EmbeddedDataset, settings: PrototypeSettings
) -> Result:
    """Trains a head and measures it."""
    started_s, core_started_s = time.perf_counter(), time.process_time()
    trained = train_prototypes(train, valid, settings, show_progress=False)
    seconds, core_seconds = time.perf_counter() - started_s, time.process_time() - core_started_s
    accuracies = {
        part: 100 * evaluate_segments(lambda z: trained.network(z).logits, segments).balanced_accuracy
        for part, segments in parts_of_test(test).items()
    }
    return Result(seconds, core_seconds, trained.best_validation_loss, accuracies)


def draw(training: EmbeddedDataset, n_embeddings: int, seed: int) -> EmbeddedDataset:
    """A random part of the training embeddings."""
    chosen = np.zeros(len(training), dtype=bool)
    chosen[np.random.default_rng(seed).permutation(len(training))[:n_embeddings]] = True
    return training.select(chosen)


def row(name: str, results: list[Result]) -> str:
    parts = [mean(result.accuracies[part] for result in results) for part in results[0].accuracies]
    cells = [f"{mean(r.seconds for r in results):.1f}", f"{mean(r.core_seconds for r in results):.1f}"]
    cells.append(f"{mean(r.validation_loss for r in results):.4f}")
    return f"| {' | '.join([name, *cells, *(f'{value:.2f}' for value in parts)])} |"


def difference(first: list[Result], second: list[Result], part: str) -> str:
    """Mean over seeds of the accuracy of the second less that of the first, and its standard error."""
    gains = [b.accuracies[part] - a.accuracies[part] for a, b in zip(first, second, strict=True)]
    error = stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
    return f"{mean(gains):+.2f} ± {error:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--embeddings", type=int, default=10_000, help="(default: %(default)s)")
    parser.add_argument("--prototypes-per-class", type=int, nargs="+", default=[3], metavar="K")
    parser.add_argument("--reference-steps", type=int, default=PAPER_STEPS, help="(default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=3, help="(default: %(default)s)")
    arguments = parser.parse_args()

    dataset = load_dataset(arguments.dataset)
    fingerprint = checkpoint_fingerprint("compact", arguments.models)
    autoencoder = load_checkpoint("compact", arguments.models)
    embedded = embed_dataset(dataset, autoencoder, fingerprint)
    if len(embedded.training) < arguments.embeddings:
        embedded = embed_dataset(dataset, autoencoder, fingerprint, n_views=1)
    train, valid, test = draw(embedded.training, arguments.embeddings, 0), embedded.part("valid"), embedded.part("test")
    steps = (default_steps(len(train)), arguments.reference_steps)

    parts = list(parts_of_test(test))
    with report() as say:
        say(f"{len(train):,} embeddings of {dataset.name}, seeds 0 to {arguments.seeds - 1}.\n")
        say(f"| head | seconds | core seconds | validation loss | {' | '.join(f'{part}, %' for part in parts)} |")
        say("|---|" + "---:|" * (3 + len(parts)))
        for count in arguments.prototypes_per_class:
            results: dict[int, list[Result]] = {n_steps: [] for n_steps in steps}
            for seed in tqdm(range(arguments.seeds), desc=f"{count} prototypes a class", unit="seed"):
                for n_steps in steps:
                    settings = PrototypeSettings(count, n_steps=n_steps, seed=seed)
                    results[n_steps].append(measure(train, valid, test, settings))
            for n_steps in steps:
                say(row(f"PECMAE-{count}, {n_steps:,} steps", results[n_steps]))
            gains = " | ".join(difference(results[steps[0]], results[steps[1]], part) for part in parts)
            say(f"| PECMAE-{count}, more steps less fewer | | | | {gains} |")


if __name__ == "__main__":
    main()

"""Compare numbers of dimensions of z by the accuracy on validation tracks.

    python benchmarks/dimensions.py --features runs/compact/features/open-music runs/compact/features/genres \
        --dataset gtzan-excerpts:excerpts

Principal components of MusiCNN's layers are fitted to the features that `pretrain features` computed. The first 64, 128
and 256 of them are compared: prototypes are learned from them, and classify the validation blocks of each dataset in
cross-validation. Test blocks take no part.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np
from report import report

from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset
from pecmae.datasets.sources import open_dataset
from pecmae.evaluation.baselines import prototype_scores
from pecmae.networks.checkpoints import load_checkpoint
from pecmae.networks.compact_autoencoder import CompactAutoencoder
from pecmae.networks.principal_components import fit_principal_components
from pecmae.paths import MODELS
from pecmae.training.cross_validation import Head, head_grid, make_folds, track_accuracy, train_once
from pecmae.training.prototype_training import default_steps
from pecmae.training.segment_features import load_segments

DIMENSIONS = (64, 128, 256)
COUNTS = (1, 3, 5)
CLASSIFICATION_WEIGHT = 0.25


def validation_accuracy(embedded: EmbeddedDataset, head: Head, folder: Path) -> float:
    """Mean balanced accuracy of the validation tracks of all folds; networks are kept in `folder`."""
    accuracies = []
    for fold in make_folds(embedded):
        networks = [train_once(folder, train, head, default_steps(len(train))) for train, _ in fold.validations]
        accuracies.append(track_accuracy(map(prototype_scores, networks), [valid for _, valid in fold.validations]))
    return float(np.mean(accuracies))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--features", type=Path, nargs="+", required=True, help="folders of features")
    parser.add_argument(
        "--dataset", nargs="+", required=True, metavar="SOURCE", help="as `build` takes it, with blocks"
    )
    arguments = parser.parse_args()
    features = load_segments(arguments.features, "train")
    autoencoder = cast("CompactAutoencoder", load_checkpoint("compact", arguments.models))
    autoencoder.components = fit_principal_components(features.embeddings, max(DIMENSIONS))
    with report() as write, TemporaryDirectory() as folder:
        write("Balanced accuracy on validation tracks, %, by the number of prototypes per class.\n")
        write(f"| dataset | dimensions of z | {' | '.join(map(str, COUNTS))} |")
        write("| --- | ---: |" + " ---: |" * len(COUNTS))
        for source in arguments.dataset:
            dataset = open_dataset(source)
            embedded = embed_dataset(dataset, autoencoder, "dimensions", cache=Path(folder))
            for n_dimensions in DIMENSIONS:
                part = replace(embedded, embeddings=embedded.embeddings[:, :n_dimensions].copy())
                heads = head_grid(part, COUNTS, (CLASSIFICATION_WEIGHT,))
                cells = [f"{100 * validation_accuracy(part, head, Path(folder)):.1f}" for head in heads]
                write(f"| {dataset.name} | {n_dimensions} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

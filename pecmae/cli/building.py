"""What commands that read a dataset share: options of a bundle's making, and the line that tells how far it is."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pecmae.networks.prototypes import CLASSIFICATION_WEIGHT

if TYPE_CHECKING:
    from pecmae.training.build_progress import BuildProgress
    from pecmae.training.pipeline import BuildSettings

WORK = ".build"
VERBS = {
    "embed": "embedding tracks",
    "train": "training prototypes",
    "evaluate": "comparing with an MLP and kNN",
    "pack": "writing excerpts",
    "sonify": "decoding prototypes",
    "map": "drawing the map",
}
SECONDS_PER_LINE = 30.0


def add_data_home(parser: argparse.ArgumentParser) -> None:
    """Registers where a dataset's files lie."""
    parser.add_argument(
        "--data-home", type=Path, metavar="DIR", help="where the files of a dataset lie (default: mirdata's own place)"
    )


def add_building_options(parser: argparse.ArgumentParser) -> None:
    """Registers the options that both commands have."""
    parser.add_argument("--adaptor", action="store_true", help="pass prototypes through a transformer layer")
    parser.add_argument(
        "--lambda",
        type=float,
        default=CLASSIFICATION_WEIGHT,
        metavar="L",
        dest="classification_weight",
        help="weight of the classification loss against the prototype loss, 0 to 1 (default: %(default)s)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        help="training steps (default: 400 times over the embeddings, from 2,000 to 15,000 steps)",
    )
    parser.add_argument(
        "--views",
        type=int,
        help="train on this many views of every track too, as other rooms and microphones would have it (default: 2, "
        "or 0 for an autoencoder without a spectrogram)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of splits, training, sampler and map (default: %(default)s)"
    )
    parser.add_argument(
        "--points-per-class",
        type=int,
        default=60,
        metavar="N",
        help="training segments a class to carry with their sound (default: %(default)s)",
    )
    parser.add_argument("--title", default="", help="one line for people (default: made from the dataset's name)")
    parser.add_argument("--bundle-version", default="1.0.0", help="version of the bundle (default: %(default)s)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder, such as models/NAME")


def chosen_settings(arguments: argparse.Namespace) -> "BuildSettings":
    """The settings that were asked for; `BuildSettings` refuses wrong ones."""
    from pecmae.training.pipeline import BuildSettings

    return BuildSettings(
        prototypes_per_class=arguments.prototypes_per_class,
        adaptor=arguments.adaptor,
        classification_weight=arguments.classification_weight,
        n_steps=arguments.steps,
        n_views=arguments.views,
        seed=arguments.seed,
        points_per_class=arguments.points_per_class,
        title=arguments.title,
        version=arguments.bundle_version,
    )


class ProgressLine:
    """Prints how far a build is: on a terminal one line that changes, elsewhere a line a stage or half a minute."""

    def __init__(self) -> None:
        self.n_told = 0
        self._stage, self._printed_s, self._width = "", 0.0, 0

    def __call__(self, progress: "BuildProgress") -> None:
        self.n_told += 1
        now_s, is_new = time.monotonic(), progress.stage != self._stage
        is_over = progress.done >= progress.total
        if not (is_new or is_over or now_s - self._printed_s >= (0.2 if sys.stderr.isatty() else SECONDS_PER_LINE)):
            return
        if sys.stderr.isatty():
            line = self._line(progress).ljust(self._width)
            print(f"\r{line}", end="\n" if is_over else "", file=sys.stderr, flush=True)
            self._width = len(line)
        elif is_new or not is_over:
            print(self._line(progress), file=sys.stderr, flush=True)
        self._stage, self._printed_s = progress.stage, now_s

    @staticmethod
    def _line(progress: "BuildProgress") -> str:
        left = "" if progress.remaining_s is None else f", about {duration(progress.remaining_s)} left"
        count = f" {progress.done:,} of {progress.total:,}" if progress.total > 1 else ""
        return f"{VERBS[progress.stage]}{count}{left}"


def duration(seconds: float) -> str:
    """An estimate for people: `20 s`, `3 min`, `1.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

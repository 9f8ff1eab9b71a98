"""Which score tells music of a bundle's kind from noise, hum, tones and speech, and how well the chosen one does.

    python benchmarks/novelty.py --gtzan DIR --speech data/speech --recordings DIR

GTZAN excerpts (GENRE/GENRE.NUMBER.flac) are cut into five contiguous blocks of track numbers per genre. Each block
tests once, with the next one for validation and a head that learns from the other three. The first table compares
scores on the validation blocks and the sounds for calibration. The second shows the bundles' detector, calibrated on
the validation block, on the test block and on sounds of other seeds, parameters, speakers and languages. Recordings of
unlabelled music follow, for a look.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from report import report
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from pecmae.audio.conventions import AUDIO_SUFFIXES
from pecmae.audio.levelling import levelled
from pecmae.audio.reading import read_clip
from pecmae.audio.segments import covering_segments, silent_segments
from pecmae.bundles.novelty_detector import NoveltyDetector
from pecmae.cli.building import WORK
from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset, read_segments
from pecmae.datasets.gtzan import N_BLOCKS, read_excerpts
from pecmae.datasets.non_music import SPEECH_FOR_TESTING, SYNTHESISED, fetch_speech, read_speech, synthesise
from pecmae.evaluation.decoding_measures import embed_sounds
from pecmae.evaluation.intervals import bootstrap_mean, format_interval, wilson
from pecmae.files import replacing
from pecmae.networks.compact_autoencoder import CompactAutoencoder, compact_fingerprint, load_compact_autoencoder
from pecmae.paths import MODELS
from pecmae.training.novelty_calibration import calibration_sounds, fit_novelty, separating_direction
from pecmae.training.pipeline import embeddings_folder
from pecmae.training.prototype_training import PrototypeSettings, train_prototypes

N_TEST, N_NEIGHBOURS = 50, 5
FIRST_TEST, SPEECH_SEED = 1000, 1
"""The draw of sounds for testing that is reported; others were seen while the detector was designed."""
SETTINGS = PrototypeSettings(3, n_steps=2000)
MUSIC = "music"

Score = Callable[[np.ndarray], np.ndarray]
"""From raw embeddings (N, D) to how unlike music each of them is (N,)."""


class Kept:
    """Computes embeddings and tags, and keeps them in a file, so that a second run with the same sounds takes seconds.

    Args:
        path: The file; None keeps nothing.
        autoencoder: The autoencoder.
    """

    def __init__(self, path: Path | None, autoencoder: CompactAutoencoder) -> None:
        self.path, self.autoencoder = path, autoencoder
        self.arrays = dict(np.load(path)) if path is not None and path.is_file() else {}

    def __call__(
        self,
        name: str,
        waveforms: np.ndarray,
        compute: Callable[[CompactAutoencoder, Tensor], Tensor] = embed_sounds,
    ) -> np.ndarray:
        """What `compute` gives for segments, under a name; shape (n, n_samples) -> (n, D)."""
        if name not in self.arrays:
            self.arrays[name] = compute(self.autoencoder, torch.from_numpy(waveforms)).numpy()
            if self.path is not None:
                with replacing(self.path) as beside:
                    np.savez(beside, **self.arrays)
        return self.arrays[name]


def read_gtzan(folder: Path, autoencoder: Path, kept: Kept) -> tuple[EmbeddedDataset, np.ndarray, np.ndarray]:
    """The excerpts as tracks of one segment, the block of each, and its tags."""
    dataset = read_excerpts(folder)
    fingerprint, cache = compact_fingerprint(autoencoder), embeddings_folder(dataset, autoencoder.parent / WORK)
    embedded = embed_dataset(dataset, kept.autoencoder, fingerprint, cache=cache)
    sounds = np.concatenate([read_segments(track) for track in dataset.tracks])
    return embedded, np.array(embedded.blocks, dtype=int), kept(f"tags of {MUSIC}", sounds, tag_logits)


def folds(gtzan: EmbeddedDataset, blocks: np.ndarray) -> Iterator[EmbeddedDataset]:
    """The excerpts with the splits of every fold."""
    for block in range(N_BLOCKS):
        split = np.where(blocks == block, "test", np.where(blocks == (block + 1) % N_BLOCKS, "valid", "train"))
        yield replace(gtzan, split=split)


@torch.inference_mode()
def tag_logits(autoencoder: CompactAutoencoder, waveforms: Tensor) -> Tensor:
    """Logits of the 50 tags of MusiCNN trained on the Million Song Dataset; shape (n, n_samples) -> (n, 50)."""
    encoder, resampler = autoencoder.encoder, autoencoder.resampler
    spectra = (encoder.spectrum(resampler(levelled(one))) for one in waveforms.split(1))
    return torch.cat([encoder.msd(spectrum)[0] for spectrum in spectra]).logit(eps=1e-6)


def scores(train: EmbeddedDataset, valid: EmbeddedDataset) -> dict[str, Score]:
    """The scores that need nothing but music."""
    music = train.embeddings
    network = train_prototypes(train, valid, SETTINGS, show_progress=False).network
    gaussian, neighbours = LedoitWolf().fit(music), NearestNeighbors(n_neighbors=N_NEIGHBOURS).fit(music)
    means = np.stack([music[train.labels == label].mean(axis=0) for label in range(len(train.classes))])
    within = LedoitWolf(assume_centered=True).fit(music - means[train.labels])

    @torch.inference_mode()
    def nearest_prototype(z: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(z)).distance.amin(dim=1).numpy()

    @torch.inference_mode()
    def energy(z: np.ndarray) -> np.ndarray:
        return -network(torch.from_numpy(z)).logits.logsumexp(dim=1).numpy()

    return {
        "distance to the nearest prototype": nearest_prototype,
        f"distance to the {N_NEIGHBOURS} nearest training segments": lambda z: neighbours.kneighbors(z)[0].mean(axis=1),
        "energy of the logits": energy,
        "Mahalanobis distance": gaussian.mahalanobis,
        "Mahalanobis distance, nearest class": lambda z: np.min([within.mahalanobis(z - m) for m in means], axis=0),
    }


def compare(
    fold: EmbeddedDataset, sounds: dict[str, np.ndarray], tags: dict[str, np.ndarray]
) -> dict[str, dict[str, tuple[float, float]]]:
    """`separation` on the validation block, by score and kind of sound.

    Args:
        fold: The excerpts.
        sounds: Embeddings of other sounds, by kind.
        tags: Tags of the same sounds, and of all excerpts under `MUSIC`.
    """
    train, valid = fold.part("train"), fold.part("valid")
    found = {
        name: {kind: separation(score(valid.embeddings), score(z)) for kind, z in sounds.items()}
        for name, score in scores(train, valid).items()
    }
    tagged = LedoitWolf().fit(tags[MUSIC][fold.split == "train"]).mahalanobis
    held_out = tagged(tags[MUSIC][fold.split == "valid"])
    found["Mahalanobis distance, MusiCNN's tags"] = {k: separation(held_out, tagged(tags[k])) for k in sounds}
    found |= {"discriminant, kind left out": {}, "discriminant, half of the kind": {}}
    for kind, z in sounds.items():
        others = np.concatenate([*without(sounds, kind).values()])
        for name, learned in (("kind left out", others), ("half of the kind", z[::2])):
            direction = separating_direction(train.embeddings, learned)
            found[f"discriminant, {name}"][kind] = separation(valid.embeddings @ direction, z[1::2] @ direction)
    return found


def separation(music: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """AUC, and the ratio of music above what 95 % of the others exceed."""
    labels = np.repeat([0, 1], [len(music), len(other)])
    auc = float(roc_auc_score(labels, np.concatenate([music, other])))
    return auc, float(np.mean(music > np.quantile(other, 0.05)))


def sounds_for_testing(speech: Path) -> dict[str, np.ndarray]:
    """Segments by kind; shape (n, n_samples) each."""
    numbers = range(FIRST_TEST, FIRST_TEST + N_TEST)
    sounds = {kind: np.stack([synthesise(kind, n, for_testing=True) for n in numbers]) for kind in SYNTHESISED}
    for package in SPEECH_FOR_TESTING:
        sounds[f"speech, {package}"] = np.stack(read_speech(fetch_speech((package,), speech), N_TEST, SPEECH_SEED))
    return sounds


def read_voting(path: Path) -> np.ndarray:
    """The segments of a recording that aren't silent; shape (S, n_samples)."""
    waveforms = covering_segments(read_clip(path).waveform).waveforms
    return waveforms[~silent_segments(waveforms)]


def without(sounds: dict[str, np.ndarray], kind: str) -> dict[str, np.ndarray]:
    """All kinds but one."""
    return {name: z for name, z in sounds.items() if name != kind}


def flagged_interval(detectors: Sequence[NoveltyDetector], embeddings: np.ndarray) -> str:
    """Ratio of segments that detectors call novel, with its interval over segments; shape (N, D)."""
    is_novel = np.array([[detector.score(z) > 1 for z in embeddings[:, None]] for detector in detectors])
    sound = np.tile(np.arange(len(embeddings)), len(detectors))
    return format_interval(bootstrap_mean(is_novel.ravel().astype(float), sound))


def fit(fold: EmbeddedDataset, sounds: dict[str, np.ndarray]) -> NoveltyDetector:
    """The bundles' detector."""
    detector = fit_novelty(fold.part("train"), fold.part("valid"), sounds)
    assert detector is not None  # there are sounds, and enough excerpts
    return detector


def mean_cells(by_fold: Sequence[dict[str, tuple[float, float]]]) -> str:
    """One cell per kind: mean AUC and mean ratio of music flagged."""
    means = {kind: np.mean([found[kind] for found in by_fold], axis=0) for kind in by_fold[0]}
    return " | ".join(f"{auc:.3f} / {100 * ratio:.0f}" for auc, ratio in means.values())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gtzan", type=Path, required=True, help="folder of excerpts")
    parser.add_argument("--speech", type=Path, required=True, help="where Debian packages with speech are kept")
    parser.add_argument("--recordings", type=Path, required=True, help="folder of recordings to look at")
    parser.add_argument("--autoencoder", type=Path, default=MODELS / "compact", help="folder of the autoencoder")
    parser.add_argument("--kept", type=Path, help="file that keeps the embeddings for another run")
    arguments = parser.parse_args()

    kept = Kept(arguments.kept, load_compact_autoencoder(arguments.autoencoder))
    gtzan, blocks, music_tags = read_gtzan(arguments.gtzan, arguments.autoencoder, kept)
    known = calibration_sounds(arguments.speech)
    sounds = {kind: kept(f"known {kind}", waveforms) for kind, waveforms in known.items()}
    tags = {kind: kept(f"tags of {kind}", waveforms, tag_logits) for kind, waveforms in known.items()}
    tags[MUSIC] = music_tags
    tests = {kind: kept(f"test {kind}", waveforms) for kind, waveforms in sounds_for_testing(arguments.speech).items()}
    files = sorted(path for path in arguments.recordings.glob("*") if path.suffix in AUDIO_SUFFIXES)
    recordings = {path.stem: kept(f"recording {path.stem}", read_voting(path)) for path in files}

    compared = [compare(fold, sounds, tags) for fold in folds(gtzan, blocks)]
    detectors = [fit(fold, sounds) for fold in folds(gtzan, blocks)]
    blind = {kind: [fit(fold, without(sounds, kind)) for fold in folds(gtzan, blocks)] for kind in sounds}
    with report() as write:
        write("AUC / % of validation music flagged where 95 % of the kind is detected, mean of five blocks:\n")
        write(f"| score | {' | '.join(sounds)} |")
        write("|---|" + "---:|" * len(sounds))
        for name in compared[0]:
            write(f"| {name} | {mean_cells([found[name] for found in compared])} |")
        music = [z for fold in folds(gtzan, blocks) for z in fold.part("test").embeddings[:, None]]
        of_block = np.sort(blocks)
        flagged = [detectors[block].score(z) > 1 for block, z in zip(of_block, music, strict=True)]
        write("\nThe detector, each calibrated on a validation block:\n")
        write("| what | n | flagged, % (95 % interval) | with the kind left out of calibration |\n|---|---:|---:|---:|")
        interval = format_interval(wilson(sum(flagged), len(flagged)))
        write(f"| GTZAN excerpts, each in its test block | {len(flagged)} | {interval} | |")
        for kind, embeddings in tests.items():
            cells = [flagged_interval(found, embeddings) for found in (detectors, blind[kind.split(",")[0]])]
            write(f"| {kind} | {len(embeddings)} | {' | '.join(cells)} |")
        write("\n| recording | segments | score, of five detectors (novel above 1) |\n|---|---:|---|")
        for name, embeddings in recordings.items():
            write(f"| {name} | {len(embeddings)} | {', '.join(f'{d.score(embeddings):.2f}' for d in detectors)} |")


if __name__ == "__main__":
    main()

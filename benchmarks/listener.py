"""Whether another listener hears in decoded sounds what the model hears.

    python benchmarks/listener.py rendered-genres rendered-instruments --dataset data/genres data/instruments

The other listener is a support vector machine (scikit-learn's, with its defaults) on means, deviations, changes and
modulation spectra of log-mel bands, fitted to excerpts of the training split: it knows nothing of the encoder, and has
never heard a decoded sound. It is asked for the class of held-out segments as recorded, through codec and vocoder
alone, and decoded from their embeddings and of the bundle's prototypes. *Right* is its share
of right classes; *as recorded*, the share of segments that it calls what it called the recording.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from report import report
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor

from pecmae.bundles.bundle import Bundle, load_autoencoder_of, load_bundle, locate_bundle
from pecmae.datasets.dataset import Dataset, load_dataset
from pecmae.datasets.embeddings import EmbeddedDataset, embed_dataset
from pecmae.evaluation.decoding_measures import BATCH_SIZE, decode, read_chosen, sample_segments
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import DEFAULT_SAMPLER
from pecmae.networks.embedder import generative
from pecmae.paths import MODELS
from pecmae.training.denoiser_training import levelled
from pecmae.training.features import load_tracks

N_BANDS_TOGETHER, N_MODULATIONS = 8, 40


def statistics(log_mel: Tensor) -> np.ndarray:
    """What the listener hears of a segment: every band's mean, deviation and change, and how groups of bands pulsate.

    Shape: (N, T, n_mels) -> (N, n_statistics)
    """
    groups = log_mel.unflatten(2, (-1, N_BANDS_TOGETHER)).mean(dim=3)
    modulations = torch.fft.rfft(groups - groups.mean(dim=1, keepdim=True), dim=1).abs()[:, 1 : 1 + N_MODULATIONS]
    pulsation = modulations.unflatten(1, (-1, 2)).mean(dim=2).log1p().flatten(1)
    change = log_mel.diff(dim=1).abs().mean(dim=1)
    return torch.cat([log_mel.mean(dim=1), log_mel.std(dim=1), change, pulsation], dim=1).numpy()


class Listener:
    """Hears sounds at the level at which the autoencoder does.

    Args:
        folder: A rendered dataset.
        class_ids: The classes; their positions are its answers.
        autoencoder: Gives log-mel spectra, and nothing else.
        n_excerpts: Excerpts of the training split to learn from.
    """

    def __init__(
        self, folder: Path, class_ids: Sequence[str], autoencoder: GenerativeAutoencoder, n_excerpts: int
    ) -> None:
        self.autoencoder = autoencoder
        codec = autoencoder.config.mel_codec
        tracks = load_tracks([folder], "train", codec)
        n_frames = autoencoder.config.tokens_per_segment * codec.frames_per_token
        excerpts, chosen = tracks.crops(n_excerpts, n_frames, torch.Generator().manual_seed(0))
        labels = np.array([class_ids.index(name) for name in tracks.label_names])[tracks.labels[chosen]]
        self.classifier = make_pipeline(StandardScaler(), SVC())
        self.classifier.fit(statistics(levelled(excerpts, autoencoder)), labels)

    def __call__(self, waveforms: Tensor) -> np.ndarray:
        """Shape: (N, n_samples) -> (N,)."""
        batches = waveforms.split(BATCH_SIZE)
        log_mel = [self.autoencoder.mel_codec.analysis(self.autoencoder.levelled(batch)) for batch in batches]
        return self.classifier.predict(statistics(torch.cat(log_mel)))


def through_codec(autoencoder: GenerativeAutoencoder, waveforms: Tensor) -> Tensor:
    """Shape: (N, n_samples) -> (N, n_samples)."""
    codec, batches = autoencoder.mel_codec, waveforms.split(BATCH_SIZE)
    return torch.cat([codec.decode(codec.encode(autoencoder.levelled(batch))) for batch in batches])


@torch.inference_mode()
def table(bundle: Bundle, dataset: Dataset, listener: Listener, held_out: EmbeddedDataset, seed: int) -> Iterator[str]:
    """Lines of Markdown."""
    network, autoencoder = bundle.network, listener.autoencoder
    waveforms, z = torch.from_numpy(read_chosen(dataset, held_out)), torch.from_numpy(held_out.embeddings)
    as_recorded, of_prototypes = listener(waveforms), network.prototype_labels().numpy()
    yield "| sound | right, % | as recorded, % | prototypes right, % |"
    yield "| --- | ---: | ---: | ---: |"
    coded = listener(through_codec(autoencoder, waveforms))
    for title, heard in (("recorded", as_recorded), ("through codec and vocoder", coded)):
        yield f"| {title} | {_percent(heard, held_out.labels)} | {_percent(heard, as_recorded)} | – |"
    heard = listener(decode(autoencoder, z, DEFAULT_SAMPLER, seed))
    prototypes = listener(decode(autoencoder, network.decodable_prototypes(), DEFAULT_SAMPLER, seed))
    accuracies = f"{_percent(heard, held_out.labels)} | {_percent(heard, as_recorded)}"
    yield f"| decoded | {accuracies} | {_percent(prototypes, of_prototypes)} |"
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundles", nargs="+", metavar="bundle")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--dataset", type=Path, nargs="+", required=True, help="one for each bundle")
    parser.add_argument("--training-excerpts", type=int, default=6000, help="(default: %(default)s)")
    parser.add_argument("--segments", type=int, default=200, help="held-out segments (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the noise (default: %(default)s)")
    arguments = parser.parse_args()
    if len(arguments.bundles) != len(arguments.dataset):
        parser.error("give as many folders to --dataset as there are bundles.")
    with report() as say:
        for name, folder in zip(arguments.bundles, arguments.dataset, strict=True):
            bundle = load_bundle(locate_bundle(name, arguments.models))
            autoencoder = generative(load_autoencoder_of(bundle, arguments.models))
            dataset = load_dataset(folder)
            embedded = embed_dataset(dataset, autoencoder, bundle.manifest.autoencoder.fingerprint)
            held_out = sample_segments(embedded.part("test"), arguments.segments, seed=0)
            listener = Listener(folder, embedded.classes, autoencoder, arguments.training_excerpts)
            say(f"Bundle {bundle.manifest.name}: the listener learned from {arguments.training_excerpts:,} excerpts, ")
            say(f"and hears {len(held_out)} held-out segments and {bundle.network.n_prototypes} prototypes.\n")
            for line in table(bundle, dataset, listener, held_out, arguments.seed):
                say(line)


def _percent(classes: np.ndarray, expected: np.ndarray) -> str:
    return f"{100 * (classes == expected).mean():.1f}"


if __name__ == "__main__":
    main()

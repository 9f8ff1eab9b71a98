"""Whether another listener hears in decoded sounds what the model hears, or whether steering pleases its encoder alone.

    python benchmarks/listener.py rendered-genres rendered-instruments --collection data/genres data/instruments

The other listener is a logistic regression on means, deviations and changes of log-mel bands, fitted to recordings of
the training split: it knows nothing of the encoder, and has never heard a decoded sound. It is asked for the class of
held-out segments as recorded, through codec and vocoder alone, and decoded from their embeddings with and without
steering, and of the bundle's prototypes. *Right* is its share of right classes; *as recorded*, the share of segments
that it calls what it called the recording.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from report import report
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from pecmae.autoencoder import GenerativeAutoencoder
from pecmae.bundle import Bundle, load_autoencoder_of, load_bundle, locate_bundle
from pecmae.collections.collection import Collection, load_collection
from pecmae.config import DEFAULT_SAMPLER, MODELS
from pecmae.embedder import generative
from pecmae.training.embeddings import EmbeddedCollection, embed_collection
from pecmae.training.measures.decoding import BATCH_SIZE, decode, read_chosen, sample_segments

SAMPLERS = {"unsteered": replace(DEFAULT_SAMPLER, steering=0.0), "steered": DEFAULT_SAMPLER}
INVERSE_REGULARISATION = 0.05


@dataclass(frozen=True, eq=False)
class Sounds:
    """Segments of recordings.

    Shape: `waveforms` (N, n_samples), `labels` (N,), `z` (N, D).
    """

    waveforms: Tensor
    labels: np.ndarray
    z: Tensor


def draw(collection: Collection, segments: EmbeddedCollection, n_segments: int) -> Sounds:
    """About as many of every class."""
    chosen = sample_segments(segments, n_segments, seed=0)
    waveforms = torch.from_numpy(read_chosen(collection, chosen))
    return Sounds(waveforms, chosen.labels, torch.from_numpy(chosen.embeddings))


def statistics(autoencoder: GenerativeAutoencoder, waveforms: Tensor) -> np.ndarray:
    """Mean, standard deviation and mean absolute change of every mel band.

    Shape: (N, n_samples) -> (N, 3 n_mels)
    """
    batches = waveforms.split(BATCH_SIZE)
    log_mel = torch.cat([autoencoder.mel_codec.analysis(autoencoder.levelled(batch)) for batch in batches])
    change = log_mel.diff(dim=1).abs().mean(dim=1)
    return torch.cat([log_mel.mean(dim=1), log_mel.std(dim=1), change], dim=1).numpy()


def through_codec(autoencoder: GenerativeAutoencoder, waveforms: Tensor) -> Tensor:
    """Shape: (N, n_samples) -> (N, n_samples)."""
    codec, batches = autoencoder.mel_codec, waveforms.split(BATCH_SIZE)
    return torch.cat([codec.decode(codec.encode(autoencoder.levelled(batch))) for batch in batches])


@torch.inference_mode()
def table(
    bundle: Bundle, autoencoder: GenerativeAutoencoder, known: Sounds, held_out: Sounds, seed: int
) -> Iterator[str]:
    """Lines of Markdown."""
    listener = make_pipeline(StandardScaler(), LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000))
    listener.fit(statistics(autoencoder, known.waveforms), known.labels)

    def heard(waveforms: Tensor) -> np.ndarray:
        return listener.predict(statistics(autoencoder, waveforms))

    network = bundle.network
    as_recorded, of_prototypes = heard(held_out.waveforms), network.prototype_labels().numpy()
    yield f"Bundle {bundle.manifest.name}; the listener learned from {len(known.labels):,} segments, and hears "
    yield f"{len(held_out.labels)} held-out ones and {network.n_prototypes} prototypes.\n"
    yield "| sound | right, % | as recorded, % | prototypes right, % |"
    yield "| --- | ---: | ---: | ---: |"
    coded = heard(through_codec(autoencoder, held_out.waveforms))
    for title, classes in (("recorded", as_recorded), ("through codec and vocoder", coded)):
        yield f"| {title} | {_percent(classes, held_out.labels)} | {_percent(classes, as_recorded)} | – |"
    for title, sampler in SAMPLERS.items():
        classes = heard(decode(autoencoder, held_out.z, sampler, seed))
        prototypes = heard(decode(autoencoder, network.decodable_prototypes(), sampler, seed))
        shares = f"{_percent(classes, held_out.labels)} | {_percent(classes, as_recorded)}"
        yield f"| decoded, {title} | {shares} | {_percent(prototypes, of_prototypes)} |"
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundles", nargs="+", metavar="bundle")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--collection", type=Path, nargs="+", required=True, help="one for each bundle")
    parser.add_argument("--training-segments", type=int, default=2000, help="(default: %(default)s)")
    parser.add_argument("--segments", type=int, default=200, help="held-out segments (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the noise (default: %(default)s)")
    arguments = parser.parse_args()
    if len(arguments.bundles) != len(arguments.collection):
        parser.error("give as many folders to --collection as there are bundles.")
    with report() as say:
        for name, folder in zip(arguments.bundles, arguments.collection, strict=True):
            bundle = load_bundle(locate_bundle(name, arguments.models))
            autoencoder = generative(load_autoencoder_of(bundle, arguments.models))
            collection = load_collection(folder)
            embedded = embed_collection(collection, autoencoder, bundle.manifest.autoencoder.fingerprint)
            known = draw(collection, embedded.part("train"), arguments.training_segments)
            held_out = draw(collection, embedded.part("test"), arguments.segments)
            for line in table(bundle, autoencoder, known, held_out, arguments.seed):
                say(line)


def _percent(classes: np.ndarray, expected: np.ndarray) -> str:
    return f"{100 * (classes == expected).mean():.1f}"


if __name__ == "__main__":
    main()

"""Compare diffusion with a decoder over quantised tokens, the alternative of the paper.

    python benchmarks/token_decoder.py rendered-genres --dataset data/genres --run runs/tokens

Trains a small causal transformer on z and residual codes of the training split (an interrupted run continues), then
decodes the bundle's prototypes and held-out segments with both. The columns are cycle consistency, the fraction of
segments that keep their class, the distances of prototypes and of segments to their sounds, and seconds. The row
`quantised` shows the limit of the tokens: the segments' own codes, decoded.
"""

import argparse
from functools import partial
from pathlib import Path

import torch
from report import report
from torch import Tensor, nn

from pecmae.bundles.bundle import Bundle, load_autoencoder_of, load_bundle, locate_bundle
from pecmae.datasets.dataset import load_dataset
from pecmae.datasets.embeddings import embed_dataset
from pecmae.datasets.segment_sampling import read_sampled, sample_segments
from pecmae.evaluation.decoding_measures import (
    SoundAutoencoder,
    decode_prototypes,
    decode_segments,
    time_decoding,
)
from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import DEFAULT_SAMPLER, SamplerSettings
from pecmae.networks.embedder import generative
from pecmae.paths import MODELS
from pecmae.training.features import load_tracks
from pecmae.training.loop import LoopConfig, pick_device, train
from pecmae.training.quantiser import ResidualQuantiser
from pecmae.training.token_decoder import TokenAutoencoder, TokenDecoder, TokenDecoderConfig

N_LEVELS, N_CODES = 8, 256
N_QUANTISED_CLIPS = 400
N_VALID_CLIPS = 64
TEMPERATURES = (1.0, 0.8)


def train_decoder(
    autoencoder: GenerativeAutoencoder, dataset: Path, loop: LoopConfig, batch_size: int, run: Path, device: str
) -> TokenDecoder:
    """Train the decoder, or continue; the quantiser is fitted to a sample of the training split."""
    config, codec = autoencoder.config, autoencoder.mel_codec
    tracks = {split: load_tracks([dataset], split, config.mel_codec) for split in ("train", "valid")}
    sizes = {"train": batch_size, "valid": N_VALID_CLIPS}
    n_frames = config.tokens_per_segment * config.mel_codec.frames_per_token
    torch.manual_seed(loop.seed)
    generator = torch.Generator().manual_seed(loop.seed)
    quantiser = ResidualQuantiser(N_LEVELS, N_CODES, config.codec.feature_dim)
    if not (run / "checkpoint.pt").is_file():  # else the codebooks come with the weights
        clips, _ = tracks["train"].crops(N_QUANTISED_CLIPS, n_frames, generator)
        quantiser.fit(codec.cpu().to_features(clips).flatten(0, 1), generator)
    autoencoder.to(device)

    def loss_on(split: str, model: nn.Module, generator: torch.Generator) -> Tensor:
        assert isinstance(model, TokenDecoder)
        log_mel, _ = tracks[split].crops(sizes[split], n_frames, generator)
        features = codec.to_features(log_mel.to(device))
        with torch.no_grad():
            z = autoencoder.embed_features(features)
        return model.loss(z.float(), features)

    decoder = TokenDecoder(quantiser, autoencoder.dim, config.tokens_per_segment, TokenDecoderConfig()).to(device)
    trained = train(decoder, partial(loss_on, "train"), partial(loss_on, "valid"), loop, run, torch.device(device))
    autoencoder.cpu()
    assert isinstance(trained, TokenDecoder)
    return trained.cpu().eval()


@torch.inference_mode()
def quantised_row(bundle: Bundle, autoencoder: GenerativeAutoencoder, decoder: TokenDecoder, waveforms: Tensor) -> str:
    """A row for the segments' own codes, decoded."""
    network, codec = bundle.network, autoencoder.mel_codec
    z = autoencoder.embed(waveforms)
    codes = decoder.quantiser(codec.encode(autoencoder.levelled(waveforms)))
    again = autoencoder.embed(codec.decode(decoder.quantiser.decode(codes)))
    kept = network(again).logits.argmax(dim=-1) == network(z).logits.argmax(dim=-1)
    distance = (network.normalise(again) - network.normalise(z)).square().mean()
    return f"| quantised | – | – | {100 * kept.double().mean():.1f} | {distance:.3f} | – | – |"


def row(
    title: str, bundle: Bundle, autoencoder: SoundAutoencoder, sampler: SamplerSettings, z: Tensor, seed: int
) -> str:
    """A decoder's row of the table."""
    of_prototypes = decode_prototypes(bundle.network, autoencoder, sampler, seed)
    of_segments = decode_segments(bundle.network, autoencoder, z, sampler, seed)
    cells = []
    for result in (of_prototypes, of_segments):
        cells += [f"{100 * result.is_right.mean():.1f}", f"{result.distance.mean():.3f}"]
    seconds = time_decoding(bundle.network, autoencoder, sampler)["batch"]
    return f"| {' | '.join([title, *cells, *(f'{value:.2f}' for value in seconds.values())])} |"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder of the token decoder's checkpoint")
    parser.add_argument("--steps", type=int, default=3000, help="training steps (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=32, help="(default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="(default: %(default)s)")
    parser.add_argument("--segments", type=int, default=100, help="held-out segments (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    parser.add_argument("--device", default="auto", help="where to train: auto, cpu or cuda (default: %(default)s)")
    arguments = parser.parse_args()
    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models))
    autoencoder = generative(load_autoencoder_of(bundle, arguments.models))
    dataset = load_dataset(arguments.dataset)
    loop = LoopConfig(arguments.steps, arguments.learning_rate, seed=arguments.seed)
    device = str(pick_device(arguments.device))
    decoder = train_decoder(autoencoder, arguments.dataset, loop, arguments.batch_size, arguments.run, device)
    embedded = embed_dataset(dataset, autoencoder, bundle.manifest.autoencoder.fingerprint)
    chosen = sample_segments(embedded.part("test"), arguments.segments, seed=0)
    z = torch.from_numpy(chosen.embeddings)
    waveforms = torch.from_numpy(read_sampled(dataset, chosen))
    decoders: dict[str, tuple[SoundAutoencoder, SamplerSettings]] = {
        "diffusion": (autoencoder, DEFAULT_SAMPLER),
    }
    for temperature in TEMPERATURES:
        tokens = TokenAutoencoder(autoencoder, decoder, temperature)
        decoders[f"tokens, temperature {temperature:g}"] = tokens, DEFAULT_SAMPLER
    with report() as write:
        write(f"Bundle {bundle.manifest.name}, {len(z)} held-out segments of {arguments.dataset.name}; ")
        write(f"token decoder of {arguments.steps:,} steps, {N_LEVELS} codes of {N_CODES} per frame.\n")
        write("| decoder | cycle consistency, % | prototype distance | kept, % | segment distance | s, one | s, ten |")
        write("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for title, (decoder_of, sampler) in decoders.items():
            write(row(title, bundle, decoder_of, sampler, z, arguments.seed))
        write(quantised_row(bundle, autoencoder, decoder, waveforms))


if __name__ == "__main__":
    main()

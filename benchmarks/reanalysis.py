"""What analysis of a decoded sound makes of the frames that it was decoded from: the weights in `pecmae/codec.py`.

    python benchmarks/reanalysis.py rendered-genres

Samples features for the bundle's training segments, decodes them to sound, analyses that and fits, by least squares,
one weight a neighbouring frame. Reports the weights, and what the frames as they were and the fitted ones miss.
"""

import argparse
from pathlib import Path

import torch
from report import report
from samplers import UNSTEERED
from torch.nn import functional

from pecmae.bundles.bundle import load_autoencoder_of, load_bundle, locate_bundle
from pecmae.networks.codec import REANALYSIS
from pecmae.networks.embedder import generative
from pecmae.paths import MODELS


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--segments", type=int, default=40, help="(default: %(default)s)")
    arguments = parser.parse_args()
    bundle = load_bundle(locate_bundle(arguments.bundle, arguments.models))
    autoencoder = generative(load_autoencoder_of(bundle, arguments.models))
    codec, generator = autoencoder.mel_codec, torch.Generator().manual_seed(0)
    known = torch.from_numpy(bundle.normalised_embeddings)
    chosen = known[torch.randperm(len(known), generator=generator)[: arguments.segments]]
    features = autoencoder.decode_features(bundle.network.denormalise(chosen), UNSTEERED, generator)
    before, heard = codec.split_frames(features), codec.split_frames(codec.heard(features))  # (B, T, n_mels)
    after = codec.split_frames(codec.encode(codec.decode(features)))
    n_beside = len(REANALYSIS) // 2
    padded = functional.pad(before[:, None], (0, 0, n_beside, n_beside), mode="replicate")[:, 0]
    neighbours = padded.unfold(1, len(REANALYSIS), 1).reshape(-1, len(REANALYSIS))
    fitted = torch.linalg.lstsq(neighbours, after.reshape(-1, 1)).solution[:, 0]
    with report() as say:
        say(f"{len(chosen)} segments of {bundle.manifest.name}.\n")
        say(f"- weights fitted now: {', '.join(f'{weight:.3f}' for weight in fitted.tolist())}")
        say(f"- weights in the codec: {', '.join(map(str, REANALYSIS))}")
        for name, guess in (("as they were", before), ("by the codec's weights", heard)):
            say(f"- root mean square missed by the frames {name}: {(guess - after).square().mean().sqrt():.3f}")


if __name__ == "__main__":
    main()

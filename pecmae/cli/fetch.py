"""`pecmae fetch`: fetch the pretrained weights that the compact autoencoder builds on."""

import sys


def run() -> None:
    """Fetch MusiCNN's weights into the cache.

    Does nothing where they are cached already.
    """
    from pecmae.networks.pretrained import fetch_musicnn

    def show(received: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\rfetching MusiCNN: {received / 2**20:.1f} of {total / 2**20:.1f} MB", end="", file=sys.stderr)

    path = fetch_musicnn(progress=show)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"MusiCNN's weights are in {path}.")

"""Random weights in place of MusiCNN's, in the file that `pretrained.load_musicnn` reads."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import ModuleDict

from pecmae.networks.musicnn import MusiCNN
from pecmae.networks.pretrained import MUSICNN_FILE, MUSICNN_NETWORKS


def write_random_musicnn(cache: Path) -> Path:
    """Write both networks into a cache folder; returns the file."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        networks = ModuleDict({name: MusiCNN() for name in MUSICNN_NETWORKS})
    cache.mkdir(parents=True, exist_ok=True)
    save_file(networks.state_dict(), cache / MUSICNN_FILE)
    return cache / MUSICNN_FILE

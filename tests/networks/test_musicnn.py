"""MusiCNN: the spectrum, the network's two ways to compute, golden values of the original."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pecmae.networks.musicnn import HOP, N_MELS, SAMPLE_RATE, MusiCNN, MusicnnSpectrum
from pecmae.networks.pretrained import load_musicnn

GOLDEN = Path(__file__).parent.parent / "data" / "musicnn" / "golden.npz"
"""One clip of 3 s, and what TensorFlow 2.21 returned for it with the original checkpoints."""


def random_network(*, in_bfloat16: bool = False) -> MusiCNN:
    """A network with random weights; some normalisations have negative scales, as the trained ones do."""
    torch.manual_seed(0)
    network = MusiCNN(in_bfloat16=in_bfloat16)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(std=0.1)
    for name, parameter in network.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(parameter)
    return network.eval().requires_grad_(False)


def test_spectrum_of_a_tone_peaks_at_its_band() -> None:
    time_s = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    frames = MusicnnSpectrum()(torch.sin(2 * torch.pi * 440 * time_s)[None])[0]
    assert frames.shape == (SAMPLE_RATE // HOP, N_MELS)
    # Below 1 kHz a mel is 66.7 Hz; 97 equal steps lead to 45.2 mel at 8 kHz.
    assert frames[30].argmax() == round(440 / (200 / 3) / (45.2456 / 97)) - 1


def test_silence_is_zero() -> None:
    assert (MusicnnSpectrum()(torch.zeros(1, SAMPLE_RATE)) == 0).all()


def test_bfloat16_agrees_with_float32() -> None:
    log_mel = torch.rand(2, 60, N_MELS, generator=torch.Generator().manual_seed(0))
    _, exact = random_network()(log_mel)
    _, fast = random_network(in_bfloat16=True)(log_mel)
    assert (fast - exact).abs().max() < 0.05 * exact.std()
    assert not torch.equal(fast, exact)


def test_any_length_is_read() -> None:
    network = random_network()
    assert network(torch.rand(1, 20, N_MELS))[0].shape == network(torch.rand(1, 300, N_MELS))[0].shape == (1, 50)


@pytest.mark.usefixtures("trained_musicnn")
@pytest.mark.parametrize("name", ["msd", "mtt"])
def test_original_weights_give_the_original_values(name: str) -> None:
    golden = np.load(GOLDEN)
    with torch.inference_mode():
        tags, penultimate = getattr(load_musicnn(), name)(torch.from_numpy(golden["x"]))
    assert np.abs(tags.numpy() - golden[f"{name.upper()}_tags"]).max() < 1e-5
    assert np.abs(penultimate.numpy() - golden[f"{name.upper()}_penultimate"]).max() < 5e-5

"""YAMNet, a network that knows 521 kinds of sound, as an opinion from outside the model.

It is MobileNet v1 (Howard et al., arXiv 1704.04861) on log-mel patches of 0.96 s, trained by Google on AudioSet
(Gemmeke et al., ICASSP 2017). Nothing in this project learns from it. The weights are read from a TensorFlow Lite file,
whose 8-bit values become floats; since the activations stay floats too, scores differ from those of the 8-bit original
by about one of its steps.

Conventions: 16 kHz mono, hop 160; N patches of 96 frames and 64 mel bands, 521 classes.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.audio.log_mel import triangular_filters
from pecmae.errors import BundleError
from pecmae.files import sha256

SAMPLE_RATE = 16_000
N_FFT, WINDOW, HOP, N_MELS = 512, 400, 160, 64
PATCH, PATCH_HOP = 96, 48
"""Frames of a patch, and from one patch to the next."""
F_MIN_HZ, F_MAX_HZ = 125.0, 7500.0
LOG_OFFSET = 1e-3
N_CLASSES = 521
FIRST_CHANNELS = 32
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1),
)  # fmt: skip
"""Channels and stride of every separable convolution."""
WEIGHTS_FILE = "yamnet_spectra_in.tflite"
WEIGHTS_SHA256 = "0a266465c46718f3fcc4137366be82882a8c93bfcc4f0278581a11d11dddcdf9"


class YamnetSpectrum(nn.Module):
    """Log-mel patches, log(x + 0.001) of mel magnitudes."""

    filters: Tensor
    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        mels = 1127 * np.log1p(np.array([F_MIN_HZ, F_MAX_HZ, SAMPLE_RATE / 2]) / 700)
        edges = np.linspace(mels[0], mels[1], N_MELS + 2)
        bins = 1127 * np.log1p(np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1) / 700)
        filters = triangular_filters(torch.from_numpy(edges), torch.from_numpy(bins))
        self.register_buffer("filters", filters.float(), persistent=False)
        window = functional.pad(torch.hann_window(WINDOW), (0, N_FFT - WINDOW))
        self.register_buffer("window", window, persistent=False)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Shape: (B, n_samples) at 16 kHz, at least 0.96 s -> (B, n_patches, 96, 64)."""
        padded = functional.pad(waveforms, (0, N_FFT))
        spectrum = torch.stft(padded, N_FFT, HOP, window=self.window, center=False, return_complex=True)
        log_mel = (spectrum.abs().transpose(1, 2) @ self.filters + LOG_OFFSET).log()  # (B, T, 64)
        return log_mel.unfold(1, PATCH, PATCH_HOP).transpose(2, 3)


class Yamnet(nn.Module):
    """The network; weights come from `load_yamnet`."""

    def __init__(self) -> None:
        super().__init__()
        self.spectrum = YamnetSpectrum()
        convolutions = [nn.Conv2d(1, FIRST_CHANNELS, 3, stride=2)]
        channels = FIRST_CHANNELS
        for out_channels, stride in BLOCKS:
            convolutions.append(nn.Conv2d(channels, channels, 3, stride=stride, groups=channels))
            convolutions.append(nn.Conv2d(channels, out_channels, 1))
            channels = out_channels
        self.convolutions = nn.ModuleList(convolutions)
        self.output = nn.Linear(channels, N_CLASSES)

    def forward(self, patches: Tensor) -> Tensor:
        """Scores of the classes, between 0 and 1 each.

        Shape: (N, 96, 64) -> (N, 521)
        """
        x = patches[:, None]
        for convolution in self.convolutions:
            if convolution.kernel_size != (1, 1):  # as TensorFlow pads even sizes
                x = functional.pad(x, (0, 1, 0, 1) if convolution.stride == (2, 2) else (1, 1, 1, 1))
            x = functional.relu6(convolution(x))
        scores: Tensor = self.output(x.mean(dim=(2, 3))).sigmoid()
        return scores

    @torch.inference_mode()
    def mean_scores(self, waveforms: np.ndarray, sample_rate: int) -> np.ndarray:
        """The mean of the scores over a clip's patches.

        Shape: (B, n_samples), at least 0.96 s -> (B, 521)
        """
        scores = []
        for waveform in waveforms:
            at_rate = soxr.resample(waveform, sample_rate, SAMPLE_RATE).astype(np.float32)
            scores.append(self(self.spectrum(torch.from_numpy(at_rate)[None])[0]).mean(dim=0))
        return torch.stack(scores).numpy()


def load_yamnet(path: Path) -> Yamnet:
    """YAMNet with its weights, frozen.

    Args:
        path: The file `yamnet_spectra_in.tflite` of google-coral/coralmicro (Apache-2.0).

    Raises:
        BundleError: `no_weights` or `weights_altered`: the file isn't there, or it isn't that file. `needs_tflite`: the
            package that reads it isn't installed.
    """
    origin = f"{WEIGHTS_FILE} is in the folder models/ of github.com/google-coral/coralmicro (Apache-2.0)"
    if not path.is_file():
        raise BundleError("no_weights", f"{path} doesn't exist: {origin}.")
    if sha256(path) != WEIGHTS_SHA256:
        raise BundleError("weights_altered", f"{path} isn't the file that was tested: {origin}.")
    network = Yamnet().eval().requires_grad_(False)
    layers = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    for layer, (kernel, bias) in zip(layers, _read_layers(path), strict=True):
        assert layer.bias is not None
        layer.weight.copy_(kernel.reshape(layer.weight.shape))  # a kernel spans either space or channels
        layer.bias.copy_(bias[:, 0])
    return network


def _read_layers(path: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Kernel and bias of every layer of a TensorFlow Lite file, in floats, each with a row per output channel."""
    try:
        from tflite.Model import Model
        from tflite.TensorType import TensorType
    except ImportError as error:
        raise BundleError(
            "needs_tflite",
            "YAMNet's weights are read with tflite, which isn't installed; install it with "
            "`pip install 'pecmae-explorer[listen]'` or `pip install tflite`.",
        ) from error
    model = Model.GetRootAs(path.read_bytes())
    graph = model.Subgraphs(0)

    def rows(index: int) -> Tensor:
        tensor, quantisation = graph.Tensors(index), graph.Tensors(index).Quantization()
        stored = model.Buffers(tensor.Buffer()).DataAsNumpy()
        integers = stored.view("i1" if tensor.Type() == TensorType.INT8 else "<i4").reshape(tensor.ShapeAsNumpy())
        outputs_first = np.moveaxis(integers, quantisation.QuantizedDimension(), 0)
        steps = quantisation.ScaleAsNumpy()[:, None]
        return torch.from_numpy(outputs_first.reshape(len(outputs_first), -1) * steps)

    for number in range(graph.OperatorsLength()):
        inputs = graph.Operators(number).InputsAsNumpy()
        if len(inputs) == 3:  # a layer with weights: its data, kernel and bias
            yield rows(inputs[1]), rows(inputs[2])

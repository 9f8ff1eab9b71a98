"""EnCodec's encoder and decoder, as `transformers` builds them (Défossez et al., arXiv 2210.13438).

Latent frames are the encoder's output before quantisation, and the decoder takes them unquantised, so there is no
quantiser here. A waveform (B, n_samples) at 24 kHz becomes (B, T, 128) with 75 frames per second. Weight
normalisation, which only training needs, is folded into plain weights.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from pecmae.networks.configuration import EncodecConfig

N_LAST = 3  # the encoder's last layers run at the frame rate: the recurrence, its activation and a convolution


class CausalConvolution(nn.Module):
    """A convolution that sees no later samples; the beginning of the signal is reflected to the left.

    `transformers` pads in the same way, but in float32 only, and also at the end if the stride doesn't divide the
    length.
    """

    def __init__(self, conv: nn.Conv1d) -> None:
        super().__init__()
        self.conv = conv
        self.n_before = (conv.kernel_size[0] - 1) * conv.dilation[0] + 1 - conv.stride[0]

    def forward(self, x: Tensor) -> Tensor:
        """Shape: (B, C, N), N a multiple of the stride, -> (B, C', N / stride)."""
        reflected = x[..., 1 : self.n_before + 1].flip(-1)
        return self.conv(torch.cat([reflected, x], dim=-1) if self.n_before else x)


class EncodecCodec(nn.Module):
    """Encodes a waveform to latent frames, and decodes latent frames to a waveform.

    The constructor imports `transformers`, which takes seconds.
    """

    def __init__(self, config: EncodecConfig) -> None:
        from transformers.models.encodec import configuration_encodec, modeling_encodec

        super().__init__()
        self.config = config
        sizes = configuration_encodec.EncodecConfig(
            sampling_rate=config.sample_rate,
            num_filters=config.n_filters,
            upsampling_ratios=tuple(reversed(config.strides)),
            hidden_size=config.feature_dim,
        )
        self.encoder = for_inference(modeling_encodec.EncodecEncoder(sizes), modeling_encodec.EncodecConv1d)
        self.decoder = for_inference(modeling_encodec.EncodecDecoder(sizes), modeling_encodec.EncodecConv1d)

    def encode(self, waveform: Tensor) -> Tensor:
        """Encode; shape (B, n_samples), a multiple of `samples_per_frame`, -> (B, T, feature_dim)."""
        # On a CPU, a batch of waveforms doesn't fit into the caches; the recurrence is faster in a batch.
        layers = list(cast(nn.ModuleList, self.encoder.layers))
        batches = waveform[:, None].split(1 if waveform.device.type == "cpu" else len(waveform))
        frames = torch.cat([through(layers[:-N_LAST], batch) for batch in batches])
        return through(layers[-N_LAST:], frames).transpose(1, 2)

    def decode(self, features: Tensor) -> Tensor:
        """Decode; shape (B, T, feature_dim) -> (B, T * samples_per_frame)."""
        return self.decoder(features.transpose(1, 2))[:, 0]


def through(layers: list[nn.Module], x: Tensor) -> Tensor:
    """Apply layers one after the other."""
    for layer in layers:
        x = layer(x)
    return x


def for_inference(module: nn.Module, convolution: type[nn.Module]) -> nn.Module:
    """The module with plain weights, and with `CausalConvolution` in place of `convolution`."""
    for part in list(module.modules()):
        if is_parametrized(part, "weight"):
            remove_parametrizations(part, "weight")
        for name, child in part.named_children():
            if isinstance(child, convolution):
                setattr(part, name, CausalConvolution(cast(nn.Conv1d, child.conv)))
    return module

"""EnCodec's encoder and decoder, as `transformers` builds them (Défossez et al., arXiv 2210.13438).

Features are what the encoder gives before quantisation, and the decoder takes them as they are, so there is no
quantiser here. (B, n_samples) at 24 kHz becomes (B, T, 128) with 75 frames a second. Weight normalisation, which
training needs, is folded into plain weights.
"""

from torch import Tensor, device, nn
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from pecmae.config import EncodecConfig


class EncodecCodec(nn.Module):
    """Features of a waveform, and a waveform of features.

    Building it imports `transformers`, which takes seconds. Weights are loaded by `reference`.
    """

    can_draft = False

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
        with device("cpu"):  # its convolutions compute their padding, which would be lost on the meta device
            self.encoder = folded(modeling_encodec.EncodecEncoder(sizes))
            self.decoder = folded(modeling_encodec.EncodecDecoder(sizes))

    def encode(self, waveform: Tensor) -> Tensor:
        """Shape: (B, n_samples) -> (B, n_samples / samples_per_token, feature_dim)."""
        return self.encoder(waveform[:, None]).transpose(1, 2)

    def heard(self, features: Tensor) -> Tensor:
        """The features: what `encode` of `decode` gives is near enough to them; shape (B, T, feature_dim)."""
        return features

    def decode(self, features: Tensor) -> Tensor:
        """Shape: (B, T, feature_dim) -> (B, T * samples_per_token)."""
        return self.decoder(features.transpose(1, 2))[:, 0]


def folded(module: nn.Module) -> nn.Module:
    """The module with plain weights in place of direction and length."""
    for part in module.modules():
        if is_parametrized(part, "weight"):
            remove_parametrizations(part, "weight")
    return module

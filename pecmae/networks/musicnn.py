"""MusiCNN, a convolutional tagger of music, and the log-mel spectrum that it reads.

Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging", arXiv 1909.06654. A
musically motivated front end (tall filters for timbre, long ones for rhythm), three convolutions with residual
connections, maximum and mean over time, one hidden layer. Two sets of weights exist, trained on the Million Song
Dataset (MSD) and on MagnaTagATune (MTT); `pecmae.networks.pretrained` finds them. Since the network pools over time, it
reads any number of frames.

Conventions: 16 kHz mono, hop 256; B clips, T frames, 96 mel bands.
"""

import math

import torch
from torch import Tensor, nn

from pecmae.audio.log_mel import triangular_filters

SAMPLE_RATE = 16_000
N_FFT = 512
HOP = 256
N_MELS = 96
PENULTIMATE_DIM = 200
TIMBRAL_CHANNELS = 204
TEMPORAL_CHANNELS = 51
TIMBRAL_HEIGHTS = (38, 67)
"""Mel bands that the timbral filters span: 0.4 and 0.7 of 96."""
TEMPORAL_LENGTHS = (128, 64, 32)
"""Frames that the temporal filters span."""
MIDDLE_CHANNELS = 64
_NORM_EPS = 1e-3

MSD_TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock", "jazz",
    "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow", "electronica",
    "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy",
    "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
)  # fmt: skip
"""Names of the MSD network's outputs, in order."""


def slaney_filterbank() -> Tensor:
    """Triangular filters of equal area on Slaney's mel scale: linear below 1 kHz, logarithmic above.

    Shape:
        output: (N_FFT // 2 + 1, N_MELS)
    """
    mels = torch.linspace(0.0, _hz_to_mel(SAMPLE_RATE / 2), N_MELS + 2, dtype=torch.float64)
    log_step = math.log(6.4) / 27
    edges_hz = torch.where(mels < 15, mels * 200 / 3, 1000 * torch.exp(log_step * (mels - 15)))
    bins_hz = torch.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1, dtype=torch.float64)
    return (triangular_filters(edges_hz, bins_hz) * 2 / (edges_hz[2:] - edges_hz[:-2])).float()


def _hz_to_mel(frequency_hz: float) -> float:
    linear = frequency_hz * 3 / 200
    return linear if frequency_hz < 1000 else 15 + math.log(frequency_hz / 1000) * 27 / math.log(6.4)


class MusicnnSpectrum(nn.Module):
    """Log-compressed mel power spectrum, log10(1 + 10000 x), as the networks were trained on.

    The original rounds powers to half precision before the logarithm, which overflows on loud sound; this doesn't.
    """

    filters: Tensor
    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", slaney_filterbank(), persistent=False)
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)

    def forward(self, waveforms: Tensor) -> Tensor:
        """One frame per hop; the last, which lies half outside, is left out.

        Shape: (B, n_samples) at 16 kHz -> (B, n_samples // 256, 96)
        """
        spectrum = torch.stft(waveforms, N_FFT, HOP, window=self.window, pad_mode="constant", return_complex=True)
        power = spectrum[..., : waveforms.shape[-1] // HOP].abs().square().transpose(1, 2)  # (B, T, K)
        return torch.log10(1 + 10_000 * (power @ self.filters))


class MusiCNN(nn.Module):
    """The network of one set of weights: 50 tags and the 200 values of the layer before them.

    Args:
        in_bfloat16: Multiply the timbral filters, where most time goes, in bfloat16. On processors that do so natively
            the whole takes 0.6 of the time; the penultimate layer changes by about 1 % of its spread.

    Example:
        >>> network = MusiCNN().eval()
        >>> tags, penultimate = network(torch.zeros(2, 250, 96))
        >>> tags.shape, penultimate.shape
        (torch.Size([2, 50]), torch.Size([2, 200]))
    """

    def __init__(self, *, in_bfloat16: bool = False) -> None:
        super().__init__()
        self.in_bfloat16 = in_bfloat16
        self.input_norm = nn.BatchNorm2d(1, eps=_NORM_EPS)
        self.timbral = nn.ModuleList(
            _NormedConv2d(TIMBRAL_CHANNELS, (7, height), padding=(3, 3, 0, 0)) for height in TIMBRAL_HEIGHTS
        )
        self.temporal = nn.ModuleList(
            _NormedConv2d(TEMPORAL_CHANNELS, (length, 1), padding=((length - 1) // 2, length // 2, 0, 0))
            for length in TEMPORAL_LENGTHS
        )
        front_channels = len(TIMBRAL_HEIGHTS) * TIMBRAL_CHANNELS + len(TEMPORAL_LENGTHS) * TEMPORAL_CHANNELS
        self.middle = nn.ModuleList(
            _NormedConv1d(channels, MIDDLE_CHANNELS) for channels in (front_channels, MIDDLE_CHANNELS, MIDDLE_CHANNELS)
        )
        pooled_dim = 2 * (front_channels + 3 * MIDDLE_CHANNELS)
        self.pooled_norm = nn.BatchNorm1d(pooled_dim, eps=_NORM_EPS)
        self.hidden = nn.Linear(pooled_dim, PENULTIMATE_DIM)
        self.hidden_norm = nn.BatchNorm1d(PENULTIMATE_DIM, eps=_NORM_EPS)
        self.output = nn.Linear(PENULTIMATE_DIM, len(MSD_TAGS))

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities of the tags, and the penultimate layer.

        Shape:
            log_mel: (B, T, 96) of `MusicnnSpectrum`
            output: (B, 50) and (B, 200)
        """
        spectrum = self.input_norm(log_mel[:, None])  # (B, 1, T, 96)
        timbral = [conv(spectrum, in_bfloat16=self.in_bfloat16) for conv in self.timbral]
        front = torch.cat([*timbral, *(conv(spectrum) for conv in self.temporal)], dim=1)  # (B, 561, T)
        first = self.middle[0](front)
        second = self.middle[1](first) + first
        third = self.middle[2](second) + second
        frames = torch.cat([front, first, second, third], dim=1)  # (B, 753, T)
        # Maximum and mean of a channel lie side by side.
        pooled = torch.stack([frames.amax(dim=2), frames.mean(dim=2)], dim=2).flatten(1)  # (B, 1506)
        penultimate = self.hidden_norm(self.hidden(self.pooled_norm(pooled)).relu())
        return self.output(penultimate).sigmoid(), penultimate


class _NormedConv2d(nn.Module):
    """Convolution of a one-channel spectrum, rectifier, batch normalisation, maximum over frequency."""

    def __init__(self, channels: int, kernel: tuple[int, int], padding: tuple[int, int, int, int]) -> None:
        super().__init__()
        before, after, low, high = padding
        self.pad = nn.ZeroPad2d((low, high, before, after))
        self.conv = nn.Conv2d(1, channels, kernel)
        self.norm = nn.BatchNorm2d(channels, eps=_NORM_EPS)

    def forward(self, spectrum: Tensor, *, in_bfloat16: bool = False) -> Tensor:
        """Shape: (B, 1, T, 96) -> (B, channels, T)."""
        if in_bfloat16:
            return self._in_bfloat16(spectrum)
        normed: Tensor = self.norm(self.conv(self.pad(spectrum)).relu())
        return normed.amax(dim=3)

    def _in_bfloat16(self, spectrum: Tensor) -> Tensor:
        """As `forward`, by a product of matrices in bfloat16.

        Shape: (B, 1, T, 96) -> (B, channels, T)
        """
        length, height = self.conv.kernel_size
        signs = self.norm.weight.sign()  # a channel with a negative scale has its maximum where its input is lowest
        kernel = (signs[:, None] * self.conv.weight.flatten(1)).T.bfloat16()
        windows = self.pad(spectrum).bfloat16()[:, 0].unfold(1, length, 1).unfold(2, height, 1)  # (B, T, P, 7, height)
        products = windows.transpose(1, 2).flatten(3) @ kernel  # (B, P, T, channels)
        peaks = signs[:, None] * products.amax(dim=1).float().transpose(1, 2)  # (B, channels, T)
        assert self.conv.bias is not None
        normed: Tensor = self.norm((peaks + self.conv.bias[:, None]).relu()[..., None])
        return normed[..., 0]


class _NormedConv1d(nn.Module):
    """Convolution over seven frames, rectifier, batch normalisation."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_channels, out_channels, 7, padding=3)
        self.norm = nn.BatchNorm1d(out_channels, eps=_NORM_EPS)

    def forward(self, frames: Tensor) -> Tensor:
        """Shape: (B, in_channels, T) -> (B, out_channels, T)."""
        normed: Tensor = self.norm(self.conv(frames).relu())
        return normed


class MusicnnEncoder(nn.Module):
    """Both networks on one waveform: what the compact autoencoder's latent is made of.

    Args:
        msd: Network trained on the Million Song Dataset.
        mtt: Network trained on MagnaTagATune.
    """

    def __init__(self, msd: MusiCNN, mtt: MusiCNN) -> None:
        super().__init__()
        self.spectrum = MusicnnSpectrum()
        self.msd = msd
        self.mtt = mtt

    def forward(self, waveforms: Tensor) -> Tensor:
        """Penultimate layers of MSD and MTT, side by side.

        Shape: (B, n_samples) at 16 kHz -> (B, 400)
        """
        log_mel = self.spectrum(waveforms)
        return torch.cat([self.msd(log_mel)[1], self.mtt(log_mel)[1]], dim=1)

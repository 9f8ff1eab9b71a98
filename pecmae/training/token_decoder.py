"""A decoder over quantised tokens: the alternative to diffusion that arXiv 2402.09318 compares with.

A causal transformer of the GPT-2 kind reads a latent as its first token and then writes the residual codes of one
feature frame after the other. Within a frame, the code of a level is drawn given those of the levels above it. The
quantiser turns the codes into features of the codec, so codec and vocoder are those of the generative autoencoder. It
exists for comparison only; no bundle uses it.

Conventions: B clips, T feature frames, L levels of the quantiser, K codes per level, D dimensions of z.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from pecmae.networks.autoencoder import GenerativeAutoencoder
from pecmae.networks.configuration import SamplerSettings
from pecmae.training.quantiser import ResidualQuantiser


@dataclass(frozen=True)
class TokenDecoderConfig:
    """Sizes of the causal transformer."""

    model_dim: int = 256
    n_layers: int = 4
    n_heads: int = 8
    feed_forward_dim: int = 1024


class TokenDecoder(nn.Module):
    """Predicts the codes of features from a latent.

    Args:
        quantiser: A fitted quantiser; its codebooks are kept with the weights.
        latent_dim: D.
        n_frames: T, the frames of a segment.
        config: Sizes.
    """

    def __init__(
        self, quantiser: ResidualQuantiser, latent_dim: int, n_frames: int, config: TokenDecoderConfig
    ) -> None:
        super().__init__()
        dim, n_codes = config.model_dim, quantiser.n_codes
        self.quantiser = quantiser
        self.n_frames = n_frames
        self.condition = nn.Linear(latent_dim, dim)
        self.positions = nn.Parameter(0.02 * torch.randn(n_frames, dim))
        self.frame_codes = nn.ModuleList(nn.Embedding(n_codes, dim) for _ in range(quantiser.n_levels))
        layer = nn.TransformerEncoderLayer(
            dim,
            config.n_heads,
            config.feed_forward_dim,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.transformer = nn.TransformerEncoder(layer, config.n_layers, nn.LayerNorm(dim), enable_nested_tensor=False)
        self.upper_codes = nn.ModuleList(nn.Embedding(n_codes, dim) for _ in range(quantiser.n_levels - 1))
        self.heads = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, n_codes))
            for _ in range(quantiser.n_levels)
        )

    def states(self, z: Tensor, codes: Tensor) -> Tensor:
        """The transformer's states before each frame, including the one after the last given frame.

        Shape:
            z: (B, D)
            codes: (B, t, L) of the first t < T frames
            output: (B, t + 1, model_dim)
        """
        frames = sum(embed(codes[..., level]) for level, embed in enumerate(self.frame_codes))
        tokens = torch.cat([self.condition(z)[:, None], frames], dim=1) + self.positions[: codes.shape[1] + 1]
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1], z.device, tokens.dtype)
        return self.transformer(tokens, mask=mask, is_causal=True)

    def level_logits(self, states: Tensor, codes: Tensor, level: int) -> Tensor:
        """Logits of one level's code, given those of the levels above it.

        Shape:
            states: (B, t, model_dim)
            codes: (B, t, L), of which the first `level` are used
            output: (B, t, K)
        """
        for upper in range(level):
            states = states + self.upper_codes[upper](codes[..., upper])
        return self.heads[level](states)

    def loss(self, z: Tensor, features: Tensor) -> Tensor:
        """Mean cross-entropy of all codes.

        Shape: `z` (B, D), `features` (B, T, F); result ().
        """
        codes = self.quantiser(features)
        states = self.states(z, codes[:, :-1])
        losses = [
            functional.cross_entropy(self.level_logits(states, codes, level).flatten(0, 1).float(), target.flatten())
            for level, target in enumerate(codes.unbind(dim=-1))
        ]
        return torch.stack(losses).mean()

    @torch.no_grad()
    def sample(self, z: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Sample features frame by frame.

        Args:
            z: Latents.
            temperature: Divides the logits; below 1, likely codes become more likely.
            generator: Source of the draw, on the device of z.

        Shape: (B, D) -> (B, T, F)
        """
        codes = torch.empty(len(z), 0, self.quantiser.n_levels, dtype=torch.long, device=z.device)
        for _ in range(self.n_frames):
            states = self.states(z, codes)[:, -1:]
            frame = torch.zeros(len(z), 1, self.quantiser.n_levels, dtype=torch.long, device=z.device)
            for level in range(self.quantiser.n_levels):
                chances = (self.level_logits(states, frame, level)[:, 0] / temperature).softmax(dim=-1)
                frame[:, :, level] = torch.multinomial(chances, 1, generator=generator)
            codes = torch.cat([codes, frame], dim=1)
        return self.quantiser.decode(codes)


class TokenAutoencoder:
    """An autoencoder whose denoiser is replaced by a token decoder, for measuring it."""

    def __init__(self, autoencoder: GenerativeAutoencoder, decoder: TokenDecoder, temperature: float) -> None:
        self.autoencoder, self.decoder, self.temperature = autoencoder, decoder, temperature

    def embed(self, waveforms: Tensor) -> Tensor:
        """Shape: (B, n_samples) -> (B, D)."""
        return self.autoencoder.embed(waveforms)

    def decode(self, z: Tensor, _sampler: SamplerSettings, *, generator: torch.Generator | None = None) -> Tensor:
        """Sample the audio of points; the sampler of diffusion has no effect.

        Shape: (B, D) -> (B, n_samples)
        """
        return self.autoencoder.codec.decode(self.decoder.sample(z, self.temperature, generator))

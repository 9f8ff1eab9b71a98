"""The published autoencoder in the published code's order of computation, as the baseline of `published.py`.

It builds everything that the published code builds: also the masked autoencoder's decoder and head, EnCodec's quantiser
and a second EnCodec. Segments are computed one by one. Queries, keys and values are projected separately. Attention
adds a mask, which the encoders derive from the padding in every layer, and takes an explicit softmax. Positions and
weight normalisation are computed in every pass. The sampler takes DDIM steps with two passes each. All of it is in
float32.
"""

import math

import torch
from torch import Tensor, nn

from pecmae.networks.configuration import EncodecmaeConfig, TransformerConfig

MASKED = -1e9
NORMALISED = {
    "conv.": "conv.conv.",
    "parametrizations.weight.original0": "weight_g",
    "parametrizations.weight.original1": "weight_v",
}
"""Names in EnCodec's encoder: those of `transformers`, and the published ones."""


class PlainPositions(nn.Module):
    """Adds scaled sinusoidal positions."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x: Tensor) -> Tensor:
        """Shape: (B, T, D) -> (B, T, D)."""
        place = torch.arange(x.shape[1])[None, :, None].float()
        rate = torch.exp(torch.arange(0, x.shape[2], 2).float() * (-math.log(10_000.0) / x.shape[2]))
        table = torch.zeros_like(x)
        table[:, :, 0::2] = torch.sin(place * rate)
        table[:, :, 1::2] = torch.cos(place * rate)
        return x + self.scale * table


class PlainAttention(nn.Module):
    """Attention over heads whose index is the last."""

    def __init__(self, dim: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.wq, self.wk, self.wv, self.wo = (nn.Linear(dim, dim, bias=False) for _ in range(4))

    def heads(self, x: Tensor) -> Tensor:
        """Shape: (B, T, D) -> (B * H, T, D / H)."""
        n_frames, head_dim = x.shape[1], x.shape[2] // self.n_heads
        split = x.view(-1, n_frames, head_dim, self.n_heads)
        return split.permute(0, 3, 1, 2).reshape(-1, n_frames, head_dim)

    def forward(self, x: Tensor, is_padding: Tensor | None) -> Tensor:
        """Shape: (B, T, D) and (B, T) -> (B, T, D)."""
        n_clips, n_frames, dim = x.shape
        query, key, value = self.heads(self.wq(x)), self.heads(self.wk(x)), self.heads(self.wv(x))
        padding = torch.zeros(n_clips * self.n_heads, n_frames, n_frames, dtype=torch.bool)
        if is_padding is not None:
            padding += is_padding[:, None, None].tile(1, self.n_heads, n_frames, 1).view_as(padding).bool()
        weights = query @ key.transpose(1, 2) * (dim // self.n_heads) ** -0.5
        weights += padding * MASKED
        attended = weights.softmax(dim=-1) @ value
        joined = attended.view(n_clips, self.n_heads, n_frames, -1).permute(0, 2, 3, 1)
        return self.wo(joined.reshape(n_clips, n_frames, dim))


class PlainLayer(nn.Module):
    """Attention and feed-forward over two residual streams."""

    def __init__(self, dim: int, n_heads: int, feed_forward: nn.Module) -> None:
        super().__init__()
        self.att_layer = PlainAttention(dim, n_heads)
        self.ff_layer = feed_forward
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)

    def forward(self, normed: Tensor, plain: Tensor, is_padding: Tensor | None) -> tuple[Tensor, Tensor]:
        """Shape: two of (B, T, D), and (B, T)."""
        attended = self.att_layer(normed, is_padding)
        normed, plain = self.norm1(normed + attended), plain + attended
        transformed = self.ff_layer(normed)
        return self.norm2(normed + transformed), plain + transformed


class PlainTransformer(nn.Module):
    """A stack of layers that share one feed-forward."""

    def __init__(self, dim: int, config: TransformerConfig) -> None:
        super().__init__()
        width = config.feed_forward_dim
        feed_forward = nn.Sequential(nn.Linear(dim, width), nn.ReLU(), nn.Linear(width, dim))
        self.encoder_layers = nn.ModuleList(
            PlainLayer(dim, config.n_heads, feed_forward) for _ in range(config.n_layers)
        )
        self.final_norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor, is_padding: Tensor | None = None) -> Tensor:
        """Shape: (B, T, D) and (B, T) -> (B, T, D)."""
        normed, plain = x, x
        for layer in self.encoder_layers:
            normed, plain = layer(normed, plain, is_padding)
        return normed + self.final_norm(plain)


class PlainAutoencoder(nn.Module):
    """The published autoencoder, with random weights."""

    def __init__(self, config: EncodecmaeConfig) -> None:
        from transformers import EncodecConfig, EncodecModel

        super().__init__()
        dim, feature_dim = config.model_dim, config.codec.feature_dim
        sizes = EncodecConfig(num_filters=config.codec.n_filters)
        self.mae_encodec, self.encodec = EncodecModel(sizes), EncodecModel(sizes)
        self.feat_projector = nn.Linear(feature_dim, dim)
        self.positional_encoder = PlainPositions()
        self.visible_encoder = PlainTransformer(dim, config.encoder)
        self.mae_decoder_projector = nn.Linear(dim, dim)
        self.mae_decoder = PlainTransformer(dim, TransformerConfig(2, 12, config.encoder.feed_forward_dim))
        self.mae_head = nn.Linear(dim, 8192)
        self.class_tokens = nn.Embedding(1, dim)
        self.summary_positions = PlainPositions()
        self.pooler = PlainTransformer(dim, config.pooler)
        self.denoiser = PlainTransformer(dim, config.denoiser)
        self.in_adapter, self.out_adapter = nn.Linear(feature_dim, dim), nn.Linear(dim, feature_dim)
        self.time_embedding = nn.Sequential(nn.Linear(1, dim), nn.ReLU(), nn.Linear(dim, dim))

    def published_state(self) -> dict[str, Tensor]:
        """The weights under their published names, without what inference drops."""
        mae = "encoder.encodecmae_model."
        prefixes = {
            "mae_encodec.encoder.layers.": f"{mae}wav_encoder.model.model.",
            "feat_projector.": f"{mae}feat_projector.",
            "positional_encoder.": f"{mae}positional_encoder.",
            "visible_encoder.": f"{mae}visible_encoder.",
            "class_tokens.": "encoder.cls_tokens.",
            "summary_positions.": "encoder.pos_encoder.",
            "pooler.": "encoder.encoder.",
        }
        prefixes |= {name: name for name in ("denoiser.", "in_adapter.", "out_adapter.", "time_embedding.")}
        state = {}
        for key, tensor in self.state_dict().items():
            for ours, theirs in prefixes.items():
                if key.startswith(ours):
                    name = theirs + key.removeprefix(ours)
                    for part, published in NORMALISED.items() if ours.startswith("mae_encodec") else ():
                        name = name.replace(part, published)
                    state[name] = tensor
        return state

    @torch.no_grad()
    def encode(self, segments: Tensor) -> Tensor:
        """Shape: (n_segments, n_samples) -> (n_segments, D), one segment after the other."""
        return torch.cat([self._embed(segment) for segment in segments])

    def _embed(self, segment: Tensor) -> Tensor:
        features = self.mae_encodec.encoder(segment[None, None]).permute(0, 2, 1)
        is_padding = torch.zeros(1, features.shape[1], dtype=torch.bool)
        frames = self.visible_encoder(self.positional_encoder(self.feat_projector(features)), is_padding)
        token = self.class_tokens(torch.zeros(1, 1, dtype=torch.long))
        with_token = torch.cat([torch.zeros(1, 1), is_padding], dim=1)
        return self.pooler(torch.cat([token, self.summary_positions(frames)], dim=1), with_token)[:, 0]

    @torch.no_grad()
    def sample(self, z: Tensor, noise: Tensor, n_steps: int, guidance: float) -> Tensor:
        """Shape: `z` (1, D), `noise` (1, T, F) -> (1, T, F)."""
        sigmas = torch.linspace(1, 0, n_steps + 1)
        times = self.time_embedding(sigmas[:, None, None])
        alphas, betas = torch.cos(sigmas * math.pi / 2), torch.sin(sigmas * math.pi / 2)
        noisy = noise
        for step in range(n_steps):
            v = self._predict_v(noisy, times[step : step + 1], z)
            v = v + guidance * (v - self._predict_v(noisy, times[step : step + 1], torch.zeros_like(z)))
            signal = alphas[step] * noisy - betas[step] * v
            residual = betas[step] * noisy + alphas[step] * v
            noisy = alphas[step + 1] * signal + betas[step + 1] * residual
        return noisy

    def _predict_v(self, noisy: Tensor, time: Tensor, z: Tensor) -> Tensor:
        tokens = torch.cat([z[:, None], time, self.summary_positions(self.in_adapter(noisy))], dim=1)
        return self.out_adapter(self.denoiser(tokens)[:, 2:])

    @torch.no_grad()
    def decode(self, z: Tensor, noise: Tensor, n_steps: int, guidance: float) -> Tensor:
        """Shape: `z` (1, D), `noise` (1, T, F) -> (1, n_samples)."""
        return self.encodec.decoder(self.sample(z, noise, n_steps, guidance).transpose(1, 2))[:, 0]

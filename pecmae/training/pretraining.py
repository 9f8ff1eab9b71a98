"""The three stages that make a generative autoencoder out of unlabelled sound.

`codec` measures the statistics that normalise features; `mae` trains the frame encoder to tell hidden frames (masked
autoencoder); `diffusion` trains the summariser and the denoiser, and the encoder on with them: the compact encoder is
too small and trained too briefly to be frozen as the published one is. For the same reason that stage adds a term
that the published model does without: two excerpts of one track should lie nearer to each other than to other tracks
(co-occurrence; InfoNCE, van den Oord et al., arXiv 1807.03748). Each stage leaves its weights in the run folder
as safetensors for the next; the last one exports the autoencoder.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from pecmae import diffusion
from pecmae.autoencoder import GenerativeAutoencoder, save_autoencoder
from pecmae.codec import LOG_FLOOR, MelCodec
from pecmae.config import AutoencoderConfig
from pecmae.encodecmae import FrameEncoder, MaskedDecoder, visible_frames
from pecmae.errors import BundleError
from pecmae.training.features import PackedTracks, load_tracks
from pecmae.training.loop import LoopConfig, train

UNCONDITIONAL_PROBABILITY = 0.1
CO_OCCURRENCE_WEIGHT = 1.0
CO_OCCURRENCE_TEMPERATURE = 0.1
N_VALID_CLIPS = 64


@dataclass(frozen=True)
class Pretraining:
    """What the stages share: the model's sizes, the material, where they write and how they run."""

    config: AutoencoderConfig
    collections: list[Path]
    run: Path
    batch_size: int
    device: torch.device

    @property
    def frames_per_segment(self) -> int:
        return self.config.tokens_per_segment * self.config.codec.frames_per_token

    def tracks(self, split: str) -> PackedTracks:
        return load_tracks(self.collections, split, self.config.codec)

    def stage_weights(self, stage: str) -> dict[str, Tensor]:
        path = self.run / f"{stage}.safetensors"
        if not path.is_file():
            raise BundleError("stage_missing", f"{path} is missing: run `pretrain {stage}` with the same --run first.")
        return load_file(path)

    def codec(self) -> MelCodec:
        codec = MelCodec(self.config.codec)
        codec.load_state_dict(self.stage_weights("codec"))
        return codec.to(self.device)


def measure_codec(setting: Pretraining) -> None:
    """Mean and standard deviation of every mel band over the training split, written as the codec's weights."""
    frames = setting.tracks("train").frames.float()
    codec = MelCodec(setting.config.codec)
    codec.mean.copy_(frames.mean(dim=0))
    codec.std.copy_(frames.std(dim=0).clamp(min=0.1))
    setting.run.mkdir(parents=True, exist_ok=True)
    save_file(codec.state_dict(), setting.run / "codec.safetensors")


class MaskedAutoencoder(nn.Module):
    """The frame encoder with its training decoder."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        feature_dim = config.codec.feature_dim
        self.encoder = FrameEncoder(feature_dim, config.model_dim, config.encoder)
        self.decoder = MaskedDecoder(feature_dim, config.model_dim, config.mae_decoder)

    def loss(self, features: Tensor, visible: Tensor) -> Tensor:
        """Mean squared error over the hidden frames.

        Shape:
            features: (B, T, F)
            visible: (B, V) indices of frames
        """
        predicted = self.decoder(self.encoder(features, visible), visible, features.shape[1])
        hidden = torch.ones(features.shape[:2], device=features.device).scatter(1, visible, 0.0)
        error = (predicted.float() - features).square().mean(dim=-1)  # (B, T)
        return (error * hidden).sum() / hidden.sum()


def varied_level(log_mel: Tensor, generator: torch.Generator, range_db: float = 6.0) -> Tensor:
    """The same excerpts, each louder or softer by up to `range_db`.

    Shape: (B, T, n_mels) -> (B, T, n_mels)
    """
    gains_db = (torch.rand(len(log_mel), 1, 1, generator=generator) * 2 - 1) * range_db
    return (log_mel + gains_db * (torch.tensor(10.0).log() / 20)).clamp(min=torch.tensor(LOG_FLOOR).log())


class Batches:
    """Draws normalised features of one split, `per_track` excerpts of each drawn track."""

    def __init__(self, setting: Pretraining, split: str, n_clips: int, vary_level: bool, per_track: int = 1) -> None:
        self.tracks = setting.tracks(split)
        self.codec = setting.codec()
        self.setting = setting
        self.n_clips = n_clips
        self.vary_level = vary_level
        self.per_track = per_track

    def draw(self, generator: torch.Generator) -> Tensor:
        """Shape: output (n_clips, T, F)."""
        log_mel = self.tracks.crops(self.n_clips, self.setting.frames_per_segment, generator, self.per_track)
        if self.vary_level:
            log_mel = varied_level(log_mel, generator)
        with torch.no_grad():
            return self.codec.to_features(log_mel.to(self.setting.device))


def pretrain_mae(setting: Pretraining, loop: LoopConfig, mask_ratio: float = 0.5, gap: int = 5) -> None:
    """Masked prediction; gaps of 5 frames are 0.2 s, as in EnCodecMAE."""
    batches = {
        "train": Batches(setting, "train", setting.batch_size, vary_level=True),
        "valid": Batches(setting, "valid", N_VALID_CLIPS, vary_level=False),
    }

    def loss_on(split: str, model: nn.Module, generator: torch.Generator) -> Tensor:
        assert isinstance(model, MaskedAutoencoder)
        features = batches[split].draw(generator)
        visible = visible_frames(len(features), features.shape[1], mask_ratio, gap, generator).to(setting.device)
        return model.loss(features, visible)

    torch.manual_seed(loop.seed)
    model = MaskedAutoencoder(setting.config).to(setting.device)
    trained = train(
        model,
        lambda module, generator: loss_on("train", module, generator),
        lambda module, generator: loss_on("valid", module, generator),
        loop,
        setting.run / "mae",
        setting.device,
    )
    save_file({name: tensor.cpu() for name, tensor in trained.state_dict().items()}, setting.run / "mae.safetensors")


def diffusion_loss(
    autoencoder: GenerativeAutoencoder,
    features: Tensor,
    summary: Tensor,
    unconditional_probability: float,
    generator: torch.Generator,
) -> Tensor:
    """Mean squared error of v at uniformly drawn noise levels.

    Summaries are dropped at times, which is what guidance without a classifier needs.

    Shape:
        features: (B, T, F)
        summary: (B, D)
    """
    n_clips, device = len(features), features.device
    sigma = torch.rand(n_clips, 1, 1, generator=generator).to(device)
    noise = torch.randn(features.shape, generator=generator).to(device)
    kept = (torch.rand(n_clips, 1, generator=generator) >= unconditional_probability).to(device)
    noisy, v = diffusion.add_noise(features, noise, sigma)
    return functional.mse_loss(autoencoder.predict_v(noisy, sigma, summary * kept).float(), v)


def co_occurrence_loss(summary: Tensor, other: Tensor, temperature: float = CO_OCCURRENCE_TEMPERATURE) -> Tensor:
    """InfoNCE between excerpts of the same tracks, over the cosine similarity of centred summaries, both ways.

    Shape:
        summary, other: (B, D); row i of both is from one track
    """
    both = torch.cat([summary, other]).float()
    directions = functional.normalize(both - both.mean(dim=0), dim=-1)
    first, second = directions.chunk(2)
    logits = first @ second.T / temperature
    labels = torch.arange(len(summary), device=summary.device)
    return (functional.cross_entropy(logits, labels) + functional.cross_entropy(logits.T, labels)) / 2


def pretrain_diffusion(setting: Pretraining, loop: LoopConfig, out: Path) -> GenerativeAutoencoder:
    """Summariser and denoiser, end to end with the encoder of the `mae` stage; exports the autoencoder to `out`."""
    batches = {
        "train": Batches(setting, "train", setting.batch_size, vary_level=True, per_track=2),
        "valid": Batches(setting, "valid", N_VALID_CLIPS, vary_level=False, per_track=2),
    }
    torch.manual_seed(loop.seed)
    model = GenerativeAutoencoder(setting.config)
    model.codec.load_state_dict(setting.stage_weights("codec"))
    mae = setting.stage_weights("mae")
    prefix = "encoder."
    model.encoder.load_state_dict({key[len(prefix) :]: mae[key] for key in mae if key.startswith(prefix)})

    def loss_on(split: str, module: nn.Module, generator: torch.Generator) -> Tensor:
        assert isinstance(module, GenerativeAutoencoder)
        dropped = UNCONDITIONAL_PROBABILITY if split == "train" else 0.0
        features = batches[split].draw(generator)
        summary, other = module.summarise(features).chunk(2)
        # One excerpt of each track is decoded; the other only pulls at its summary, which costs half as much.
        decoded = diffusion_loss(module, features[: len(summary)], summary, dropped, generator)
        return decoded + CO_OCCURRENCE_WEIGHT * co_occurrence_loss(summary, other)

    trained = train(
        model.to(setting.device),
        lambda module, generator: loss_on("train", module, generator),
        lambda module, generator: loss_on("valid", module, generator),
        loop,
        setting.run / "diffusion",
        setting.device,
    )
    assert isinstance(trained, GenerativeAutoencoder)
    fit_latent_basis(trained, batches["train"], loop.seed)
    save_autoencoder(trained.cpu(), out)
    return trained


@torch.no_grad()
def fit_latent_basis(autoencoder: GenerativeAutoencoder, batches: Batches, seed: int, n_batches: int = 64) -> None:
    """Measures the basis of z over random excerpts, on weights rounded as they are saved."""
    if autoencoder.latent is None:
        return
    for parameter in autoencoder.parameters():
        parameter.copy_(parameter.half())
    generator = torch.Generator().manual_seed(seed)
    drawn = (batches.draw(generator) for _ in tqdm(range(n_batches), desc="basis of z", unit="batch"))
    autoencoder.latent.fit(torch.cat([autoencoder.summarise(features) for features in drawn]))

"""What the pretraining stages share, and the first stage.

`codec` measures what normalises features and fits the quantiser; `vocoder`, `encoder` and `denoiser` train one network
each; `export` joins their weights to an autoencoder. Every stage writes `STAGE.safetensors` into the run folder, for
the stages that follow.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pecmae.errors import BundleError
from pecmae.networks.codec import MelCodec
from pecmae.networks.configuration import AutoencoderConfig
from pecmae.training.features import PackedTracks, load_tracks
from pecmae.training.quantiser import ResidualQuantiser

N_LEVELS, N_CODES = 4, 256
N_QUANTISED_CLIPS = 400


@dataclass(frozen=True)
class Pretraining:
    """What the stages have in common.

    Attributes:
        config: Sizes of the autoencoder.
        datasets: Folders of the datasets to train on.
        run: Folder of the stages' results.
        batch_size: Excerpts per step.
        device: Where to train.
        start: Run folder whose weights the stages start from, if any.
    """

    config: AutoencoderConfig
    datasets: list[Path]
    run: Path
    batch_size: int
    device: torch.device
    start: Path | None = None

    @property
    def frames_per_segment(self) -> int:
        """Number of mel frames per segment."""
        return self.config.tokens_per_segment * self.config.mel_codec.frames_per_token

    def tracks(self, split: str) -> PackedTracks:
        """The tracks of a split."""
        return load_tracks(self.datasets, split, self.config.mel_codec)

    def stage_weights(self, stage: str) -> dict[str, Tensor]:
        """The weights that a stage has trained.

        Raises:
            BundleError: `stage_missing`.
        """
        return _load_stage(self.run, stage)

    def begin(self, stage: str, module: nn.Module) -> None:
        """Load the weights of the earlier run into a module, as far as there is one and their shapes fit.

        Raises:
            BundleError: `stage_missing`.
        """
        if self.start is None:
            return
        shapes = {name: tensor.shape for name, tensor in module.state_dict().items()}
        earlier = _load_stage(self.start, stage)
        fitting = {name: tensor for name, tensor in earlier.items() if shapes.get(name) == tensor.shape}
        module.load_state_dict(fitting, strict=False)

    def save_stage(self, stage: str, module: nn.Module) -> None:
        """Write a stage's weights into the run's folder."""
        self.run.mkdir(parents=True, exist_ok=True)
        weights = {name: tensor.cpu().contiguous() for name, tensor in module.state_dict().items()}
        save_file(weights, self.run / f"{stage}.safetensors")

    def codec(self) -> MelCodec:
        """The codec with its statistics, and a vocoder of random weights."""
        codec = MelCodec(self.config.mel_codec)
        statistics = self.stage_weights("codec")
        codec.mean.copy_(statistics["mean"])
        codec.std.copy_(statistics["std"])
        return codec.to(self.device)

    def quantiser(self) -> ResidualQuantiser:
        """The quantiser with the codebooks of the stage `codec`."""
        quantiser = ResidualQuantiser(N_LEVELS, N_CODES, self.config.mel_codec.feature_dim)
        quantiser.codebooks.copy_(self.stage_weights("codec")["codebooks"])
        return quantiser.to(self.device)


def measure_codec(setting: Pretraining, seed: int) -> None:
    """Measure mean and standard deviation of every mel band over the training split, and fit a quantiser.

    If there is an earlier run, its values are copied, since its other weights depend on them.
    """
    if setting.start is not None:
        setting.run.mkdir(parents=True, exist_ok=True)
        save_file(_load_stage(setting.start, "codec"), setting.run / "codec.safetensors")
        return
    tracks = setting.tracks("train")
    frames = tracks.frames.float()
    codec = MelCodec(setting.config.mel_codec)
    codec.mean.copy_(frames.mean(dim=0))
    codec.std.copy_(frames.std(dim=0).clamp(min=0.1))
    generator = torch.Generator().manual_seed(seed)
    clips, _ = tracks.crops(N_QUANTISED_CLIPS, setting.frames_per_segment, generator)
    quantiser = ResidualQuantiser(N_LEVELS, N_CODES, setting.config.mel_codec.feature_dim)
    quantiser.fit(codec.to_features(clips).flatten(0, 1), generator)
    setting.run.mkdir(parents=True, exist_ok=True)
    weights = {"mean": codec.mean, "std": codec.std, "codebooks": quantiser.codebooks}
    save_file(weights, setting.run / "codec.safetensors")


def _load_stage(run: Path, stage: str) -> dict[str, Tensor]:
    path = run / f"{stage}.safetensors"
    if not path.is_file():
        raise BundleError("stage_missing", f"{path} is missing: run `pretrain {stage}` with --run {run} first.")
    return load_file(path)

"""The pretraining stages on a handful of generated tones: they learn, resume and leave what the next one needs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pecmae.audio.log_mel import MelAnalysis
from pecmae.errors import BundleError
from pecmae.networks.autoencoder import GenerativeAutoencoder, load_autoencoder
from pecmae.networks.codec import MelCodec
from pecmae.networks.configuration import COMPACT, SamplerSettings, StemConfig, TransformerConfig
from pecmae.training.autoencoder_card import note_stage, noted_commands
from pecmae.training.denoiser_training import export_autoencoder, levelled, pretrain_denoiser
from pecmae.training.encoder_training import Objective, co_occurrence_loss, masked_frames, pretrain_encoder
from pecmae.training.features import PackedTracks
from pecmae.training.loop import LoopConfig, learning_rate_factor, train
from pecmae.training.pretraining import Pretraining, measure_codec
from pecmae.training.quantiser import ResidualQuantiser

pytestmark = pytest.mark.slow

STACK = TransformerConfig(1, 2, 32, shared_feed_forward=False)
TINY = replace(
    COMPACT,
    name="tiny",
    codec=replace(COMPACT.mel_codec, vocoder=None),
    model_dim=16,
    stem=StemConfig((8, 8), frames_per_embedding=2),
    encoder=STACK,
    pooler=STACK,
    denoiser=STACK,
)
CPU = torch.device("cpu")


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretraining:
    """A setting whose tracks are eight steady tones of 5 s, of two classes."""
    time_s = torch.arange(5 * 24_000) / 24_000
    tones = torch.stack([0.3 * torch.sin(2 * torch.pi * f * time_s) for f in np.geomspace(200, 2_000, 8)])
    frames = MelAnalysis(TINY.mel_codec)(tones)
    lengths = torch.full((8,), frames.shape[1])
    labels = torch.arange(8) // 4
    packed = PackedTracks(frames.flatten(0, 1).half(), lengths.cumsum(0) - lengths, lengths, labels, ("low", "high"))
    monkeypatch.setattr(Pretraining, "tracks", lambda self, split: packed)
    return Pretraining(TINY, [], tmp_path / "run", batch_size=8, device=CPU)


def losses(run: Path) -> list[float]:
    return [json.loads(line)["valid_loss"] for line in (run / "log.jsonl").read_text().splitlines()]


def test_the_stages_learn_and_export_an_autoencoder(setting: Pretraining, tmp_path: Path) -> None:
    measure_codec(setting, 0)
    loop = LoopConfig(60, 3e-3, n_warmup_steps=5, log_every=20, save_every=60)
    pretrain_encoder(setting, loop)
    pretrain_denoiser(setting, loop)
    for stage in ("encoder", "denoiser"):
        course = losses(setting.run / stage)
        assert course[-1] < 0.9 * course[0]
    exported = export_autoencoder(setting, tmp_path / "compact")
    loaded = load_autoencoder(tmp_path / "compact")
    waveforms = 0.1 * torch.randn(2, 96_000)
    torch.testing.assert_close(loaded.embed(waveforms), exported.embed(waveforms), atol=1e-4, rtol=1e-4)
    assert loaded.decode_features(torch.zeros(1, 16), SamplerSettings(n_steps=2), None).isfinite().all()


def test_a_run_starts_from_an_earlier_one_where_weights_fit(setting: Pretraining, tmp_path: Path) -> None:
    measure_codec(setting, 0)
    pretrain_encoder(setting, LoopConfig(2, 1e-3))
    later = replace(setting, run=tmp_path / "later", start=setting.run)
    measure_codec(later, 1)
    for name, tensor in setting.stage_weights("codec").items():
        torch.testing.assert_close(later.stage_weights("codec")[name], tensor)
    pretrain_encoder(later, LoopConfig(0, 1e-3))
    earlier = setting.stage_weights("encoder")
    for name, tensor in later.stage_weights("encoder").items():
        torch.testing.assert_close(tensor, earlier[name])
    widened = nn.Linear(16, earlier["label_head.weight"].shape[0] + 1)
    before = widened.weight.clone()
    later.begin("encoder", nn.ModuleDict({"label_head": widened}))
    torch.testing.assert_close(widened.weight, before)
    with pytest.raises(BundleError, match="pretrain denoiser"):
        later.begin("denoiser", widened)


def test_the_denoiser_is_trained_and_nothing_else(setting: Pretraining) -> None:
    measure_codec(setting, 0)
    pretrain_encoder(setting, LoopConfig(1, 1e-3))
    before = setting.stage_weights("encoder")
    pretrain_denoiser(setting, LoopConfig(3, 1e-2, n_warmup_steps=1))
    state = torch.load(setting.run / "denoiser" / "checkpoint.pt", weights_only=True)["model"]
    for name in (name for name in before if name.startswith(("encoder.", "pooler."))):
        torch.testing.assert_close(state[name].float(), before[name].float(), rtol=1e-3, atol=1e-6)


def test_the_denoiser_learns_sound_at_the_level_at_which_it_is_embedded(setting: Pretraining) -> None:
    excerpts, _ = setting.tracks("train").crops(4, 200, torch.Generator().manual_seed(0))
    autoencoder = GenerativeAutoencoder(replace(TINY, level_dbfs=-22.0))
    at_level = levelled(torch.cat([excerpts, excerpts - 1.5]), autoencoder)
    assert isinstance(autoencoder.codec, MelCodec)
    levels = autoencoder.codec.analysis.level_dbfs(at_level)
    torch.testing.assert_close(levels, torch.full((8,), -22.0), atol=0.5, rtol=0)
    autoencoder.config = replace(TINY, level_dbfs=None)
    assert torch.equal(levelled(excerpts, autoencoder), excerpts)


@pytest.mark.parametrize("loss", ["masked", "co_occurrence", "texture", "label"])
def test_every_loss_alone_can_be_learned(setting: Pretraining, loss: str) -> None:
    measure_codec(setting, 0)
    none = Objective(masked=0, co_occurrence=0, texture=0, label=0, augmentation=None)
    loop = LoopConfig(30, 3e-3, n_warmup_steps=5, average_decay=0.9, log_every=1, save_every=30)
    pretrain_encoder(setting, loop, replace(none, **{loss: 1.0}))  # type: ignore[arg-type]
    course = losses(setting.run / "encoder")
    assert course[-1] < 0.95 * course[0]


def test_a_stage_without_the_one_before_says_which_to_run(setting: Pretraining) -> None:
    with pytest.raises(BundleError, match="pretrain codec"):
        pretrain_encoder(setting, LoopConfig(1, 1e-3))


def test_commands_are_noted_once_each_in_order(tmp_path: Path) -> None:
    for command in ("a", "a", "b", "a"):
        note_stage(tmp_path, "encoder", {"command": command})
    assert [noted["command"] for noted in noted_commands(tmp_path, "encoder")] == ["a", "b", "a"]
    assert noted_commands(tmp_path, "denoiser") == []


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    def loss(model: nn.Module, generator: torch.Generator) -> Tensor:
        x = torch.randn(16, 3, generator=generator)
        return (model(x).float() - x.sum(dim=1, keepdim=True)).square().mean()

    def trained(run: Path, *stops: int) -> nn.Module:
        torch.manual_seed(0)
        result: nn.Module = nn.Linear(3, 1)
        for stop in stops:
            torch.manual_seed(0)
            config = LoopConfig(stop, 1e-2, n_warmup_steps=10_000, log_every=10, save_every=10)
            result = train(nn.Linear(3, 1), loss, loss, config, run, CPU)
        return result

    whole, resumed = trained(tmp_path / "whole", 40), trained(tmp_path / "parts", 20, 40)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_learning_rate_warms_up_then_falls() -> None:
    config = LoopConfig(1_000, 1.0, n_warmup_steps=100)
    factors = [learning_rate_factor(step, config) for step in range(1_000)]
    assert max(range(1_000), key=factors.__getitem__) in (99, 100)
    assert factors[0] == pytest.approx(0.01)
    assert factors[-1] == pytest.approx(0.05, abs=1e-3)


def test_crops_come_from_one_track_each() -> None:
    tracks = PackedTracks(
        torch.cat([torch.full((30, 2), 1.0), torch.full((50, 2), 2.0)]).half(),
        torch.tensor([0, 30]),
        torch.tensor([30, 50]),
        torch.tensor([0, 1]),
        ("a", "b"),
    )
    crops, drawn = tracks.crops(200, 30, torch.Generator().manual_seed(0))
    assert crops.shape == (200, 30, 2)
    assert (crops == crops[:, :1, :1]).all()
    assert torch.equal(crops[:, 0, 0], drawn + 1.0)
    assert set(drawn.tolist()) == {0, 1}


def test_pairs_of_crops_come_from_the_same_track() -> None:
    frames = torch.arange(6).repeat_interleave(40)[:, None].float()
    tracks = PackedTracks(
        frames.half(), torch.arange(6) * 40, torch.full((6,), 40), torch.zeros(6, dtype=torch.int64), ("a",)
    )
    crops, _ = tracks.crops(32, 10, torch.Generator().manual_seed(0), per_track=2)
    first, second = crops[:16], crops[16:]
    assert torch.equal(first[:, 0], second[:, 0])
    assert first[:, 0].unique().numel() > 1


def test_co_occurrence_is_low_where_pairs_are_near_and_log_n_where_nothing_is_told() -> None:
    distinct, tracks = torch.eye(8), torch.arange(8)
    assert co_occurrence_loss(distinct, distinct, tracks) < 0.1
    assert co_occurrence_loss(distinct, distinct.roll(1, dims=0), tracks) > 4
    same = torch.ones(8, 4)
    assert co_occurrence_loss(same, same, tracks).item() == pytest.approx(np.log(8), abs=1e-5)


def test_a_track_drawn_twice_does_not_count_against_itself() -> None:
    pairs = torch.eye(4).repeat(2, 1)
    twice = torch.arange(4).repeat(2)
    assert co_occurrence_loss(pairs, pairs, twice) < 0.1 < co_occurrence_loss(pairs, pairs, torch.arange(8))


def test_masked_frames_come_in_gaps_and_up_to_the_largest_ratio() -> None:
    masked = masked_frames(500, 50, 0.6, torch.Generator().manual_seed(0))
    ratios = masked.float().mean(dim=1)
    assert ratios.max() <= 0.6 + 1e-6
    assert 0.25 < ratios.mean() < 0.35
    starts = (masked[:, 1:] & ~masked[:, :-1]).sum() + masked[:, 0].sum()
    assert masked.sum() / starts > 4  # mean length of a run of masked frames


def test_more_levels_of_the_quantiser_come_nearer() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(600, 4, generator=generator)
    quantiser = ResidualQuantiser(3, 16, 4)
    quantiser.fit(features, generator)
    codes = quantiser(features[None])
    assert codes.shape == (1, 600, 3)
    errors = []
    for n_levels in (1, 2, 3):
        partial = ResidualQuantiser(n_levels, 16, 4)
        partial.codebooks.copy_(quantiser.codebooks[:n_levels])
        errors.append((partial.decode(codes[..., :n_levels])[0] - features).square().mean().item())
    assert errors[2] < 0.8 * errors[1] < 0.64 * errors[0]

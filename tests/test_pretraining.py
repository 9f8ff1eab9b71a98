"""The pretraining stages on a handful of generated tones: they learn, resume and leave what the next one needs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pecmae.autoencoder import load_autoencoder
from pecmae.codec import MelAnalysis
from pecmae.config import COMPACT, TransformerConfig
from pecmae.errors import BundleError
from pecmae.training.features import PackedTracks
from pecmae.training.loop import LoopConfig, learning_rate_factor, train
from pecmae.training.pretraining import (
    Pretraining,
    co_occurrence_loss,
    measure_codec,
    pretrain_diffusion,
    pretrain_mae,
    varied_level,
)

STACK = TransformerConfig(1, 2, 32, shared_feed_forward=False)
TINY = replace(
    COMPACT, name="tiny", model_dim=16, latent_dim=8, encoder=STACK, mae_decoder=STACK, summariser=STACK, denoiser=STACK
)
CPU = torch.device("cpu")


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretraining:
    """A setting whose tracks are eight steady tones of 5 s."""
    time_s = torch.arange(5 * 24_000) / 24_000
    tones = torch.stack([0.3 * torch.sin(2 * torch.pi * f * time_s) for f in np.geomspace(200, 2_000, 8)])
    frames = MelAnalysis(TINY.codec)(tones)
    lengths = torch.full((8,), frames.shape[1])
    packed = PackedTracks(frames.flatten(0, 1).half(), lengths.cumsum(0) - lengths, lengths)
    monkeypatch.setattr(Pretraining, "tracks", lambda self, split: packed)
    return Pretraining(TINY, [], tmp_path / "run", batch_size=4, device=CPU)


def losses(run: Path) -> list[float]:
    return [json.loads(line)["valid_loss"] for line in (run / "log.jsonl").read_text().splitlines()]


def test_the_stages_learn_and_export_an_autoencoder(setting: Pretraining, tmp_path: Path) -> None:
    measure_codec(setting)
    loop = LoopConfig(60, 3e-3, n_warmup_steps=5, log_every=20, save_every=60)
    pretrain_mae(setting, loop)
    pretrain_diffusion(setting, loop, tmp_path / "compact")
    for stage in ("mae", "diffusion"):
        course = losses(setting.run / stage)
        assert course[-1] < 0.9 * course[0]
    features = load_autoencoder(tmp_path / "compact").decode_features(torch.zeros(1, 8), 2, 0.0, None)
    assert features.isfinite().all()


def test_a_stage_without_the_one_before_says_which_to_run(setting: Pretraining) -> None:
    with pytest.raises(BundleError, match="pretrain codec"):
        pretrain_mae(setting, LoopConfig(1, 1e-3))


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


def test_crops_come_from_one_track_each(setting: Pretraining) -> None:
    tracks = PackedTracks(
        torch.cat([torch.full((30, 2), 1.0), torch.full((50, 2), 2.0)]).half(),
        torch.tensor([0, 30]),
        torch.tensor([30, 50]),
    )
    crops = tracks.crops(200, 30, torch.Generator().manual_seed(0))
    assert crops.shape == (200, 30, 2)
    assert (crops == crops[:, :1, :1]).all()
    assert {1.0, 2.0} == set(crops[:, 0, 0].tolist())


def test_pairs_of_crops_come_from_the_same_track() -> None:
    frames = torch.arange(6).repeat_interleave(40)[:, None].float()
    tracks = PackedTracks(frames.half(), torch.arange(6) * 40, torch.full((6,), 40))
    crops = tracks.crops(32, 10, torch.Generator().manual_seed(0), per_track=2)
    first, second = crops[:16], crops[16:]
    assert torch.equal(first[:, 0], second[:, 0])
    assert first[:, 0].unique().numel() > 1


def test_co_occurrence_is_low_where_pairs_are_near_and_log_n_where_nothing_is_told() -> None:
    distinct = torch.eye(8)
    assert co_occurrence_loss(distinct, distinct) < 0.1
    assert co_occurrence_loss(distinct, distinct.roll(1, dims=0)) > 4
    same = torch.ones(8, 4)
    assert co_occurrence_loss(same, same).item() == pytest.approx(np.log(8), abs=1e-5)


def test_level_varies_within_six_decibels() -> None:
    log_mel = torch.full((500, 1, 1), -4.0)
    change_db = (varied_level(log_mel, torch.Generator().manual_seed(0)) + 4.0) * 20 / np.log(10)
    assert change_db.abs().max() <= 6.0 + 1e-3
    assert change_db.std() > 2

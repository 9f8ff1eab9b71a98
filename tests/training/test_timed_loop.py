"""The timed training loop: learning, averaging, logging, stopping and resuming."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from pecmae.training.timed_loop import TimedLoopConfig, train_for

CONFIG = TimedLoopConfig(10.0, 0.05, max_steps=100, n_warmup_steps=1, log_every=5, average_decay=0.9)


def error_from_one(model: nn.Module, generator: torch.Generator) -> Tensor:
    """How far a line is from y = 1 at random places."""
    places = torch.rand(16, 2, generator=generator)
    height: Tensor = model(places)
    return (height - 1).square().mean()


def new_model() -> nn.Linear:
    """A line that starts far away."""
    torch.manual_seed(0)
    return nn.Linear(2, 1)


def last_entry(run: Path) -> dict[str, float]:
    """The last line of the log."""
    entry: dict[str, float] = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    return entry


def test_average_learns_and_is_logged(tmp_path: Path) -> None:
    average = train_for(new_model(), error_from_one, error_from_one, CONFIG, tmp_path)
    assert error_from_one(average, torch.Generator().manual_seed(0)) < 0.05
    assert last_entry(tmp_path)["step"] == 100


def test_second_run_goes_on(tmp_path: Path) -> None:
    train_for(new_model(), error_from_one, error_from_one, CONFIG, tmp_path)
    first = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    longer = replace(CONFIG, max_steps=120)
    train_for(new_model(), error_from_one, error_from_one, longer, tmp_path)
    second = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert (first["step"], second["step"]) == (100, 120)
    assert second["seconds"] > first["seconds"]
    assert second["average"]["n_averaged"] == second["step"]


def test_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    constant = replace(CONFIG, cooldown_fraction=0.0)
    whole = train_for(new_model(), error_from_one, error_from_one, constant, tmp_path / "whole")
    for n_steps in (60, 100):
        part = replace(constant, max_steps=n_steps)
        parts = train_for(new_model(), error_from_one, error_from_one, part, tmp_path / "parts")
    for one, other in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.equal(one, other)


def test_given_time_is_kept(tmp_path: Path) -> None:
    train_for(new_model(), error_from_one, error_from_one, TimedLoopConfig(0.005, 0.05), tmp_path)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] >= 1


def test_asked_to_end_it_saves(tmp_path: Path) -> None:
    def loss_then_signal(model: nn.Module, generator: torch.Generator) -> Tensor:
        os.kill(os.getpid(), signal.SIGTERM)
        return error_from_one(model, generator)

    train_for(new_model(), loss_then_signal, error_from_one, TimedLoopConfig(10.0, 0.05), tmp_path)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 1
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_picture_shows_the_average(tmp_path: Path) -> None:
    drawn: list[Path] = []
    train_for(
        new_model(), error_from_one, error_from_one, CONFIG, tmp_path, picture=lambda model, path: drawn.append(path)
    )
    assert [path.parent for path in drawn] == [tmp_path / "pictures"]

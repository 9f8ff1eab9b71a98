"""A training loop that runs for some minutes, stops cleanly when asked to, and resumes.

AdamW, bfloat16 where the device multiplies it fast, warm-up, then a constant learning rate that falls at the end of the
given time; an exponential moving average of the weights is what is used afterwards. A checkpoint holds all that
resuming needs, so that many short runs make one long one: batches continue where they stopped.
"""

import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel

from pecmae.files import replacing
from pecmae.networks.precision import fast_autocast

Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class TimedLoopConfig:
    """Settings of a run.

    Args:
        minutes: How long this run trains.
        learning_rate: Its constant value after warm-up.
        max_steps: Steps in all, earlier runs included, after which training ends in any case.
        cooldown_fraction: Last part of the run, in which the learning rate falls linearly to a twentieth.
        weight_decay: Of AdamW.
        average_decay: Of the moving average.
        seed: Of batches and noise.
        log_every: Steps between lines of the log.
        save_every_s: Seconds between checkpoints.
        picture_every_s: Seconds between pictures.
    """

    minutes: float
    learning_rate: float
    max_steps: int | None = None
    cooldown_fraction: float = 0.15
    weight_decay: float = 0.01
    average_decay: float = 0.999
    n_warmup_steps: int = 200
    clip_norm: float = 1.0
    seed: int = 0
    log_every: int = 100
    save_every_s: float = 600.0
    picture_every_s: float = 1800.0


class _StopRequest:
    """Remembers that the process was asked to end, so that the loop can finish its step and save."""

    def __init__(self) -> None:
        self.is_set = False
        self._before = {number: signal.signal(number, self._set) for number in (signal.SIGTERM, signal.SIGINT)}

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True

    def forget(self) -> None:
        """Let signals do what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)


def train_for(
    model: Model,
    train_loss: Callable[[Model, torch.Generator], Tensor],
    valid_loss: Callable[[Model, torch.Generator], Tensor],
    config: TimedLoopConfig,
    run: Path,
    *,
    device: torch.device | str = "cpu",
    picture: Callable[[Model, Path], None] | None = None,
) -> Model:
    """Train `model`, going on from the checkpoint in `run` if there is one.

    Args:
        model: What to train, on `device`.
        train_loss: Loss of a fresh batch, drawn with the given generator.
        valid_loss: Loss of the averaged model on validation data; its generator always starts alike.
        config: Settings.
        run: Folder of `checkpoint.pt`, `log.jsonl` and `pictures/`.
        device: Where the model lies.
        picture: Draws samples of the averaged model into a file.

    Returns:
        The averaged model.
    """
    device = torch.device(device)
    run.mkdir(parents=True, exist_ok=True)
    average = AveragedModel(model, multi_avg_fn=partial(_average_towards, config.average_decay), use_buffers=True)
    average.eval()
    averaged = cast(Model, average.module)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, betas=(0.9, 0.95), weight_decay=config.weight_decay, fused=True
    )
    # On CPUs the backward pass of fused attention over short sequences takes longer than that of the plain formula.
    attention = [SDPBackend.MATH] if device.type == "cpu" else [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]
    step, earlier_s = 0, 0.0
    checkpoint = run / "checkpoint.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step, earlier_s = state["step"], state["seconds"]

    def save() -> None:
        state = {
            "model": model.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "seconds": earlier_s + time.monotonic() - started,
        }
        with replacing(checkpoint) as beside:
            torch.save(state, beside)

    stop = _StopRequest()
    started = saved = pictured = time.monotonic()
    losses: list[float] = []
    model.train()
    while True:
        now = time.monotonic()
        remaining = 1 - (now - started) / (60 * config.minutes)
        if remaining <= 0 or stop.is_set or step == config.max_steps:
            break
        warmup = min(1.0, (step + 1) / config.n_warmup_steps)
        cooldown = min(1.0, 0.05 + 0.95 * remaining / max(config.cooldown_fraction, 1e-9))
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * warmup * cooldown
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        with fast_autocast(device), sdpa_kernel(attention):
            loss = train_loss(model, generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
        optimiser.step()
        average.update_parameters(model)
        step += 1
        losses.append(loss.item())
        if step % config.log_every == 0:
            with torch.no_grad(), fast_autocast(device):
                validation = valid_loss(averaged, torch.Generator().manual_seed(0)).item()
            seconds = round(earlier_s + time.monotonic() - started, 1)
            entry = {"step": step, "seconds": seconds, "loss": sum(losses) / len(losses), "valid_loss": validation}
            with (run / "log.jsonl").open("a") as log:
                log.write(json.dumps(entry) + "\n")
            losses.clear()
        if now - saved > config.save_every_s:
            save()
            saved = now
        if picture is not None and now - pictured > config.picture_every_s:
            picture(averaged, run / "pictures" / f"step-{step:07d}.png")
            pictured = now
    save()
    stop.forget()
    if picture is not None:
        picture(averaged, run / "pictures" / f"step-{step:07d}.png")
    return averaged


@torch.no_grad()
def _average_towards(
    decay: float,
    averaged: tuple[Tensor, ...] | list[Tensor],
    current: tuple[Tensor, ...] | list[Tensor],
    n: Tensor | int,
) -> None:
    """Move averages towards current values; the first steps, still far from any use, are forgotten quickly."""
    factor = 1 - min(decay, (1 + float(n)) / (10 + float(n)))
    for kept, value in zip(averaged, current, strict=True):
        if kept.is_floating_point():
            kept.lerp_(value, factor)
        else:
            kept.copy_(value)

"""One training loop for every pretraining stage: mixed precision, warm-up and cosine, averaging, logs, resuming.

A stage provides a module and its loss. The loop owns the optimiser, the schedule, an exponential moving average of the
weights (the average is what is used afterwards), one line of JSON per log step, and a checkpoint from which the same
command continues with the same data.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from pecmae.files import replacing
from pecmae.networks.precision import fast_autocast

LossOf = Callable[[nn.Module, torch.Generator], Tensor]


@dataclass(frozen=True)
class LoopConfig:
    """How a stage trains; `seed` fixes the order of the data and the noise, but not the last bits of the weights."""

    n_steps: int
    learning_rate: float
    weight_decay: float = 0.05
    n_warmup_steps: int = 100
    average_decay: float = 0.999
    clip_norm: float = 1.0
    seed: int = 0
    log_every: int = 20
    save_every: int = 100


def pick_device(name: str) -> torch.device:
    """The device of that name; `auto` is CUDA where it is available, otherwise the CPU."""
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def learning_rate_factor(step: int, config: LoopConfig) -> float:
    """Factor of the learning rate: linear warm-up, then half a cosine down to 0.05."""
    if step < config.n_warmup_steps:
        return (step + 1) / config.n_warmup_steps
    progress = (step - config.n_warmup_steps) / max(1, config.n_steps - config.n_warmup_steps)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def train(
    model: nn.Module, train_loss: LossOf, valid_loss: LossOf, config: LoopConfig, run: Path, device: torch.device
) -> nn.Module:
    """Train a model for `config.n_steps` steps, from the checkpoint in `run` if there is one.

    Args:
        model: Module to train, on `device`.
        train_loss: Loss of one fresh batch, drawn with the generator given to it.
        valid_loss: Loss of a fixed validation batch; the generator given to it always has the same seed.
        config: Number of steps, rates and intervals.
        run: Folder of `checkpoint.pt` and `log.jsonl`.
        device: The model's device.

    Returns:
        A module of the same class with the moving average of the weights.
    """
    run.mkdir(parents=True, exist_ok=True)
    checkpoint_path = run / "checkpoint.pt"
    average = AveragedModel(model, avg_fn=partial(_moving_average, max_decay=config.average_decay))
    average.eval().requires_grad_(False)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=config.learning_rate, betas=(0.9, 0.95), weight_decay=config.weight_decay)
    step = 0
    if checkpoint_path.is_file():
        state = torch.load(checkpoint_path, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    # On CPUs the backward pass of fused attention over short sequences takes longer than that of the plain formula.
    fused = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]
    attention = [SDPBackend.MATH] if device.type == "cpu" else [*fused, SDPBackend.MATH]
    progress = tqdm(total=config.n_steps, initial=step, desc=run.name, unit="step")
    losses: list[float] = []
    started = time.monotonic()
    while step < config.n_steps:
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * learning_rate_factor(step, config)
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)  # resuming draws the same batch
        with fast_autocast(device), sdpa_kernel(attention):
            loss = train_loss(model, generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
        nn.utils.clip_grad_norm_(trained, config.clip_norm)
        optimiser.step()
        step += 1
        average.update_parameters(model)
        losses.append(loss.item())
        progress.update()
        if step % config.log_every == 0 or step == config.n_steps:
            with torch.no_grad(), fast_autocast(device):
                validation = valid_loss(average.module, torch.Generator().manual_seed(0)).item()
            entry = {
                "step": step,
                "loss": sum(losses) / len(losses),
                "valid_loss": validation,
                "seconds": round(time.monotonic() - started, 1),
            }
            progress.set_postfix(loss=f"{entry['loss']:.3f}", valid=f"{validation:.3f}")
            with (run / "log.jsonl").open("a") as log:
                log.write(json.dumps(entry) + "\n")
            losses.clear()
        if step % config.save_every == 0 or step == config.n_steps:
            state = {
                "model": model.state_dict(),
                "average": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "step": step,
            }
            with replacing(checkpoint_path) as beside:
                torch.save(state, beside)
    progress.close()
    return average.module


def _moving_average(averaged: Tensor, current: Tensor, n_averaged: Tensor, *, max_decay: float) -> Tensor:
    """The exponential moving average; its decay rises at the beginning, where the first weights still weigh much."""
    decay = torch.clamp((2 + n_averaged) / (11 + n_averaged), max=max_decay)
    return averaged.lerp(current, 1 - decay)

"""v-diffusion: the schedule, the training target and the sampler.

Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", arXiv 2202.00512, with the angular
schedule of the published model: at noise level sigma in [0, 1] the angle is sigma * pi / 2, a signal x is seen as
`alpha * x + beta * noise` and the network predicts `v = alpha * noise - beta * x`. Guidance without a classifier is
Ho and Salimans, arXiv 2207.12598.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def schedule(sigma: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of signal and noise, alpha and beta, at noise levels `sigma` in [0, 1]; of the shape of `sigma`."""
    angle = sigma * (math.pi / 2)
    return angle.cos(), angle.sin()


def add_noise(signal: Tensor, noise: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """Noisy signal and the v that a denoiser should predict from it.

    Shape:
        signal, noise: (B, T, F)
        sigma: (B, 1, 1)
        output: two of (B, T, F)
    """
    alpha, beta = schedule(sigma)
    return alpha * signal + beta * noise, alpha * noise - beta * signal


def guide(conditional: Tensor, unconditional: Tensor, guidance: float) -> Tensor:
    """Pushes the conditional prediction away from the unconditional one; 0 leaves it as it is."""
    return conditional + guidance * (conditional - unconditional)


def sample(predict_v: Callable[[Tensor, Tensor], Tensor], noise: Tensor, n_steps: int) -> Tensor:
    """Deterministic (DDIM) sampling from pure noise, sigma running linearly from 1 to 0.

    Args:
        predict_v: Maps a noisy signal (B, T, F) and a noise level (B, 1, 1) to v (B, T, F).
        noise: Where sampling starts.
        n_steps: Number of calls of `predict_v`.

    Shape:
        noise: (B, T, F)
        output: (B, T, F)
    """
    sigmas = torch.linspace(1, 0, n_steps + 1, device=noise.device)
    alphas, betas = schedule(sigmas)
    noisy = noise
    for step in range(n_steps):
        v = predict_v(noisy, sigmas[step].expand(noise.shape[0], 1, 1))
        signal = alphas[step] * noisy - betas[step] * v
        residual = betas[step] * noisy + alphas[step] * v
        noisy = alphas[step + 1] * signal + betas[step + 1] * residual
    return noisy

"""v-diffusion: the schedule, the training target and the samplers.

Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", arXiv 2202.00512, with the angular
schedule of the published model: at noise level sigma in [0, 1] the angle is sigma * pi / 2, a signal x is seen as
`alpha * x + beta * noise` and the network predicts `v = alpha * noise - beta * x`. Guidance without a classifier is
Ho and Salimans, arXiv 2207.12598.

Both samplers are deterministic: from the same noise they give the same signal, DDIM (Song et al., arXiv 2010.02502) as
the reference in many steps, DPM-Solver++ (Lu et al., arXiv 2211.01095) in few.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from pecmae.errors import BundleError

PredictV = Callable[[Tensor, Tensor], Tensor]
"""Maps a noisy signal (B, T, F) and a noise level (B, 1, 1) to v (B, T, F)."""
DPM_RANGE = 4.5
"""Of log(alpha / beta), where the equal steps of DPM-Solver++ lie: from minus this to this."""


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


def sample(predict_v: PredictV, noise: Tensor, n_steps: int, solver: str = "ddim") -> Tensor:
    """Sample from pure noise.

    Args:
        predict_v: The denoiser, called once a step.
        noise: Where sampling starts.
        n_steps: Number of steps.
        solver: A name of `SOLVERS`.

    Raises:
        BundleError: There is no such solver, or nothing to step.

    Shape:
        noise: (B, T, F)
        output: (B, T, F)
    """
    if solver not in SOLVERS:
        raise BundleError("unknown_solver", f"There is no sampler {solver!r}; the known ones are {', '.join(SOLVERS)}.")
    if n_steps < 1:
        raise BundleError("bad_steps", f"{n_steps} steps sample nothing; ask for at least 1.")
    return SOLVERS[solver](predict_v, noise, n_steps)


def sample_ddim(predict_v: PredictV, noise: Tensor, n_steps: int) -> Tensor:
    """DDIM, sigma running linearly from 1 to 0: predicted signal and noise are mixed anew for every next noise level.

    Shape: noise (B, T, F) -> (B, T, F)
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


def sample_dpm_solver(predict_v: PredictV, noise: Tensor, n_steps: int) -> Tensor:
    """DPM-Solver++(2M), algorithm 2 of arXiv 2211.01095: the predicted signal is extrapolated from the last two.

    log(alpha / beta), half the log-SNR, rises in equal steps, but that sampling starts without any signal and ends
    without any noise, where it is infinite. Nothing can be extrapolated over an infinite step: the first two steps and
    the last are of first order, which is DDIM.

    Shape: noise (B, T, F) -> (B, T, F)
    """
    half_log_snr = DPM_RANGE * (2 * torch.arange(n_steps + 1, dtype=torch.float64) / n_steps - 1)
    angles = torch.cat([torch.tensor([math.pi / 2]), torch.atan(torch.exp(-half_log_snr[1:-1])), torch.zeros(1)])
    sigmas = (angles * (2 / math.pi)).to(noise)
    alphas, betas = schedule(sigmas)
    noisy, previous = noise, noise
    for step in range(n_steps):
        v = predict_v(noisy, sigmas[step].expand(noise.shape[0], 1, 1))
        signal = alphas[step] * noisy - betas[step] * v
        is_second_order = 2 <= step < n_steps - 1
        # As the steps are equal, half the last change of the prediction leads to the middle of this step.
        towards = signal + (signal - previous) / 2 if is_second_order else signal
        kept = betas[step + 1] / betas[step]
        noisy = kept * noisy + (alphas[step + 1] - kept * alphas[step]) * towards
        previous = signal
    return noisy


SOLVERS: dict[str, Callable[[PredictV, Tensor, int], Tensor]] = {
    "dpm-solver++": sample_dpm_solver,
    "ddim": sample_ddim,
}

"""v-diffusion: the schedule, the training target and the samplers.

Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", arXiv 2202.00512, with the angular
schedule of the published model. At noise level sigma in [0, 1], the angle is sigma * pi / 2, the noisy signal is
`alpha * x + beta * noise` with its cosine alpha and sine beta, and the network predicts `v = alpha * noise - beta * x`.
Classifier-free guidance is from Ho and Salimans, arXiv 2207.12598.

Both samplers are deterministic: the same noise gives the same signal. DDIM (Song et al., arXiv 2010.02502) is the
reference and needs many steps; DPM-Solver++ (Lu et al., arXiv 2211.01095) needs few.

Conventions: B signals of T latent frames of F values. The x0 prediction is the signal that a predicted v implies.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from pecmae.errors import BundleError

PredictV = Callable[[Tensor, Tensor], Tensor]
"""Maps a noisy signal (B, T, F) and a noise level (B, 1, 1) to v (B, T, F)."""
DPM_RANGE = 4.5
"""DPM-Solver++ takes equal steps of log(alpha / beta), from minus this value to this value."""


def schedule(sigma: Tensor) -> tuple[Tensor, Tensor]:
    """The weights of signal and noise, alpha and beta, at noise levels `sigma` in [0, 1]; both have its shape."""
    angle = sigma * (math.pi / 2)
    return angle.cos(), angle.sin()


def add_noise(signal: Tensor, noise: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """The noisy signal, and the v that a denoiser should predict from it.

    Shape:
        signal, noise: (B, T, F)
        sigma: (B, 1, 1)
        output: two of (B, T, F)
    """
    alpha, beta = schedule(sigma)
    return alpha * signal + beta * noise, alpha * noise - beta * signal


def guided_v(
    predict_v: Callable[[Tensor, Tensor, Tensor], Tensor],
    noisy: Tensor,
    sigma: Tensor,
    z: Tensor,
    unconditional_z: Tensor,
    guidance: float,
) -> Tensor:
    """Move the conditional prediction away from the unconditional one; a guidance of 0 leaves it as it is.

    Args:
        predict_v: Predicts v of a noisy signal (B, T, F) at a noise level (B, 1, 1), given latents (B, D).
        noisy: The noisy signal.
        sigma: Noise levels.
        z: The latents.
        unconditional_z: What stands for no latent; both predictions are made in one batch.
        guidance: Its strength.

    Shape:
        noisy: (B, T, F)
        sigma: (B, 1, 1)
        z: (B, D)
        unconditional_z: (D,)
        output: (B, T, F)
    """
    if guidance == 0:
        return predict_v(noisy, sigma, z)
    latents = torch.cat([z, unconditional_z.expand_as(z)])
    both = predict_v(noisy.repeat(2, 1, 1), sigma.repeat(2, 1, 1), latents)
    conditional, unconditional = both.chunk(2)
    return conditional + guidance * (conditional - unconditional)


def sample(predict_v: PredictV, noise: Tensor, n_steps: int, solver: str = "ddim") -> Tensor:
    """Sample from pure noise.

    Args:
        predict_v: The denoiser, called once per step.
        noise: The noise that sampling starts from.
        n_steps: Number of steps.
        solver: A name of `SOLVERS`.

    Raises:
        BundleError: `unknown_solver`, or `bad_steps` if there is no step.

    Shape:
        noise: (B, T, F)
        output: (B, T, F)
    """
    if solver not in SOLVERS:
        raise BundleError("unknown_solver", f"There is no solver {solver!r}; the known ones are {', '.join(SOLVERS)}.")
    if n_steps < 1:
        raise BundleError("bad_steps", f"The number of steps is {n_steps}; give at least 1.")
    return SOLVERS[solver](predict_v, noise, n_steps)


def sample_ddim(predict_v: PredictV, noise: Tensor, n_steps: int) -> Tensor:
    """DDIM with sigma falling linearly from 1 to 0: each step mixes the predicted signal and noise for the next level.

    Shape: noise (B, T, F) -> (B, T, F)
    """
    sigmas = torch.linspace(1, 0, n_steps + 1, device=noise.device)
    alphas, betas = schedule(sigmas)
    noisy = noise
    for step in range(n_steps):
        v = predict_v(noisy, sigmas[step].expand(noise.shape[0], 1, 1))
        x0 = alphas[step] * noisy - betas[step] * v
        predicted_noise = betas[step] * noisy + alphas[step] * v
        noisy = alphas[step + 1] * x0 + betas[step + 1] * predicted_noise
    return noisy


def sample_dpm_solver(predict_v: PredictV, noise: Tensor, n_steps: int) -> Tensor:
    """DPM-Solver++(2M), algorithm 2 of arXiv 2211.01095: extrapolates from the last two x0 predictions.

    log(alpha / beta), half the log-SNR, rises in equal steps. Only at the two ends, pure noise and pure signal, it is
    infinite. One can't extrapolate over an infinite step, so the first two steps and the last one are of first order,
    which is DDIM.

    Shape: noise (B, T, F) -> (B, T, F)
    """
    half_log_snr = DPM_RANGE * (2 * torch.arange(n_steps + 1, dtype=torch.float64) / n_steps - 1)
    angles = torch.cat([torch.tensor([math.pi / 2]), torch.atan(torch.exp(-half_log_snr[1:-1])), torch.zeros(1)])
    sigmas = (angles * (2 / math.pi)).to(noise)
    alphas, betas = schedule(sigmas)
    noisy, previous = noise, noise
    for step in range(n_steps):
        v = predict_v(noisy, sigmas[step].expand(noise.shape[0], 1, 1))
        x0 = alphas[step] * noisy - betas[step] * v
        is_second_order = 2 <= step < n_steps - 1
        # The steps are equal, so half the last change extrapolates to the middle of this step.
        extrapolated = x0 + (x0 - previous) / 2 if is_second_order else x0
        kept = betas[step + 1] / betas[step]
        noisy = kept * noisy + (alphas[step + 1] - kept * alphas[step]) * extrapolated
        previous = x0
    return noisy


SOLVERS: dict[str, Callable[[PredictV, Tensor, int], Tensor]] = {
    "dpm-solver++": sample_dpm_solver,
    "ddim": sample_ddim,
}

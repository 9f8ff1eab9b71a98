"""Samplers on signals whose probability flow is known."""

import pytest
import torch
from torch import Tensor

from pecmae.errors import BundleError
from pecmae.networks import diffusion

MEAN, DEVIATION = 0.7, 0.4


def gaussian_v(noisy: Tensor, sigma: Tensor) -> Tensor:
    """The v that a perfect denoiser predicts where signals are independent Gaussians: that of the posterior mean."""
    alpha, beta = diffusion.schedule(sigma)
    signal = MEAN + alpha * DEVIATION**2 / (alpha**2 * DEVIATION**2 + beta**2) * (noisy - alpha * MEAN)
    return alpha * (noisy - alpha * signal) / beta - beta * signal


def error(solver: str, n_steps: int) -> float:
    """Largest error against the exact flow, which only shifts and scales Gaussian noise."""
    noise = torch.randn(2, 50, 4, generator=torch.Generator().manual_seed(0))
    sampled = diffusion.sample(gaussian_v, noise, n_steps, solver)
    return float((sampled - (MEAN + DEVIATION * noise)).abs().max())


@pytest.mark.parametrize("solver", diffusion.SOLVERS)
@pytest.mark.parametrize("n_steps", [1, 2, 3, 8])
def test_a_known_signal_is_found_in_any_number_of_steps(solver: str, n_steps: int) -> None:
    signal, noise = torch.randn(2, 5, 3), torch.randn(2, 5, 3)

    def perfect_v(noisy: Tensor, sigma: Tensor) -> Tensor:
        alpha, beta = diffusion.schedule(sigma)
        return alpha * (noisy - alpha * signal) / beta - beta * signal

    torch.testing.assert_close(diffusion.sample(perfect_v, noise, n_steps, solver), signal, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("solver", diffusion.SOLVERS)
def test_samplers_approach_the_exact_flow(solver: str) -> None:
    assert error(solver, 200) < 0.02
    assert error(solver, 40) < 0.6 * error(solver, 20)


def test_few_steps_of_the_second_order_are_worth_many_of_the_first() -> None:
    assert error("dpm-solver++", 12) < error("ddim", 48)
    assert error("dpm-solver++", 40) < 0.3 * error("dpm-solver++", 20)


def test_every_step_asks_the_denoiser_once_from_pure_noise_on() -> None:
    for solver in diffusion.SOLVERS:
        levels: list[float] = []

        def spying_v(noisy: Tensor, sigma: Tensor, levels: list[float] = levels) -> Tensor:
            levels.append(float(sigma[0]))
            return gaussian_v(noisy, sigma)

        diffusion.sample(spying_v, torch.randn(1, 2, 3), 6, solver)
        assert len(levels) == 6 and levels[0] == 1 and levels == sorted(levels, reverse=True) and levels[-1] > 0


@pytest.mark.parametrize(("solver", "n_steps", "code"), [("euler", 4, "unknown_solver"), ("ddim", 0, "bad_steps")])
def test_what_cannot_be_sampled_is_refused(solver: str, n_steps: int, code: str) -> None:
    with pytest.raises(BundleError) as caught:
        diffusion.sample(gaussian_v, torch.randn(1, 2, 3), n_steps, solver)
    assert caught.value.code == code

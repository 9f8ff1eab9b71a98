"""Principal components: what the map makes of the embeddings that it was fitted to."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pecmae.networks.principal_components import fit_principal_components


def embeddings(n: int, dim: int, seed: int = 0) -> torch.Tensor:
    """Correlated embeddings with an offset and a constant dimension."""
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.randn(n, dim, generator=generator) @ torch.randn(dim, dim, generator=generator) + 3
    mixed[:, -1] = 7
    return mixed


@settings(max_examples=30)
@given(seed=st.integers(0, 100), z_dim=st.integers(1, 8))
def test_z_is_centred_and_decorrelated_with_falling_variances(seed: int, z_dim: int) -> None:
    rows = embeddings(400, 12, seed)
    z = fit_principal_components(rows, z_dim)(rows)
    covariance = torch.cov(z.T, correction=0).reshape(z_dim, z_dim)
    variances = covariance.diagonal()
    assert z.mean(dim=0).abs().max() < 1e-3
    assert (covariance - variances.diag()).abs().max() < 1e-2
    assert abs(variances.mean() - 1) < 1e-3
    assert (variances.diff() <= 1e-3).all()


def test_all_components_keep_distances_up_to_one_scale() -> None:
    rows = embeddings(60, 6)
    z = fit_principal_components(rows, 6)(rows)
    ratio = torch.pdist(z) / torch.pdist(rows)
    assert ratio.std() < 1e-3 * ratio.mean()


def test_weights_count_like_repetitions() -> None:
    rows = embeddings(60, 6)
    weights = torch.ones(60)
    weights[:20] = 3
    repeated = torch.cat([rows, rows[:20], rows[:20]])
    weighted, plain = fit_principal_components(rows, 3, weights), fit_principal_components(repeated, 3)
    torch.testing.assert_close(weighted.directions, plain.directions, atol=1e-4, rtol=1e-3)


def test_too_few_rows_are_named() -> None:
    with pytest.raises(ValueError, match="128 components"):
        fit_principal_components(torch.randn(100, 400), 128)

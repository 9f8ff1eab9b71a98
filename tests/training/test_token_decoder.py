"""The token decoder: nothing looks ahead, z is heard, and a pattern is learned."""

import pytest
import torch

from pecmae.training.quantiser import ResidualQuantiser
from pecmae.training.token_decoder import TokenDecoder, TokenDecoderConfig

N_FRAMES, FEATURE_DIM = 6, 3


@pytest.fixture
def decoder() -> TokenDecoder:
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    quantiser = ResidualQuantiser(2, 8, FEATURE_DIM)
    quantiser.fit(torch.randn(200, FEATURE_DIM, generator=generator), generator)
    return TokenDecoder(quantiser, 2, N_FRAMES, TokenDecoderConfig(16, 2, 2, 32)).eval()


@torch.no_grad()
def test_no_frame_looks_ahead_and_all_hear_z(decoder: TokenDecoder) -> None:
    z, codes = torch.randn(1, 2), torch.randint(8, (1, N_FRAMES - 1, 2))
    states = decoder.states(z, codes)
    assert states.shape == (1, N_FRAMES, 16)
    changed = codes.clone()
    changed[:, 3] = (changed[:, 3] + 1) % 8
    again = decoder.states(z, changed)
    torch.testing.assert_close(again[:, :4], states[:, :4], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(again[:, 4:], states[:, 4:], atol=1e-4)
    assert ((decoder.states(z + 1, codes) - states).abs().amax(dim=-1) > 1e-4).all()


@torch.no_grad()
def test_a_level_is_drawn_given_those_above_it_only(decoder: TokenDecoder) -> None:
    states, codes = torch.randn(1, 1, 16), torch.tensor([[[1, 2]]])
    upper, lower = torch.tensor([[[5, 2]]]), torch.tensor([[[1, 6]]])
    for level, sees_upper in ((0, False), (1, True)):
        logits = decoder.level_logits(states, codes, level)
        assert torch.equal(decoder.level_logits(states, lower, level), logits)
        assert torch.equal(decoder.level_logits(states, upper, level), logits) != sees_upper


def test_sampling_gives_sums_of_codes_and_follows_its_seed(decoder: TokenDecoder) -> None:
    z = torch.randn(3, 2)
    first, again, other = (decoder.sample(z, 1.0, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.shape == (3, N_FRAMES, FEATURE_DIM)
    assert torch.equal(first, again) and not torch.equal(first, other)
    books = decoder.quantiser.codebooks
    sums = (books[0][:, None] + books[1][None]).flatten(0, 1)  # (64, F)
    assert torch.cdist(first.flatten(0, 1), sums).amin(dim=1).max() < 1e-4


def test_it_learns_what_z_says(decoder: TokenDecoder) -> None:
    """Two points, each with a sequence of its own."""
    z = torch.tensor([[1.0, 0], [0, 1]])
    features = decoder.quantiser.decode(torch.randint(8, (2, N_FRAMES, 2), generator=torch.Generator().manual_seed(3)))
    optimiser = torch.optim.Adam(decoder.parameters(), 1e-2)
    for _ in range(150):
        optimiser.zero_grad()
        decoder.loss(z, features).backward()
        optimiser.step()
    assert decoder.loss(z, features) < 0.02
    learned = decoder.quantiser.decode(decoder.quantiser(features))
    torch.testing.assert_close(decoder.sample(z, 0.1, None), learned, atol=1e-4, rtol=1e-4)

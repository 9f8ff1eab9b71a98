"""Rhythms that are drawn for a latent follow its distributions."""

import torch

from pecmae.networks.rhythm_predictor import N_STRENGTHS, RhythmPredictor


def test_only_likely_rhythms_are_drawn() -> None:
    predictor = RhythmPredictor(3, 12, 74)
    for layer, likely in ((predictor.to_period, 30 - 12), (predictor.to_strength, 6)):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.constant_(layer.bias, -50.0)
        layer.bias.data[likely] = 0.0
    drawn = predictor.draw(torch.zeros(500, 3), torch.Generator().manual_seed(0))
    assert ((drawn.period >= 29.5) & (drawn.period <= 30.5)).all()
    assert ((drawn.strength >= 6 / N_STRENGTHS) & (drawn.strength <= 7 / N_STRENGTHS)).all()
    assert ((drawn.offset >= 0) & (drawn.offset <= drawn.period)).all()
    assert drawn.offset.std() > 5  # beats begin anywhere


def test_same_seed_same_rhythm() -> None:
    predictor = RhythmPredictor(3, 12, 74)
    z = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    first, second = (predictor.draw(z, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first.period, second.period)
    assert torch.equal(first.offset, second.offset)
    assert torch.equal(first.strength, second.strength)

"""How frequent kinds of scenes are, and which latents are too rare."""

import pytest
import torch
from torch import Tensor

from dissection.training.frequencies import (
    ColorTraits,
    missing_shift,
    raked_weights,
    spread_difference,
)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_traits_are_the_strongest_directions_with_deviation_1() -> None:
    colors = normal(4000, 12) * torch.linspace(0.1, 2, 12) + 3
    traits = ColorTraits(colors, 3)
    assert traits.values.shape == (4000, 3)
    assert torch.allclose(traits.values.mean(0), torch.zeros(3), atol=1e-4)
    assert torch.allclose(traits.values.std(0), torch.ones(3), atol=1e-3)
    strongest = traits.of(colors)[:, -1]
    assert abs(float(torch.corrcoef(torch.stack([strongest, colors[:, -1]]))[0, 1])) > 0.99


def test_weights_make_a_rare_kind_as_frequent_as_it_is() -> None:
    """Of real pictures a fifth is a night, of generated ones a tenth."""
    real, fake = normal(5000, 2), normal(4000, 2, seed=1)
    real[:1000, 0] -= 8
    fake[:400, 0] -= 8
    weights = raked_weights(real, fake)
    assert float(weights.mean()) == pytest.approx(1, abs=1e-4)
    assert float(weights[:400].sum() / 4000) == pytest.approx(0.2, abs=0.01)
    assert float(weights[:400].std() / weights[:400].mean()) < 0.3  # alike among themselves


def test_weights_of_what_is_alike_are_even() -> None:
    assert float(raked_weights(normal(20000, 3), normal(4000, 3, seed=1)).std()) < 0.25


def test_a_kind_that_is_hardly_made_gets_no_boundless_weight() -> None:
    real, fake = normal(4000, 1), normal(4000, 1, seed=1)
    real[:2000] -= 8
    fake[0] -= 8
    weights = raked_weights(real, fake)
    assert torch.isfinite(weights).all()
    assert float(weights.max()) < 30


def test_the_shift_leads_to_latents_that_weigh_much() -> None:
    latents = normal(6000, 64)
    direction = torch.nn.functional.normalize(normal(64, seed=2), dim=0)
    traits = (latents @ direction)[:, None] + 0.5 * normal(6000, 1, seed=3)
    shift = missing_shift(latents, traits, raked_weights(traits + 0.3, traits))
    length = float(shift.norm())
    assert float(shift @ direction) / length > 0.95
    assert 0.15 < length < 0.4
    # Weights by chance lead nowhere.
    chance = torch.rand(6000, generator=torch.Generator().manual_seed(4)) * 2
    assert float(missing_shift(latents, traits, chance / chance.mean()).norm()) < 0.05


def test_spreads_are_compared_rank_by_rank() -> None:
    values = normal(3000, 2)
    assert spread_difference(values, values) == pytest.approx(0, abs=1e-5)
    shuffled = values[torch.randperm(3000, generator=torch.Generator().manual_seed(1))]
    assert spread_difference(values, shuffled + 0.25) == pytest.approx(0.25, abs=1e-4)
    assert spread_difference(values, values[:1500]) < 0.1

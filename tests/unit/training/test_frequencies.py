"""How frequent kinds of scenes are, and which latents are too rare."""

import pytest
import torch
from torch import Tensor

from dissection.training.frequencies import (
    ColorTraits,
    missing_shift,
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


def test_the_shift_leads_to_scenes_that_are_too_rare() -> None:
    latents = normal(8000, 64)
    direction = torch.nn.functional.normalize(normal(64, seed=2), dim=0)
    traits = (latents @ direction)[:, None] + 0.5 * normal(8000, 1, seed=3)
    shift = missing_shift(latents, traits, traits + 0.3)
    assert float(shift @ direction) / float(shift.norm()) > 0.9
    assert float(shift @ direction) == pytest.approx(0.3, abs=0.08)


def test_a_rare_kind_comes_more_often() -> None:
    """Latents far to one side are nights, one in seventeen; really one in eleven is."""
    latents = normal(8000, 32)
    side = latents[:, 3]
    traits = (0.2 * normal(8000, seed=1) - 6.0 * (side > 1.55))[:, None]
    reals = 0.2 * normal(8000, 1, seed=2)
    reals[: 8000 // 11] -= 6
    shift = missing_shift(latents, traits, reals)
    nights = (side + shift[3] > 1.55).float().mean()
    assert float((side > 1.55).float().mean()) < 0.065
    assert float(nights) == pytest.approx(1 / 11, abs=0.01)
    assert float(shift.abs().argmax()) == 3


def test_by_chance_it_hardly_moves() -> None:
    latents = normal(8000, 64)
    traits = latents[:, :1] + 0.5 * normal(8000, 1, seed=3)
    reals = 1.25**0.5 * normal(16000, 1, seed=4)
    assert float(missing_shift(latents, traits, reals).norm()) < 0.12


def test_spreads_are_compared_in_what_chance_gives() -> None:
    values = normal(8000, 2)
    assert spread_difference(values, values) < 0.01
    shuffled = values[torch.randperm(8000, generator=torch.Generator().manual_seed(1))]
    assert spread_difference(values, shuffled) == spread_difference(values, values)
    by_chance = [spread_difference(values, normal(400, 2, seed=n)) for n in range(20)]
    assert sum(by_chance) / 20 == pytest.approx(400**-0.5, rel=0.3)
    off = [spread_difference(values, values + by) for by in (0.1, 0.3, 1.0)]
    assert off == sorted(off)
    # A kind that is missing at the end weighs as much as a difference of shares in the middle.
    fewer = values[values[:, 0] > torch.quantile(values[:, 0], 0.05)]
    assert spread_difference(values, fewer) > 0.06


def test_more_components_than_a_latent_has_numbers_do_no_harm() -> None:
    latents, traits = normal(500, 4), normal(500, 6, seed=1)
    shift = missing_shift(latents, traits, normal(500, 6, seed=2))
    assert shift.shape == (4,)
    assert torch.isfinite(shift).all()

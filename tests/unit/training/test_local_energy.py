"""How strong details are around each place."""

import pytest
import torch
from torch import Tensor

from dissection.training.local_energy import REACH, SPACING, energy_difference, local_energy

SIZE = 64


def stripes(period: int, shift: int = 0, strength: float = 0.5) -> Tensor:
    """Columns of light and dark, (1, 3, 64, 64)."""
    at = (torch.arange(SIZE) + shift) % period
    return (strength * (2.0 * (at < period // 2) - 1)).expand(1, 3, SIZE, SIZE).contiguous()


def everywhere(value: float = 1.0) -> Tensor:
    return torch.full((1, 1, SIZE, SIZE), value)


def test_shape_follows_from_reach_and_spacing() -> None:
    for height, width in ((REACH, REACH), (REACH + SPACING, 64), (63, 41)):
        found = local_energy(torch.zeros(2, 3, height, width))
        rows, columns = ((n - REACH) // SPACING + 1 for n in (height, width))
        assert found.shape == (2, 25, rows, columns)


def test_plain_pictures_of_any_color_have_none() -> None:
    colors = torch.tensor([0.3, -0.7, 0.9])[None, :, None, None].expand(1, 3, SIZE, SIZE)
    assert float(local_energy(colors).abs().max()) < 1e-5


def test_it_grows_with_strength_and_not_with_place() -> None:
    one, twice = (local_energy(stripes(8, strength=s)) for s in (0.2, 0.4))
    assert torch.allclose(2 * one, twice, atol=1e-5)
    moved = local_energy(stripes(8, shift=4))
    assert torch.allclose(local_energy(stripes(8)), moved, atol=1e-5)


def test_directions_and_colors_are_told_apart() -> None:
    upright = stripes(4)
    lying = upright.transpose(2, 3).contiguous()
    assert float((local_energy(upright) - local_energy(lying)).abs().max()) > 0.5
    red = upright * torch.tensor([1.0, 0.0, -1.0])[None, :, None, None]
    found = local_energy(red).amax((0, 2, 3))
    assert float(found[:15].max()) < 1e-5  # as bright everywhere
    assert float(found[15:20].max()) > 0.5


def test_a_texture_painted_faintly_is_far_off_where_pixels_are_near() -> None:
    """Of a texture that may lie here or there, the mean of both is nearest by pixels."""
    goal, moved, faint = stripes(8), stripes(8, shift=4), stripes(8, strength=0.05)
    assert float((faint - goal).abs().mean()) < float((moved - goal).abs().mean())
    far, near = (energy_difference(x, goal, everywhere()) for x in (faint, moved))
    assert float(near) < 1e-5 < 0.01 < float(far)


def test_a_value_counts_where_all_that_it_sees_is_judged() -> None:
    goal = torch.zeros(1, 3, SIZE, SIZE)
    made = goal.clone()
    made[..., :20] = stripes(4)[..., :20]
    judged = everywhere()
    judged[..., :20] = 0
    assert float(energy_difference(made, goal, everywhere())) > 0.01
    assert float(energy_difference(made, goal, judged)) == 0
    made[..., 40:] = stripes(4)[..., 40:]
    right = energy_difference(made, goal, judged)
    whole = energy_difference(stripes(4), goal, everywhere())
    # Columns that begin at 20 and behind: 9 of 14, of which about half see stripes.
    assert 0.3 * float(whole) < float(right) < 0.9 * float(whole)
    assert float(energy_difference(made, goal, everywhere(0.0))) == 0


def test_gradients_lead_to_the_goals_strength() -> None:
    goal = stripes(8)
    strength = torch.tensor(0.1, requires_grad=True)
    for _ in range(100):
        (slope,) = torch.autograd.grad(
            energy_difference(strength * goal, goal, everywhere()), strength
        )
        strength = (strength - 0.1 * slope).detach().requires_grad_(True)
    assert float(strength.detach()) == pytest.approx(1, abs=0.1)

"""What a generator is sharpened towards."""

import pytest
import torch
from torch import Tensor

from dissection.training.sharpness_goals import (
    back_projected,
    goals_by,
    sharpness_goals,
    smoothed,
    without_rim,
)
from dissection.training.upscaler import Upscaler, shrunk

SIZE = 96


def rows(strength: float) -> Tensor:
    """Lines of 2 px across a whole picture."""
    line = strength * (1.0 - 2.0 * (torch.arange(SIZE) // 2 % 2))
    return line[:, None].expand(1, 3, SIZE, SIZE).clone()


def edge(strength: float) -> Tensor:
    """Dark on the left, bright on the right."""
    return (strength * (2.0 * (torch.arange(SIZE) >= SIZE // 2) - 1)).expand(1, 3, SIZE, SIZE)


def kept(goals: Tensor, texture: Tensor, columns: slice) -> float:
    """The share of a texture that is left between some columns, by least squares."""
    own, wanted = goals[..., 16:-16, columns], texture[..., 16:-16, columns]
    own = own - own.mean(2, keepdim=True)
    return float((own * wanted).sum() / wanted.square().sum())


def test_without_shares_it_is_the_upscaled_picture() -> None:
    assert torch.equal(sharpness_goals(rows(0.3), edge(0.5)), edge(0.5))


def test_texture_is_kept_where_nothing_else_is_seen() -> None:
    goals = sharpness_goals(rows(0.2), torch.full((1, 3, SIZE, SIZE), 0.1), texture=1.0)
    assert kept(goals, rows(0.2), slice(16, -16)) == pytest.approx(1, abs=0.05)
    assert float(goals.mean()) == pytest.approx(0.1, abs=0.01)
    half = sharpness_goals(rows(0.2), torch.full((1, 3, SIZE, SIZE), 0.1), texture=0.5)
    assert kept(half, rows(0.2), slice(16, -16)) == pytest.approx(0.5, abs=0.05)


def test_outlines_stay_free_of_texture() -> None:
    goals = sharpness_goals(edge(0.6) + rows(0.2), edge(0.6), texture=1.0)
    at = SIZE // 2
    assert abs(kept(goals, rows(0.2), slice(at - 3, at + 3))) < 0.05
    assert kept(goals, rows(0.2), slice(at + 24, at + 32)) > 0.9


def test_a_faint_mesh_is_not_kept_as_a_strong_texture_is() -> None:
    """Over skies it is faint, and the bar is the square of the strength."""
    plain = torch.zeros(1, 3, SIZE, SIZE)
    faint = kept(sharpness_goals(rows(0.01), plain, texture=1.0), rows(0.01), slice(16, -16))
    assert faint < 0.3
    assert kept(sharpness_goals(rows(0.1), plain, texture=1.0), rows(0.1), slice(16, -16)) > 0.9


def test_contrast_makes_outlines_steeper_and_leaves_the_rest() -> None:
    soft = smoothed(edge(0.5).contiguous(), 5)
    goals = sharpness_goals(rows(0.3), soft, contrast=0.5)
    at = SIZE // 2
    step = soft[0, 0, 48, at] - soft[0, 0, 48, at - 1]
    assert float(goals[0, 0, 48, at] - goals[0, 0, 48, at - 1]) > 1.1 * float(step)
    assert torch.allclose(goals[..., :16], soft[..., :16], atol=1e-5)


def test_goals_stay_within_what_a_picture_shows() -> None:
    chance = torch.Generator().manual_seed(0)
    before, upscaled = (2 * torch.rand(2, 3, 64, 64, generator=chance) - 1 for _ in range(2))
    goals = sharpness_goals(before, upscaled, texture=2.0, contrast=2.0)
    assert float(goals.abs().max()) <= 1
    assert torch.isfinite(goals).all()


@pytest.mark.parametrize("width", [3, 5, 9, 15])
def test_smoothing_keeps_what_is_plain_and_takes_what_is_finer(width: int) -> None:
    assert torch.allclose(smoothed(torch.full((1, 2, 32, 32), 0.4), width), torch.tensor(0.4))
    fine = 1.0 - 2.0 * (torch.arange(32) % 2).expand(1, 1, 32, 32)
    assert float(smoothed(fine, width)[..., 16].abs().max()) < 0.1


def test_back_projection_brings_back_what_a_quarter_of_the_size_shows() -> None:
    chance = torch.Generator().manual_seed(0)
    small = 0.8 * torch.rand(2, 3, 16, 16, generator=chance) - 0.4
    before = torch.nn.functional.interpolate(small, scale_factor=4.0, mode="nearest")
    goals = (before * 0.7 + 0.1 + 0.2 * rows(1.0)[..., :64, :64]).clamp(-1, 1)
    off = [
        float((shrunk(back_projected(goals, before, n)) - shrunk(before)).abs().mean())
        for n in (0, 1, 2, 6)
    ]
    assert off == sorted(off, reverse=True)
    assert off[2] < 0.35 * off[0]
    assert off[3] < 0.1 * off[0]
    # What is finer than that stays.
    assert kept(back_projected(goals, before, 2), rows(0.2)[..., :64, :64], slice(None)) > 0.9
    assert torch.equal(back_projected(goals, before, 0), goals)


def test_back_projected_goals_stay_within_what_a_picture_shows() -> None:
    before = torch.ones(1, 3, 32, 32)
    before[..., :16] = -1
    assert float(back_projected(-before, before, 3).abs().max()) <= 1


def test_goals_of_an_upscaler_are_back_projected_so_often() -> None:
    torch.manual_seed(1)
    upscaler = Upscaler((4, 4, 4, 4)).requires_grad_(False).eval()
    before = 0.5 * edge(0.6) + rows(0.2)
    plain = goals_by(upscaler, before, 1.0, 0.5)
    twice = goals_by(upscaler, before, 1.0, 0.5, 2)
    assert torch.allclose(twice, back_projected(plain, before, 2), atol=1e-5)
    framed = goals_by(upscaler, before, 1.0, 0.5, 2, 3)
    assert torch.equal(framed, without_rim(twice, 3))
    assert not torch.allclose(twice, plain, atol=1e-3)


def test_a_rim_is_what_lies_farther_inside() -> None:
    before = edge(0.5) + rows(0.1)
    found = without_rim(before, 4)
    assert torch.equal(found[..., 4:-4, 4:-4], before[..., 4:-4, 4:-4])
    assert torch.equal(found[..., 8:-8, :4], before[..., 8:-8, 4:5].expand(1, 3, SIZE - 16, 4))
    assert torch.equal(found[..., -1, 8:-8], before[..., -5, 8:-8])
    assert torch.equal(without_rim(before, 0), before)

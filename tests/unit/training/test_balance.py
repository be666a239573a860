from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dissection.training.balance import CoarseBalance, coarse_colors
from dissection.training.generator_run import train_generator
from dissection.training.growth import GrowthPlan
from dissection.training.settings import GeneratorSettings

CPU = torch.device("cpu")


def scenes(dark: int, light: int) -> np.ndarray:
    """Gray 8 px pictures: so many dark ones (-0.8), then so many light ones (+0.6)."""
    levels = np.array([26] * dark + [204] * light, np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (dark + light, 8, 8, 3)).copy()


def cost(balance: CoarseBalance, fakes: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    filled = balance.count(len(fakes))
    return balance.loss(fakes, torch.from_numpy(balance.directions(rng)), filled)


def as_images(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def test_coarse_colors_are_the_means_of_sixteen_cells() -> None:
    image = torch.zeros(1, 3, 8, 8)
    image[0, 1, 2:4, 6:8] = torch.tensor([[0.0, 0.4], [0.8, 0.4]])
    colors = coarse_colors(image).view(3, 4, 4)
    assert colors[1, 1, 3] == pytest.approx(0.4)
    assert colors.sum() == pytest.approx(0.4)


def test_the_same_mixture_costs_next_to_nothing() -> None:
    balance = CoarseBalance(scenes(10, 90), CPU, recent=400)
    rng = np.random.default_rng(0)
    same = as_images(scenes(10, 90)[rng.permutation(np.repeat(np.arange(100), 4))])
    cost(balance, same[:200], rng)
    assert cost(balance, same[200:], rng) < 0.05 * 48 * 0.2


def test_too_many_dark_scenes_are_pulled_to_the_light() -> None:
    """A quarter is dark in place of a tenth: only the dark ones are pulled, and upwards."""
    balance = CoarseBalance(scenes(10, 90), CPU, recent=400)
    rng = np.random.default_rng(0)
    cost(balance, as_images(scenes(100, 300)), rng)
    noise = torch.randn(40, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.01
    fakes = (as_images(scenes(10, 30)) + noise).requires_grad_(True)
    cost(balance, fakes, rng).backward()
    assert fakes.grad is not None
    pull = -fakes.grad.mean((1, 2, 3))
    assert pull[:10].mean() > 5 * pull[10:].mean().abs()


def test_nothing_is_ranked_before_there_is_something_to_rank_among() -> None:
    balance = CoarseBalance(scenes(10, 90), CPU, recent=400)
    fakes = as_images(scenes(20, 20)).requires_grad_(True)
    assert cost(balance, fakes, np.random.default_rng(0)) == 0
    assert cost(balance, fakes, np.random.default_rng(0)) > 0


def test_a_killed_balanced_run_resumes_to_the_same_weights(tmp_path: Path) -> None:
    settings = GeneratorSettings(
        (8, 8), (8, 8), GrowthPlan((0, 640), (0, 0), (64, 64)), depth=8, balance=2.0
    )
    pictures = scenes(8, 24)
    whole = train_generator(settings, pictures, tmp_path / "whole").state()
    steps = iter(range(100))
    train_generator(settings, pictures, tmp_path / "broken", stop=lambda: next(steps) > 6)
    resumed = train_generator(settings, pictures, tmp_path / "broken").state()
    plain = train_generator(replace(settings, balance=0.0), pictures, tmp_path / "plain").state()
    for key, tensor in whole["generator"].items():
        assert torch.equal(tensor, resumed["generator"][key]), key
    key = "body.layer1.conv.weight"
    assert not torch.equal(whole["generator"][key], plain["generator"][key])

"""A network of somebody else is given back as it was."""

from typing import Any

import pytest
import torch
from torch import nn

from dissection.errors import BadInputError
from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.live import LiveAblation
from dissection.interventions.ablation.sweep import ablate
from dissection.models.borrowed import device_for, evaluating
from dissection.pipeline import dissect
from support.color_segmenter import ColorSegmenter


def half_trained() -> nn.Sequential:
    """In training, but for the normalization, which somebody has frozen."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2),
        )  # fmt: skip
    network.train()
    network[1].eval()
    return network


def pictures() -> torch.Tensor:
    return torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_modes_are_each_modules_own_again() -> None:
    network = half_trained()
    before = [module.training for module in network.modules()]
    with evaluating(network) as same:
        assert same is network
        assert not any(module.training for module in network.modules())
    assert [module.training for module in network.modules()] == before
    with pytest.raises(ZeroDivisionError), evaluating(network):
        1 / 0  # noqa: B018 - as work on a network may fail
    assert [module.training for module in network.modules()] == before


def test_measuring_and_ablating_leave_modes_alone() -> None:
    network = half_trained()
    before = [module.training for module in network.modules()]
    classes = ClassImages(pictures().numpy(), [0, 1] * 4, ["a", "b"])
    dissect(network, ["2"], pictures(), ColorSegmenter(), grid=8)
    assert [module.training for module in network.modules()] == before
    ablate(network, "2", classes, classes, effect_size=0)
    assert [module.training for module in network.modules()] == before


@pytest.mark.parametrize("device", ["foo", "meta", "cpu:x", torch.device("meta")])
def test_devices_that_are_not_there_are_told(device: Any) -> None:
    classes = ClassImages(pictures().numpy(), [0, 1] * 4, ["a", "b"])
    with pytest.raises(BadInputError, match="There is no device"):
        ablate(half_trained(), "2", classes, classes, device=device)
    with pytest.raises(BadInputError, match="There is no device"):
        LiveAblation(half_trained(), "2", classes, device=device)
    with pytest.raises(BadInputError, match="There is no device"):
        dissect(half_trained(), ["2"], pictures(), ColorSegmenter(), device=device)


def test_what_is_no_network_with_weights_is_told() -> None:
    classes = ClassImages(pictures().numpy(), [0, 1] * 4, ["a", "b"])
    function: Any = torch.relu
    with pytest.raises(BadInputError, match=r"is a torch\.nn\.Module"):
        dissect(function, ["2"], pictures(), ColorSegmenter())
    with pytest.raises(BadInputError, match=r"is a torch\.nn\.Module"):
        ablate(function, "2", classes, classes)
    with torch.device("meta"):
        empty = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    for device in (None, "cpu"):
        with pytest.raises(BadInputError, match="holds no weights"):
            dissect(empty, ["1"], pictures(), ColorSegmenter(), device=device)
    assert device_for(nn.ReLU()) == torch.device("cpu")

"""The engine against the loop over units, on small random networks of each family."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError, UnknownNameError
from dissection.interventions.ablation.engine import CLOSE, Ablator, decide
from dissection.interventions.ablation.measure import read_layer
from dissection.interventions.ablation.replacement import Mean, Other, Zero, partners
from dissection.interventions.ablation.split import split_network
from dissection.models.classifiers.transforms import takes_pictures
from dissection.models.hooks import LayerReading
from support.small_classifiers import (
    loop,
    tiny_alexnet,
    tiny_beside,
    tiny_resnet,
    tiny_vgg,
    units_last,
    untraceable,
    without,
)

#: Network, layer, and the way that it is gone.
CASES: list[tuple[Callable[[], nn.Module], str, str]] = [
    (tiny_vgg, "features.relu2", "linear"),
    (tiny_vgg, "features.conv2", "linear"),
    (tiny_vgg, "avgpool", "linear"),
    (tiny_vgg, "features.relu1", "recomputed"),
    (tiny_vgg, "classifier.0", "linear"),
    (tiny_vgg, "classifier.6", "recomputed"),
    (tiny_alexnet, "relu2", "linear"),
    (tiny_alexnet, "conv1", "recomputed"),
    (tiny_alexnet, "fc6", "linear"),
    (tiny_resnet, "layer2", "linear"),
    (tiny_resnet, "layer2.0.bn2", "linear"),
    (tiny_resnet, "layer2.0.conv1", "recomputed"),
    (tiny_resnet, "layer1", "recomputed"),
    (tiny_resnet, "layer1.1.bn1", "recomputed"),
    (tiny_beside, "conv2", "linear"),
    (tiny_beside, "conv1", "recomputed"),
    (tiny_resnet, "layer2.0.relu", "linear"),
    (tiny_resnet, "layer1.0.relu", "recomputed"),
    (units_last, "norm", "linear"),
    (units_last, "act", "recomputed"),
    (units_last, "conv", "recomputed"),
    (untraceable, "conv", "whole"),
]


@pytest.fixture
def images() -> Tensor:
    return torch.randn(4, 3, 20, 20, generator=torch.Generator().manual_seed(1))


def read(network: nn.Module, layer: str, images: Tensor) -> LayerReading:
    return read_layer(network, layer, Latents(images.numpy()), torch.device("cpu")).reading


def close(ours: Tensor, theirs: Tensor) -> bool:
    return bool((ours - theirs).abs().max() <= 2e-6 * theirs.abs().max() + 1e-6)


@pytest.mark.parametrize(("build", "layer", "way"), CASES)
@pytest.mark.parametrize("memory", [1, 2**30])
def test_logits_are_those_of_the_loop_over_units(
    build: Callable[[], nn.Module], layer: str, way: str, memory: int, images: Tensor
) -> None:
    network, reading = build(), read(build(), layer, images)
    split = split_network(network, layer, images[:2], reading)
    assert split.way == way
    ablator = Ablator(split, memory)
    kept = ablator.keep(images, Zero())
    assert close(kept.logits, network(images))
    ours, decisions = ablator.single_logits(kept), ablator.singles(kept)
    for unit in range(ours.shape[1]):
        theirs = loop(network, layer, images, without(unit), reading)
        assert close(ours[:, unit], theirs)
        same = decisions.predicted[:, unit] == theirs.argmax(1)
        assert (same | decisions.close[:, unit]).all()
        assert not decisions.changed[~kept.acts].any()
    masks = torch.rand(7, ours.shape[1], generator=torch.Generator().manual_seed(2)) < 0.5
    together = ablator.set_logits(kept, masks)
    for place, mask in enumerate(masks):
        units = mask.nonzero().flatten().tolist()
        theirs = loop(network, layer, images, without(units), reading)
        assert close(together[:, place], theirs)


@pytest.mark.parametrize(("build", "layer", "way"), CASES)
def test_a_sweep_decides_as_a_pass_for_each_number(
    build: Callable[[], nn.Module], layer: str, way: str, images: Tensor
) -> None:
    network, reading = build(), read(build(), layer, images)
    ablator = Ablator(split_network(network, layer, images[:1], reading), 2**16)
    kept = ablator.keep(images, Zero())
    order = torch.randperm(kept.maps.shape[1], generator=torch.Generator().manual_seed(3))
    decisions = ablator.sweep(kept, order)
    assert decisions.predicted.shape == (len(images), len(order) - 1)
    for number in range(1, len(order)):
        units = order[:number].tolist()
        theirs = loop(network, layer, images, without(units), reading).argmax(1)
        here = decisions.predicted[:, number - 1]
        assert ((here == theirs) | decisions.close[:, number - 1]).all()


@pytest.mark.parametrize("layer", ["features.relu2", "features.relu1"])
def test_units_are_set_to_their_mean_or_to_another_pictures_values(
    layer: str, images: Tensor
) -> None:
    network = tiny_vgg()
    ablator = Ablator(split_network(network, layer, images))
    units = ablator.keep(images, Zero()).maps.shape[1]
    means = np.linspace(-1, 2, units).astype(np.float32)
    others = images[[1, 2, 3, 0]]
    elsewhere = ablator.keep(others, Zero()).maps
    by_mean = ablator.single_logits(ablator.keep(images, Mean(means)))
    by_other = ablator.single_logits(ablator.keep(images, Other(), others))
    for unit in range(units):

        def mean(maps: Tensor, unit: int = unit) -> Tensor:
            maps[:, unit] = float(means[unit])
            return maps

        def other(maps: Tensor, unit: int = unit) -> Tensor:
            maps[:, unit] = elsewhere[:, unit]
            return maps

        assert close(by_mean[:, unit], loop(network, layer, images, mean))
        assert close(by_other[:, unit], loop(network, layer, images, other))


def test_everybody_has_another_partner() -> None:
    found = partners(9, 4)
    assert sorted(found) == list(range(9))
    assert (found != np.arange(9)).all()
    assert (partners(9, 4) == found).all()
    with pytest.raises(BadInputError, match="at least 2 pictures"):
        partners(1, 4)


def test_a_network_that_normalizes_its_pictures_does_so_here_too(images: Tensor) -> None:
    network = takes_pictures(tiny_vgg())
    ablator = Ablator(split_network(network, "features.relu2", images))
    assert ablator.way == "linear"
    kept = ablator.keep(images, Zero())
    ours = ablator.single_logits(kept)
    assert close(ours[:, 3], loop(network, "features.relu2", images, without(3)))


def test_hooks_around_the_whole_network_are_kept(images: Tensor) -> None:
    network = tiny_vgg()
    network.register_forward_hook(lambda _module, _inputs, logits: logits * 2)
    ablator = Ablator(split_network(network, "features.relu2", images))
    assert ablator.way == "whole"
    ours = ablator.single_logits(ablator.keep(images, Zero()))
    assert close(ours[:, 3], loop(network, "features.relu2", images, without(3)))


def test_units_that_are_zero_are_not_computed(images: Tensor) -> None:
    network = tiny_vgg()
    weight, bias = (
        network.get_parameter("features.conv2.weight"),
        network.get_parameter("features.conv2.bias"),
    )
    with torch.no_grad():
        weight[4] = 0
        bias[4] = -1
    ablator = Ablator(split_network(network, "features.relu2", images))
    kept = ablator.keep(images, Zero())
    assert not kept.acts[:, 4].any()
    decisions = ablator.singles(kept)
    assert not decisions.changed[:, 4].any()
    assert (decisions.predicted[:, 4] == kept.logits.argmax(1)).all()
    # Left out where its value is another one: before the ReLU it is not zero and yet silent.
    ablator = Ablator(split_network(network, "features.conv2", images))
    assert not ablator.singles(ablator.keep(images, Zero())).changed[:, 4].any()


def test_what_is_too_close_to_tell_is_marked() -> None:
    logits = torch.tensor([
        [1.0, 5, 5 - 4e-4], [1, 5, 5 - 6e-4], [-1000, 5, 4.95], [-1, -1, -1], [0, 0, 0]
    ])  # fmt: skip
    predicted, near = decide(logits)
    assert predicted[:3].tolist() == [1, 1, 1]
    assert near.tolist() == [True, False, True, True, True]
    assert CLOSE == 1e-4
    assert decide(torch.ones(2, 1))[1].tolist() == [False, False]


def test_what_cannot_be_measured_is_told(images: Tensor) -> None:
    with pytest.raises(UnknownNameError, match=r"features\.relu3.*did you mean"):
        split_network(tiny_vgg(), "features.relu3", images)

    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.idle = nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            return x.mean((2, 3))

    with pytest.raises(BadInputError, match="'idle' does not run in a pass"):
        split_network(Idle().eval(), "idle", images)
    tokens = nn.Sequential(nn.Conv2d(3, 4, 4, 4), nn.Flatten(2), nn.Flatten(), nn.Linear(100, 3))
    with pytest.raises(BadInputError, match=r"'1' gives \[4, 4, 25\] for 4 pictures"):
        split_network(tokens.eval(), "1", images)
    maps = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    with pytest.raises(BadInputError, match=r"gives logits \(N, classes\), and this network"):
        split_network(maps.eval(), "0", images)
    dice = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Dropout(), nn.Linear(1296, 3))
    with pytest.raises(BadInputError, match="it is random"):
        split_network(dice.train(), "0", images)
    broken = tiny_vgg()
    with torch.no_grad():
        broken.get_parameter("classifier.6.bias").fill_(float("nan"))
    with pytest.raises(BadInputError, match="not finite numbers"):
        split_network(broken, "features.relu2", images)
    ablator = Ablator(split_network(tiny_vgg(), "features.relu2", images))
    with pytest.raises(BadInputError, match="not finite numbers"):
        ablator.keep(images * torch.nan, Zero())
    with pytest.raises(BadInputError, match=r"fails on pictures of \[2, 20, 20\]: RuntimeError"):
        split_network(tiny_vgg(), "features.relu2", images[:, :2])


def test_captum_finds_the_same(images: Tensor) -> None:
    """Its feature ablation, of the layer's output, as an independent judge."""
    captum = pytest.importorskip("captum.attr")
    for network, layer in ((tiny_vgg(), "features.relu2"), (tiny_resnet(), "layer2")):
        ablator = Ablator(split_network(network, layer, images))
        kept = ablator.keep(images, Zero())
        lost = kept.logits[:, None] - ablator.single_logits(kept)
        units, (height, width) = kept.maps.shape[1], kept.maps.shape[2:]
        mask = torch.arange(units)[None, :, None, None].expand(1, units, height, width)
        judge = captum.LayerFeatureAblation(network, network.get_submodule(layer))
        for number in range(lost.shape[2]):
            theirs = judge.attribute(images, target=number, layer_mask=mask.contiguous())
            assert close(lost[:, :, number], theirs[:, :, 0, 0])

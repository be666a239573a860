from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.models.hooks import observe
from dissection.models.receptive_field import Following
from dissection.statistics.samples import Samples
from dissection.statistics.upsample import Axis, Centers, axis_weights, upsample

#: Kernel, stride and padding of the published AlexNet's convolutions and poolings.
ALEXNET = (
    ("conv1", 11, 4, 0), ("pool1", 3, 2, 0), ("conv2", 5, 1, 2), ("pool2", 3, 2, 0),
    ("conv3", 3, 1, 1), ("conv4", 3, 1, 1), ("conv5", 3, 1, 1), ("pool5", 3, 2, 0),
)  # fmt: skip


def alexnet() -> nn.Sequential:
    network, channels = nn.Sequential(), 3
    for name, kernel, stride, padding in ALEXNET:
        if name.startswith("conv"):
            network.add_module(name, nn.Conv2d(channels, 2, kernel, stride, padding))
            network.add_module(f"relu{name[-1]}", nn.ReLU(inplace=True))
            channels = 2
        else:
            network.add_module(name, nn.MaxPool2d(kernel, stride))
    return network.eval()


def followed(
    network: nn.Module, picture: Tensor, layers: list[str], rule: str = "auto"
) -> dict[str, Centers | None]:
    with (
        torch.no_grad(),
        observe(network, layers, detach=True) as activations,
        Following(picture) as path,
    ):
        network(picture)
    return {name: path.centers(activations[name], rule) for name in layers}


@pytest.mark.parametrize(
    ("layer", "first", "step"),
    [("conv1", 5, 4), ("pool1", 9, 8), ("conv2", 9, 8), ("conv3", 17, 16), ("relu5", 17, 16),
     ("pool5", 33, 32)],
)  # fmt: skip
def test_alexnet_cells_stand_where_their_receptive_fields_do(
    layer: str, first: int, step: int
) -> None:
    centers = followed(alexnet(), torch.randn(1, 3, 227, 227), [layer])[layer]
    axis = Axis((first + Fraction(1, 2)) / 227, Fraction(step, 227))
    assert centers == Centers(axis, axis)


def test_centers_are_those_of_the_gradients() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 2, 4, 3, (0, 2)), nn.AvgPool2d(3, 2, 1), nn.Conv2d(2, 2, 3, 1, 2, dilation=2),
        nn.Conv2d(2, 2, 5),
    )  # fmt: skip
    picture = torch.randn(1, 1, 96, 90, requires_grad=True)
    centers = followed(network, picture, ["3"], "receptive")["3"]
    assert centers is not None
    maps = network(picture)
    for y, x in ((4, 3), (5, 6)):
        (gradient,) = torch.autograd.grad(maps[0, :, y, x].sum(), picture, retain_graph=True)
        ys, xs = gradient[0, 0].nonzero().unbind(1)
        for where, cell, axis, size in (
            (ys, y, centers.rows, 96), (xs, x, centers.columns, 90)
        ):  # fmt: skip
            middle = Fraction(int(where.min() + where.max()), 2)
            assert (axis.first + cell * axis.step) * size == middle + Fraction(1, 2)


def test_padded_networks_keep_the_published_rule() -> None:
    network = nn.Sequential(
        nn.Conv2d(3, 2, 7, 2, 3), nn.MaxPool2d(3, 2, 1), nn.Conv2d(2, 2, 3, 2, 1), nn.MaxPool2d(2)
    )
    picture = torch.randn(1, 3, 64, 64)
    assert followed(network, picture, ["1", "3"]) == {"1": None, "3": None}
    assert followed(network, picture, ["3"], "receptive")["3"] is not None
    assert followed(alexnet(), torch.randn(1, 3, 227, 227), ["conv5"], "even") == {"conv5": None}


def test_branches_and_functions_are_followed() -> None:
    class Branching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.left = nn.Conv2d(3, 4, 3, 2), nn.Conv2d(4, 4, 3, 1, 1)
            self.last = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            x = F.relu(self.first(x))
            x = F.max_pool2d(torch.cat([x, x + self.left(x)], 1), 3, stride=2)
            x = F.interpolate(x, scale_factor=2)
            return self.last(x)

    centers = followed(Branching(), torch.randn(1, 3, 63, 63), ["last"])["last"]
    axis = Axis(Fraction(5, 2) / 63, Fraction(2, 63))  # 1 + 2, 4 apart, each cell doubled
    assert centers == Centers(axis, axis)


def test_even_centers_change_nothing() -> None:
    np.testing.assert_array_equal(axis_weights(13, 56, Axis.even(13)), axis_weights(13, 56))


def test_golden_weights_of_alexnet() -> None:
    weights = axis_weights(13, 56, Axis(Fraction(35, 454), Fraction(16, 227)))
    # Position t lies at pixel (t + 0.5) 227 / 56 - 0.5, and pixel 17 + 16 i is cell i.
    assert weights[27].sum() == pytest.approx(1)
    pixel = 27.5 * 227 / 56 - 0.5
    cell = (pixel - 17) / 16
    assert weights[27, 5:7] == pytest.approx([6 - cell, cell - 5])
    assert (weights.sum(1) < 1).sum() == 8  # four on each side lie outside of the outermost cells
    assert weights[0, 0] == pytest.approx(1 + (0.5 * 227 / 56 - 0.5 - 17) / 16)
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-12)


@pytest.mark.parametrize("cells", [5, 13, 70])
def test_samples_find_what_full_upsampling_gives(cells: int) -> None:
    # Far inside on the left, over the border on the right.
    axis = Axis(Fraction(2, 7), Fraction(9, 10) / cells)
    centers = Centers(axis, Axis.even(cells))
    maps = torch.randn(2, 3, cells, cells, generator=torch.Generator().manual_seed(2))
    full = upsample(maps, 56, centers)
    assert (full[:, :, 0] == 0).all()
    samples = Samples(cells, cells, 56, centers=centers)
    found = samples.find(maps, torch.full((3,), -torch.inf))
    assert len(found.units) == 2 * 3 * 56 * 56
    image, pixel = found.places // 56**2, found.places % 56**2
    torch.testing.assert_close(full.flatten(2)[image, found.units, pixel], found.values)

"""A small residual network with the usual names: ``conv1``, ``layer4.1.conv2``, ``fc``."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

_BLOCKS = 2


class Projection(nn.Conv2d):
    """A 1x1 convolution without bias that takes every ``stride``-th position.

    The positions are taken before it. With the stride inside, oneDNN's gradient of the weights of
    fewer than 8 inputs is wrong on processors of AVX2 alone (torch 2.14, maps channels-last), and
    it writes outside of its memory: the process may die anywhere afterwards.
    """

    def __init__(self, inputs: int, units: int, stride: int) -> None:
        super().__init__(inputs, units, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) to (N, units, h / stride, w / stride), rounded up."""
        rows, columns = self.stride
        return F.conv2d(x[:, :, ::rows, ::columns], self.weight)


class Residual(nn.Module):
    """Two 3x3 convolutions around which the input passes unchanged, or through a projection."""

    def __init__(self, inputs: int, units: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, units, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(units)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(units, units, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(units)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or inputs != units:
            self.downsample = nn.Sequential(
                Projection(inputs, units, stride), nn.BatchNorm2d(units)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) to (N, units, h / stride, w / stride)."""
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out: Tensor = self.relu(y + self.downsample(x))
        return out


class SmallResNet(nn.Module):
    """ResNet-18's plan in four widths: pictures (N, 3, S, S) to logits (N, classes)."""

    def __init__(self, classes: int, units: Sequence[int]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, units[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(units[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = units[0]
        for number, width in enumerate(units, 1):
            blocks = []
            for block in range(_BLOCKS):
                stride = 2 if number > 1 and block == 0 else 1
                blocks.append(Residual(inputs, width, stride))
                inputs = width
            self.add_module(f"layer{number}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
        logits: Tensor = self.fc(self.avgpool(x).flatten(1))
        return logits

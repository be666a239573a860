"""Residual networks with a deep stem: the encoders of the published segmenters.

He et al. 2016 with three 3x3 convolutions in place of the 7x7 one (Zhao et al. 2017), without the
classifier at the end. Module names are those of the published weight files.
"""

from collections.abc import Sequence

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut.

    Args:
        inputs: channels in.
        width: channels out.
        stride: of the first convolution and the shortcut.
        dilations: of the two convolutions.
    """

    expansion = 1

    def __init__(
        self, inputs: int, width: int, stride: int = 1, dilations: tuple[int, int] = (1, 1)
    ) -> None:
        super().__init__()
        first, second = dilations
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, first, first, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, second, second, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(inputs, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, width, H / stride, W / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        out: Tensor = self.relu(self.bn2(self.conv2(y)) + self.downsample(x))
        return out


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside a shortcut; the stride sits on the 3x3 one.

    Args:
        inputs: channels in.
        width: channels of the 3x3 convolution; four times as many come out.
        stride: of the 3x3 convolution and the shortcut.
        dilations: of the 3x3 convolution (the second number is not used).
    """

    expansion = 4

    def __init__(
        self, inputs: int, width: int, stride: int = 1, dilations: tuple[int, int] = (1, 1)
    ) -> None:
        super().__init__()
        dilation = dilations[0]
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * 4)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(inputs, width * 4, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, 4 * width, H / stride, W / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        out: Tensor = self.relu(self.bn3(self.conv3(y)) + self.downsample(x))
        return out


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class DeepStemResNet(nn.Module):
    """Pictures (N, 3, H, W) -> the outputs of the four stages, finest first.

    Args:
        block: what the stages are built of.
        depths: blocks in each stage.
        strides: of each stage's first block.
        dilations: for each stage, those of its first block and those of the others.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: Sequence[int],
        strides: Sequence[int] = (1, 2, 2, 2),
        dilations: Sequence[tuple[tuple[int, int], tuple[int, int]]] = (((1, 1), (1, 1)),) * 4,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = nn.Conv2d(64, 64, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.conv3 = nn.Conv2d(64, 128, 3, 1, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(128)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 128
        for stage, (depth, stride) in enumerate(zip(depths, strides, strict=True)):
            width = 64 * 2**stage
            first, others = dilations[stage]
            blocks = [block(inputs, width, stride, first)]
            inputs = width * block.expansion
            blocks += [block(inputs, width, 1, others) for _ in range(depth - 1)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Float maps of layer1 to layer4."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.maxpool(self.relu(self.bn3(self.conv3(x))))
        maps = []
        for stage in range(1, 5):
            x = self.get_submodule(f"layer{stage}")(x)
            maps.append(x)
        return maps


def unified_encoder() -> DeepStemResNet:
    """ResNet-50: 256, 512, 1024, 2048 channels at 1/4, 1/8, 1/16, 1/32 of the resolution."""
    return DeepStemResNet(Bottleneck, (3, 4, 6, 3))


def color_encoder() -> DeepStemResNet:
    """ResNet-18, dilated: 64 channels at 1/4, then 128, 256, 512 channels all at 1/8.

    Where a stage's stride was taken away, its first convolution keeps half of the dilation that
    the rest of the stage has.
    """
    return DeepStemResNet(
        BasicBlock,
        (2, 2, 2, 2),
        strides=(1, 2, 1, 1),
        dilations=(
            ((1, 1), (1, 1)),
            ((1, 1), (1, 1)),
            ((1, 2), (2, 2)),
            ((2, 4), (4, 4)),
        ),
    )

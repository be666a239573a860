"""Small random classifiers of the published families, and the loop over units as a judge."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from dissection.models.classifiers.transforms import IMAGENET
from dissection.models.hooks import PLAIN_READING, LayerReading, edit

CLASSES = 5


def scene_vgg() -> nn.Module:
    """For Storybook's classes of scenes."""
    from dissection.data.storybook import Storybook

    network = tiny_vgg(len(Storybook("scenes").classes))
    object.__setattr__(network, "classes", Storybook("scenes").classes)
    return network


def tiny_vgg(classes: int = CLASSES) -> nn.Module:
    """Published names and in-place ReLUs; features.relu2 is followed by pooling and fc6 to fc8."""

    class VGG(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential()
            inputs = 3
            for number, units in enumerate((8, 12), 1):
                self.features.add_module(f"conv{number}", nn.Conv2d(inputs, units, 3, padding=1))
                self.features.add_module(f"relu{number}", nn.ReLU(inplace=True))
                self.features.add_module(f"pool{number}", nn.MaxPool2d(2, 2))
                inputs = units
            self.avgpool = nn.AdaptiveAvgPool2d(3)
            self.classifier = nn.Sequential(
                nn.Linear(12 * 9, 40), nn.ReLU(inplace=True), nn.Dropout(),
                nn.Linear(40, 24), nn.ReLU(inplace=True), nn.Dropout(),
                nn.Linear(24, classes),
            )  # fmt: skip

        def forward(self, x: Tensor) -> Tensor:
            x = self.avgpool(self.features(x))
            logits: Tensor = self.classifier(x.view(x.size(0), -1))
            return logits

    return _ready(VGG())


def fair_vgg() -> nn.Module:
    """``tiny_vgg``, which sees each class about as often in noise of 0..1 as ImageNet's."""
    network = tiny_vgg()
    noise = torch.rand(200, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = network(IMAGENET(noise * 2 - 1))
        network.get_parameter("classifier.6.weight").div_(logits.std(0)[:, None])
        network.get_parameter("classifier.6.bias").sub_(logits.mean(0)).div_(logits.std(0))
    return network


def tiny_other() -> nn.Module:
    """The same plan with other weights."""
    network = tiny_vgg()
    network.get_parameter("classifier.6.bias").add_(1)
    return network


def tiny_alexnet() -> nn.Module:
    """Groups, response normalization, modules side by side under the network."""
    network = nn.Sequential()
    for name, module in {
        "conv1": nn.Conv2d(3, 8, 5, stride=2), "relu1": nn.ReLU(inplace=True),
        "lrn1": nn.LocalResponseNorm(5), "conv2": nn.Conv2d(8, 12, 3, padding=1, groups=2),
        "relu2": nn.ReLU(inplace=True), "pool2": nn.MaxPool2d(3, 2), "flatten": nn.Flatten(),
        "fc6": nn.Linear(12 * 9, 30), "relu6": nn.ReLU(inplace=True), "drop6": nn.Dropout(),
        "fc7": nn.Linear(30, CLASSES),
    }.items():  # fmt: skip
        network.add_module(name, module)
    return _ready(network)


def tiny_resnet() -> nn.Module:
    """Two residual blocks with batch normalization, mean pooling and one linear map."""

    class Block(nn.Module):
        def __init__(self, inputs: int, units: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, units, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(units)
            self.conv2 = nn.Conv2d(units, units, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(units)
            self.relu = nn.ReLU(inplace=True)
            self.shortcut = nn.Conv2d(inputs, units, 1, stride) if stride > 1 else None

        def forward(self, x: Tensor) -> Tensor:
            beside = x if self.shortcut is None else self.shortcut(x)
            out = self.relu(self.bn1(self.conv1(x)))
            out = self.bn2(self.conv2(out))
            out += beside
            result: Tensor = self.relu(out)
            return result

    class ResNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 8, 3, 2, 1)
            self.layer1 = nn.Sequential(Block(8, 8, 1), Block(8, 12, 2))
            self.layer2 = nn.Sequential(Block(12, 12, 1))
            self.avgpool = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(12, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            x = self.layer2(self.layer1(self.conv1(x)))
            logits: Tensor = self.fc(torch.flatten(self.avgpool(x), 1))
            return logits

    return _ready(ResNet())


def tiny_beside() -> nn.Module:
    """Takes the means of an early layer beside the linear map behind a late one."""

    class Beside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 6, 3, 2)
            self.conv2 = nn.Conv2d(6, 10, 3, 2)
            self.fc1 = nn.Linear(10, 14)
            self.fc2 = nn.Linear(20, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            early = self.conv1(x).tanh()
            x = self.fc1(self.conv2(early).relu().mean((2, 3)))
            beside = early.mean((2, 3))
            logits: Tensor = self.fc2(torch.cat([x.sigmoid(), beside], 1))
            return logits

    return _ready(Beside())


def units_last() -> nn.Module:
    """Turns its maps to (N, h, w, C) on the way, as ConvNeXt and Swin do."""

    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3, 2)
            self.mix = nn.Linear(6, 8)
            self.act = nn.ReLU()
            self.norm = nn.LayerNorm(8)
            self.fc = nn.Linear(8, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            x = self.act(self.mix(self.conv(x).permute(0, 2, 3, 1)))
            logits: Tensor = self.fc(self.norm(x).mean((1, 2)))
            return logits

    return _ready(Last())


def untraceable() -> nn.Module:
    """Asks what its values are on its way, which no symbolic trace can answer."""

    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3, 2)
            self.fc = nn.Linear(6, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            if float(x.sum()) > -1e9:
                x = x.relu()
            logits: Tensor = self.fc(x.mean((2, 3)))
            return logits

    return _ready(Odd())


def loop(
    network: nn.Module,
    layer: str,
    images: Tensor,
    change: Callable[[Tensor], Tensor],
    reading: LayerReading = PLAIN_READING,
) -> Tensor:
    """One full pass with the layer's output changed at its last use: logits (N, K)."""
    editing = edit(network, {layer: lambda maps: change(maps.clone())}, readings={layer: reading})
    with torch.no_grad(), editing:
        logits: Tensor = network(images)
    return logits.flatten(1)


def without(units: int | list[int]) -> Callable[[Tensor], Tensor]:
    """Sets units to zero."""

    def change(maps: Tensor) -> Tensor:
        maps[:, units] = 0
        return maps

    return change


def _ready(network: nn.Module) -> nn.Module:
    """Random weights that leave some units silent, and running statistics that are not those of
    nothing."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(5)
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    module.bias.uniform_(-0.3, 0.3)
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.uniform_(-0.3, 0.3)  # type: ignore[union-attr]
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.3, 0.3)
    return network.eval().requires_grad_(False)

"""The published Places365 classifiers (Bau et al. 2020): their architectures and their names.

* VGG-16 with research names: ``features.conv5_3``, ``classifier.fc8a``. Files that number its
  layers, ``features.28``, hold the same network.
* AlexNet with grouped convolutions and local response normalization: ``conv1`` ... ``fc8``.
* ResNet-152, converted from Lua Torch to numbers: ``4.0.0.0.0`` is ``layer1.0.conv1``.

The published statistics of VGG's and AlexNet's convolutions are those behind their ReLUs, which
worked in place: they are those of ``features.relu5_3`` here, not of ``features.conv5_3``.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

PLACES = 365
_VGG16 = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
_VGG16_UNITS = (64, 128, 256, 512, 512)
_DENSE = ("fc6", "relu6", "drop6", "fc7", "relu7", "drop7", "fc8a")
_BRANCH = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}


def vgg16_names() -> dict[str, str]:
    """Numbered to published names of VGG-16's layers: ``features.28`` to ``features.conv5_3``."""
    names = []
    for block, (_, layers) in enumerate(_VGG16, 1):
        for layer in range(1, layers + 1):
            names += [f"conv{block}_{layer}", f"relu{block}_{layer}"]
        names.append(f"pool{block}")
    numbered = {f"features.{n}": f"features.{name}" for n, name in enumerate(names)}
    return numbered | {f"classifier.{n}": f"classifier.{name}" for n, name in enumerate(_DENSE)}


class PlacesVGG16(nn.Module):
    """VGG-16 (configuration D) with published names: pictures (N, 3, S, S) to logits.

    Args:
        classes: outputs.
        units: of the five blocks.
        dense: units of fc6 and fc7.
        cells: positions along a side of what fc6 sees; S is 32 times as much, or pooled to it.
        norm: with batch normalization before each ReLU, for training; ``plans.folded`` takes it
            away again. Published files have none.
    """

    def __init__(
        self,
        classes: int = PLACES,
        units: Sequence[int] = _VGG16_UNITS,
        dense: int = 4096,
        cells: int = 7,
        norm: bool = False,
    ) -> None:
        super().__init__()
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        inputs = 3
        for block, (width, (_, count)) in enumerate(zip(units, _VGG16, strict=True), 1):
            for layer in range(1, count + 1):
                convolution = nn.Conv2d(inputs, width, 3, padding=1, bias=not norm)
                layers[f"conv{block}_{layer}"] = convolution
                if norm:
                    layers[f"norm{block}_{layer}"] = nn.BatchNorm2d(width)
                layers[f"relu{block}_{layer}"] = nn.ReLU(inplace=True)
                inputs = width
            layers[f"pool{block}"] = nn.MaxPool2d(2, 2)
        self.features = nn.Sequential(layers)
        self.avgpool = nn.AdaptiveAvgPool2d(cells)
        fc = (nn.Linear(inputs * cells**2, dense), nn.Linear(dense, dense))
        last = nn.Linear(dense, classes)
        self.classifier = _dense(dict(zip(_DENSE[::3], (*fc, last), strict=True)), "drop", norm)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, classes)."""
        logits: Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return logits


class PlacesAlexNet(nn.Sequential):
    """AlexNet with groups and response normalization: pictures (N, 3, S, S) to logits.

    Args:
        classes: outputs.
        units: of the five convolutions, even numbers.
        dense: units of fc6 and fc7.
        cells: positions along a side of what fc6 sees: 6 at the published 227 px.
        norm: with batch normalization before each ReLU, for training.
    """

    def __init__(
        self,
        classes: int = PLACES,
        units: Sequence[int] = (96, 256, 384, 384, 256),
        dense: int = 4096,
        cells: int = 6,
        norm: bool = False,
    ) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()

        def add(number: int, convolution: nn.Conv2d) -> None:
            layers[f"conv{number}"] = convolution
            if norm:
                layers[f"norm{number}"] = nn.BatchNorm2d(convolution.out_channels)
            layers[f"relu{number}"] = nn.ReLU(inplace=True)

        one, two, three, four, five = units
        for number, convolution in (
            (1, nn.Conv2d(3, one, 11, stride=4, bias=not norm)),
            (2, nn.Conv2d(one, two, 5, padding=2, groups=2, bias=not norm)),
        ):
            add(number, convolution)
            layers[f"pool{number}"] = nn.MaxPool2d(3, 2)
            # Divides by (1 + 1e-4 times the mean square of five channels) ** 0.75.
            layers[f"lrn{number}"] = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
        add(3, nn.Conv2d(two, three, 3, padding=1, bias=not norm))
        add(4, nn.Conv2d(three, four, 3, padding=1, groups=2, bias=not norm))
        add(5, nn.Conv2d(four, five, 3, padding=1, groups=2, bias=not norm))
        layers["pool5"] = nn.MaxPool2d(3, 2)
        layers["flatten"] = nn.Flatten()
        fc = {"fc6": nn.Linear(five * cells**2, dense), "fc7": nn.Linear(dense, dense)}
        fc["fc8"] = nn.Linear(dense, classes)
        layers.update(_dense(fc, "dropout", norm).named_children())
        super().__init__(layers)


def resnet152_name(key: str) -> str:
    """A key of the published ResNet-152 by its usual name: ``7.2.0.0.3`` is ``layer4.2.conv2``."""
    key = re.sub(r"^10\.1\.", "fc.", key)
    key = re.sub(r"^0\.(?=\w+$)", "conv1.", key)
    key = re.sub(r"^1\.(?=\w+$)", "bn1.", key)
    stage = re.fullmatch(r"([4-7])\.(\d+)\.0\.([01])\.(\d)\.(\w+)", key)
    if not stage:
        return key
    number, block, branch, place, rest = stage.groups()
    layer = f"layer{int(number) - 3}.{block}"
    if branch == "1":
        return f"{layer}.downsample.{place}.{rest}"
    return f"{layer}.{_BRANCH.get(place, place)}.{rest}"


def _dense(linear: dict[str, nn.Linear], drop: str, norm: bool) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    last = list(linear)[-1]
    for name, layer in linear.items():
        layers[name] = layer
        if name != last:
            if norm:
                layers[f"norm{name[-1]}"] = nn.BatchNorm1d(layer.out_features)
            layers[f"relu{name[-1]}"] = nn.ReLU(inplace=True)
            layers[f"{drop}{name[-1]}"] = nn.Dropout(0.5)
    return nn.Sequential(layers)

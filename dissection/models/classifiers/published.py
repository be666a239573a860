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

from torch import Tensor, nn

PLACES = 365
_VGG16 = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
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
    """VGG-16 (configuration D) with published names: pictures (N, 3, 224, 224) to logits."""

    def __init__(self, classes: int = PLACES) -> None:
        super().__init__()
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        inputs = 3
        for block, (units, count) in enumerate(_VGG16, 1):
            for layer in range(1, count + 1):
                layers[f"conv{block}_{layer}"] = nn.Conv2d(inputs, units, 3, padding=1)
                layers[f"relu{block}_{layer}"] = nn.ReLU(inplace=True)
                inputs = units
            layers[f"pool{block}"] = nn.MaxPool2d(2, 2)
        self.features = nn.Sequential(layers)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        dense = (nn.Linear(25088, 4096), nn.Linear(4096, 4096), nn.Linear(4096, classes))
        self.classifier = _dense(dict(zip(_DENSE[::3], dense, strict=True)), "drop")

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, classes)."""
        logits: Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return logits


class PlacesAlexNet(nn.Sequential):
    """AlexNet with groups and response normalization: pictures (N, 3, 227, 227) to logits."""

    def __init__(self, classes: int = PLACES) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()

        def add(number: int, convolution: nn.Conv2d) -> None:
            layers[f"conv{number}"] = convolution
            layers[f"relu{number}"] = nn.ReLU(inplace=True)

        for number, convolution in (
            (1, nn.Conv2d(3, 96, 11, stride=4)),
            (2, nn.Conv2d(96, 256, 5, padding=2, groups=2)),
        ):
            add(number, convolution)
            layers[f"pool{number}"] = nn.MaxPool2d(3, 2)
            # Divides by (1 + 1e-4 times the mean square of five channels) ** 0.75.
            layers[f"lrn{number}"] = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
        add(3, nn.Conv2d(256, 384, 3, padding=1))
        add(4, nn.Conv2d(384, 384, 3, padding=1, groups=2))
        add(5, nn.Conv2d(384, 256, 3, padding=1, groups=2))
        layers["pool5"] = nn.MaxPool2d(3, 2)
        layers["flatten"] = nn.Flatten()
        dense = {"fc6": nn.Linear(9216, 4096), "fc7": nn.Linear(4096, 4096)}
        dense["fc8"] = nn.Linear(4096, classes)
        layers.update(_dense(dense, "dropout").named_children())
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


def _dense(linear: dict[str, nn.Linear], drop: str) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer in linear.items():
        layers[name] = layer
        if len(layers) < 3 * len(linear) - 2:
            layers[f"relu{name[-1]}"] = nn.ReLU(inplace=True)
            layers[f"{drop}{name[-1]}"] = nn.Dropout(0.5)
    return nn.Sequential(layers)

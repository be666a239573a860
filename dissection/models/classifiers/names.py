"""Layers by either of their names: those of the published networks, and the usual ones.

The published ResNet-152 numbers its parts, for it came from Lua Torch: its ``7`` is ``layer4``. The
published VGG-16 names its layers where torchvision's numbers them: ``features.conv5_3`` is
``features.28``. Both are understood (``hooks.find_layer``), whichever of the networks it is.
"""

from torch import nn

from dissection.models.classifiers.published import vgg16_names

_STEM = {"conv1": "0", "bn1": "1", "relu": "2", "maxpool": "3", "avgpool": "8", "fc": "10"}
_MAIN = {"conv1": "0", "bn1": "1", "conv2": "3", "bn2": "4", "conv3": "6", "bn3": "7"}


def aliases(architecture: str, network: nn.Module) -> dict[str, str]:
    """What else layers of a network are called: to the name of the submodule.

    Args:
        architecture: "vgg16", "resnet152", or any other, which has no other names.
        network: its submodules decide which of the names it takes.
    """
    there = {str(name) for name, _ in network.named_modules()}
    pairs = list(vgg16_names().items()) if architecture == "vgg16" else []
    if architecture == "resnet152":
        pairs = [(_published(name), name) for name in there if name]
        pairs.append(("10.1", "fc"))  # 10 is the flattening with it
    both = [*pairs, *((usual, published) for published, usual in pairs)]
    return {alias: name for alias, name in both if alias and name in there and alias not in there}


def _published(name: str) -> str:
    """A layer of the usual ResNet-152 by its published name; empty if it has none.

    ``layer4.2.conv2`` is ``7.2.0.0.3``: stage, block, the two branches, the first, its step.
    """
    parts = name.split(".")
    if len(parts) == 1 and name in _STEM:
        return _STEM[name]
    if not parts[0].startswith("layer"):
        return ""
    stage = str(int(parts[0].removeprefix("layer")) + 3)
    if len(parts) < 3:
        return ".".join([stage, *parts[1:]])
    if parts[2] == "downsample":
        return ".".join([stage, parts[1], "0", "1", *parts[3:]])
    return f"{stage}.{parts[1]}.0.0.{_MAIN[parts[2]]}" if parts[2] in _MAIN else ""

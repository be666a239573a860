import re

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from dissection.models.classifiers.published import (
    PlacesAlexNet,
    PlacesVGG16,
    resnet152_name,
    vgg16_names,
)
from dissection.models.hooks import observe

ALEXNET = {
    "conv1": (96, 3, 11, 11), "conv2": (256, 48, 5, 5), "conv3": (384, 256, 3, 3),
    "conv4": (384, 192, 3, 3), "conv5": (256, 192, 3, 3), "fc6": (4096, 9216),
    "fc7": (4096, 4096), "fc8": (365, 4096),
}  # fmt: skip


def on_meta(make: type[nn.Module]) -> nn.Module:
    with torch.device("meta"):
        return make().eval()


def shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_alexnet_has_the_published_keys_and_sizes() -> None:
    network = on_meta(PlacesAlexNet)
    wanted = {f"{name}.weight": shape for name, shape in ALEXNET.items()}
    wanted |= {f"{name}.bias": shape[:1] for name, shape in ALEXNET.items()}
    assert shapes(network) == wanted
    assert parameters(network) == 58363629
    with observe(network, ["conv1", "pool1", "conv2", "conv5", "pool5"]) as activations:
        assert network(torch.empty(2, 3, 227, 227, device="meta")).shape == (2, 365)
    sides = {name: maps.shape[-1] for name, maps in activations.items()}
    assert sides == {"conv1": 55, "pool1": 27, "conv2": 27, "conv5": 13, "pool5": 6}


def test_alexnet_normalizes_responses_as_published() -> None:
    x = torch.randn(2, 7, 3, 3, generator=torch.Generator().manual_seed(0))
    squares = torch.nn.functional.pad(x.square(), (0, 0, 0, 0, 2, 2))
    means = torch.stack([squares[:, c : c + 5].sum(1) / 5 for c in range(7)], 1)
    layer = on_meta(PlacesAlexNet).get_submodule("lrn1")
    torch.testing.assert_close(layer(x), x / (1 + 1e-4 * means) ** 0.75)


def test_vgg16_is_torchvisions_with_other_names() -> None:
    ours, theirs = on_meta(PlacesVGG16), on_meta(models.vgg16)
    names = vgg16_names()
    assert names["features.28"] == "features.conv5_3"
    assert names["features.30"] == "features.pool5"
    assert names["classifier.6"] == "classifier.fc8a"
    renamed = {}
    for key, shape in shapes(theirs).items():
        layer, _, part = key.rpartition(".")
        renamed[f"{names[layer]}.{part}"] = shape
    found = shapes(ours)
    assert found.pop("classifier.fc8a.weight") == (365, 4096)
    assert found.pop("classifier.fc8a.bias") == (365,)
    assert found == {k: v for k, v in renamed.items() if "fc8a" not in k}
    assert parameters(ours) == 135755949
    for number, name in names.items():
        assert type(ours.get_submodule(name)) is type(theirs.get_submodule(number))


@pytest.mark.parametrize(
    ("published", "usual"),
    [
        ("0.weight", "conv1.weight"),
        ("1.running_var", "bn1.running_var"),
        ("4.0.0.0.0.weight", "layer1.0.conv1.weight"),
        ("4.0.0.1.1.bias", "layer1.0.downsample.1.bias"),
        ("6.35.0.0.7.num_batches_tracked", "layer3.35.bn3.num_batches_tracked"),
        ("7.2.0.0.3.weight", "layer4.2.conv2.weight"),
        ("10.1.bias", "fc.bias"),
        ("layer1.0.conv1.weight", "layer1.0.conv1.weight"),
    ],
)
def test_resnet152_keys_become_the_usual_ones(published: str, usual: str) -> None:
    assert resnet152_name(published) == usual


def test_resnet152_keys_are_all_there() -> None:
    keys = set(shapes(on_meta(models.resnet152)))
    places = {"conv1": 0, "bn1": 1, "conv2": 3, "bn2": 4, "conv3": 6, "bn3": 7}

    def number(key: str) -> str:
        block = re.fullmatch(r"layer(\d)\.(\d+)\.(\w+?)\.(.+)", key)
        if block is None:
            return re.sub("^fc", "10.1", re.sub("^bn1", "1", re.sub("^conv1", "0", key)))
        stage, place, layer, rest = block.groups()
        inside = f"1.{rest}" if layer == "downsample" else f"0.{places[layer]}.{rest}"
        return f"{int(stage) + 3}.{place}.0.{inside}"

    numbered = {number(key) for key in keys}
    assert len(numbered) == 932
    assert {resnet152_name(key) for key in numbered} == keys


def test_vgg16_gives_logits() -> None:
    logits: Tensor = on_meta(PlacesVGG16)(torch.empty(2, 3, 224, 224, device="meta"))
    assert logits.shape == (2, 365)

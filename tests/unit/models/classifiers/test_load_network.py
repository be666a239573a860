import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn
from torchvision import models

from dissection.errors import BadInputError, DissectionError, ModelFileError, UnknownNameError
from dissection.models.classifiers import fill, load
from dissection.models.classifiers.load import load_network
from dissection.models.classifiers.names import aliases
from dissection.models.classifiers.transforms import IMAGENET, Normalization, takes_pictures
from dissection.models.generators.checkpoints import save_generator
from dissection.models.hooks import find_layer, layer_name
from dissection.models.weights.files import network_digest
from dissection.runtime.files import file_digest
from support.tiny import tiny_generator

Tensors = dict[str, Any]


@pytest.fixture(scope="module")
def theirs() -> nn.Module:
    torch.manual_seed(0)
    return models.squeezenet1_1(num_classes=5).eval()


def picture() -> Tensor:
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


FORMS: dict[str, Callable[[Tensors], Tensors]] = {
    "plain": lambda tensors: tensors,
    "parallel": lambda tensors: {f"module.{k}": v for k, v in tensors.items()},
    "half of it parallel": lambda tensors: {
        k.replace("features.", "features.module."): v for k, v in tensors.items()
    },
    "training": lambda tensors: {"epoch": 9, "arch": "net", "state_dict": tensors},
    "another's training": lambda tensors: {
        "model": {f"module.{k}": v for k, v in tensors.items()},
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_files(theirs: nn.Module, tmp_path: Path, form: str) -> None:
    path = tmp_path / "w.pth"
    torch.save(FORMS[form](dict(theirs.state_dict())), path)
    network = load_network("torchvision:squeezenet1_1", path)
    assert (network.takes, network.size, network.name) == ("pictures", 224, "squeezenet1_1")
    assert network.module.digest == file_digest(path)
    with torch.no_grad():
        torch.testing.assert_close(network.module(picture()), theirs(IMAGENET(picture())))


def test_safetensors_and_left_out_bookkeeping(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = models.resnet18(num_classes=3).eval()
    tensors = {k: v for k, v in theirs.state_dict().items() if "num_batches" not in k}
    safetensors.torch.save_file(tensors, tmp_path / "w.safetensors")
    network = load_network("torchvision:resnet18", tmp_path / "w.safetensors").module
    with torch.no_grad():
        torch.testing.assert_close(network(picture()), theirs(IMAGENET(picture())))


def test_a_published_file_says_itself_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with torch.device("meta"):
        wanted = load.PlacesAlexNet(7).state_dict()
    tensors = {f"module.{key}": torch.zeros(value.shape) for key, value in wanted.items()}
    tensors["module.fc8.bias"] += 3
    path = tmp_path / "places.pth"
    path.write_bytes(b"0" * 99)  # the file itself would have 230 MB
    monkeypatch.setattr(fill, "read_checkpoint", lambda _: (tensors, {}))
    network = load_network(path)
    assert (network.takes, network.size, network.name) == ("pictures", 227, "places")
    assert network.module(torch.zeros(1, 3, 227, 227)).tolist() == [[3.0] * 7]


def published_resnet(key: str) -> str:
    """A key of torchvision's ResNet-152 as the published file has it."""
    stem = {"conv1": "0", "bn1": "1", "fc": "10.1"}
    first, _, rest = key.partition(".")
    if first in stem:
        return f"{stem[first]}.{rest}"
    block, layer, rest = rest.split(".", 2)
    stage = int(first.removeprefix("layer")) + 3
    if layer == "downsample":
        return f"{stage}.{block}.0.1.{rest}"
    place = {"conv1": 0, "bn1": 1, "conv2": 3, "bn2": 4, "conv3": 6, "bn3": 7}[layer]
    return f"{stage}.{block}.0.0.{place}.{rest}"


@pytest.mark.parametrize("named", ["published", "usual"])
def test_a_resnet_152_is_known_and_its_layers_by_both_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    with torch.device("meta"):
        wanted = models.resnet152(num_classes=7).state_dict()
    rename = published_resnet if named == "published" else str
    tensors = {rename(key): torch.zeros(v.shape, dtype=v.dtype) for key, v in wanted.items()}
    path = tmp_path / "places.pth"
    path.write_bytes(b"0" * 99)
    monkeypatch.setattr(fill, "read_checkpoint", lambda _: (tensors, {}))
    network = load_network(path)
    assert (network.takes, network.size, network.name) == ("pictures", 224, "places")
    for text, name in {
        "7": "layer4", "layer4": "layer4", "4.2": "layer1.2", "6.35.0.0.6": "layer3.35.conv3",
        "7.0.0.1.0": "layer4.0.downsample.0", "0": "conv1", "8": "avgpool", "10.1": "fc",
        "11": "11",
    }.items():  # fmt: skip
        assert layer_name(network.module, text) == name
    assert find_layer(network.module, "7") is network.module.get_submodule("layer4")


def test_vgg_16_has_names_and_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with torch.device("meta"):
        published = load.PlacesVGG16(3)
        numbered = models.vgg16(num_classes=3)
    ours = aliases("vgg16", published)
    assert ours["features.29"] == "features.relu5_3"
    assert ours["classifier.6"] == "classifier.fc8a"
    theirs = aliases("vgg16", numbered)
    assert theirs["features.relu5_3"] == "features.29"
    assert theirs["classifier.fc6"] == "classifier.0"
    assert aliases("alexnet", numbered) == {}
    assert layer_name(numbered, "features.relu5_3") == "features.relu5_3"  # nobody said what it is


def change(**changes: Tensor | None) -> Callable[[Tensors], Tensors]:
    def apply(tensors: Tensors) -> Tensors:
        changed = {**tensors, **{k.replace("__", "."): v for k, v in changes.items()}}
        return {k: v for k, v in changed.items() if v is not None}

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (change(features__0__bias=None), r"it lacks the tensor features\.0\.bias"),
        (change(classifier__1__weight=None), r"it lacks the tensor classifier\.1\.weight"),
        (change(features__0__bias=torch.zeros(3)), r"features\.0\.bias has the shape \(3,\)"),
        (change(features__0__bias=torch.full((64,), torch.nan)), "bias has values that are not"),
        (change(extra__weight=torch.zeros(3)), r"it has the tensor extra\.weight"),
        (change(features__0__bias="text"), r"features\.0\.bias is a str, not a tensor"),
    ],
)
def test_the_first_thing_wrong_is_named(
    theirs: nn.Module, tmp_path: Path, spoil: Callable[[Tensors], Tensors], message: str
) -> None:
    path = tmp_path / "w.pth"
    torch.save(spoil(dict(theirs.state_dict())), path)
    with pytest.raises(ModelFileError, match=message) as told:
        load_network("torchvision:squeezenet1_1", path)
    assert "w.pth cannot be used as weights of squeezenet1_1" in str(told.value)


class Unsafe:
    def __reduce__(self) -> tuple[Any, ...]:
        return eval, ("1/0",)


def test_files_that_are_no_weights_are_told(theirs: nn.Module, tmp_path: Path) -> None:
    name = "torchvision:squeezenet1_1"
    with pytest.raises(ModelFileError, match=r"no file of weights .*gone\.pth"):
        load_network(name, tmp_path / "gone.pth")
    torch.save({"a": Unsafe()}, tmp_path / "w.pth")
    with pytest.raises(ModelFileError, match="may run code"):
        load_network(name, tmp_path / "w.pth")
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    whole = (tmp_path / "w.pth").read_bytes()
    (tmp_path / "half.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match="damaged"):
        load_network(name, tmp_path / "half.pth")
    with pytest.raises(ModelFileError, match="does not say which; name the architecture too"):
        load_network(tmp_path / "w.pth")


def test_wrong_names_are_told(tmp_path: Path) -> None:
    wrong: list[tuple[str, Path | None, type[DissectionError], str]] = [
        ("torchvision:vgg61", tmp_path, UnknownNameError, r"no classifier 'vgg61'.* vgg16,"),
        ("torchvision:vgg16", None, BadInputError, "--weights"),
        ("no_such_module:Net", None, UnknownNameError, "no module no_such_module"),
        ("torch.nn:Linen", None, UnknownNameError, "has no Linen"),
        ("torch.nn:Linear", None, BadInputError, "fails with TypeError"),
        ("math:pi", None, BadInputError, "neither a network"),
        ("builtins:dict", None, BadInputError, "gives a dict, not a torch module"),
        ("storybook-church", tmp_path, BadInputError, "brings its own weights"),
        ("nothing", None, UnknownNameError, "No model is called 'nothing'"),
    ]
    for name, weights, error, message in wrong:
        with pytest.raises(error, match=message):
            load_network(name, weights)


def test_generators_are_loaded_as_ever(tmp_path: Path) -> None:
    save_generator(tiny_generator(), tmp_path / "tiny.safetensors", {})
    network = load_network(tmp_path / "tiny.safetensors")
    assert (network.takes, network.depth, network.name) == ("latents", 16, "tiny")


OWN = """
from torch import nn
class Net(nn.Sequential):
    depth = 12
    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
net = Net()
"""


def test_a_users_own_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ownnet.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    network = load_network("ownnet:Net")
    assert (network.takes, network.depth, network.name) == ("", 12, "ownnet:Net")
    assert not network.module.training
    assert not any(p.requires_grad for p in network.module.parameters())
    assert load_network("ownnet:net").module[0].weight.shape == (4, 3, 3, 3)
    torch.save(network.module.state_dict(), tmp_path / "w.pth")
    loaded = load_network("ownnet:Net", "w.pth").module
    assert torch.equal(loaded[0].weight, network.module[0].weight)
    assert network_digest(loaded) == network_digest(network.module)
    torch.save({"0.weight": torch.zeros(1)}, tmp_path / "w.pth")
    with pytest.raises(ModelFileError, match=r"of ownnet:Net: 0\.weight has the shape \(1,\)"):
        load_network("ownnet:Net", "w.pth")
    sys.modules.pop("ownnet")


def test_pictures_are_normalized_inside() -> None:
    seen: list[Tensor] = []

    class AnalysisTools(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(x)
            return x

    network = takes_pictures(AnalysisTools(), Normalization((0.5, 0.4, 0.3), (0.5, 0.25, 1.0)))
    network(torch.tensor([-1.0, 0.0, 1.0]).expand(1, 3, 1, 3))
    wanted = [[-1.0, 0.0, 1.0], [-1.6, 0.4, 2.4], [-0.3, 0.2, 0.7]]
    torch.testing.assert_close(seen[0][0, :, 0], torch.tensor(wanted))
    with pytest.raises(BadInputError, match="std above 0"):
        Normalization((0, 0, 0), (1, 0, 1))

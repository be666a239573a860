"""torchvision's classifiers: their own weights in every form, and pictures as these want them."""

import re
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision import models

from dissection.data.image_files import Crop
from dissection.errors import BadInputError
from dissection.models.classifiers.fill import filled, planned
from dissection.models.classifiers.load import load_network
from dissection.models.classifiers.preparation import PUBLISHED, Preparation, with_own
from dissection.models.classifiers.torchvision_models import builder, prepared_as, renaming
from dissection.models.weights.wrappers import named_for

ALL = models.list_models(module=models)


@pytest.fixture(scope="module")
def shapes() -> dict[str, dict[str, tuple[int, ...]]]:
    found = {}
    for name in ALL:
        network = planned(builder(name), 3)
        assert all(parameter.is_meta for parameter in network.parameters())
        found[name] = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    return found


def test_every_architecture_reads_its_own_names(
    shapes: dict[str, dict[str, tuple[int, ...]]],
) -> None:
    assert len(shapes) >= 80
    for name, own in shapes.items():
        for front in ("", "module.", "model.", "module.model._orig_mod."):
            held = {"state_dict": {f"{front}{key}": torch.zeros(0) for key in own}, "epoch": 3}
            assert list(named_for(held, list(own), name, renaming(name))) == list(own)


OLDER = {
    "densenet121": (r"(denselayer\d+\.(?:norm|conv))(\d)\.", r"\1.\2."),
    "vit_b_32": (r"mlp\.(0|3)\.", lambda m: f"mlp.linear_{1 + int(m[1]) // 3}."),
}


@pytest.mark.parametrize("name", OLDER)
@pytest.mark.parametrize("front", ["", "module.", "backbone."])
def test_older_names_are_read(
    shapes: dict[str, dict[str, tuple[int, ...]]], name: str, front: str
) -> None:
    pattern, older = OLDER[name]
    own = list(shapes[name])
    held = {front + re.sub(pattern, older, key): torch.zeros(0) for key in own}
    assert set(held).isdisjoint(own) or front == ""
    assert not set(held) >= set(own)
    assert list(named_for(held, own, name, renaming(name))) == own


@pytest.mark.parametrize("name", ["regnet_y_400mf", "mobilenet_v3_small", "mnasnet0_5"])
def test_weights_are_those_of_the_file(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = models.get_model(name, weights=None, num_classes=3).eval()
    torch.save({"model": theirs.state_dict(), "args": {"lr": 0.1}}, tmp_path / "w.pth")
    network = load_network(f"torchvision:{name}", tmp_path / "w.pth").module
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(network(x), theirs(PUBLISHED.normalization(x)))


def test_the_first_mnasnet_is_read_as_torchvision_reads_it(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = models.get_model("mnasnet0_5", weights=None, num_classes=3)
    nothing = OrderedDict[str, Tensor]()
    vars(nothing).update(_metadata={"": {"version": 1}})
    with pytest.warns(UserWarning, match="new version of MNASNet"):
        theirs.load_state_dict(nothing, strict=False)
    theirs.eval()
    assert theirs.state_dict()["layers.0.weight"].shape[0] == 32
    torch.save({f"module.{k}": v for k, v in theirs.state_dict().items()}, tmp_path / "w.pth")
    network = load_network("torchvision:mnasnet0_5", tmp_path / "w.pth").module
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        torch.testing.assert_close(network(x), theirs(PUBLISHED.normalization(x)))


def test_a_small_vision_transformer_tells_the_size_of_its_pictures(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = models.vit_b_32(image_size=64, num_classes=2).half()
    torch.save(theirs.state_dict(), tmp_path / "w.pth")
    network = load_network("torchvision:vit_b_32", tmp_path / "w.pth")
    assert network.size == 64
    assert torch.equal(network.module.class_token, theirs.class_token.float())


@pytest.mark.parametrize(
    ("name", "first"), [("googlenet", "conv1"), ("inception_v3", "Conv2d_1a_3x3")]
)
def test_what_scales_its_pictures_is_given_minus_one_to_one(
    name: str, first: str, tmp_path: Path
) -> None:
    path = tmp_path / "w.pth"
    torch.save(models.get_model(name, weights=None, init_weights=False).state_dict(), path)

    def given(**own: object) -> tuple[float, float]:
        network = load_network(f"torchvision:{name}", path, with_own(**own))
        seen: list[Tensor] = []
        layer = network.module.get_submodule(first)
        layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        x = torch.rand(1, 3, network.size, network.size) * 2 - 1
        x[0, :, 0, :2] = torch.tensor([-1.0, 1.0])
        with torch.no_grad():
            network.module(x)
        return seen[0].min().item(), seen[0].max().item()

    assert given() == pytest.approx((-1, 1), abs=1e-5)
    # What the caller says is what reaches the network.
    assert given(mean=[0, 0, 0], std=[1, 1, 1]) == pytest.approx((0, 1), abs=1e-5)


def test_pictures_are_made_as_torchvision_says(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(b"my own")
    for name in ALL:
        first = next(iter(models.get_model_weights(name)))
        wanted, made = first.transforms(), prepared_as(name, path)
        assert [made.size] == wanted.crop_size
        assert made.crop().resize == max(wanted.resize_size[0], made.size)
        assert made.interpolation == wanted.interpolation.value
        assert list(made.normalization.mean) == wanted.mean
        assert list(made.normalization.std) == wanted.std
        assert made.transform_input == (name in ("googlenet", "inception_v3"))
    # Most are as they always were.
    assert prepared_as("resnet50", path) == replace(
        PUBLISHED, resize=256, source=prepared_as("resnet50", path).source
    )
    assert prepared_as("vit_b_16", path, 384).size == 384
    assert prepared_as("vit_b_16", path, 96).crop() == Crop(96, 110)


def test_a_published_file_is_known_by_its_name_or_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = models.ResNet50_Weights.IMAGENET1K_V2
    named = tmp_path / f"{Path(second.url).stem}.safetensors"
    named.write_bytes(b"the same in another form")
    assert "IMAGENET1K_V2, known by its name" in prepared_as("resnet50", named).source
    assert prepared_as("resnet50", named).resize == 232
    other = tmp_path / "mine.pth"
    other.write_bytes(b"published")
    digest = "11ad3fa6" + "0" * 56
    monkeypatch.setattr(
        "dissection.models.classifiers.torchvision_models.file_digest", lambda _: digest
    )
    assert "IMAGENET1K_V2, known by its SHA-256" in prepared_as("resnet50", other).source


def test_a_preparation_of_ones_own() -> None:
    own = with_own("nearest", [0.5, 0.5, 0.5], [0.25, 0.5, 0.5])(Preparation(240, 300))
    assert own.crop() == Crop(240, 300, "squeeze", "nearest")
    assert own.crop(size=128) == Crop(128, 146, "squeeze", "nearest")
    assert own.crop("cover", 128, 128) == Crop(128, 128, "cover", "nearest")
    assert own.to_json()["std"] == [0.25, 0.5, 0.5]
    assert own.to_json()["source"] == "as asked for"
    assert with_own()(PUBLISHED) is PUBLISHED
    with pytest.raises(BadInputError, match="three numbers"):
        with_own(mean=[0.5])(PUBLISHED)
    with pytest.raises(BadInputError, match="no interpolation 'cubic'"):
        with_own("cubic")(PUBLISHED)


def test_interpolations_differ_and_are_told() -> None:
    image = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4).convert("RGB")
    crops = [Crop(5, 6), Crop(5, 6, interpolation="bicubic"), Crop(5, 6, interpolation="nearest")]
    cut = [crop.cut(image) for crop in crops]
    assert (cut[0] != cut[1]).any()
    assert (cut[0] != cut[2]).any()
    assert [crop.to_json() for crop in crops[:2]] == [
        ["squeeze", 6, 5],
        ["squeeze", 6, 5, "bicubic"],
    ]


def test_classes_come_from_the_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = models.squeezenet1_1(num_classes=7)
    torch.save({"net": theirs.state_dict()}, tmp_path / "w.pth")
    module = filled(tmp_path / "w.pth", "squeezenet1_1", builder("squeezenet1_1"))
    assert module.classifier[1].out_channels == 7

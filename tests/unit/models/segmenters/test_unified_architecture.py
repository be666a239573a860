"""Keys and shapes of the published files, and what the heads read."""

from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from dissection.errors import ModelFileError
from dissection.models.segmenters.deepstem import color_encoder, unified_encoder
from dissection.models.segmenters.published import load_published
from dissection.models.segmenters.pyramid import ColorDecoder, UnifiedDecoder

NETWORKS = {
    "upp-encoder": unified_encoder,
    "upp-decoder": UnifiedDecoder,
    "color-encoder": color_encoder,
    "color-decoder": ColorDecoder,
}
COUNTS = {"upp-encoder": 330, "upp-decoder": 104, "color-encoder": 138, "color-decoder": 40}


def published(name: str) -> dict[str, tuple[int, ...]]:
    """Key -> shape; a line ``norm K C`` stands for the five entries of a batch norm."""
    shapes: dict[str, tuple[int, ...]] = {}
    text = (Path(__file__).parent / "published-keys.txt").read_text()
    section = text.split(f"# {name}\n")[1].split("#")[0]
    for line in section.splitlines():
        *norm, key, shape = line.split()
        sizes = tuple(int(size) for size in shape.split(","))
        if not norm:
            shapes[key] = sizes
            continue
        for entry in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{key}.{entry}"] = sizes
        shapes[f"{key}.num_batches_tracked"] = ()
    return shapes


@pytest.mark.parametrize("name", NETWORKS)
def test_every_published_key_and_shape(name: str) -> None:
    with torch.device("meta"):
        network = NETWORKS[name]()
    found = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    assert found == published(name)
    assert len(found) == COUNTS[name]


def test_geometry_that_shapes_do_not_show() -> None:
    with torch.device("meta"):
        color, unified = color_encoder(), unified_encoder()
        maps = [tuple(m.shape[1:]) for m in color(torch.zeros(1, 3, 256, 256))]
        deep = [tuple(m.shape[1:]) for m in unified(torch.zeros(1, 3, 256, 256))]
    assert maps == [(64, 64, 64), (128, 32, 32), (256, 32, 32), (512, 32, 32)]
    assert deep == [(256, 64, 64), (512, 32, 32), (1024, 16, 16), (2048, 8, 8)]
    dilations = {
        name: module.dilation[0]
        for name, module in color.named_modules()
        if isinstance(module, nn.Conv2d) and module.dilation[0] > 1
    }
    assert dilations == {
        "layer3.0.conv2": 2,
        "layer3.1.conv1": 2,
        "layer3.1.conv2": 2,
        "layer4.0.conv1": 2,
        "layer4.0.conv2": 4,
        "layer4.1.conv1": 4,
        "layer4.1.conv2": 4,
    }
    strided = [n for n, m in unified.named_modules() if getattr(m, "stride", None) == (2, 2)]
    assert strided == ["conv1"] + [
        f"layer{k}.0.{part}" for k in (2, 3, 4) for part in ("conv2", "downsample.0")
    ]


def test_the_material_head_reads_the_finest_map_alone() -> None:
    torch.manual_seed(0)
    widths, sides = (4, 4, 4, 8), (16, 8, 4, 2)
    decoder = UnifiedDecoder(objects=3, parts=5, materials=2, scenes=1, widths=widths).eval()
    maps = [torch.randn(1, c, side, side) for c, side in zip(widths, sides, strict=True)]
    with torch.no_grad():
        before = decoder(maps)
        decoder.conv_fusion[0].weight.zero_()
        for coarser in decoder.fpn_out[1:]:
            coarser[0][0].weight.zero_()
        after = decoder(maps)
    assert [tuple(s.shape) for s in before] == [(1, 3, 16, 16), (1, 5, 16, 16), (1, 2, 16, 16)]
    assert torch.equal(before.material, after.material)
    assert not torch.allclose(before.object, after.object)


class Small(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(OrderedDict(conv=nn.Conv2d(2, 3, 1), bn=nn.BatchNorm2d(3)))


def saved(path: Path, **changes: object) -> Path:
    tensors: dict[str, object] = dict(Small().state_dict())
    for key, value in changes.items():
        name = key.replace("__", ".")
        if value is None:
            del tensors[name]
        else:
            tensors[name] = value
    torch.save(tensors, path)
    return path


def test_bookkeeping_of_old_files_is_dropped_and_may_be_absent(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "old.pth",
        bn___tmp_running_mean=torch.zeros(3),
        bn___tmp_running_var=torch.zeros(3),
        bn___running_iter=torch.ones(1),
        bn__num_batches_tracked=None,
        conv__weight=torch.full((3, 2, 1, 1), 7.0, dtype=torch.float16),
    )
    with torch.device("meta"):
        network = Small()
    load_published(network, path)
    assert network.conv.weight.dtype == torch.float32
    assert network.conv.weight.unique().tolist() == [7]
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert torch.isfinite(network(torch.ones(1, 2, 2, 2))).all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bn__running_var": None}, "lacks the tensor bn.running_var"),
        ({"conv__weight": torch.zeros(3, 2, 3, 3)}, r"conv.weight has the shape \(3, 2, 3, 3\)"),
        ({"fc__weight": torch.zeros(1)}, "has the tensor fc.weight, which"),
        ({"conv___tmp_running_mean": torch.zeros(3)}, "has the tensor conv._tmp_running_mean"),
        ({"conv__bias": torch.tensor([1.0, float("nan"), 0])}, "conv.bias has values that are not"),
        ({"conv__bias": torch.zeros(3, dtype=torch.int64)}, "conv.bias holds torch.int64"),
        ({"conv__bias": "words"}, "conv.bias is a str, not a tensor"),
    ],
)
def test_other_differences_are_refused(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    path = saved(tmp_path / "decoder_epoch_40.pth", **changes)
    with pytest.raises(
        ModelFileError, match=rf"decoder_epoch_40\.pth cannot be used: .*{sentence}"
    ):
        load_published(Small(), path)


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("trapped"),)


def test_files_that_are_no_tensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"conv.weight": Trap()}, "trap.pth")
    Path("noise.pth").write_bytes(b"no weights at all")
    torch.save([1, 2], "list.pth")
    for name, sentence in {
        "trap.pth": "may run code",
        "noise.pth": "no PyTorch or safetensors file",
        "list.pth": "holds a list",
        "absent.pth": "There is no file absent.pth",
    }.items():
        with pytest.raises(ModelFileError, match=sentence):
            load_published(Small(), Path(name))
    assert not Path("trapped").exists()

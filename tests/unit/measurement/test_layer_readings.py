"""Layers that are read in a way of their own: the figures do not depend on how a job is run."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import Permute

from dissection.commands.notices import describe_layers
from dissection.errors import BadInputError, StoreError
from dissection.measurement.layer_readings import read_as
from dissection.models.hooks import LayerReading
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from support.color_segmenter import ColorSegmenter

IMAGES = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


class Shared(nn.Module):
    """A ReLU that runs three times; each time with smaller maps if the stride is 2."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.first = nn.Conv2d(3, 4, 3, 1, 1)
            self.convs = nn.ModuleList(nn.Conv2d(4, 4, 3, stride, 1) for _ in range(2))
        self.relu = nn.ReLU()
        self.alias = self.relu

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.first(x))
        for conv in self.convs:
            x = self.relu(conv(x))
        return x.mean((2, 3))


def figures(measured: Dissection, layer: str) -> list[np.ndarray]:
    part = measured[layer]
    return [part.activation_threshold, part.iou, part.exemplars]


@pytest.mark.parametrize("stride", [1, 2])
def test_figures_of_a_layer_used_thrice_do_not_depend_on_memory(stride: int) -> None:
    runs = [
        dissect(Shared(stride), ["first", name], IMAGES, ColorSegmenter(), grid=8, memory=memory)
        for memory, name in ((2**30, "relu"), (0, "relu"), (0, "alias"))
    ]
    for run, name in zip(runs[1:], ("relu", "alias"), strict=True):
        for one, other in zip(figures(runs[0], "relu"), figures(run, name), strict=True):
            np.testing.assert_array_equal(one, other)
    assert runs[0]["relu"].shape == (4, 16 // stride**2, 16 // stride**2)
    told = runs[0].provenance["layers"]
    assert told["relu"] == {"uses": 3, "channels": "first", "same_as": ["alias"]}
    assert told["first"] == {"uses": 1, "channels": "first", "same_as": []}
    assert read_as(runs[0].provenance)["relu"] == LayerReading(3)
    (line,) = describe_layers(told)
    assert "runs 3 times" in line
    assert "same module as alias" in line


def turned() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        conv = nn.Conv2d(3, 5, 4, 4)
    return nn.Sequential(conv, Permute([0, 2, 3, 1]), nn.LayerNorm(5), nn.Linear(5, 2))


def test_units_that_lie_last_are_units() -> None:
    measured = dissect(turned(), ["0", "1"], IMAGES, ColorSegmenter(), grid=8)
    assert measured["1"].shape == (5, 4, 4)
    for one, other in zip(figures(measured, "0"), figures(measured, "1"), strict=True):
        np.testing.assert_array_equal(one, other)
    assert any("units last" in line for line in describe_layers(measured.provenance["layers"]))


def test_the_caller_may_say_where_units_lie() -> None:
    measured = dissect(turned(), ["2"], IMAGES, ColorSegmenter(), grid=8, channels="first")
    assert measured["2"].shape == (4, 4, 5)
    with pytest.raises(BadInputError, match="channels are"):
        dissect(turned(), ["2"], IMAGES, ColorSegmenter(), channels="somewhere")


class FromVector(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1).view(-1, 3, 16, 16)


def test_where_nothing_says_it_that_is_told() -> None:
    network = nn.Sequential(FromVector(), nn.Flatten())
    told = dissect(network, ["0"], IMAGES, ColorSegmenter(), grid=8).provenance["layers"]
    assert told["0"]["channels"] == "first (assumed)"
    assert "--channels last" in describe_layers(told)[0]


class Flipped(nn.Module):
    """Looks at every picture and its mirror image."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.tokens = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(torch.cat([x, x.flip(3)]))
        return self.tokens(x.flatten(2)).mean(2)


@pytest.mark.parametrize(
    ("layer", "sentence"), [("conv", "gives 4 maps for 2 pictures"), ("tokens", "gives tokens")]
)
def test_layers_whose_maps_are_not_the_pictures_are_refused(layer: str, sentence: str) -> None:
    with pytest.raises(BadInputError, match=sentence):
        dissect(Flipped(), [layer], IMAGES, ColorSegmenter())


class Greedy(nn.Module):
    """Works on what it is given in place."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = turned()[0]

    def forward(self, x: Tensor) -> Tensor:
        x.mul_(0.5).add_(0.1)
        return self.inner(x).mean((2, 3))


class Careful(Greedy):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.clone())


class GreedySegmenter(ColorSegmenter):
    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        maps = super().segment(images, size)
        images.fill_(9)
        return maps


def test_what_a_network_or_segmenter_changes_in_place_is_its_own() -> None:
    images = IMAGES.clone()
    runs = [
        dissect(network, ["inner"], images, segmenter, grid=8, effect_size=4)
        for network, segmenter in (
            (Careful(), ColorSegmenter()),
            (Greedy(), ColorSegmenter()),
            (Greedy(), GreedySegmenter()),
        )
    ]
    for run in runs[1:]:
        for one, other in zip(figures(runs[0], "inner"), figures(run, "inner"), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(runs[0]["inner"].class_effect, run["inner"].class_effect)
    assert torch.equal(images, IMAGES)


def test_a_job_that_read_its_layers_otherwise_is_not_gone_on_with(tmp_path: Path) -> None:
    def run(resume: bool) -> Dissection:
        return dissect(
            Shared(1), ["relu"], IMAGES, ColorSegmenter(), grid=8, work=tmp_path / "work",
            resume=resume, keep_work=True,
        )  # fmt: skip

    wanted = run(False)
    np.testing.assert_array_equal(run(True)["relu"].iou, wanted["relu"].iou)
    progress = tmp_path / "work" / "progress.json"
    text = progress.read_text()
    assert '\\"uses\\": 3' in text
    progress.write_text(text.replace('\\"uses\\": 3', '\\"uses\\": 2'))
    with pytest.raises(StoreError, match="another way"):
        run(True)

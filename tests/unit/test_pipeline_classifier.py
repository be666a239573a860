from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dissection.data.image_files import Crop
from dissection.data.image_folder import ImageFolder
from dissection.data.sources import Latents
from dissection.errors import BadInputError, DissectionError
from dissection.measurement import counting
from dissection.measurement.job import Job
from dissection.models.classifiers.transforms import normalizations, takes_pictures
from dissection.models.hooks import edit, observe
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime import files
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer import LayerMaps, LayerStatistics
from dissection.statistics.upsample import upsample
from support.color_segmenter import ColorSegmenter
from support.pictures import make_folder

CROP = Crop(28, 32)
LAYERS = ["2", "5"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("photos"), each=12)


@pytest.fixture(scope="module")
def source(folder: Path) -> ImageFolder:
    return ImageFolder(folder, CROP)


@pytest.fixture(scope="module")
def network(source: ImageFolder) -> nn.Module:
    """A classifier of the blocks' shades, trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        network = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
            nn.Conv2d(8, 12, 3, 2, 1), nn.BatchNorm2d(12), nn.ReLU(inplace=True),
            nn.Conv2d(12, 12, 3, 1, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(12, 3),
        )  # fmt: skip
        takes_pictures(network)
        images, targets = source.inputs(range(36)), torch.from_numpy(source.targets)
        optimizer = torch.optim.Adam(network.parameters(), 1e-2)
        for _ in range(25):
            loss = nn.functional.cross_entropy(network(images), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    network.eval()
    with torch.no_grad():
        assert (network(images).argmax(1) == targets).float().mean() > 0.9
    return network


@pytest.fixture(scope="module")
def measured(network: nn.Module, source: ImageFolder) -> Dissection:
    return dissect(network, LAYERS, source, ColorSegmenter(), batch=10, effect_size=36)


def test_figures_are_those_of_the_plain_way(
    network: nn.Module, source: ImageFolder, measured: Dissection
) -> None:
    images = source.inputs(range(36))
    with torch.no_grad(), observe(network, LAYERS, detach=True) as activations:
        network(images)
    # The segmenter sees what the network sees, before the classifier's own normalization.
    labels = ColorSegmenter().segment(images, 56)
    for name in LAYERS:
        full = upsample(activations[name], 56).transpose(0, 1).flatten(1)
        levels = full.sort(1, descending=True).values[:, -(-full.shape[1] // 100) - 1]
        np.testing.assert_allclose(
            measured[name].activation_threshold, levels, rtol=1e-4, atol=1e-5
        )
        above = full > torch.from_numpy(measured[name].activation_threshold)[:, None]
        for index in range(1, 7):
            concept = (labels == index).any(1).flatten()
            union = (above | concept).sum(1).clamp(min=1)
            iou = (above & concept).sum(1) / union
            np.testing.assert_allclose(measured[name].iou[index], iou, atol=2e-3)
    assert measured.provenance["sample"] == source.provenance
    assert measured.provenance["levels"]["grid"] == 56
    assert measured.provenance["levels"]["centres"] == "even"
    assert {"red", "green", "blue"} <= {concept.name for concept in measured.pictures}


def ranks(values: np.ndarray) -> np.ndarray:
    return values.argsort().argsort().astype(float)


def test_the_effect_on_classes_is_that_of_zeroing_units(
    network: nn.Module, source: ImageFolder, measured: Dissection
) -> None:
    images = source.inputs(range(36))
    assert measured.classes == ("blue", "green", "red")

    def logits(unit: int | None) -> Tensor:
        def zero(x: Tensor) -> Tensor:
            x = x.clone()
            if unit is not None:
                x[:, unit] = 0
            return x

        with torch.no_grad(), edit(network, {"5": zero}):
            return network(images).mean(0)

    lost = np.stack([(logits(None) - logits(unit)).numpy() for unit in range(12)], 1)
    effect = measured["5"].class_effect
    assert effect is not None
    assert effect.shape == (3, 12)
    for index in range(3):
        assert np.corrcoef(ranks(effect[index]), ranks(lost[index]))[0, 1] > 0.85
    other = measured["2"].class_effect
    assert other is not None
    assert np.abs(other).max() > 0


def test_the_effect_is_exact_where_the_rest_is_linear(source: ImageFolder) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(5, 4),
    ).train()  # fmt: skip
    settings = {"effect_size": 9, "batch": 4, "normalize": False}
    measured = dissect(network, ["1"], source, ColorSegmenter(), **settings)
    with torch.no_grad():
        means = network[:4](source.inputs(range(9))).mean(0)
    effect = measured["1"].class_effect
    np.testing.assert_allclose(effect, (network[4].weight * means).detach(), atol=1e-6)
    assert measured.classes == ("0", "1", "2", "3")  # the folder's three classes are not these
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_what_was_measured_is_stored_and_read(measured: Dissection, tmp_path: Path) -> None:
    save_dissection(measured, tmp_path)
    loaded = load_dissection(tmp_path)
    assert tuple(loaded.classes) == measured.classes
    for name in LAYERS:
        np.testing.assert_array_equal(loaded[name].class_effect, measured[name].class_effect)
    assert loaded.provenance == measured.provenance


def test_workers_do_not_matter(network: nn.Module, folder: Path, measured: Dissection) -> None:
    source = ImageFolder(folder, CROP, workers=1)
    again = dissect(network, LAYERS, source, ColorSegmenter(), batch=10, effect_size=36)
    for name in LAYERS:
        np.testing.assert_array_equal(again[name].threshold_table, measured[name].threshold_table)
        np.testing.assert_array_equal(again[name].iou, measured[name].iou)
        np.testing.assert_array_equal(again[name].class_effect, measured[name].class_effect)


class Greedy(nn.Module):
    """Has memory for so many pictures at a time, and when gradients are wanted for fewer."""

    def __init__(self, network: nn.Module, most: int) -> None:
        super().__init__()
        self.network, self.most = network, most

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > (self.most // 2 if torch.is_grad_enabled() else self.most):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")
        logits: Tensor = self.network(x)
        return logits


def test_a_device_out_of_memory_halves_the_batch(
    network: nn.Module, source: ImageFolder, measured: Dissection
) -> None:
    layers = [f"network.{name}" for name in LAYERS]
    settings = {"batch": 20, "effect_size": 36}
    again = dissect(Greedy(network, 6), layers, source, ColorSegmenter(), **settings)
    halved = again.provenance["batch"]["halved"]
    assert again.provenance["batch"]["asked"] == 20
    assert halved[:2] == [
        {"stage": "sampling", "place": 0, "batch": 10},
        {"stage": "sampling", "place": 0, "batch": 5},
    ]
    assert measured.provenance["batch"] == {"asked": 10, "halved": []}
    for name in LAYERS:
        ours, theirs = again[f"network.{name}"], measured[name]
        np.testing.assert_allclose(ours.threshold_table, theirs.threshold_table, atol=1e-5)
        # Where a unit is the same all over the pictures' middle, rounding decides what is above.
        assert (np.abs(ours.iou - theirs.iou) < 2e-3).mean() > 0.95
        np.testing.assert_allclose(ours.class_effect, theirs.class_effect, atol=1e-5)


def test_memory_for_nothing_and_other_errors_are_told(
    network: nn.Module, source: ImageFolder
) -> None:
    with pytest.raises(DissectionError, match="too little memory for even one input while sam"):
        dissect(Once(network), ["network.2"], source, ColorSegmenter(), batch=2)
    with pytest.raises(BadInputError, match=r"does not take inputs of \[1, 3, 28, 28\]"):
        dissect(nn.Sequential(nn.Linear(5, 5)), ["0"], source, ColorSegmenter())
    with pytest.raises(BadInputError, match="effect on classes needs logits"):
        dissect(nn.Sequential(nn.Conv2d(3, 4, 3)), ["0"], source, ColorSegmenter(), effect_size=4)
    with pytest.raises(BadInputError, match=r"\[2, 1\] where feature maps"):
        dissect(nn.Sequential(nn.Conv2d(3, 1, 28), nn.Flatten()), ["1"], source, ColorSegmenter())


def test_a_device_without_memory_for_counting_leaves_it_to_the_cpu(
    network: nn.Module, source: ImageFolder, measured: Dissection, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, layer, devices = counting.measure_layer, counting.count_layer, []

    def with_little_memory(kept: LayerMaps, concepts: ConceptMaps, *more: Any) -> LayerStatistics:
        devices.append(str(kept.device))
        if len(devices) == 1:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")
        return count(replace(kept, device="cpu"), replace(concepts, device="cpu"), *more)

    def on_another_device(job: Job, *more: Any) -> LayerStatistics:
        return layer(replace(job, device=torch.device("meta")), *more)

    monkeypatch.setattr(counting, "measure_layer", with_little_memory)
    monkeypatch.setattr(counting, "count_layer", on_another_device)
    again = dissect(network, LAYERS, source, ColorSegmenter(), batch=10)
    assert devices == ["meta", "cpu", "meta"]
    assert again.provenance["batch"]["halved"] == [
        {"stage": f"counting {LAYERS[0]}", "place": 0, "batch": 10, "device": "cpu"}
    ]
    for name in LAYERS:
        np.testing.assert_array_equal(again[name].iou, measured[name].iou)


def test_a_device_without_memory_for_anything_is_told(
    network: nn.Module, source: ImageFolder
) -> None:
    with pytest.raises(DissectionError, match="out of memory where there is no batch to halve"):
        dissect(Greedy(network, 0), ["network.2"], source, ColorSegmenter())


class Once(Greedy):
    """Has memory for the looks before sampling, and none afterwards."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network, 1)
        self.looks = 4

    def forward(self, x: Tensor) -> Tensor:
        self.looks -= 1
        self.most = int(self.looks >= 0)
        return super().forward(x)


def test_a_segmenter_that_does_not_fit_is_told(network: nn.Module, source: ImageFolder) -> None:
    class Large(ColorSegmenter):
        def segment(self, images: Tensor, size: int | None = None) -> Tensor:
            if images.shape[-1] < 64:
                raise ValueError("pictures of at least 64 px")
            return super().segment(images, size)

    with pytest.raises(BadInputError, match=r"segmenter does not take .*28, 28\].*at least 64 px"):
        dissect(network, ["2"], source, Large())
    latents = Latents(np.zeros((3, 3, 8, 8)))
    with pytest.raises(BadInputError, match=r"gives \[2, 3\]; is it a generator"):
        dissect(network, ["2"], latents, ColorSegmenter())


@pytest.mark.parametrize("place", [2, 5, 8, 11])
def test_a_full_disk_leaves_the_last_good_state(
    network: nn.Module, source: ImageFolder, measured: Dissection, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, place: int,
) -> None:  # fmt: skip
    def writes() -> Iterator[None]:
        for _ in range(place):
            yield
        while True:
            raise OSError(28, "No space left on device")

    left, flush = writes(), files.flush_to_disk

    def filling(path: Path) -> None:
        next(left)
        flush(path)

    settings = {"batch": 10, "effect_size": 36, "work": tmp_path / "work"}
    with monkeypatch.context() as patch:
        patch.setattr(files, "flush_to_disk", filling)
        with pytest.raises(DissectionError, match="the disk is full; free some space"):
            dissect(network, LAYERS, source, ColorSegmenter(), **settings)
    again = dissect(network, LAYERS, source, ColorSegmenter(), resume=True, **settings)
    for name in LAYERS:
        np.testing.assert_array_equal(again[name].threshold_table, measured[name].threshold_table)
        np.testing.assert_array_equal(again[name].class_effect, measured[name].class_effect)


def test_centers_of_unpadded_networks(source: ImageFolder) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 7, 3), nn.ReLU(), nn.Conv2d(4, 4, 3, 1, 1))
    settings = {"batch": 12, "grid": 28}
    auto = dissect(network, ["1"], source, ColorSegmenter(), **settings)
    even = dissect(network, ["1"], source, ColorSegmenter(), centers="even", **settings)
    assert auto.provenance["levels"]["centres"] == {
        "1": {"rows": ["1/8", "3/28"], "columns": ["1/8", "3/28"]}  # pixel 3, every 3rd of 28
    }
    assert even.provenance["levels"]["centres"] == "even"
    assert not np.array_equal(auto["1"].iou, even["1"].iou)
    with pytest.raises(BadInputError, match="The centers are auto, even, receptive"):
        dissect(network, ["1"], source, ColorSegmenter(), centers="odd")


def test_lower_precision_is_close_and_told(
    network: nn.Module, source: ImageFolder, measured: Dissection
) -> None:
    rough = dissect(network, LAYERS, source, ColorSegmenter(), batch=10, dtype="bfloat16")
    assert rough.provenance["dtype"] == "bfloat16"
    for name in LAYERS:
        scale = np.abs(measured[name].activation_threshold).max()
        np.testing.assert_allclose(
            rough[name].activation_threshold, measured[name].activation_threshold, atol=0.03 * scale
        )
        assert not np.array_equal(
            rough[name].activation_threshold, measured[name].activation_threshold
        )
    with pytest.raises(BadInputError, match="The dtype is float32, bfloat16, float16"):
        dissect(network, LAYERS, source, ColorSegmenter(), dtype="float8")


@pytest.mark.parametrize("place", ["the network", "one inside it", "nowhere"])
def test_pictures_are_normalized_once_as_the_command_does(source: ImageFolder, place: str) -> None:
    def make() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Sequential(nn.Conv2d(3, 5, 3)))

    network = make()
    inner = {"the network": network, "one inside it": network[0]}.get(place)
    if inner is not None:
        takes_pictures(inner)
    wanted = dissect(takes_pictures(make()), ["0.0"], source, ColorSegmenter(), grid=8)
    measured = dissect(network, ["0.0"], source, ColorSegmenter(), grid=8)
    np.testing.assert_array_equal(
        measured["0.0"].activation_threshold, wanted["0.0"].activation_threshold
    )
    raw = dissect(make(), ["0.0"], source, ColorSegmenter(), grid=8, normalize=False)
    assert (raw["0.0"].activation_threshold != wanted["0.0"].activation_threshold).all()
    assert len(normalizations(network)) == (place == "the network")


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        ("vocabulary", ["tree"], "vocabulary .* is a list, not a Vocabulary"),
        ("digest", None, "digest .* is a NoneType, not a text"),
        ("digest", "", "digest .* is empty"),
        ("segment", None, "segment .* is a NoneType, not a method"),
    ],
)
def test_a_segmenter_that_breaks_its_protocol_is_told_before_sampling(
    source: ImageFolder, part: str, value: object, sentence: str
) -> None:
    segmenter = ColorSegmenter()
    setattr(segmenter, part, value)
    network = nn.Sequential(nn.Conv2d(3, 5, 3))
    network.register_forward_pre_hook(lambda *_: pytest.fail("the network ran"))
    with pytest.raises(BadInputError, match=sentence):
        dissect(network, ["0"], source, segmenter)

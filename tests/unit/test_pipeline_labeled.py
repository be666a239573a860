"""Labels in a segmenter's place, from their files to the stored dissection."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from dissection.data.broden import BrodenLabels
from dissection.data.label_folder import FolderLabels
from dissection.data.labeled import LabeledSource, StorybookLabels, counted
from dissection.data.sources import Latents
from dissection.data.storybook import Storybook
from dissection.data.storybook.folder import write_folder
from dissection.errors import BadInputError
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime.progress import Progress, Stopped
from dissection.statistics.upsample import upsample

GRID = 16


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(4)
    return nn.Sequential(nn.Conv2d(3, 6, 5, stride=4, padding=2), nn.ReLU()).eval()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Storybook scenes as files; a quarter of each object map is labeled by nobody."""
    assert all(write_folder(Storybook(), range(5), 64, tmp_path))
    for place, file in enumerate(sorted((tmp_path / "object").iterdir())):
        with Image.open(file) as image:
            labels = np.asarray(image).copy()
        top, left = 32 * (place // 2 % 2), 32 * (place % 2)
        labels[top : top + 32, left : left + 32] = 255
        Image.fromarray(labels).save(file)
    return tmp_path


@pytest.fixture
def broden(tmp_path: Path) -> Path:
    """Four pictures; colors of every pixel but those of the last, objects of the first two."""
    rng = np.random.default_rng(2)
    (tmp_path / "images").mkdir()
    rows: list[list[object]] = [["image", "split", "sh", "sw", "color", "object", "scene"]]
    for n in range(4):
        pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{n}.png")
        maps = {"color": pixels[..., :1] // 128 + 1, "object": pixels[..., 1:2] // 90}
        for category, numbers in maps.items():
            image = np.pad(numbers, ((0, 0), (0, 0), (0, 2)))[::2, ::2]
            Image.fromarray(image).save(tmp_path / "images" / f"{n}_{category}.png")
        color, thing = f"{n}_color.png" if n < 3 else "", f"{n}_object.png" if n < 2 else ""
        rows.append([f"{n}.png", "train", 16, 16, color, thing, 1 + n % 2])
    tables = {
        "index.csv": rows,
        "category.csv": [["name"], ["color"], ["object"], ["scene"]],
        "c_color.csv": [["number", "name"], [1, "dark-c"], [2, "bright-c"]],
        "c_object.csv": [["number", "name"], [1, "sky"], [2, "tree"]],
        "c_scene.csv": [["number", "name"], [1, "street-s"], [2, "field-s"]],
    }
    for name, table in tables.items():
        with (tmp_path / name).open("w", newline="") as stream:
            csv.writer(stream).writerows(table)
    return tmp_path


def check(measured: Dissection, network: nn.Module, source: LabeledSource) -> None:
    """Every figure against the plain way: one unit and concept at a time."""
    rows = range(len(source))
    maps, labels = network[0](source.inputs(rows)), source.labels(rows, GRID)
    full = upsample(maps, GRID).detach().numpy()
    part = measured["0"]
    assert measured.vocabulary == source.vocabulary
    for index, concept in enumerate(source.vocabulary):
        if not index:
            continue
        counts = counted(labels, source.channels, concept.category).numpy()
        shows = (labels == index).any(1).numpy() & counts
        assert part.area_share()[index] == pytest.approx(shows.sum() / max(counts.sum(), 1))
        for unit, level in enumerate(part.activation_threshold):
            above = (full[:, unit] > level) & counts
            union = (above | shows).sum()
            wanted = (above & shows).sum() / union if union else 0
            # A sample at the level may be rounded to either side of it.
            assert part.iou[index, unit] == pytest.approx(wanted, abs=1 / max(union, 1) + 1e-6)


def measure(network: nn.Module, source: LabeledSource, **more: object) -> Dissection:
    settings = {"grid": GRID, "batch": 2, "exemplars": 2, "normalize": False, **more}
    return dissect(network, ["0"], source, **settings)  # type: ignore[arg-type]


def test_exact_labels_of_storybook(network: nn.Module) -> None:
    source = StorybookLabels(range(4), size=64)
    measured = measure(network, source)
    check(measured, network, source)
    assert measured.provenance["segmenter"]["digest"] == source.digest
    assert len({part.tally.pixels.max() for part in measured.values() if part.tally}) == 1


def test_a_folder_with_unlabeled_pixels(network: nn.Module, folder: Path) -> None:
    source = FolderLabels(folder, size=64)
    measured = measure(network, source)
    check(measured, network, source)
    pixels = measured["0"].counts.pixels.sum(0)
    places = {name: n for n, name in enumerate(source.vocabulary.categories)}
    assert pixels[places["object"]] == 5 * GRID**2 * 3 / 4
    assert pixels[places["part"]] == 5 * GRID**2


def test_categories_without_labels_in_an_image(
    network: nn.Module, broden: Path, tmp_path: Path
) -> None:
    source = BrodenLabels(broden, size=32)
    measured = measure(network, source)
    check(measured, network, source)
    part = measured["0"]
    assert part.counts.pixels.sum(0).tolist() == [3 * GRID**2, 2 * GRID**2, 4 * GRID**2]
    assert part.detectors is not None
    assert (part.detectors.shown.sum(0) <= 4).all()
    save_dissection(measured, tmp_path / "d")
    loaded = load_dissection(tmp_path / "d")["0"]
    np.testing.assert_array_equal(loaded.iou, part.iou)
    np.testing.assert_array_equal(loaded.counts.activated, part.counts.activated)


def test_a_stopped_job_with_labels_goes_on(
    network: nn.Module, folder: Path, tmp_path: Path
) -> None:
    def stop(progress: Progress) -> bool:
        return progress.done < 4

    source = FolderLabels(folder, size=64)
    with pytest.raises(Stopped):
        measure(network, source, work=tmp_path / "w", report=stop)
    resumed = measure(network, source, work=tmp_path / "w", resume=True)["0"]
    unbroken = measure(network, source)["0"]
    for key, array in unbroken.counts.to_arrays().items():
        np.testing.assert_array_equal(resumed.counts.to_arrays()[key], array)


def test_labels_judge_their_own_pictures_alone(network: nn.Module) -> None:
    labels, others = StorybookLabels([1], size=64), StorybookLabels([2], size=64)
    with pytest.raises(BadInputError, match="give them as the source, too"):
        measure(network, others, segmenter=labels)
    with pytest.raises(BadInputError, match="whose pictures bring their labels"):
        dissect(network, ["0"], Latents.of_seed(2, 8))
    with pytest.raises(BadInputError, match="take a segmenter"):
        labels.segment(others.inputs([0]))

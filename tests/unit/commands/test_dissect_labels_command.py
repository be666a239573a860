import csv
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection import pipeline
from dissection.__main__ import app
from dissection.errors import BadInputError, DissectionError, StoreError, UnknownNameError
from dissection.results.store import load_dissection
from dissection.runtime.progress import Stopped
from dissection.vocabulary import Concept

SIDE = 8
OWN = """
import torch
from torch import nn

class Red(nn.Sequential):
    '''One unit, as active as a pixel is red.'''
    def __init__(self):
        super().__init__(nn.Conv2d(3, 1, 1, bias=False))
        self[0].weight.data[:] = torch.tensor([1.0, 0.0, 0.0])[None, :, None, None]

class Net(nn.Sequential):
    def __init__(self):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            super().__init__(nn.Conv2d(3, 6, 5, 4, 2), nn.ReLU(), nn.Conv2d(6, 4, 3, 2, 1))
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    (folder / "labelnets.py").write_text(OWN)
    return folder


@pytest.fixture(autouse=True)
def _inside(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "path", list(sys.path))


def words(out: Path, labels: str, *more: str, model: str = "Red", crop: int = SIDE) -> list[str]:
    return [
        "dissect", "--model", f"labelnets:{model}", "--layers", "0", "--labels", labels,
        "--out", str(out), "--crop", str(crop), "--grid", "8", "--device", "cpu", "--batch", "2",
        "--threads", "1", "--exemplars", "2", "--progress", "none", *more,
    ]  # fmt: skip


def invoke(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def put(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path)


def red(*places: tuple[slice, int]) -> np.ndarray:
    """A picture, SIDE x SIDE, whose pixels in reading order are so red at some places."""
    picture = np.zeros((SIDE * SIDE, 3), np.uint8)
    for place, value in places:
        picture[place, 0] = value
    return picture.reshape(SIDE, SIDE, 3)


def labels_of(*places: tuple[slice, int]) -> np.ndarray:
    return red(*places)[..., 0]


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    """The 32nd brightest of 128 pixels is number 31 of a.png: numbers 0 to 30 lie above it."""
    folder = tmp_path / "maps"
    put(folder / "images" / "a.png", red((slice(31), 200), (slice(31, 32), 150)))
    put(folder / "images" / "b.png", red())
    named = (slice(20), 1), (slice(40, 50), 1)
    put(folder / "object" / "a.png", labels_of(*named, (slice(26, 31), 255), (slice(57, 64), 255)))
    put(folder / "object" / "b.png", labels_of((slice(5), 2)))
    (folder / "names.txt").write_text("mailbox\nbus\ncomet\n")
    return folder


def test_unlabeled_pixels_count_in_neither_intersection_nor_union(
    maps: Path, tmp_path: Path
) -> None:
    more = "--quantile", "0.75", "--no-normalize"
    invoke(words(tmp_path / "d", f"maps:{maps}", *more))
    dissection = load_dissection(tmp_path / "d")
    layer = dissection["0"]
    assert layer.activation_threshold[0] == pytest.approx(150 / 127.5 - 1, abs=1e-6)
    # 31 pixels above the level, 5 of them unlabeled; 30 of the concept, 20 of them above.
    assert layer.iou[:, 0].tolist() == pytest.approx([0, 20 / (26 + 10), 0, 0])
    assert layer.area_share().tolist() == pytest.approx([0, 30 / 116, 5 / 116, 0])
    assert dissection.provenance["segmenter"]["name"] == "labels of a folder"
    assert dissection.provenance["sample"]["folder"] == "maps"
    # The same maps, where nobody is said to have labeled 0: all that is left is labeled.
    put(maps / "object" / "a.png", labels_of((slice(20), 1), (slice(40, 50), 1)))
    invoke(words(tmp_path / "zero", f"maps:{maps}", *more, "--ignore", "0"))
    zero = load_dissection(tmp_path / "zero")["0"]
    assert zero.iou[1, 0] == pytest.approx(20 / 30)
    assert zero.area_share()[1] == pytest.approx(30 / 35)


def test_pictures_without_maps_are_left_out_and_told(maps: Path, tmp_path: Path) -> None:
    put(maps / "images" / "lone.png", red())
    put(maps / "images" / "torn.png", red())
    (maps / "object" / "torn.png").write_bytes((maps / "object" / "a.png").read_bytes()[:50])
    output = invoke(words(tmp_path / "d", f"maps:{maps}"))
    assert "2 pictures could not be used and were left out (" in output
    assert "lone.png: object/lone.png is not there" in output
    assert "torn.png: object/torn.png is damaged" in output
    sample = load_dissection(tmp_path / "d").provenance["sample"]
    assert (sample["size"], sample["skipped"]["count"]) == (2, 2)
    invoke(words(tmp_path / "one", f"maps:{maps}", "--size", "1"))
    assert load_dissection(tmp_path / "one").provenance["sample"]["size"] == 1


def wrong_size(maps: Path) -> None:
    put(maps / "object" / "b.png", np.zeros((8, 5)))


def unknown_number(maps: Path) -> None:
    put(maps / "object" / "b.png", labels_of((slice(3), 2), (slice(3, 4), 9)))


def no_maps(maps: Path) -> None:
    for file in (maps / "object").iterdir():
        file.unlink()


def no_names(maps: Path) -> None:
    (maps / "names.txt").unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (wrong_size, r"of b.png have another size \(5 x 8 px\) than their picture \(8 x 8 px\)"),
        (unknown_number, r"b.png has the value 9, which has no name; there are 3 names\.$"),
        (no_maps, r"no image that can be used \(.\.png: object/.\.png is not there\)\.$"),
        (no_names, r"put a file vocabulary\.json or names\.txt there"),
    ],
)
def test_damaged_labels_are_told_before_the_job_begins(
    maps: Path, tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(maps)
    with pytest.raises(BadInputError, match=message):
        invoke(words(tmp_path / "d", f"maps:{maps}"))
    assert not (tmp_path / "d").exists()


@pytest.fixture
def broden(tmp_path: Path) -> Path:
    """Two training images and one of validation; the second has no objects labeled."""
    folder = tmp_path / "broden"
    rows: list[list[object]] = [["image", "split", "sh", "sw", "color", "object"]]
    for number, split in enumerate(("train", "train", "val")):
        pixels = red((slice(31), 200), (slice(31, 32), 150), (slice(40, 64), 10 * number))
        put(folder / "images" / f"{number}.png", pixels)
        color = np.stack([labels_of((slice(31), 3)), *2 * [labels_of()]], -1)
        things = color * 0
        things.reshape(-1, 3)[16:48] = 300 % 256, 300 // 256, 0
        put(folder / "images" / f"{number}_color.png", color)
        put(folder / "images" / f"{number}_object.png", things)
        rows.append(
            [f"{number}.png", split, SIDE, SIDE, f"{number}_color.png",
             f"{number}_object.png" if number != 1 else ""]
        )  # fmt: skip
    tables: dict[str, list[list[object]]] = {
        "index.csv": rows,
        "category.csv": [["name"], ["color"], ["object"]],
        "c_color.csv": [["number", "name"], [3, "red-c"]],
        "c_object.csv": [["number", "name"], [300, "post"]],
    }
    for name, table in tables.items():
        with (folder / name).open("w", newline="") as stream:
            csv.writer(stream).writerows(table)
    return folder


def test_broden_by_command(broden: Path, tmp_path: Path) -> None:
    more = "--quantile", "0.5", "--no-normalize"
    invoke(words(tmp_path / "d", f"broden:{broden}", *more, "--split", "train"))
    dissection = load_dissection(tmp_path / "d")
    part, names = dissection["0"], dissection.vocabulary
    color, post = (names.id(Concept(*x)) for x in (("red", "color"), ("post", "object")))
    assert part.area_share()[color] == pytest.approx(31 / 64)
    assert part.area_share()[post] == pytest.approx(32 / 64)  # of the one image with objects
    # The 64th brightest of 128 is 150, so that 31 pixels of each image lie above the level.
    assert part.activation_threshold[0] == pytest.approx(150 / 127.5 - 1, abs=1e-6)
    assert part.iou[color, 0] == 1
    assert part.iou[post, 0] == pytest.approx(15 / (31 + 32 - 15))
    assert dissection.provenance["sample"]["split"] == "train"
    put(broden / "images" / "0_color.png", np.full((SIDE, SIDE, 3), (7, 0, 0)))
    with pytest.raises(BadInputError, match=r"0_color\.png has the label 7, which c_color\.csv"):
        invoke(words(tmp_path / "e", f"broden:{broden}"))
    put(broden / "images" / "0_color.png", np.zeros((SIDE, 2 * SIDE, 3)))
    with pytest.raises(BadInputError, match=r"another size \(16 x 8 px\) than index\.csv says"):
        invoke(words(tmp_path / "e", f"broden:{broden}"))


def arrays(folder: Path) -> str:
    return next(folder.glob("arrays-*")).name  # it holds the SHA-256


def test_scenes_with_exact_labels_painted_by_workers(here: Path, tmp_path: Path) -> None:
    more = "--size", "5", "--seed", "3"
    invoke(words(tmp_path / "a", "storybook:churches", *more, model="Net", crop=64))
    invoke(
        words(tmp_path / "b", "storybook:churches", *more, "--workers", "2", model="Net", crop=64)
    )
    assert arrays(tmp_path / "a") == arrays(tmp_path / "b")
    painted = load_dissection(tmp_path / "a")
    assert painted.provenance["sample"]["layouts"] == [3, 7]

    # The same scenes as files are the same sample, in another order.
    invoke(
        [
            "storybook",
            "--out",
            str(tmp_path / "files"),
            "--size",
            "64",
            "--count",
            "5",
            "--seed",
            "3",
        ]
    )
    invoke(words(tmp_path / "c", f"maps:{tmp_path / 'files'}", model="Net", crop=64))
    files = load_dissection(tmp_path / "c")
    np.testing.assert_array_equal(files["0"].iou, painted["0"].iou)
    np.testing.assert_array_equal(
        files["0"].activation_threshold, painted["0"].activation_threshold
    )


@pytest.mark.parametrize(
    ("labels", "more", "error", "message"),
    [
        ("photos", [], UnknownNameError, "name broden:FOLDER, maps:FOLDER or storybook:DOMAIN"),
        ("maps:", [], BadInputError, "--labels maps needs a folder"),
        ("maps:nowhere", [], BadInputError, "nowhere is no folder"),
        ("broden:.", [], BadInputError, "not in Broden's layout: it has no category.csv"),
        ("storybook:castles", [], UnknownNameError, "no domain 'castles'; known are churches"),
        ("storybook:churches", [], BadInputError, "pictures of 64 to 512 pixels, not of 8"),
        ("storybook:churches", ["--crop", "64", "--seed", "-1"], BadInputError, "seeds -1"),
        ("maps:.", ["--split", "val"], BadInputError, "has no splits; leave out --split val"),
        ("broden:.", ["--ignore", "0"], BadInputError, "leave out --ignore 0"),
        ("maps:.", ["--images", "."], BadInputError, "leave out --images"),
        ("maps:.", ["--segmenter", "colors"], BadInputError, "leave out --segmenter"),
        ("maps:.", ["--fit", "cover"], BadInputError, "leave out --fit cover"),
        ("maps:.", ["--resize", "64"], BadInputError, "--resize 64 would .* are not cut"),
        ("storybook:churches", ["--resize", "64"], BadInputError, "--resize 64 would"),
        ("storybook:churches", ["--interpolation", "box"], BadInputError, "painted at the size"),
        ("maps:.", ["--workers", "-1"], BadInputError, "--workers -1"),
        ("maps:.", ["--model", "storybook-church"], BadInputError, "leave out --labels"),
    ],
)
def test_wrong_wishes_are_told(
    tmp_path: Path, labels: str, more: list[str], error: type[DissectionError], message: str
) -> None:
    with pytest.raises(error, match=message):
        invoke(words(tmp_path / "d", labels, *more))
    assert not (tmp_path / "d").exists()


def test_splits_and_ignored_values_belong_to_labels(tmp_path: Path) -> None:
    arguments = words(tmp_path / "d", "maps:.", "--images", ".")
    place = arguments.index("--labels")
    for more in (["--split", "val"], ["--ignore", "0"]):
        with pytest.raises(BadInputError, match=f"{more[0]} goes with --labels"):
            invoke(arguments[:place] + arguments[place + 2 :] + more)


def test_a_job_goes_on_with_the_settings_that_decide_its_result_alone(
    maps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise Stopped("Stopped.")

    put(maps / "object" / "a.png", labels_of((slice(20), 1)))
    arguments = words(tmp_path / "d", f"maps:{maps}", "--quantile", "0.75")
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "measure_layers", stop)
        with pytest.raises(Stopped):
            invoke(arguments)
    for more, key in (
        (["--no-normalize"], "normalisation"),
        (["--memory", "0.5"], "memory"),
        (["--pictures", "0"], "pictures"),
        (["--ignore", "0"], "sample"),
        (["--seed", "2"], "sample"),
    ):
        with pytest.raises(StoreError, match=f"holds a job with {key} "):
            invoke([*arguments, *more, "--resume"])
    invoke([*arguments, "--resume"])
    invoke([*words(tmp_path / "whole", f"maps:{maps}", "--quantile", "0.75")])
    assert arrays(tmp_path / "d") == arrays(tmp_path / "whole")

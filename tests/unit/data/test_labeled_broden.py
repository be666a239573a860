from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dissection.data.broden import BrodenLabels
from dissection.data.labeled import counted
from dissection.errors import BadInputError
from dissection.vocabulary import NOTHING, Concept

TABLES = {
    "category.csv": "name,first,last,count,frequency\ncolor,1,2,2,9\nobject,3,301,2,9\n"
    "part,3,4,2,9\nscene,7,7,1,9\n",
    "c_color.csv": "code,number,name,frequency,coverage\n1,1,black-c,1,0.1\n2,2,blue-c,1,0.1\n",
    "c_object.csv": "code,number,name,frequency,coverage\n1,3,door,1,0.1\n2,301,sky,1,0.1\n",
    "c_part.csv": "code,number,name,frequency,coverage\n0,0,-,0,0.0\n1,3,door,1,0.1\n"
    "2,4,knob,1,0.1\n",
    "c_scene.csv": "code,number,name,frequency,coverage\n1,7,street-s,1,0.1\n",
    "index.csv": "image,split,ih,iw,sh,sw,color,object,part,scene\n"
    "set/one.jpg,train,4,4,2,2,set/one_color.png,set/one_object.png,"
    "set/one_part.png;set/one_part2.png,7\n"
    "set/two.jpg,val,4,4,2,2,,set/one_object.png,4,\n"
    "set/gone.jpg,val,4,4,2,2,,set/one_object.png,4,\n",
}
BLACK, BLUE, DOOR, SKY, PART_DOOR, KNOB, STREET = range(1, 8)


def put_map(path: Path, numbers: list[list[int]]) -> None:
    values = np.array(numbers)
    Image.fromarray(np.stack([values % 256, values // 256, 0 * values], -1).astype(np.uint8)).save(
        path
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    images = tmp_path / "images" / "set"
    images.mkdir(parents=True)
    for name in ("one", "two"):
        Image.new("RGB", (4, 4), (255, 0, 0)).save(images / f"{name}.jpg")
    put_map(images / "one_color.png", [[1, 2], [2, 2]])
    put_map(images / "one_object.png", [[0, 301], [3, 3]])
    put_map(images / "one_part.png", [[0, 0], [4, 0]])
    put_map(images / "one_part2.png", [[0, 0], [3, 3]])
    return tmp_path


def test_each_name_and_category_has_an_index(folder: Path) -> None:
    source = BrodenLabels(folder, size=2)
    assert list(source.vocabulary) == [
        NOTHING,
        Concept("black", "color"),
        Concept("blue", "color"),
        Concept("door", "object"),
        Concept("sky", "object"),
        Concept("door", "part"),
        Concept("knob", "part"),
        Concept("street", "scene"),
    ]
    assert source.channels == ("color", "object", "part", "part", "scene")


def test_maps_and_what_nobody_labeled(folder: Path) -> None:
    source = BrodenLabels(folder, size=2)
    assert source.labels([0], 2)[0].tolist() == [
        [[BLACK, BLUE], [BLUE, BLUE]],
        [[0, SKY], [DOOR, DOOR]],
        [[0, 0], [KNOB, 0]],
        [[0, 0], [PART_DOOR, PART_DOOR]],
        [[STREET] * 2] * 2,
    ]
    second = source.labels([1], 2)
    assert second[0].tolist() == [
        [[-1, -1]] * 2,
        [[0, SKY], [DOOR, DOOR]],
        [[KNOB] * 2] * 2,
        [[0, 0]] * 2,
        [[-1, -1]] * 2,
    ]
    assert not counted(second, source.channels, "color").any()
    assert counted(second, source.channels, "part").all()
    assert torch.equal(source.inputs([1])[0, 0] > 0.9, torch.ones(2, 2, dtype=torch.bool))


def test_splits_and_missing_images(folder: Path) -> None:
    source = BrodenLabels(folder)
    assert len(source) == 2
    assert source.skipped == ("set/gone.jpg: set/gone.jpg is not there",)
    val = BrodenLabels(folder, split="val")
    assert len(val) == 1
    assert val.channels == ("object", "part")  # nobody labeled a color or scene
    assert len({source.digest, val.digest, BrodenLabels(folder, split="train").digest}) == 3
    with pytest.raises(BadInputError, match="no image with split test that can be used"):
        BrodenLabels(folder, split="test")


def test_damaged_tables(folder: Path) -> None:
    put_map(folder / "images" / "set" / "one_object.png", [[0, 9], [3, 3]])
    with pytest.raises(BadInputError, match=r"one_object\.png has the label 9, which c_object"):
        BrodenLabels(folder).labels([0], 2)
    (folder / "images" / "set" / "one_color.png").unlink()
    put_map(folder / "images" / "set" / "one_object.png", [[0, 301], [3, 3]])
    source = BrodenLabels(folder)
    assert source.skipped[0] == "set/one.jpg: set/one_color.png is not there"
    assert len(source) == 1
    (folder / "c_part.csv").write_text("code,number\n1,3\n")
    with pytest.raises(BadInputError, match=r"c_part\.csv is damaged: it lacks .* column name"):
        BrodenLabels(folder)
    (folder / "c_part.csv").write_text("number,name\nfour,knob\n")
    with pytest.raises(BadInputError, match=r"c_part\.csv is damaged: 'four' is no number"):
        BrodenLabels(folder)
    (folder / "category.csv").unlink()
    with pytest.raises(BadInputError, match=r"is not in Broden's layout: it has no category\.csv"):
        BrodenLabels(folder)


def by_spreadsheet(text: str) -> bytes:
    """Byte order mark, CRLF, semicolons between columns, and whole numbers as floats."""
    lines = []
    for line in text.splitlines():
        cells = [f"{c}.0" if c.isdigit() else f'"{c}"' if ";" in c else c for c in line.split(",")]
        lines.append(";".join(cells))
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n"


def test_tables_may_have_been_through_a_spreadsheet(folder: Path) -> None:
    wanted = BrodenLabels(folder, size=2)
    for name, text in TABLES.items():
        (folder / name).write_bytes(by_spreadsheet(text))
    source = BrodenLabels(folder, size=2)
    assert source.vocabulary == wanted.vocabulary
    assert source.channels == wanted.channels
    for row in range(len(wanted)):
        np.testing.assert_array_equal(source.label_maps(row), wanted.label_maps(row))


def test_number_0_is_nothing_in_every_category(folder: Path) -> None:
    text = TABLES["index.csv"].replace("set/one_part2.png,7", "set/one_part2.png,0")
    (folder / "index.csv").write_text(text)
    source = BrodenLabels(folder, size=2)
    scene = source.channels.index("scene")
    assert source.label_maps(0)[scene].tolist() == [[0, 0], [0, 0]]

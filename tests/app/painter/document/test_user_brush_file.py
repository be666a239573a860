"""The file of a person's own brushes: whole, garbled, cut, and where nothing can be written."""

from pathlib import Path

import numpy as np
import pytest

from dissection.errors import DissectionError
from dissection.painting.edits import Brush, LayerUnits
from dissection.vocabulary import Concept
from ganpaint.painter.document.user_brush import UserBrush
from ganpaint.painter.document.user_brush_file import read_store, store_path, write_store

NETWORK = "ab" * 32


def own(name: str, *units: int, picture: bool = True) -> UserBrush:
    levels = tuple(unit + 0.1 for unit in units)
    brush = Brush(Concept(name, "mine"), {"layer4": LayerUnits(units, levels)})
    crop = np.random.default_rng(len(name)).integers(0, 256, (20, 30, 3), np.uint8)
    return UserBrush(brush, crop if picture else None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = store_path(tmp_path / "brushes", NETWORK)
    write_store(path, [own("roof", 3, 1), own("tür", 2, picture=False), own("sky", 9)])
    return path


def test_brushes_come_back(path: Path) -> None:
    assert path.name == f"{NETWORK}.brushes"
    found = read_store(path)
    assert found.trouble == ""
    assert [b.concept.name for b in found.brushes] == ["roof", "tür", "sky"]
    for before, after in zip([own("roof", 3, 1), own("sky", 9)], found.brushes[::2], strict=True):
        assert after.brush == before.brush
        np.testing.assert_array_equal(after.picture, before.picture)
    assert found.brushes[1].picture is None
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_nothing_was_kept_yet(tmp_path: Path) -> None:
    found = read_store(store_path(tmp_path / "none", NETWORK))
    assert (found.brushes, found.trouble) == ((), "")


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        (lambda data: data.replace(b'"units": [3, 1]', b'"units": [3, 2]'), ["tür", "sky"]),
        (lambda data: data[: data.rindex(b'"sky"')], ["roof", "tür"]),
        (lambda data: b"\x00" + data[1:], ["roof", "tür", "sky"]),
        (lambda data: bytes(len(data)), []),
        (lambda data: b"", []),
    ],
)
def test_a_damaged_file_is_told_and_set_aside(path: Path, damage: object, left: list[str]) -> None:
    assert callable(damage)
    data = damage(path.read_bytes())
    path.write_bytes(data)
    found = read_store(path)
    assert [b.concept.name for b in found.brushes] == left
    aside = next(p for p in path.parent.iterdir() if "damaged" in p.name)
    assert str(aside) in found.trouble
    assert f"{len(left)} whole brush" in found.trouble
    assert aside.read_bytes() == data  # nothing is lost
    again = read_store(path)  # what is whole is whole from now on
    assert ([b.concept.name for b in again.brushes], again.trouble) == (left, "")


def test_a_file_that_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    path = store_path(tmp_path, NETWORK)
    path.mkdir()
    assert "cannot be read: is a directory" in read_store(path).trouble
    with pytest.raises(DissectionError, match="no ordinary file"):
        write_store(path, [own("roof", 1)])
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DissectionError, match="Cannot make"):
        write_store(store_path(tmp_path / "file", NETWORK), [own("roof", 1)])


def test_a_picture_that_cannot_be_shown_costs_no_brush(tmp_path: Path) -> None:
    large = UserBrush(own("roof", 1).brush, np.zeros((300, 300, 3), np.uint8))
    path = store_path(tmp_path, NETWORK)
    write_store(path, [large])
    found = read_store(path)
    assert found.trouble == ""
    assert found.brushes[0].picture is None

"""Counts that outlive the process."""

from pathlib import Path

import numpy as np
import pytest

from dissection.errors import StoreError
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.workspace import Workspace

_working: dict[Path, Workspace] = {}


def open_one(folder: Path, resume: bool = True, rows: int = 2) -> Accumulator:
    """As another process would that comes when the one before has ended."""
    if folder in _working:
        _working.pop(folder).close(remove=False)
    work = _working[folder] = Workspace(folder, {"job": 1}, resume)
    return Accumulator(work, "pixels", {"counts": np.zeros((rows, 3), np.int64)}, place=2)


def test_what_is_kept_is_there_again_and_the_rest_is_not(tmp_path: Path) -> None:
    first = open_one(tmp_path / "work", resume=False)
    assert first.place == (0, 0)
    first["counts"][1] += 5
    first.keep(3, 1)
    first["counts"][1] += 7
    again = open_one(tmp_path / "work")
    assert again.place == (3, 1)
    assert again["counts"].tolist() == [[0, 0, 0], [5, 5, 5]]
    again["counts"][0] += 1  # it can be counted into
    again.keep(4, 0)
    assert open_one(tmp_path / "work")["counts"][0].tolist() == [1, 1, 1]


def test_rows_are_added_once(tmp_path: Path) -> None:
    first = open_one(tmp_path / "work", resume=False)
    first.grow("counts", 4)
    first["counts"][3] += 1
    first.keep(1, 0)
    again = open_one(tmp_path / "work")
    again.grow("counts", 4)
    assert again["counts"].sum(1).tolist() == [0, 0, 0, 3]


def test_the_beginning_of_a_round_is_remembered(tmp_path: Path) -> None:
    first = open_one(tmp_path / "work", resume=False)
    assert first.as_of("1")["counts"].sum() == 0
    first["counts"][:] = 9
    first.keep(1, 0)
    assert open_one(tmp_path / "work").as_of("1")["counts"].sum() == 0
    assert open_one(tmp_path / "work").as_of("2")["counts"].sum() == 54


def test_arrays_that_nobody_knew_before_are_added(tmp_path: Path) -> None:
    for resume in (False, True, True):
        work = Workspace(tmp_path / "work", {"job": 1}, resume)
        sums = Accumulator(work, "sums", {}, key="done")
        sums.add({"a": np.arange(3), "b": np.ones(2, np.int64)}, sums.place[0] + 4)
        work.close(remove=False)
    assert sums.place == (12,)
    assert {name: array.tolist() for name, array in sums.arrays.items()} == {
        "a": [0, 3, 6],
        "b": [3, 3],
    }


def test_another_file_in_its_place_is_told(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "work", {"job": 1}, False)
    work.save("pixels", {"other": np.zeros(2)})
    work.close(remove=False)
    with pytest.raises(StoreError, match="holds other"):
        open_one(tmp_path / "work")

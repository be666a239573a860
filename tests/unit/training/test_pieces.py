from pathlib import Path

import numpy as np
import pytest

from dissection.errors import DissectionError
from dissection.training.pieces import PIECE_BYTES, join_pieces, names_in_pieces, write_pieces


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "generator.safetensors"
    path.write_bytes(np.random.default_rng(0).bytes(2500))
    return path


def test_pieces_make_the_file_again(file: Path, tmp_path: Path) -> None:
    pieces = write_pieces(file, tmp_path / "out", age=96, piece_bytes=1000)
    assert len(pieces) == 3
    assert all(p.stat().st_size < 1000 + 500 for p in pieces)
    joined = join_pieces(tmp_path / "out", tmp_path / "joined.safetensors")
    assert joined.read_bytes() == file.read_bytes()
    assert join_pieces(tmp_path / "out").name == file.name


def test_the_largest_piece_fits_through_the_channel(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(PIECE_BYTES + 1))
    assert [p.stat().st_size <= 15 * 2**20 for p in write_pieces(path, tmp_path, 1)] == [True] * 2


def test_the_newest_whole_set_counts(file: Path, tmp_path: Path) -> None:
    """A new version replaces the old one; half of a new one leaves the old one in force."""
    old = file.read_bytes()
    first = write_pieces(file, tmp_path / "out", 5, 1000)
    kept = {p: p.read_bytes() for p in first}
    file.write_bytes(old[::-1])
    second = write_pieces(file, tmp_path / "out", 10, 1000)
    assert not any(p.exists() for p in first)
    assert join_pieces(tmp_path / "out").read_bytes() == old[::-1]
    for path, data in kept.items():  # as after a stop between the last new one and the removal
        path.write_bytes(data)
    assert join_pieces(tmp_path / "out").read_bytes() == old[::-1]
    second[1].unlink()
    assert join_pieces(tmp_path / "out").read_bytes() == old


def test_damage_is_named(file: Path, tmp_path: Path) -> None:
    pieces = write_pieces(file, tmp_path / "out", 7, 1000)
    data = bytearray(pieces[1].read_bytes())
    data[-1] ^= 1
    pieces[1].write_bytes(data)
    with pytest.raises(DissectionError, match=r"2of3\.piece is damaged.*lacks piece 2 of 3"):
        join_pieces(tmp_path / "out")
    pieces[1].write_bytes(b'{"name": 3}\n')
    with pytest.raises(DissectionError, match=r"2of3\.piece is damaged"):
        join_pieces(tmp_path / "out")
    pieces[0].unlink()
    with pytest.raises(DissectionError, match="lacks piece 1, 2 of 3"):
        join_pieces(tmp_path / "out")
    with pytest.raises(DissectionError, match="no pieces"):
        join_pieces(tmp_path / "nothing")


def test_a_piece_names_no_place_outside_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"text")
    (piece,) = write_pieces(path, tmp_path / "out", 1)
    piece.write_bytes(piece.read_bytes().replace(b'"name": "a"', b'"name": "../../b"'))
    assert join_pieces(tmp_path / "out") == tmp_path / "out" / "b"


def test_only_pieces_of_the_file_go(file: Path, tmp_path: Path) -> None:
    (tmp_path / "generator-of-mine.piece").write_text("mine")
    write_pieces(file, tmp_path, 5, 1000)
    write_pieces(file, tmp_path, 6, 2000)
    assert (tmp_path / "generator-of-mine.piece").read_text() == "mine"
    assert len(list(tmp_path.glob("*.piece"))) == 3


def test_pieces_of_two_files_lie_side_by_side(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "discriminator.safetensors"
    other.write_bytes(file.read_bytes()[::-1])
    for path in (file, other):
        for age in (5, 10):
            write_pieces(path, tmp_path / "out", age, 1000)
    assert names_in_pieces(tmp_path / "out") == [other.name, file.name]
    for path in (file, other):
        joined = join_pieces(tmp_path / "out", name=path.name)
        assert (joined.name, joined.read_bytes()) == (path.name, path.read_bytes())

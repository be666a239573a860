"""Lines with a checksum: whole, or nothing."""

import pytest

from dissection.runtime.checked_lines import checked_line, read_line

ROW = {"name": "tür", "levels": [1.5, 2]}


def test_a_line_comes_back() -> None:
    line = checked_line(ROW)
    assert b"\n" not in line
    assert read_line(line) == ROW
    assert read_line(line + b"\r") == ROW


def test_any_changed_byte_is_found() -> None:
    line = checked_line(ROW)
    for place in range(len(line)):
        garbled = bytearray(line)
        garbled[place] ^= 1
        assert read_line(bytes(garbled)) is None
        assert read_line(line[:place]) is None


def test_what_is_no_row() -> None:
    for text in (b"", b"zzzzzzzz {}", b"GANPaint project"):
        assert read_line(text) is None
    assert read_line(b"4c2f32b8 [1]") is None
    with pytest.raises(ValueError, match="not JSON compliant"):
        checked_line({"level": float("nan")})

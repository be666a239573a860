"""Sizes and checksums of arrays that are filled row by row, from the front.

They go with what a job says of its progress, so that a job that goes on knows whether its arrays
still hold what was finished: a file may be gone, changed, or, after the power failed, half there.
"""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bytes that are read at a time.
_PIECE = 16 << 20


class Checksums:
    """What is known of the arrays of one folder.

    Args:
        told: name to [bytes of the file, rows, checksum of their bytes], as ``to_json`` gave it.
    """

    def __init__(self, told: object = None) -> None:
        self._known: dict[str, list[int]] = {}
        if isinstance(told, dict):
            for name, entry in told.items():
                if (
                    isinstance(entry, list)
                    and len(entry) == 3
                    and all(isinstance(n, int) for n in entry)
                ):
                    self._known[name] = list(entry)

    def to_json(self) -> dict[str, list[int]]:
        """As plain JSON values."""
        return self._known

    def forget(self, name: str) -> None:
        """An array is begun anew, or not needed any more."""
        self._known.pop(name, None)

    def note(self, name: str, array: NDArray[Any], rows: slice) -> None:
        """Rows of an array were written, behind those that are known already.

        Args:
            name: of the array.
            array: all of it.
            rows: those that were written.
        """
        _, before, checksum = self._known.get(name, [0, 0, 0])
        if rows.start != before:  # begun anew, or by a version that kept no checksums
            checksum = _checksum(array[: rows.start], 0)
        self._known[name] = [array.nbytes, rows.stop, _checksum(array[rows], checksum)]

    def holds(self, name: str, path: Path, size: int, rows: int, row_bytes: int) -> bool:
        """Whether a file holds what was written to it.

        Args:
            name: of the array.
            path: its file.
            size: bytes that it has to have.
            rows: how many have to be there.
            row_bytes: of one row.
        """
        try:
            if not path.is_file() or path.stat().st_size != size:
                return False
            entry = self._known.get(name)
            if entry is None:
                return True  # by a version that kept no checksums
            bytes_, known, wanted = entry
            if bytes_ != size or known < rows:
                return False
            found, left = 0, known * row_bytes
            with path.open("rb") as stream:
                while left and (piece := stream.read(min(left, _PIECE))):
                    found, left = zlib.crc32(piece, found), left - len(piece)
            return not left and found == wanted
        except OSError:
            return False


def _checksum(rows: NDArray[Any], before: int) -> int:
    for row in rows:
        before = zlib.crc32(np.ascontiguousarray(row).data.cast("B") if row.size else b"", before)
    return before

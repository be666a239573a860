"""Counts that outlive the process: arrays added to batch by batch, and how far they are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import StoreError
from dissection.runtime.workspace import Workspace


class Accumulator:
    """Arrays that are counted into, kept in a working folder together with how far they are.

    Both are written in one file, replaced whole, so that nothing counts twice and nothing is lost
    but what was counted since ``keep``.

    Args:
        work: the working folder.
        name: of the file.
        arrays: as they are before anything is counted; a resumed job has those that were kept. None
            are known where ``add`` is to bring them.
        place: how many numbers say how far it is, all 0 at first.
        key: what the place is called in the file.

    Attributes:
        arrays: to be changed in place.
        place: as it was kept last.

    Raises:
        StoreError: what is kept has other arrays.

    Example:
        counted = Accumulator(job.work, "areas", {"pixels": np.zeros(20, np.int64)})
        for rows, pixels in job.each_batch("counting", range(counted.place[0], size), count):
            counted.arrays["pixels"] += pixels
            counted.keep(rows.stop)
    """

    def __init__(
        self,
        work: Workspace,
        name: str,
        arrays: Mapping[str, NDArray[Any]],
        place: int = 1,
        key: str = "place",
    ) -> None:
        self._work, self._name, self._key = work, name, key
        self.arrays = dict(arrays)
        self.place = (0,) * place
        kept = work.load(name)
        if kept is not None:
            self._take(kept)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    def grow(self, name: str, rows: int) -> None:
        """Make room for more rows of an array, where a resumed one does not have it already."""
        array = self.arrays[name]
        more = rows - len(array)
        if more > 0:
            self.arrays[name] = np.pad(array, [(0, more)] + [(0, 0)] * (array.ndim - 1))

    def keep(self, *place: int) -> None:
        """Write down what is counted, with which the job is so far.

        Raises:
            DissectionError: the disk is full.
        """
        self.place = place
        self._work.save(self._name, {**self.arrays, self._key: np.array(place)})

    def add(self, counts: Mapping[str, NDArray[Any]], *place: int) -> None:
        """Add to the arrays, and to those that were not there before, and keep them.

        Raises:
            DissectionError: the disk is full.
        """
        for name, array in counts.items():
            self.arrays[name] = self.arrays[name] + array if name in self.arrays else array
        self.keep(*place)

    def as_of(self, label: str) -> dict[str, NDArray[Any]]:
        """The arrays as they were when this was first asked for under a label, resumed or not."""
        name = f"{self._name}-{label}"
        kept = self._work.load(name)
        if kept is None:
            kept = {key: array.copy() for key, array in self.arrays.items()}
            self._work.save(name, kept)
        return kept

    def _take(self, kept: Mapping[str, NDArray[Any]]) -> None:
        known = set(self.arrays) or set(kept) - {self._key}
        if set(kept) != {*known, self._key}:
            raise StoreError(
                f"{self._work.folder / self._name}.safetensors is damaged: it holds "
                f"{', '.join(sorted(kept))}; start without --resume."
            )
        self.arrays = {key: kept[key].copy() for key in known}
        self.place = tuple(int(number) for number in kept[self._key])

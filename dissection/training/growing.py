"""Sets of training pictures that may still become more. Free of torch: painters load this."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


def never() -> bool:
    """The question whether to stop, where nobody asks for it."""
    return False


class Growing(Protocol):
    """Pictures that become more: uint8 (N, S, S, 3), of which the first ones are there."""

    @property
    def images(self) -> NDArray[np.uint8]:
        """All of them, those that are not there yet with any content."""

    def wait(self, wanted: int, stop: Callable[[], bool] = never) -> int:
        """How many are there: ``wanted`` or more, or fewer if ``stop()`` turned true."""


class Whole:
    """Pictures that are all there."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._images = images

    @property
    def images(self) -> NDArray[np.uint8]:
        """All of them."""
        return self._images

    def wait(self, wanted: int, stop: Callable[[], bool] = never) -> int:
        """How many there are."""
        return len(self._images)

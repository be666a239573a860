"""What a unit is set to when it is taken out: zero, as published, or what it says elsewhere.

Zero may be far from what a unit ever says, for layers in front of an activation most of all; its
mean, or its map on another picture, leaves what comes behind with values that it knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.runtime.choices import chosen

#: By name: what ``ablate`` and the command line take.
ReplacementName = Literal["zero", "mean", "other"]
REPLACEMENTS: tuple[ReplacementName, ...] = get_args(ReplacementName)


class Replacement(Protocol):
    """What units are set to.

    Attributes:
        name: one of ``REPLACEMENTS``.
    """

    name: str

    def values(self, maps: Tensor, other: Tensor | None) -> Tensor:
        """What all units would be, each alone: the shape of ``maps``.

        Args:
            maps: the layer's output (n, C, ...).
            other: the layer's output on other pictures, (n, C, ...), where those are asked for.
        """
        ...


@dataclass(frozen=True)
class Zero:
    """Units are set to zero."""

    name = "zero"

    def values(self, maps: Tensor, other: Tensor | None) -> Tensor:
        """See ``Replacement``."""
        return torch.zeros_like(maps)


@dataclass(frozen=True, eq=False)
class Mean:
    """Units are set to their mean over pictures and positions.

    Attributes:
        means: float32 (C,).
    """

    means: NDArray[np.float32]
    name = "mean"

    def values(self, maps: Tensor, other: Tensor | None) -> Tensor:
        """See ``Replacement``."""
        means = torch.from_numpy(np.array(self.means, np.float32)).to(maps)
        return means.view(1, -1, *[1] * (maps.ndim - 2)).expand_as(maps).contiguous()


@dataclass(frozen=True)
class Other:
    """A unit is given its map on another picture of the sample."""

    name = "other"

    def values(self, maps: Tensor, other: Tensor | None) -> Tensor:
        """See ``Replacement``."""
        if other is None:
            raise BadInputError("Units can only be given another picture's values if there is one.")
        return other


def partners(size: int, seed: int) -> NDArray[np.int64]:
    """For each of ``size`` pictures another one, int64 (size,): each is one picture's partner.

    Args:
        size: pictures in the sample.
        seed: decides who goes with whom.

    Raises:
        BadInputError: fewer than two pictures.
    """
    if size < 2:
        raise BadInputError(
            "A unit can be given another picture's values where there are at least 2 pictures; "
            "take zero or mean."
        )
    round_ = np.random.default_rng(seed).permutation(size)
    found = np.empty(size, np.int64)
    found[round_] = np.roll(round_, 1)
    return found


def require_replacement(name: str) -> ReplacementName:
    """The one of ``REPLACEMENTS`` that somebody said.

    Raises:
        BadInputError: it is none of them.
    """
    found = chosen(name, REPLACEMENTS)
    if found is None:
        raise BadInputError(f"A unit is set to {', '.join(REPLACEMENTS)}, not '{name}'.")
    return found


def rows_of(places: NDArray[np.int64], rows: Sequence[int]) -> list[int]:
    """The partners of some pictures."""
    return [int(places[row]) for row in rows]

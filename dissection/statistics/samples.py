"""Find the upsampled activations above a bound without upsampling everything.

Only the top one or two per cent of a unit's samples ever matter, and every bilinear sample lies
below the highest of the four cells around it. So the maps are cut into the squares between four
neighbouring cells, and only squares with a high enough corner are upsampled: a few per cent of
the work of upsampling all, with the same values.

All values are made by the same multiplications and additions in the same order, whatever the
batch, so levels and masks of one sample agree bit by bit between runs, batches and machines'
thread counts.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.statistics.upsample import Axis, Centres, axis_taps, upsample

#: Rounding may lift a sample above its highest corner by some parts in ten million.
SLACK = 1e-5


@dataclass(frozen=True)
class Found:
    """Samples at or above their unit's bound, in order of image, unit and square.

    Attributes:
        units: int64 (M,).
        places: int64 (M,): image * grid * grid + row * grid + column.
        values: float (M,), activations.
    """

    units: Tensor
    places: Tensor
    values: Tensor


class Samples:
    """The samples of one layer: its maps (n, C, h, w) seen on a grid.

    Args:
        height: h of the layer's maps.
        width: w of the layer's maps.
        grid: the measuring grid is grid x grid; None takes the cells themselves as samples.
        device: where the maps lie.
        centres: where the cells lie in the picture; None is evenly.
    """

    def __init__(
        self,
        height: int,
        width: int,
        grid: int | None,
        device: torch.device | str = "cpu",
        centres: Centres | None = None,
    ) -> None:
        self.grid = grid
        self._centres = centres
        #: Samples of a unit in one image.
        self.count = height * width if grid is None else grid * grid
        self._shrinks = grid is not None and max(height, width) > grid
        #: Whether the samples are the cells themselves.
        self.same = grid is None or (centres is None and (height, width) == (grid, grid))
        self._plain = self._shrinks or self.same
        #: Whether samples beyond the map's border, zero, are mixed in.
        self.fades = not self._plain or (grid is not None and centres is not None)
        if self.grid is not None and not self._plain:
            down, across = (centres.rows, centres.columns) if centres else (None, None)
            self._rows = _Axis(height, self.grid, device, down)
            self._columns = _Axis(width, self.grid, device, across)

    def find(self, features: Tensor, bounds: Tensor) -> Found:
        """All samples at or above the bounds.

        Args:
            features: float (n, C, h, w), finite.
            bounds: float (C,); minus infinity finds every sample.
        """
        features = features + 0.0  # minus zero is zero
        if self._plain:
            if self._shrinks and self.grid is not None:
                features = upsample(features, self.grid, self._centres)
            return self._find_plain(features.flatten(2), bounds)
        padded = F.pad(features, (1, 1, 1, 1))
        tops = torch.maximum(padded[:, :, :-1], padded[:, :, 1:])
        tops = torch.maximum(tops[..., :-1], tops[..., 1:])
        promising = tops >= (bounds - SLACK * bounds.abs())[:, None, None]
        # Flat indices and index_select: many times faster on a CPU than indexing by tuples.
        square = promising.view(-1).nonzero().squeeze(1)
        line, column = square // tops.shape[3], square % tops.shape[3]
        map_, row = line // tops.shape[2], line % tops.shape[2]
        image, unit = map_ // tops.shape[1], map_ % tops.shape[1]
        stride, flat = padded.shape[3], padded.view(-1)
        corner = (map_ * padded.shape[2] + row) * stride + column
        down = self._rows.weights.index_select(0, row)  # (M, 2, A)
        across = self._columns.weights.index_select(0, column)  # (M, 2, B)
        left = _mix(flat, corner, stride, down)[:, :, None]
        right = _mix(flat, corner + 1, stride, down)[:, :, None]
        values = left * across[:, 0, None] + right * across[:, 1, None]
        # Where a square at the border has fewer samples than others its weights are not numbers,
        # and no comparison holds.
        above = values >= bounds.index_select(0, unit)[:, None, None]
        hit = above.view(-1).nonzero().squeeze(1)
        of, place = _split(hit, values.shape[1] * values.shape[2])
        first = image * self.count + self._rows.first.index_select(0, row) * self._columns.size
        first += self._columns.first.index_select(0, column)
        offsets = torch.arange(values.shape[1], device=hit.device)[:, None] * self._columns.size
        offsets = (offsets + torch.arange(values.shape[2], device=hit.device)).view(-1)
        return Found(
            unit.index_select(0, of),
            first.index_select(0, of) + offsets.index_select(0, place),
            values.view(-1).index_select(0, hit),
        )

    def _find_plain(self, flat: Tensor, bounds: Tensor) -> Found:
        hit = (flat >= bounds[:, None]).view(-1).nonzero().squeeze(1)
        map_, place = _split(hit, self.count)
        image, unit = _split(map_, flat.shape[1])
        return Found(unit, image * self.count + place, flat.view(-1).index_select(0, hit))


class _Axis:
    """The samples between each pair of neighbouring cells of one axis, beyond the border too.

    Attributes:
        size: samples along the axis.
        first: int64 (cells + 1,): the first sample of each gap.
        weights: float32 (cells + 1, 2, A): weights of the two cells for each of up to A samples
            of a gap; not a number where a gap has fewer.
    """

    def __init__(
        self, cells: int, size: int, device: torch.device | str, axis: Axis | None
    ) -> None:
        left, right_weight = axis_taps(cells, size, axis)
        gap = left + 1
        first = np.searchsorted(gap, np.arange(cells + 1))
        inside = np.arange(size) - first[gap]
        weights = np.full((cells + 1, 2, int(inside.max()) + 1), np.nan)
        weights[gap, 0, inside] = 1 - right_weight
        weights[gap, 1, inside] = right_weight
        self.size = size
        self.first = torch.from_numpy(first).to(device)
        self.weights = torch.from_numpy(weights).to(device, torch.float32)


def _split(places: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Quotient and rest of non-negative integers; by bits where they tell, which is faster."""
    if size & (size - 1):
        return places // size, places % size
    return places >> (size.bit_length() - 1), places & (size - 1)


def _mix(flat: Tensor, upper: Tensor, stride: int, weights: Tensor) -> Tensor:
    """Values between an upper cell and the one below it: (M,) indices, (M, 2, A) -> (M, A)."""
    above = flat.index_select(0, upper)[:, None] * weights[:, 0]
    return above + flat.index_select(0, upper + stride)[:, None] * weights[:, 1]

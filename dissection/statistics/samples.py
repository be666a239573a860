"""Find the upsampled activations above a bound without upsampling everything.

Only the top one or two per cent of a unit's samples ever matter, and every bilinear sample lies
below the highest of the four cells around it. So the maps are cut into the squares between four
neighboring cells, and only squares with a high enough corner are upsampled: a few per cent of
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

from dissection.statistics.upsample import Axis, Centers, axis_taps, upsample

#: Rounding may lift a sample above its highest corner by some parts in ten million.
SLACK = 1e-5


@dataclass(frozen=True)
class Found:
    """Samples at or above their unit's bound, each once, in no order that is promised.

    Attributes:
        units: int32 (M,).
        places: int32 (M,): image * grid * grid + row * grid + column; none where only values
            are wanted.
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
        centers: where the cells lie in the picture; None is evenly.
    """

    def __init__(
        self,
        height: int,
        width: int,
        grid: int | None,
        device: torch.device | str = "cpu",
        centers: Centers | None = None,
    ) -> None:
        self.grid = grid
        self._centers = centers
        #: Samples of a unit in one image.
        self.count = height * width if grid is None else grid * grid
        self._shrinks = grid is not None and max(height, width) > grid
        #: Whether the samples are the cells themselves.
        self.same = grid is None or (centers is None and (height, width) == (grid, grid))
        #: Cells for each sample along a side, where a sample is the mean of the middle two by two.
        self.halved = 0
        if grid is not None and centers is None and height == width and height % (2 * grid) == 0:
            self.halved = height // grid
        self._plain = self._shrinks or self.same
        #: Whether samples beyond the map's border, zero, are mixed in.
        self.fades = not self._plain or (grid is not None and centers is not None)
        if self.grid is not None and not self._plain:
            down, across = (centers.rows, centers.columns) if centers else (None, None)
            rows = _Axis(height, self.grid, device, down)
            columns = _Axis(width, self.grid, device, across)
            self._squares = _Squares(rows, columns)

    def find(self, features: Tensor, bounds: Tensor) -> Found:
        """All samples at or above the bounds.

        Args:
            features: float (n, C, h, w), finite.
            bounds: float (C,); minus infinity finds every sample.
        """
        if self._plain:
            if self._shrinks and self.grid is not None:
                features = upsample(features, self.grid, self._centers)
            return self._find_plain(features.flatten(2), bounds)
        padded = F.pad(features, (1, 1, 1, 1)).add_(0.0)  # minus zero is zero
        tops = torch.maximum(padded[:, :, :-1], padded[:, :, 1:])
        tops = torch.maximum(tops[..., :-1], tops[..., 1:])
        promising = _at_least(tops, (bounds - SLACK * bounds.abs())[:, None, None])
        units, squares = tops.shape[1], self._squares
        # Flat 32-bit indices and index_select: many times faster on a CPU than tuples of indices.
        square = where(promising).int()
        map_ = square // squares.count
        square -= map_ * squares.count
        image = map_ // units
        unit = map_ - image * units
        corner = map_ * (padded.shape[2] * padded.shape[3])
        corner += squares.corner.index_select(0, square)
        values = squares.mix(padded.view(-1), padded.shape[3], corner, square)  # (A, B, M)
        # Where a square at the border has fewer samples than others its weights are not numbers,
        # and no comparison holds.
        hit = where(values >= bounds.index_select(0, unit))
        of = hit.int()
        place = of // max(1, len(square))
        of -= place * len(square)
        first = image * self.count + squares.first.index_select(0, square)
        return Found(
            unit.index_select(0, of),
            first.index_select(0, of) + squares.offset.index_select(0, place),
            values.view(-1).index_select(0, hit),
        )

    def _find_plain(self, flat: Tensor, bounds: Tensor) -> Found:
        hit = where(_at_least(flat, bounds[:, None]))
        map_ = hit // self.count
        image = map_ // flat.shape[1]
        place = hit - map_ * self.count + image * self.count
        unit = map_ - image * flat.shape[1]
        values = flat.reshape(-1).index_select(0, hit).add_(0.0)  # minus zero is zero
        return Found(unit.int(), place.int(), values)


def _at_least(values: Tensor, bounds: Tensor) -> Tensor:
    if values.device.type == "cpu":  # several times faster than torch's own
        return torch.from_numpy(np.greater_equal(values.numpy(), bounds.numpy()))
    return values >= bounds


def where(mask: Tensor) -> Tensor:
    """Flat indices of what is true, int64 (M,), rising."""
    if mask.device.type == "cpu":  # several times faster than torch's own
        return torch.from_numpy(np.flatnonzero(mask.numpy()))
    return mask.view(-1).nonzero().squeeze(1)


class _Axis:
    """The samples between each pair of neighboring cells of one axis, beyond the border too.

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


class _Squares:
    """The squares between four neighboring cells, beyond the border of a map too, row by row.

    Attributes:
        count: squares of a map.
        corner: int32 (count,): the square's upper left cell in the padded map.
        first: int32 (count,): its first sample.
        offset: int32 (A * B,): from a square's first sample to each, row by row.
    """

    def __init__(self, rows: _Axis, columns: _Axis) -> None:
        height, width = len(rows.first), len(columns.first)
        self.count = height * width
        # Padded maps have one column more than there are gaps between columns.
        self.corner = _outer(torch.arange(height) * (width + 1), torch.arange(width))
        self.corner = self.corner.to(rows.first.device)
        self.first = _outer(rows.first * columns.size, columns.first)
        within = torch.arange(rows.weights.shape[2]) * columns.size
        self.offset = _outer(within, torch.arange(columns.weights.shape[2]))
        self.offset = self.offset.to(rows.first.device)
        by_row = rows.weights.repeat_interleave(width, 0)  # (count, 2, A)
        self._down = by_row.permute(1, 2, 0).contiguous()
        by_column = columns.weights.repeat(height, 1, 1)  # (count, 2, B)
        self._across = by_column.permute(1, 2, 0).contiguous()

    def mix(self, flat: Tensor, stride: int, corner: Tensor, square: Tensor) -> Tensor:
        """All samples of some squares.

        Args:
            flat: padded maps.
            stride: length of their rows.
            corner: int32 (M,): upper left cells in ``flat``.
            square: int32 (M,): which square of its map each is.

        Returns:
            Float (A, B, M): so that every operation runs along the squares.
        """
        down, across = (_pick(weights, square) for weights in (self._down, self._across))
        left = flat.index_select(0, corner) * down[0]
        left += flat.index_select(0, corner + stride) * down[1]
        corner = corner + 1
        right = flat.index_select(0, corner) * down[0]
        right += flat.index_select(0, corner + stride) * down[1]
        values = left[:, None] * across[0]
        values += right[:, None] * across[1]
        return values


def _outer(rows: Tensor, columns: Tensor) -> Tensor:
    return (rows[:, None] + columns).view(-1).int()


def _pick(weights: Tensor, square: Tensor) -> Tensor:
    """Weights (2, A, count) of some squares, (2, A, M); row by row, which is fastest."""
    picked = weights.new_empty(*weights.shape[:2], len(square))
    for row, out in zip(weights.flatten(0, 1), picked.flatten(0, 1), strict=True):
        torch.index_select(row, 0, square, out=out)
    return picked

"""Where in a picture can a concept be painted? Every cell is tried, and what comes of it counted.

For the picture G(z) under an edit e, a brush b for concept c with strength s, and a cell (i, j) of
the brush's layer (of the coarsest one where it has several):

    gain(i, j) = pixels of c in the picture under (e, then b drawn over cell (i, j) with strength s)
                 - pixels of c in the picture under e

The pixels are those of the picture in which any channel of the segmenter names c. "Drawn over the
cell" is what a stroke does whose mask is the cell's square: in each layer of the brush the units
are forced to their levels in the cells within it. This is Fig. 4D of Bau et al. (2020) for a single
picture; there, the same 20 door units were activated at every location of 10,000 pictures, and
doors came up on buildings, hardly ever on trees or in the sky.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.generators.renderer import Renderer
from dissection.models.segmenters.base import CountingSegmenter, Segmenter
from dissection.painting.edits import Brush, Edit, Mode, Stroke


class Insertion:
    """The trial of one brush at every cell of one picture, in as many steps as one likes.

    Cells are tried from coarse to fine: after a quarter of them every fourth has been.

    Args:
        generator: whose layers the brush names.
        edit: what the picture shows already.
        brush: what to draw.
        strength: 0..1, the alpha of the cell.

    Attributes:
        layer: the layer whose cells are tried.
        gains: float32 (h, w), pixels of the picture for each cell; NaN where it is not tried yet.
        before: pixels of the concept without any trial; None before the first step.

    Raises:
        BadInputError: the brush has no units, or the strength is not from 0 to 1.
        UnknownNameError: it names a layer that the generator does not have.
    """

    def __init__(
        self, generator: ProgressiveGenerator, edit: Edit, brush: Brush, strength: float = 1.0
    ) -> None:
        if not brush.layers:
            raise BadInputError(f"The brush '{brush.concept}' has no units to try.")
        shapes = {name: generator.layer_shape(name) for name in brush.layers}
        self.layer = min(shapes, key=lambda name: shapes[name][1] * shapes[name][2])
        _, height, width = shapes[self.layer]
        self._edit, self._brush, self._strength = edit, brush, strength
        self._left = coarse_to_fine(height, width)
        self.gains: NDArray[np.float32] = np.full((height, width), np.nan, np.float32)
        self.before: int | None = None

    @property
    def progress(self) -> float:
        """The share of the cells that have been tried, 0..1."""
        return 1 - len(self._left) / self.gains.size

    @property
    def done(self) -> bool:
        """Whether every cell has been tried."""
        return not self._left

    def advance(self, renderer: Renderer, segmenter: Segmenter, cells: int) -> None:
        """Try some more cells.

        Args:
            renderer: of the generator, standing at the picture's latent. The pictures are
                computed in its live precision.
            segmenter: counts the concept's pixels.
            cells: how many to try at once, at least 1.

        Raises:
            UnknownNameError: the segmenter does not know the concept.
        """
        index = segmenter.vocabulary.id(self._brush.concept)
        batch, left = self._left[:cells], self._left[cells:]
        strokes = [self._stroke(cell) for cell in batch]
        if self.before is None:
            strokes.append(self._stroke(None))
        images = renderer.variants(self._edit, strokes)
        size, own = images.shape[-1], getattr(segmenter, "size", None)
        # A segmenter that sees the picture in less detail decides there, and a pixel of its own
        # stands for several: the scores between them say nothing new, and take most of the time.
        coarse = isinstance(own, int) and own > 0 and size % own == 0
        # What pictures are rounded to is close enough for the scores.
        rounded = renderer.precision != "float32"
        on_cpu = images.device.type == "cpu"
        if rounded and coarse and on_cpu and isinstance(segmenter, CountingSegmenter):
            found, seen = segmenter.count(images, index), segmenter.size
        else:
            with torch.autocast(images.device.type, torch.bfloat16, enabled=rounded):
                named = segmenter.segment(images, own if coarse else size) == index
            found, seen = named.any(1).sum((1, 2)), named.shape[-1]
        pixels = [(size // seen) ** 2 * count for count in found.tolist()]
        if self.before is None:
            self.before = pixels.pop()
        for cell, count in zip(batch, pixels, strict=True):
            self.gains[cell] = count - self.before
        self._left = left

    def _stroke(self, cell: tuple[int, int] | None) -> Stroke:
        mask = np.zeros(self.gains.shape, np.float32)
        if cell is not None:
            mask[cell] = 1
        return Stroke(mask, self._brush, Mode.DRAW, self._strength)


def coarse_to_fine(height: int, width: int) -> list[tuple[int, int]]:
    """All cells (row, column) of a grid, so that the first ones lie scattered all over it.

    First the middles of large blocks, then those of blocks half as wide, down to single cells;
    each cell comes once.
    """
    stride = 1 << max(height, width).bit_length() - 1
    order: dict[tuple[int, int], None] = {}
    while stride:
        for row in range(stride // 2, height, stride):
            for column in range(stride // 2, width, stride):
                order.setdefault((row, column))
        stride //= 2
    return list(order)


def filled(gains: NDArray[np.float32]) -> NDArray[np.float32]:
    """A map that is not complete yet, with the nearest tried cell's gain in every other one.

    Args:
        gains: float32 (h, w), NaN where nothing is known; see ``Insertion.gains``.

    Returns:
        float32 (h, w); all NaN where nothing is known at all.
    """
    known = ~np.isnan(gains)
    if known.all() or not known.any():
        return gains.copy()
    there = np.argwhere(known)
    cells = np.moveaxis(np.indices(gains.shape), 0, -1)
    away = ((cells[..., None, :] - there) ** 2).sum(-1)
    nearest: NDArray[np.float32] = gains[known][away.argmin(-1)]
    return nearest

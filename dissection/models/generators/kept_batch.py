"""Pictures of several latents with one box of a layer changed, computed only where that reaches.

All layers' outputs behind the changed one are kept. A change is written into the box, and from
layer to layer only what the box can reach is computed again and written over; afterwards what was
there is put back. It is what ``frame`` does for the picture on the screen, for a batch.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.region import crop
from dissection.painting.boxes import Box


class KeptBatch:
    """Some latents' pictures, to be changed at one layer.

    Args:
        network: what computes them.
        x: float (N, C, h, w), the layer's unchanged output, in the network's own form.
        layer: its name; not the output layer.
    """

    def __init__(self, network: FoldedGenerator, x: Tensor, layer: str) -> None:
        names = list(network.steps)
        self._steps = [network.steps[name] for name in names[names.index(layer) + 1 :]]
        self._maps = [x.clone()]
        for step in self._steps:
            self._maps.append(step(self._maps[-1]))
        # The first is the layer's own: what no step computes is written by the change alone.

    @property
    def images(self) -> Tensor:
        """The unchanged pictures, float32 (N, 3, R, R); not to be written to."""
        return self._maps[-1].float()

    @contextmanager
    def changed(self, box: Box, change: Callable[[Tensor], Tensor]) -> Iterator[Tensor]:
        """The pictures with a box of the layer changed, while the block runs.

        Args:
            box: within the layer's map.
            change: gives the box's new content (N, C, height, width) of its unchanged one.

        Yields:
            float32 (N, 3, R, R), nominally -1..1, unclamped.
        """
        before: list[tuple[Tensor, Tensor]] = []
        try:
            with torch.no_grad():
                place = crop(self._maps[0], box)
                self._write(place, change(place.clone()), before)
                for step, x, kept in zip(self._steps, self._maps, self._maps[1:], strict=False):
                    reached = step.reached(box)
                    outputs = step.reached_outputs(x, box)
                    box = reached.within(*kept.shape[-2:])
                    inside = crop(outputs, box.shifted(-reached.top, -reached.left))
                    self._write(crop(kept, box), inside, before)
            yield self.images
        finally:
            for place, values in reversed(before):
                place.copy_(values)

    @staticmethod
    def _write(place: Tensor, values: Tensor, before: list[tuple[Tensor, Tensor]]) -> None:
        before.append((place, place.clone()))
        place.copy_(values)

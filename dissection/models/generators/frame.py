"""The frame on screen: all activations of one picture, brought up to date where an edit changes.

From the cells whose (alpha, value) changed follows, layer by layer, the box of cells that they can
reach: pixel norm acts within a position, so nothing spreads further than the kernels reach. Only
these boxes are computed again and written into what was kept; where a box is most of its map, the
whole map is, which costs less than cutting it out.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dissection.data.images import Picture, to_bytes
from dissection.models.generators.folded import FoldedGenerator, Step
from dissection.models.generators.region import crop
from dissection.painting.boxes import Box
from dissection.painting.edits import LayerEdit

#: What cutting a box out and writing it back costs, in multiplications that a CPU makes meanwhile.
PATCH_COST = 3_000_000
#: A product in a box costs this much more than one in a whole map: small maps use kernels less
#: well, and the cells around the box are normalized too.
BOX_COST = 1.15


class _FrameLayer:
    """One layer of the frame: its output before and after its own edit."""

    def __init__(self, raw: Tensor) -> None:
        self.raw = raw
        self.out = raw  # the same tensor while the layer is not edited
        self.edit: LayerEdit | None = None

    def blend(self, edit: LayerEdit | None, box: Box) -> None:
        """``x (1 - alpha) + value alpha`` (Bau et al. 2020, unit interventions) within a box.

        Outside it, ``out`` has to be right already.
        """
        self.edit = edit
        if edit is None:
            self.out = self.raw
            return
        if self.out is self.raw:
            self.out = self.raw.clone()
        x = crop(self.raw, box)
        alpha = torch.from_numpy(edit.alpha[:, *box.slices]).to(x.device)
        value = torch.from_numpy(edit.value[:, *box.slices]).to(x.device)
        crop(self.out, box).copy_(torch.lerp(x.float(), value, alpha))


class Frame:
    """The picture of one latent under changing edits, with everything on the way to it.

    Nothing is assumed about the order of calls: what is kept is compared by content. The picture
    is the one that a pass through the whole network gives, up to the rounding of products that
    are added up in another order.

    Args:
        network: what to compute with.
        patch: compute boxes where that is less work; else whole maps always.
    """

    def __init__(self, network: FoldedGenerator, patch: bool) -> None:
        self.network = network
        self._patch = patch
        self._latent: Tensor | None = None
        self._layers: dict[str, _FrameLayer] = {}
        self._clean: dict[str, Tensor] = {}
        self._picture: Picture | None = None

    def set_latent(self, latent: Tensor) -> None:
        """Forget everything about the latent before.

        Args:
            latent: float32 (1, d, 1, 1).
        """
        self._latent = latent.to(self.network.device)
        self._clean.clear()
        self._forget_picture()

    def picture(self, edits: Mapping[str, LayerEdit]) -> Picture:
        """The picture under the blends of some layers.

        Args:
            edits: layer name to maps of the layer's shape.

        Returns:
            uint8 (R, R, 3); the next call may write into it.
        """
        try:
            return self._update(edits)
        except BaseException:
            self._forget_picture()  # some layers may be ahead of others
            raise

    def clean(self, layer: str) -> Tensor:
        """The unedited output (1, C, h, w) of a layer, from the nearest one that is kept.

        It is valid until the next picture.
        """
        names = list(self.network.steps)
        start, after = self._latent, None
        for name in names[: names.index(layer) + 1]:
            if name in self._clean:
                start, after = self._clean[name], name
            if after != name and name in self._layers and not self._edited_before(name):
                start, after = self._layers[name].raw, name
        assert start is not None  # Renderer asks for a latent first
        if after == layer:
            return start
        self._clean[layer] = self.network.run(start, after, layer)
        return self._clean[layer]

    def edited(self, layer: str, edits: Mapping[str, LayerEdit]) -> Tensor:
        """The output (1, C, h, w) of a layer under the blends of some layers, its own included.

        It is valid until the next picture.
        """
        self.picture(edits)
        return self._layers[layer].out

    def _edited_before(self, layer: str) -> bool:
        for name, frame_layer in self._layers.items():
            if name == layer:
                return False
            if frame_layer.edit is not None:
                return True
        return False

    def _forget_picture(self) -> None:
        self._layers.clear()
        self._picture = None

    def _update(self, edits: Mapping[str, LayerEdit]) -> Picture:
        *names, colors = self.network.steps
        x, changed = self._bring_up_to_date(names, edits)
        return self._colored(self.network.steps[colors], x, changed)

    def _bring_up_to_date(
        self, names: Sequence[str], edits: Mapping[str, LayerEdit]
    ) -> tuple[Tensor, Box | None]:
        """The first layers under their edits: the last one's output, and the box that changed."""
        assert self._latent is not None  # Renderer asks for a latent first
        x, changed = self._latent, None
        for name in names:
            step = self.network.steps[name]
            frame_layer = self._layers.get(name)
            if frame_layer is None:
                frame_layer = self._layers[name] = _FrameLayer(step(x))
                changed = Box(0, 0, *frame_layer.raw.shape[-2:])
            elif changed is not None:
                changed = self._advance(frame_layer, step, x, changed)
            changed = joined(changed, changed_cells(frame_layer.edit, edits.get(name)))
            if changed is not None:
                frame_layer.blend(edits.get(name), changed)
            x = frame_layer.out
        return x, changed

    def _advance(self, frame_layer: _FrameLayer, step: Step, x: Tensor, changed: Box) -> Box:
        """Bring a layer up to date behind a changed box of its input; the box of its output."""
        height, width = frame_layer.raw.shape[-2:]
        reached = step.reached(changed)
        box = reached.within(height, width)
        if not self._worth_patching(step, reached, height * width):
            frame_layer.raw = step(x)
            return box
        outputs = crop(step.reached_outputs(x, changed), box.shifted(-reached.top, -reached.left))
        crop(frame_layer.raw, box).copy_(outputs)
        return box

    def _worth_patching(self, step: Step, reached: Box, cells: int) -> bool:
        patch = reached.area * step.products * BOX_COST + PATCH_COST
        return self._patch and patch < cells * step.products

    def _colored(self, step: Step, x: Tensor, changed: Box | None) -> Picture:
        if self._picture is None:
            self._picture = to_bytes(step(x))[0]
        elif changed is not None:
            self._picture[changed.slices] = to_bytes(step.reached_outputs(x, changed))[0]
        return self._picture


def changed_cells(before: LayerEdit | None, after: LayerEdit | None) -> Box | None:
    """The cells where two edits of a layer differ in any unit."""
    edit = after or before
    if edit is None:
        return None
    _, height, width = edit.alpha.shape
    differs = np.zeros((height, width), np.bool_)
    if before is None or after is None:
        differs |= edit.alpha.any(0)
    else:
        differs |= (before.alpha != after.alpha).any(0)
        differs |= (before.value != after.value).any(0)
    box = Box.around(differs)
    return None if box is None else box.rounded(height, width)


def joined(a: Box | None, b: Box | None) -> Box | None:
    """The smallest box around two of which either may be none."""
    return b if a is None else a.join(b)

"""The frame on screen while the hand moves: boxes again, of a network made for nothing else.

What is kept of a layer is the input of the next one, normalized and rounded; real values are kept
where a layer is edited.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from dissection.data.images import Picture
from dissection.models.generators.frame import Frame, changed_cells, joined
from dissection.models.generators.live.layer import LiveLayer, as_real
from dissection.models.generators.live.maps import Normalized, RealValues, Taker
from dissection.models.generators.live.maps import Picture as Colors
from dissection.models.generators.live.network import LiveNetwork
from dissection.painting.boxes import Box
from dissection.painting.edits import LayerEdit

#: A box that covers this much of its map is not worth cutting out.
_MOST = 0.85
#: A layer goes back to bfloat16 when more of the values that an edit changed are cut off.
_CUT_OFF = 1e-3


class _SaturatedError(Exception):
    """An edit drives a layer's input out of the range of its bytes."""

    def __init__(self, layer: str) -> None:
        super().__init__(layer)
        self.layer = layer


@dataclass
class _Edited:
    """An edited layer's output as it would be without its own edit, and that edit."""

    values: RealValues
    edit: LayerEdit | None = None


class LiveFrame(Frame):
    """As ``Frame``, with a live network.

    A layer whose input an edit drives out of its range goes back to bfloat16, for all frames of
    the network, and the picture is computed again.

    Args:
        network: what to compute with.
    """

    def __init__(self, network: LiveNetwork) -> None:
        super().__init__(network.folded, patch=True)
        self.live = network
        self._inputs: dict[str, Normalized] = {}
        self._edited_layers: dict[str, _Edited] = {}
        self._colors: Colors | None = None
        self._used: tuple[LiveLayer, ...] = ()

    def edited(self, layer: str, edits: Mapping[str, LayerEdit]) -> Tensor:
        """See ``Frame.edited``."""
        if layer in self.live.exact:
            return super().edited(layer, edits)
        self.picture(edits)
        live, edit = self.live.layers[layer], edits.get(layer)
        kept = self._edited_layers.get(layer) or self._real_values(layer)
        whole = Box(0, 0, *live.shape[1:])
        return _blended(kept.values, edit, whole).permute(2, 0, 1)[None]

    def _update(self, edits: Mapping[str, LayerEdit]) -> Picture:
        return self._shown(edits).numpy()

    def _shown(self, edits: Mapping[str, LayerEdit]) -> Tensor:
        """The colors (R, R, 3), a view of what is kept."""
        if self._used != (layers := tuple(self.live.layers.values())):
            self._forget_picture()
            self._used = layers
        try:
            return self._advanced(edits)
        except _SaturatedError as error:
            self.live.give_up_bytes(error.layer)
            return self._shown(edits)

    def _new_colors(self) -> Colors:
        return self.live.new_picture()

    def _advanced(self, edits: Mapping[str, LayerEdit]) -> Tensor:
        layers = self.live.layers
        x, changed = self._bring_up_to_date(self.live.exact, edits)
        if self._colors is None:
            self._colors = self._new_colors()
            self._inputs = {name: layer.new_input() for name, layer in layers.items()}
            changed = Box(0, 0, *x.shape[-2:])
        first, *others = self._inputs.values()
        if changed is not None:
            first.put(as_real(x, changed), changed.top, changed.left)
        takers: list[Taker] = [*others, self._colors]
        for (name, layer), taker in zip(layers.items(), takers, strict=True):
            changed = self._pass_on(name, layer, taker, changed, edits.get(name))
        return self._colors.inside(Box(0, 0, self._colors.height, self._colors.width))

    def _pass_on(
        self,
        name: str,
        layer: LiveLayer,
        taker: Taker,
        changed: Box | None,
        edit: LayerEdit | None,
    ) -> Box | None:
        """Bring a layer up to date behind a changed box of its input; the box of its output."""
        source, kept = self._inputs[name], self._edited_layers.get(name)
        places = None
        if changed is not None:
            if layer.takes_bytes and source.saturated(changed) > _CUT_OFF:
                raise _SaturatedError(name)
            places = layer.places(changed)
            if places.area > _MOST * layer.whole().area:
                places = layer.whole()
        cells = None if places is None else layer.cells(places)
        if edit is None and kept is None:
            if places is not None:
                layer.advance(source, places, taker)
            return cells
        if kept is None:
            kept = self._edited_layers[name] = self._real_values(name)
        elif places is not None:
            layer.advance(source, places, kept.values)
        box = joined(cells, changed_cells(kept.edit, edit))
        if box is not None:
            values = _blended(kept.values, edit, box)
            taker.put(values[:, :, None, None], box.top, box.left)
        kept.edit = edit
        if edit is None:
            del self._edited_layers[name]
        return box

    def _real_values(self, name: str) -> _Edited:
        """A layer's output as it is, of which nothing is kept yet."""
        layer = self.live.layers[name]
        kept = _Edited(RealValues(layer.shape))
        layer.advance(self._inputs[name], layer.whole(), kept.values)
        return kept

    def _forget_picture(self) -> None:
        super()._forget_picture()
        self._inputs.clear()
        self._edited_layers.clear()
        self._colors = None


def _blended(values: RealValues, edit: LayerEdit | None, box: Box) -> Tensor:
    """``x (1 - alpha) + value alpha`` (Bau et al. 2020, unit interventions): (rows, columns, C)."""
    part = values.inside(box)
    if edit is None:
        return part.clone()
    value, alpha = (
        torch.from_numpy(maps[:, *box.slices]).permute(1, 2, 0) for maps in (edit.value, edit.alpha)
    )
    return torch.lerp(part, value, alpha)

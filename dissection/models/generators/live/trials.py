"""Many pictures that differ from one in a stroke each: only what the stroke reaches is computed.

What a trial writes over is put back behind it, so that the next one begins at the same picture.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from dissection.models.generators.live.frame import LiveFrame
from dissection.models.generators.live.maps import Bordered, Picture
from dissection.painting.edits import LayerEdit

LayerEdits = Mapping[str, LayerEdit]


class TrialFrame(LiveFrame):
    """As ``LiveFrame``, for trials instead of pictures on screen; its colors are real values."""

    def variants(self, base: LayerEdits, others: Sequence[LayerEdits]) -> Tensor:
        """The pictures under some edits that have most in common.

        Args:
            base: layer name to maps of the layer's shape, of what they have in common.
            others: the same of each picture, at least one.

        Returns:
            float32 (N, 3, R, R), RGB, nominally -1..1, unclamped.
        """
        pictures: list[Tensor] = []
        edited = {name for edits in others for name in edits} & self.live.layers.keys()
        try:
            self._shown(base)
            for edits in others:
                self._stand_at(base, edited)
                pictures.append(self._tried(base, edits))
        except BaseException:
            self._forget_picture()
            raise
        return torch.stack(pictures).permute(0, 3, 1, 2)

    def _new_colors(self) -> Picture:
        return self.live.new_picture(real=True)

    def _stand_at(self, base: LayerEdits, edited: set[str]) -> None:
        if self._colors is None:
            self._shown(base)
        for name in edited - self._edited_layers.keys():
            self._edited_layers[name] = self._real_values(name)

    def _tried(self, base: LayerEdits, edits: LayerEdits) -> Tensor:
        journal: list[tuple[Tensor, Tensor]] = []
        before, colors = dict(self._edited_layers), self._colors
        edit_of = {name: kept.edit for name, kept in before.items()}
        maps: list[Bordered] = [*self._inputs.values(), *(k.values for k in before.values())]
        if colors is not None:
            maps.append(colors)
        for each in maps:
            each.journal = journal
        picture = self._shown(edits).clone()
        if self._colors is not colors:  # a layer went back to real values, and all was made anew
            self._forget_picture()
            return picture
        for each in maps:
            each.journal = None
        for part, was in reversed(journal):
            part.copy_(was)
        self._edited_layers = before
        for name, kept in before.items():
            kept.edit = edit_of[name]
        self._bring_up_to_date(self.live.exact, base)
        return picture

"""One picture without units: its class scores, where units are active, what turns its decision."""

from collections.abc import Collection, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.errors import BadInputError
from dissection.interventions.ablation.engine import Ablator, decide
from dissection.interventions.ablation.replacement import Zero
from dissection.models.hooks import LayerReading, edit


class LivePicture:
    """A picture whose units are taken out; made by ``LiveAblation.picture`` and ``look_at``.

    Args:
        network: the whole classifier.
        layer: whose units.
        reading: how the layer is read.
        ablator: of the network and layer.
        inputs: float (1, 3, H, W), as the network takes it.

    Attributes:
        decided: the class that the whole network takes it for.
        units: C.
    """

    def __init__(
        self,
        network: nn.Module,
        layer: str,
        reading: LayerReading,
        ablator: Ablator,
        inputs: Tensor,
    ) -> None:
        self._network, self._layer, self._reading = network, layer, reading
        self._ablator, self._inputs = ablator, inputs
        self._kept = ablator.keep(inputs, Zero())
        self.decided = int(decide(self._kept.logits)[0])
        self.units = self._kept.maps.shape[1]

    @torch.no_grad()
    def scores(self, removed: Collection[int] = ()) -> NDArray[np.float32]:
        """Probabilities of all classes without some units, float32 (K,), 0..1.

        Raises:
            BadInputError: there is no such unit.
        """
        logits = self._without(torch.zeros(1, self.units, dtype=torch.bool), removed)
        return np.asarray(logits[0].softmax(0).float().cpu().numpy())

    @torch.no_grad()
    def lost(self) -> NDArray[np.float32]:
        """Probability of the decided class that each unit alone takes with it, float32 (C,)."""
        logits = self._without(torch.eye(self.units, dtype=torch.bool))
        whole = self._kept.logits[0].softmax(0)[self.decided]
        lost = whole - logits.softmax(1)[:, self.decided]
        return np.asarray(lost.float().cpu().numpy())

    def maps(self) -> NDArray[np.float32]:
        """The layer's output, float32 (C, h, w) or (C,)."""
        return np.asarray(self._kept.maps[0].float().cpu().numpy())

    @torch.no_grad()
    def fewest(self, most: int | None = None) -> tuple[int, ...] | None:
        """Units whose removal turns the decision, few of them.

        Units are taken one after the other, each time the one that brings the decision furthest
        towards another class; then those are put back that it turns without; the end is verified
        by a full pass of the network.

        Args:
            most: units at most; None allows all.

        Returns:
            Their numbers, in the order in which they are taken; None if no so few turn it.
        """
        taken: list[int] = []
        left = self._kept.acts[0].nonzero().flatten().tolist()
        while left and (most is None or len(taken) < most):
            margins = self._margins([[*taken, unit] for unit in left])
            best = int(margins.argmin())
            taken.append(left.pop(best))
            if margins[best] < 0:
                few = self._needed(taken)
                for units in (few, taken):
                    if self._turned(units):
                        return tuple(units)
        return None

    def _needed(self, taken: Sequence[int]) -> list[int]:
        """Without those that the decision turns without, the last ones first."""
        kept = list(taken)
        while len(kept) > 1:
            fewer = [[unit for unit in kept if unit != gone] for gone in kept]
            margins = self._margins(fewer)
            if float(margins.min()) >= 0:
                break
            kept = fewer[int(margins.argmin())]
        return kept

    def _margins(self, sets: Sequence[Sequence[int]]) -> Tensor:
        """By how much the decided class is ahead of all others without each set, (S,)."""
        masks = torch.zeros(len(sets), self.units, dtype=torch.bool)
        for row, units in enumerate(sets):
            masks[row, list(units)] = True
        logits = self._without(masks)
        others = logits.clone()
        others[:, self.decided] = -torch.inf
        return logits[:, self.decided] - others.amax(1)

    def _turned(self, units: Sequence[int]) -> bool:
        """Whether the whole network decides otherwise without some units."""

        def without(maps: Tensor) -> Tensor:
            maps = maps.clone()
            maps[:, list(units)] = 0
            return maps

        readings = {self._layer: self._reading}
        with edit(self._network, {self._layer: without}, readings=readings):
            logits = self._network(self._inputs).flatten(1)
        return int(decide(logits)[0]) != self.decided

    def _without(self, masks: Tensor, removed: Collection[int] = ()) -> Tensor:
        """Logits (S, K) without the units of masks, bool (S, C), and some others."""
        masks[:, sorted(checked_units(removed, self.units, self._layer))] = True
        return self._ablator.set_logits(self._kept, masks.to(self._inputs.device))[0]


def checked_units(removed: Collection[int], units: int, layer: str) -> frozenset[int]:
    """Numbers of units that a layer has.

    Raises:
        BadInputError: there is no such unit.
    """
    found = frozenset(int(unit) for unit in removed)
    strange = [unit for unit in found if not 0 <= unit < units]
    if strange:
        raise BadInputError(f"{layer} has no unit {strange[0]}; it has 0 to {units - 1}.")
    return found

"""Accuracies of all classes without any units, while somebody drags a slider.

    live = LiveAblation(network, "features.relu5_3", ImageFolder("val"))
    live.accuracies([3, 17])  # of every class without these units
    live.flips([3, 17])  # pictures that are taken for another class then
    live.picture(8).scores([3, 17])  # of one of them

What the held-out pictures are behind the layer is kept, so that a step costs what lies behind it,
once for each picture; and where a linear map follows, no more of that map than the units that
were added or taken back since the last step.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.interventions.ablation.accuracy import Counts, Flips, count, flips
from dissection.interventions.ablation.classes import ClassSource, class_order, targets_of
from dissection.interventions.ablation.engine import Ablator, LayerMaps, decide
from dissection.interventions.ablation.measure import read_layer
from dissection.interventions.ablation.one_picture import LivePicture, checked_units
from dissection.interventions.ablation.replacement import Zero
from dissection.interventions.ablation.split import split_network
from dissection.interventions.ablation.unitwise import Rows
from dissection.models.borrowed import device_for
from dissection.models.classifiers.load import require_observable
from dissection.models.generators.precision import full_float32
from dissection.runtime.progress import Meter, Report

#: Steps that go on from the one before, each with a rounding of its own, before one begins anew.
MOST_STEPS = 50


@dataclass(frozen=True, eq=False)
class _Last:
    """The step before: its units, the linear map's output (N, F), and how many steps led there."""

    units: frozenset[int]
    rows: Tensor
    steps: int


class LiveAblation:
    """Held-out pictures, kept as they are behind a layer; units are set to zero.

    Args:
        network: takes pictures of -1..1 and gives logits (N, K). It is put in eval mode.
        layer: name of a submodule that gives (N, C, h, w) or (N, C).
        source: the pictures, with their classes.
        classes: names in the order of the logits; see ``classes.class_order``.
        batch: pictures in one pass.
        device: where to compute; None leaves the network where it is.
        memory: bytes that the rows of one chunk may take.
        report: told of every batch.

    Attributes:
        reading: how the layer is read; see ``measurement.layer_readings``.
        units: C.
        classes: K names.
        targets: int64 (N,), places in ``classes``.
        before: int64 (N,), what the whole network takes the pictures for.

    Raises:
        BadInputError: a network or pictures that cannot be used.
        UnknownNameError: there is no such layer.
        Stopped: the report asked for it.
    """

    def __init__(
        self,
        network: nn.Module,
        layer: str,
        source: ClassSource,
        *,
        classes: Sequence[str] = (),
        batch: int = 25,
        device: torch.device | str | None = None,
        memory: int = 2**30,
        report: Report | None = None,
    ) -> None:
        require_observable(network, "The network")
        self._device = device_for(network, device)
        self._network, self._layer = network.to(self._device).eval(), layer
        self._source = source
        first = self._inputs(range(min(2, len(source))))
        self.reading = read_layer(network, layer, source, self._device).reading
        self._split = split_network(network, layer, first, self.reading)
        self._ablator = Ablator(self._split, memory)
        parts = []
        meter = Meter(report, "looking at pictures", len(source))
        with full_float32(self._device):
            for start in range(0, len(source), batch):
                rows = range(start, min(start + batch, len(source)))
                parts.append(self._ablator.keep(self._inputs(rows), Zero()))
                meter.step(len(rows))
        self.units = parts[0].maps.shape[1]
        self._logits = torch.cat([part.logits for part in parts])
        self.classes = class_order(classes, network, [source], self._logits.shape[1])
        self.targets = targets_of(source, self.classes)
        self.before: NDArray[np.int64] = decide(self._logits)[0].cpu().numpy()
        self._parts: list[LayerMaps] = []
        self._rows: Rows | None = None
        kept_rows = [part.rows for part in parts]
        if all(rows is not None for rows in kept_rows):
            self._rows = _joined([rows for rows in kept_rows if rows is not None])
            takes = self._split.linear.takes if self._split.linear is not None else ()
            self._beside = [torch.cat([part.beside[k] for part in parts]) for k in takes]
            every = torch.arange(self.units, device=self._device)
            self._none = _Last(frozenset(), self._rows.values, 0)
            without = self._rows.values + self._rows.together(every)
            self._all = _Last(frozenset(range(self.units)), without, 0)
            self._last = self._none
        else:
            self._parts = parts

    def __len__(self) -> int:
        return len(self.targets)

    def accuracies(self, removed: Collection[int]) -> Counts:
        """Accuracies of all classes without some units.

        Args:
            removed: their numbers.

        Returns:
            Counts of 2 settings: the whole network, and without the units.

        Raises:
            BadInputError: there is no such unit.
        """
        after = self.predicted(removed)
        return count(np.stack([self.before, after], 1), self.targets, len(self.classes))

    def flips(self, removed: Collection[int]) -> Flips:
        """Pictures that are taken for another class without some units; all of setting 0."""
        return flips(np.stack([self.before, self.predicted(removed)], 1))

    @torch.no_grad()
    def predicted(self, removed: Collection[int]) -> NDArray[np.int64]:
        """What each picture is taken for without some units, int64 (N,).

        Raises:
            BadInputError: there is no such unit.
        """
        units = checked_units(removed, self.units, self._layer)
        if self._rows is None:
            mask = torch.zeros(1, self.units, dtype=torch.bool, device=self._device)
            mask[0, sorted(units)] = True
            parts = [self._ablator.sets(part, mask).predicted[:, 0] for part in self._parts]
            return np.asarray(torch.cat(parts).cpu().numpy())
        logits = self._rest(self._values(units))
        return np.asarray(decide(logits)[0].cpu().numpy())

    def picture(self, place: int) -> LivePicture:
        """One of the pictures, to be looked into.

        Args:
            place: in the sample.
        """
        return self._look(self._inputs([place]))

    def look_at(self, picture: NDArray[np.uint8]) -> LivePicture:
        """Any other picture, to be looked into.

        Args:
            picture: uint8 (H, W, 3), RGB, of the size of the others.

        Raises:
            BadInputError: it has another shape.
        """
        if picture.ndim != 3 or picture.shape[2] != 3:
            raise BadInputError(f"A picture is (H, W, 3), not {picture.shape}.")
        return self._look(from_bytes(picture[None]).contiguous().to(self._device))

    def _look(self, inputs: Tensor) -> LivePicture:
        return LivePicture(self._network, self._layer, self.reading, self._ablator, inputs)

    def _inputs(self, rows: Sequence[int]) -> Tensor:
        return self._source.inputs(rows).to(self._device)

    def _values(self, units: frozenset[int]) -> Tensor:
        """The linear map's output without some units, from the nearest state that is known."""
        rows = self._rows
        assert rows is not None
        known = [self._none, self._all]
        if self._last.steps < MOST_STEPS:
            known.append(self._last)
        near = min(known, key=lambda state: len(state.units ^ units))
        values = near.rows
        if more := sorted(units - near.units):
            values = values + rows.together(torch.tensor(more, device=self._device))
        if fewer := sorted(near.units - units):
            values = values - rows.together(torch.tensor(fewer, device=self._device))
        if units != near.units:
            self._last = _Last(units, values, near.steps + 1)
        return values

    def _rest(self, values: Tensor) -> Tensor:
        assert self._split.linear is not None
        return self._split.linear.rest(values.clone(), *[part.clone() for part in self._beside])


def _joined(parts: Sequence[Rows]) -> Rows:
    return Rows(
        torch.cat([part.values for part in parts]),
        torch.cat([part.difference for part in parts]),
        parts[0].weight,
    )

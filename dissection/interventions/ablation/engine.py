"""Logits of a classifier without units: of many pictures and many sets of units at once, exactly.

    ablator = Ablator(split_network(network, "features.relu5_3", images), memory=2**30)
    kept = ablator.keep(images, Zero())
    decisions = ablator.singles(kept)  # each unit alone
    decisions = ablator.sets(kept, masks)  # any sets

The network runs once, up to the layer. Behind it, where a linear map follows (``unitwise``), a
unit that is replaced adds a row to the map's output; sets of units add the sum of their rows; and
what follows is evaluated for all rows in large matrix products. Elsewhere the network is
recomputed from the layer on, for many pairs of a picture and a set at a time. A unit that is on a
picture what it would be replaced by, zero most often, is not computed: nothing changes.

The logits are those of a loop over units but for the rounding of float32, and so are the
decisions, wherever the two highest logits differ by more than ``CLOSE`` of the largest; closer
ones are marked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from dissection.errors import BadInputError
from dissection.interventions.ablation.replacement import Replacement
from dissection.interventions.ablation.split import BROKEN, Split
from dissection.interventions.ablation.unitwise import Linear, Rows

#: Logits that are closer than this share of the largest are told apart by rounding.
CLOSE = 1e-4
#: Copies of the rows of a chunk that are alive at the same time, at most.
_COPIES = 3


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """What is known of some pictures before anything is taken out.

    Attributes:
        maps: the layer's output (n, C, ...).
        replaced: what each unit would be replaced by, the same shape.
        beside: what else the network takes behind the layer, each (n, ...).
        acts: bool (n, C): whether replacing the unit alone changes anything the layer gives.
        logits: (n, K), of the whole network.
        rows: the linear map's output and what units change in it; None where there is none.
    """

    maps: Tensor
    replaced: Tensor
    beside: tuple[Tensor, ...]
    acts: Tensor
    logits: Tensor
    rows: Rows | None

    def __len__(self) -> int:
        return len(self.maps)

    @property
    def peaks(self) -> Tensor:
        """The highest activation of each unit, (n, C)."""
        return self.maps.flatten(2).amax(2) if self.maps.ndim > 2 else self.maps


class Decisions(NamedTuple):
    """What a network decides for n pictures without each of S sets.

    Attributes:
        predicted: int64 (n, S): the class with the highest logit.
        changed: bool (n, S): whether any logit is another one than the whole network's.
        close: bool (n, S): whether the two highest are too close to be told apart.
    """

    predicted: Tensor
    changed: Tensor
    close: Tensor


class Block(NamedTuple):
    """Logits (m, K) of m pairs: of picture ``images[i]`` without set ``sets[i]``, int64 (m,)."""

    images: Tensor
    sets: Tensor
    logits: Tensor


class Ablator:
    """The network without units.

    Args:
        split: of the network, at the layer.
        memory: bytes that the rows of one chunk may take; more pictures or sets are gone through
            in parts.
    """

    def __init__(self, split: Split, memory: int = 2**30) -> None:
        self._split = split
        self._memory = memory
        self.way = split.way

    @torch.no_grad()
    def keep(
        self, inputs: Tensor, replacement: Replacement, others: Tensor | None = None
    ) -> LayerMaps:
        """Run the network up to the layer.

        Args:
            inputs: (n, ...), on the network's device.
            replacement: what a unit is set to.
            others: other inputs (n, ...), whose values the units are given, where the replacement
                is by those.

        Raises:
            BadInputError: the network gives numbers that are not finite.
        """
        maps, *beside = self._split.before(inputs)
        elsewhere = self._split.before(others)[0] if others is not None else None
        replaced = replacement.values(maps, elsewhere)
        rows = None
        if self._split.linear is not None:
            rows = self._linear.rows(maps, replaced, beside)
            taken = [beside[k].clone() for k in self._linear.takes]
            logits = self._linear.rest(rows.values.clone(), *taken)
            acts = (rows.difference != 0).any(2)
        else:
            logits = self._split.after(maps.clone(), *[part.clone() for part in beside])
            acts = (maps != replaced).reshape(*maps.shape[:2], -1).any(2)
        if not torch.isfinite(logits).all():
            raise BadInputError(BROKEN)
        return LayerMaps(maps, replaced, tuple(beside), acts, logits, rows)

    def singles(self, layer_maps: LayerMaps) -> Decisions:
        """Decisions without each unit alone, (n, C)."""
        return self._decide(layer_maps, layer_maps.maps.shape[1], self._single_blocks(layer_maps))

    def sets(self, layer_maps: LayerMaps, removed: Tensor) -> Decisions:
        """Decisions without each of some sets, bool (S, C): (n, S)."""
        return self._decide(layer_maps, len(removed), self._set_blocks(layer_maps, removed))

    def sweep(self, layer_maps: LayerMaps, order: Tensor) -> Decisions:
        """Decisions without the first 1, 2 ... C - 1 units of an order, int64 (C,): (n, C - 1)."""
        blocks = self._sweep_blocks(layer_maps, order)
        return self._decide(layer_maps, len(order) - 1, blocks)

    @torch.no_grad()
    def single_logits(self, layer_maps: LayerMaps) -> Tensor:
        """Logits without each unit alone, (n, C, K)."""
        return _table(layer_maps, layer_maps.maps.shape[1], self._single_blocks(layer_maps))

    @torch.no_grad()
    def set_logits(self, layer_maps: LayerMaps, removed: Tensor) -> Tensor:
        """Logits without each of some sets, bool (S, C): (n, S, K)."""
        return _table(layer_maps, len(removed), self._set_blocks(layer_maps, removed))

    @torch.no_grad()
    def _decide(self, layer_maps: LayerMaps, count: int, blocks: Iterator[Block]) -> Decisions:
        first, near = decide(layer_maps.logits)
        predicted = first[:, None].repeat(1, count)
        close = near[:, None].repeat(1, count)
        changed = torch.zeros_like(close)
        for images, sets, logits in blocks:
            changed[images, sets] = (logits != layer_maps.logits[images]).any(1)
            predicted[images, sets], close[images, sets] = decide(logits)
        return Decisions(predicted, changed, close)

    def _single_blocks(self, layer_maps: LayerMaps) -> Iterator[Block]:
        if layer_maps.rows is None:
            for part in self._pairs(layer_maps, layer_maps.acts):
                images, units = part.unbind(1)
                maps = layer_maps.maps[images]
                turn = torch.arange(len(part), device=maps.device)
                maps[turn, units] = layer_maps.replaced[images, units]
                yield Block(images, units, self._after(layer_maps, images, maps))
            return
        for span in self._spans(layer_maps, layer_maps.acts.shape[1]):
            changes = layer_maps.rows.pictures(span).all()
            yield from self._rest(layer_maps, layer_maps.rows, span, layer_maps.acts[span], changes)

    def _set_blocks(self, layer_maps: LayerMaps, removed: Tensor) -> Iterator[Block]:
        removed = removed.to(layer_maps.maps.device)
        # Whether on a picture a set holds a unit that does anything.
        acts = (layer_maps.acts.float() @ removed.float().t()) > 0
        if layer_maps.rows is None:
            shape = (-1, removed.shape[1], *[1] * (layer_maps.maps.ndim - 2))
            for part in self._pairs(layer_maps, acts):
                images, sets = part.unbind(1)
                chosen = removed[sets].view(shape)
                maps = torch.where(chosen, layer_maps.replaced[images], layer_maps.maps[images])
                yield Block(images, sets, self._after(layer_maps, images, maps))
            return
        weights, units = removed.to(layer_maps.maps.dtype), removed.shape[1]
        step = min(len(removed), units)
        for span in self._spans(layer_maps, units + step):
            changes = layer_maps.rows.pictures(span).all()
            for first in range(0, len(removed), max(1, step)):
                some = slice(first, first + step)
                together = torch.stack([weights[some] @ change for change in changes])
                yield from self._rest(
                    layer_maps, layer_maps.rows, span, acts[span, some], together, first
                )

    def _sweep_blocks(self, layer_maps: LayerMaps, order: Tensor) -> Iterator[Block]:
        order = order.to(layer_maps.maps.device)
        units = len(order)
        if layer_maps.rows is None:
            place = torch.empty_like(order)
            place[order] = torch.arange(units, device=order.device)
            numbers = torch.arange(1, units, device=order.device)
            yield from self._set_blocks(layer_maps, place[None] < numbers[:, None])
            return
        acts = layer_maps.acts[:, order].cumsum(1)[:, :-1] > 0
        for span in self._spans(layer_maps, 2 * units):
            changes = layer_maps.rows.pictures(span).of(order[:-1]).cumsum(1)
            yield from self._rest(layer_maps, layer_maps.rows, span, acts[span], changes)

    def _rest(
        self,
        layer_maps: LayerMaps,
        rows: Rows,
        span: slice,
        acts: Tensor,
        changes: Tensor,
        first: int = 0,
    ) -> Iterator[Block]:
        """What follows the linear map.

        Args:
            layer_maps: of all pictures.
            rows: of the same.
            span: which of the pictures.
            acts: bool (i, S): pairs to compute.
            changes: (i, S, F): what each set changes in the map's output.
            first: number of the first set.
        """
        # A picture at a time on a CPU: its rows have the same zeros, which ``Dense`` leaves out.
        together = 1 if changes.device.type == "cpu" else len(changes)
        for start in range(0, len(changes), together):
            here, sets = acts[start : start + together].nonzero().unbind(1)
            if len(here):
                images = here + span.start + start
                values = changes[start : start + together][here, sets]
                values += rows.values[images]
                beside = [layer_maps.beside[k][images] for k in self._linear.takes]
                yield Block(images, sets + first, self._linear.rest(values, *beside))

    def _after(self, layer_maps: LayerMaps, images: Tensor, maps: Tensor) -> Tensor:
        return self._split.after(maps, *[part[images] for part in layer_maps.beside])

    @property
    def _linear(self) -> Linear:
        assert self._split.linear is not None
        return self._split.linear

    def _spans(self, layer_maps: LayerMaps, rows: int) -> Iterator[slice]:
        """Pictures in parts of which the rows, so many for each, fit the memory."""
        each = rows * self._linear.width * layer_maps.maps.element_size() * _COPIES
        step = max(1, self._memory // each)
        for first in range(0, len(layer_maps), step):
            yield slice(first, min(first + step, len(layer_maps)))

    def _pairs(self, layer_maps: LayerMaps, acts: Tensor) -> Iterator[Tensor]:
        """Pairs of a picture and a set, int64 (m, 2), whose values on the way fit the memory."""
        each = sum(part[0].numel() for part in (layer_maps.maps, *layer_maps.beside))
        step = max(1, self._memory // (each * layer_maps.maps.element_size() * 2 * _COPIES))
        pairs = acts.nonzero()
        for first in range(0, len(pairs), step):
            yield pairs[first : first + step]


def decide(logits: Tensor) -> tuple[Tensor, Tensor]:
    """What rows of logits (m, K) say.

    Returns:
        The class with the highest logit, int64 (m,), and whether the second highest is closer to
        it than ``CLOSE`` of the largest in absolute value, bool (m,).
    """
    highest, predicted = logits.max(1)
    if logits.shape[1] == 1:
        return predicted, torch.zeros_like(predicted, dtype=torch.bool)
    largest = torch.maximum(highest.abs(), logits.amin(1).abs())
    others = logits.scatter(1, predicted[:, None], -torch.inf)
    return predicted, highest - others.amax(1) <= CLOSE * largest


def _table(layer_maps: LayerMaps, count: int, blocks: Iterator[Block]) -> Tensor:
    table = layer_maps.logits[:, None].repeat(1, count, 1)
    for images, sets, logits in blocks:
        table[images, sets] = logits
    return table

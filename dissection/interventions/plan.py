"""Causal checks of a generator's units: take a concept away, put another one in, and count.

Two interventions of Bau et al. 2020 ("Role of Units in a GAN", figure 4), on latents on which
nothing was measured or chosen:

* erase: a concept's units are set to zero everywhere. The concept's pixels should go, and another
  one's, outside of the areas where the concept stood, should stay. (What comes to light where it
  stood, walls behind trees, is the paper's own result and is counted apart.)
* insert: a concept's units are forced to their levels t_u at one cell of the layer, the rest left
  as it is. Where the concept belongs its pixels should grow, elsewhere they should not. A cell is
  a place of what the unedited picture shows at its center. The paper tries every cell; here some
  are drawn from each picture.

Units are taken by IoU and by effect, a given number (the paper's 20) and a given share of the
layer's units (20 of the paper's 512 are 4 %), and for comparison those of the brush that measured
best, which may span layers.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.painting.edits import Brush
from dissection.results.brushes import BEST, make_brush
from dissection.results.dissection import Dissection
from dissection.runtime.choices import BRUSH_ORDERS, ORDERS, BrushOrder, chosen
from dissection.vocabulary import Concept

#: What the bundled generator is meant to reach.
LEAST_FALL = 0.5
MOST_CHANGE = 0.1
LEAST_RATIO = 5.0
#: Half the width of a 99 % band in standard errors, as the paper draws it.
BAND = 2.58

#: What is counted of an erasure, pixels of one picture.
ERASURE = ("before", "after", "outside", "lost", "gained", "revealed")
#: What is counted of insertions in one picture: cells where it belongs and pixels gained there,
#: the same where it does not, and the concept's pixels in the unedited picture.
INSERTION = ("cells", "pixels", "foreign_cells", "foreign_pixels", "before")


@dataclass(frozen=True)
class InterventionPlan:
    """What is asked of a generator.

    Attributes:
        erased: the concept whose units are set to zero.
        kept: the concept that should stay as it is elsewhere.
        inserted: the concept whose units are forced on.
        home: where it belongs.
        foreign: where it does not.
    """

    erased: Concept
    kept: Concept
    inserted: Concept
    home: Concept
    foreign: Concept


@dataclass(frozen=True, eq=False)
class UnitSelection:
    """One choice of units.

    Attributes:
        order: "iou", "effect", or "best" for those of the brush that measured best.
        k: units asked for in each layer.
        brush: the units; a layer with fewer that have to do with the concept gives fewer.
    """

    order: BrushOrder
    k: int
    brush: Brush

    @property
    def layers(self) -> tuple[str, ...]:
        """Where the units are."""
        return tuple(self.brush.layers)

    @property
    def units(self) -> int:
        """How many there are in all."""
        return self.brush.units


@dataclass(frozen=True)
class Erasure:
    """What setting a concept's units to zero everywhere did.

    Attributes:
        layers: where the units are.
        order: see ``UnitSelection``.
        k: see ``UnitSelection``.
        units: how many in all.
        fell: share of the concept's pixels that went; None where there were none.
        fell_error: its standard error over latents.
        changed: net change of the other concept's pixels outside the concept's former areas, as
            a share of what stood there; None where nothing did.
        moved: the same with pixels lost and gained added up instead of set off.
        revealed: pixels of the other concept that came to light in the concept's former areas,
            as a share of those areas.
        passed: whether at least half went and the rest changed by less than a tenth, net.
    """

    layers: tuple[str, ...]
    order: BrushOrder
    k: int
    units: int
    fell: float | None
    fell_error: float
    changed: float | None
    moved: float | None
    revealed: float | None
    passed: bool


@dataclass(frozen=True)
class Insertion:
    """What forcing a concept's units on at one cell did.

    Attributes:
        layers: where the units are.
        order: see ``UnitSelection``.
        k: see ``UnitSelection``.
        units: how many in all.
        home: pixels of the concept gained for each cell where it belongs.
        home_error: its standard error over cells, drawn together by pictures.
        home_cells: how many cells were tried.
        foreign: pixels gained for each cell where it does not belong.
        foreign_error: see ``home_error``.
        foreign_cells: see ``home_cells``.
        ratio: home to foreign; None where nothing was gained at foreign cells, or there are none.
        passed: whether the concept grew at home (beyond the 99 % band of chance), and at least
            five times as much as elsewhere.
    """

    layers: tuple[str, ...]
    order: BrushOrder
    k: int
    units: int
    home: float
    home_error: float
    home_cells: int
    foreign: float
    foreign_error: float
    foreign_cells: int
    ratio: float | None
    passed: bool


@dataclass(frozen=True)
class Findings:
    """All that was found, by layer, order and number of units.

    Attributes:
        erasures: of the erased concept, in the order of ``selections``.
        insertions: of the inserted one.
        usual: pixels of the inserted concept in an unedited picture, on average.
        latents: how many.
    """

    erasures: list[Erasure]
    insertions: list[Insertion]
    usual: float
    latents: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def require_brush_orders(orders: Sequence[str]) -> list[BrushOrder]:
    """Those of ``BRUSH_ORDERS`` that somebody said.

    Raises:
        BadInputError: one is none of them.
    """
    found = [known for order in orders if (known := chosen(order, BRUSH_ORDERS)) is not None]
    if len(found) < len(orders):
        raise BadInputError(
            f"Units are taken by {', '.join((*ORDERS, BEST))}, not by {', '.join(orders)}."
        )
    return found


def selections(
    dissection: Dissection,
    concept: Concept,
    layers: Sequence[str],
    orders: Sequence[BrushOrder],
    units: int,
    share: float,
    level: str | None = None,
) -> list[UnitSelection]:
    """Every layer, order and number of units, and the brush that measured best.

    Args:
        dissection: ranks the units.
        concept: whose units.
        layers: in the order of the network.
        orders: of "iou", "effect" and "best".
        units: how many.
        share: and as many as this share of the layer's units, rounded up.
        level: by whose name units are forced; see ``brushes.make_brush``.

    Raises:
        BadInputError: another order, effects that were not measured, no units.
        UnknownNameError: no such layer, level or concept.
    """
    if units < 1 or not 0 < share <= 1:
        raise BadInputError(
            f"A check takes at least 1 unit and a share above 0 and up to 1, not {units} and "
            f"{share:g}."
        )
    orders = require_brush_orders(orders)
    made = []
    for name in layers:
        few = math.ceil(share * dissection[name].shape[0])
        for order in (o for o in orders if o != BEST):
            for k in sorted({units, few}, reverse=True):
                brush = make_brush(dissection, concept, [name], order, k, level)
                if brush.layers:
                    made.append(UnitSelection(order, k, brush))
    if BEST in orders and dissection.strengths:
        best = next((b for b in dissection.brushes(level=level) if b.concept == concept), None)
        if best is not None:
            made.append(UnitSelection(BEST, best.k, best.brush))
    if not made:
        raise BadInputError(
            f"No unit of {', '.join(layers)} has anything to do with {concept}; check other layers."
        )
    return made


def erasure_of(selection: UnitSelection, counts: NDArray[np.int64]) -> Erasure:
    """The figures of one selection; counts int64 (latents, ERASURE)."""
    n = dict(zip(ERASURE, counts.T, strict=True))
    total = {key: int(column.sum()) for key, column in n.items()}
    kept, error = ratio_of_sums(n["after"], n["before"])
    fell = None if kept is None else 1 - kept
    outside = max(total["outside"], 1)
    changed = (total["gained"] - total["lost"]) / outside if total["outside"] else None
    return Erasure(
        selection.layers,
        selection.order,
        selection.k,
        selection.units,
        fell,
        error,
        changed,
        (total["gained"] + total["lost"]) / outside if total["outside"] else None,
        total["revealed"] / total["before"] if total["before"] else None,
        fell is not None
        and fell >= LEAST_FALL
        and changed is not None
        and abs(changed) < MOST_CHANGE,
    )


def insertion_of(selection: UnitSelection, counts: NDArray[np.int64]) -> Insertion:
    """The figures of one selection; counts int64 (latents, INSERTION)."""
    n = dict(zip(INSERTION, counts.T, strict=True))
    home, home_error = ratio_of_sums(n["pixels"], n["cells"])
    foreign, foreign_error = ratio_of_sums(n["foreign_pixels"], n["foreign_cells"])
    ratio = None if home is None or foreign is None or foreign <= 0 else home / foreign
    grew = home is not None and home > BAND * home_error and foreign is not None
    return Insertion(
        selection.layers,
        selection.order,
        selection.k,
        selection.units,
        home or 0.0,
        home_error,
        int(n["cells"].sum()),
        foreign or 0.0,
        foreign_error,
        int(n["foreign_cells"].sum()),
        ratio,
        grew and (ratio is None or ratio >= LEAST_RATIO),
    )


def ratio_of_sums(part: NDArray[np.int64], whole: NDArray[np.int64]) -> tuple[float | None, float]:
    """Sum of one column to the sum of another, and its standard error over rows (linearised)."""
    total, rows = int(whole.sum()), len(whole)
    if not total:
        return None, 0.0
    ratio = int(part.sum()) / total
    if rows < 2:
        return ratio, 0.0
    rest = part - ratio * whole
    return ratio, float(np.sqrt(np.square(rest).sum() * rows / (rows - 1)) / total)


def passing(findings: Findings) -> dict[str, list[str]]:
    """Which layers reach the aims, by intervention, in any order and number of units."""
    found: dict[str, list[str]] = {"erase": [], "insert": []}
    pairs = (("erase", findings.erasures), ("insert", findings.insertions))
    for key, rows in pairs:
        names = ("+".join(row.layers) for row in rows if row.passed)
        found[key] = list(dict.fromkeys(names))
    return found

"""Sets of a class's units that were taken out, for charts. Free of torch and Qt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.sets import share


@dataclass(frozen=True)
class SetBar:
    """One bar of a class's chart (Bau et al. 2020, figure 2b).

    Attributes:
        name: what is left of the network.
        own: balanced accuracy of the class, 0..1; NaN where it has no pictures.
        control: the mean over random sets of equal size; None where there is none.
        spread: the lowest and highest of those.
        units: that are taken out, or those that are kept; most important first.
    """

    name: str
    own: float
    control: float | None = None
    spread: tuple[float, float] | None = None
    units: tuple[int, ...] = ()


def set_bars(ablation: Ablation, number: int) -> list[SetBar]:
    """The whole network, without a class's 4 and 20 most important units, with only those 20."""
    bars = [SetBar("all units", float(ablation.held_out.baseline[number]))]
    counts = shown_numbers(ablation)
    kinds = [f"without {n}" for n in counts] + [f"only {n}" for n in counts[-1:]]
    for kind, n in zip(kinds, [*counts, *counts[-1:]], strict=True):
        if kind not in ablation.sets.kinds:
            continue
        units = tuple(ablation.order[number, :n].tolist())
        own = float(ablation.without(kind)[0][number])
        drawn: NDArray[np.float64] = np.zeros(0)
        if f"random: {kind}" in ablation.sets.kinds:
            drawn = ablation.control(kind)[0][:, number]
        if len(drawn) and np.isfinite(drawn).all():
            spread = float(drawn.min()), float(drawn.max())
            bars.append(SetBar(kind, own, float(drawn.mean()), spread, units))
        else:
            bars.append(SetBar(kind, own, units=units))
    return bars


def shown_numbers(ablation: Ablation) -> list[int]:
    """4 and 20, or the same share of a layer that has no more units than that."""
    kinds = ablation.sets.kinds
    usual = [n for n in (4, 20) if f"without {n}" in kinds]
    return usual or sorted({share(ablation.units, 4), share(ablation.units, 20)})

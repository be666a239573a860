"""What a figure shows, apart from who draws it: numbers, names, and what a mark leads to.

``drawing`` draws figures on matplotlib, for files and notebooks; the window draws the same ones and
shows the tips and links. Colors are Okabe and Ito's, which people of all kinds of color vision tell
apart, and series differ by their marks or dashes, too. Free of torch.

Example: how much of a concept goes, with standard errors.
    >>> fell = Series("by IoU", [1, 2], [0.1, 0.3], error=[0.01, 0.02])
    >>> Curves("tree", "units set to zero", "share of pixels removed", (fell,)).series[0].y
    [0.1, 0.3]
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.results.colors import (
    BLACK,
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

#: In the order in which series take them.
COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)


@dataclass(frozen=True)
class UnitLink:
    """A unit that a mark stands for.

    Attributes:
        layer: its layer.
        unit: its number.
    """

    layer: str
    unit: int


@dataclass(frozen=True)
class SceneLink:
    """A scene that a mark stands for: a row of the standard latents.

    Attributes:
        row: of the latents.
    """

    row: int


Link = UnitLink | SceneLink


@dataclass(frozen=True, eq=False)
class Series:
    """Some numbers that belong together.

    Attributes:
        name: for the legend; "" has no entry there.
        x: numbers; of bars, the places of the categories, or () for all of them in order.
        y: as many numbers; NaN leaves a gap.
        error: standard error of each y, drawn as a band or bar; () has none.
        tips: a text for each, shown under the pointer.
        links: what each leads to; None leads nowhere.
        control: whether it is there for comparison: gray and dashed.
        color: place in ``COLORS``; None takes the next, or a color as #rrggbb.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    error: Sequence[float] = ()
    tips: Sequence[str] = ()
    links: Sequence[Link | None] = ()
    control: bool = False
    color: int | str | None = None


@dataclass(frozen=True)
class Rule:
    """A straight line through all of a figure, such as a threshold.

    Attributes:
        at: where.
        name: written beside it.
        upright: whether it crosses the x axis; else the y axis.
    """

    at: float
    name: str = ""
    upright: bool = False


@dataclass(frozen=True, eq=False)
class Curves:
    """Lines with bands of one standard error."""

    title: str
    x: str
    y: str
    series: Sequence[Series]
    rules: Sequence[Rule] = ()


@dataclass(frozen=True, eq=False)
class Points:
    """Single points with bars of one standard error where they have one."""

    title: str
    x: str
    y: str
    series: Sequence[Series]
    rules: Sequence[Rule] = ()


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars for each category, of several series side by side, or one upon the other.

    Attributes:
        categories: names along the axis.
        stacked: one upon the other.
        across: bars run to the right, for long names.
    """

    title: str
    y: str
    categories: Sequence[str]
    series: Sequence[Series]
    stacked: bool = False
    across: bool = False
    rules: Sequence[Rule] = ()


@dataclass(frozen=True, eq=False)
class Heat:
    """A map of numbers, over a picture perhaps.

    Attributes:
        values: float (h, w), rows from the top; NaN stays empty.
        label: what the numbers are, for the scale.
        over: uint8 (H, W, 3), a picture that the map is laid over; None has none.
        tips: a text for each cell, row by row.
        rows: names of the rows, for a table; () has none.
        columns: the same of columns.
        signed: whether the numbers run to both sides of 0.
    """

    title: str
    values: NDArray[np.floating[Any]]
    label: str
    over: NDArray[np.uint8] | None = None
    tips: Sequence[str] = ()
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    signed: bool = False


@dataclass(frozen=True, eq=False)
class Sheet:
    """Pictures in rows.

    Attributes:
        pictures: uint8 (rows, columns, H, W, 3), RGB.
        rows: a name for each row; () has none.
        columns: a name for each column.
        links: what each picture leads to, row by row; () none.
    """

    title: str
    pictures: NDArray[np.uint8]
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    links: Sequence[Link | None] = field(default=())


Figure = Curves | Points | Bars | Heat | Sheet


def color_of(series: Series, place: int) -> str:
    """The color of a series that is the ``place``-th of its figure, as #rrggbb."""
    if isinstance(series.color, str):
        return series.color
    if series.control:
        return GRAY
    return COLORS[(place if series.color is None else series.color) % len(COLORS)]
